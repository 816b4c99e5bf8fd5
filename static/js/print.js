// Shows buttons that print the page; without JavaScript the browser's own menu does.
// What is folded up on the screen is printed in full: paper has nothing to click on.
const FOLDED = "details.panel:not([open]), details.digest:not([open]):not(.papers details)";

export function offerPrinting(page) {
  for (const button of page.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...page.querySelectorAll(FOLDED)];
    opened.forEach((details) => { details.open = true; });
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((details) => { details.open = false; });
    opened = [];
  });
}
