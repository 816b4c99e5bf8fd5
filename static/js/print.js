// Shows buttons that print the page; without JavaScript the browser's own menu does. What is folded up
// is printed too, unless only the summary was asked for, and so is all that is written in a form: on
// paper its box would show as much as it does on the screen.
const FOLDED = "details.panel:not([open]), details.digest:not([open])";
let onlySummary = false;
let opened = [];
let copies = [];

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    onlySummary = button.dataset.print === "summary";
    window.print();
  });
}
window.addEventListener("beforeprint", () => {
  // A paper is identified on its own sheet; on the case's it only names itself.
  opened = onlySummary ? [] : [...document.querySelectorAll(FOLDED)].filter((part) => !part.closest(".papers"));
  for (const part of opened) part.open = true;
  copies = [...document.querySelectorAll("textarea")].map((box) => {
    const copy = document.createElement("div");
    copy.className = "printed-text";
    copy.textContent = box.value;
    box.before(copy);
    return copy;
  });
});
window.addEventListener("afterprint", () => {
  for (const part of opened) part.open = false;
  for (const copy of copies) copy.remove();
  opened = [];
  copies = [];
  onlySummary = false;
});
