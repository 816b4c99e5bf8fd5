// Ticks all the boxes of a list, or none, and nothing else: what becomes of them is said by a button.
for (const all of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...all.form.elements].filter((one) => one.name === all.dataset.tickAll);
  const show = () => {
    const ticked = boxes.filter((one) => one.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => {
    for (const one of boxes) one.checked = all.checked;
  });
  for (const one of boxes) one.addEventListener("change", show);
  show();
}
