// Puts a calendar button beside a date that can also be typed.
export function addPickers(page) {
  for (const group of page.querySelectorAll("[data-picker]")) {
    const field = group.querySelector("input");
    const picker = page.createElement("input");
    picker.type = group.dataset.picker;
    if (!field || typeof picker.showPicker !== "function") continue;
    picker.className = "visually-hidden";
    picker.tabIndex = -1;
    picker.setAttribute("aria-hidden", "true");
    const button = page.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-secondary";
    button.textContent = "选日期";
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
