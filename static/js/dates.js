// Puts a calendar button beside a date that can also be typed.
function addPickers(place) {
  for (const group of place.querySelectorAll("[data-picker]")) {
    const field = group.querySelector("input");
    const picker = document.createElement("input");
    picker.type = group.dataset.picker;
    if (typeof picker.showPicker !== "function") continue;
    picker.className = "visually-hidden";
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    const button = document.createElement("button");
    const which = document.createElement("span");
    button.type = "button";
    button.className = "btn btn-outline-secondary";
    which.className = "visually-hidden";
    which.textContent = `：${group.dataset.of}`;
    button.append("选日期", which);
    button.addEventListener("click", () => {
      const typed = field.value.trim().replace(" ", "T");
      picker.value = /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/.test(typed) ? typed : "";
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      field.value = picker.value.replace("T", " ");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
    group.append(picker, button);
  }
}

addPickers(document);
document.addEventListener("drawn", (event) => addPickers(event.target));
