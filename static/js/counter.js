// Says under a long text how many characters are left, counted as the server counts them: without
// what it takes away (LongTextField.tidy).
function tidy(text) {
  const lines = text.replace(/[\u200B\u2060\uFEFF]/g, "").replace(/\r\n?/g, "\n").split("\n");
  return lines.map((line) => line.trim()).join("\n").replace(/\n{3,}/g, "\n\n").trim();
}

export function countCharacters(page) {
  for (const line of page.querySelectorAll("[data-counter]")) {
    const field = page.getElementById(line.dataset.counter);
    if (!field) continue;
    const maximum = Number(line.dataset.maximum);
    const show = () => {
      const used = [...tidy(field.value)].length;
      const over = used - maximum;
      line.textContent = over > 0 ? `已写 ${used} 个字，超出 ${over} 个字` : `已写 ${used} 个字，还可以写 ${-over} 个字`;
      line.classList.toggle("counter-over", over > 0);
    };
    field.addEventListener("input", show);
    show();
  }
}
