// Shows buttons that print the page; without JavaScript the browser's own menu does.
export function offerPrinting(page) {
  for (const button of page.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
