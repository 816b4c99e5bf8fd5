// A form whose answer was stopped can be sent again after so long; the same key carries nothing out twice.
const RELEASE = 10_000;

// Asks before a page with unsaved work is left, and sends a form only once however often it is clicked.
export function guardForms(page) {
  for (const form of page.querySelectorAll("form[data-guard]")) {
    let touched = false;
    form.addEventListener("input", (event) => {
      touched ||= event.isTrusted;
      form.dataset.saved = "";
    });
    form.addEventListener("submit", (event) => {
      if (form.classList.contains("sending")) return event.preventDefault();
      form.classList.add("sending");
      setTimeout(() => form.classList.remove("sending"), RELEASE);
      touched = false;
    });
    window.addEventListener("pageshow", () => form.classList.remove("sending"));
    window.addEventListener("beforeunload", (event) => {
      const files = form.querySelector(".kept") || [...form.elements].some((field) => field.type === "file" && field.files.length);
      if (touched && (files || form.dataset.saved !== "yes")) event.preventDefault();
    });
  }
}
