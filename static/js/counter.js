// Says under a long text how many characters are left, counted as the server counts them: without
// what it takes away (LongTextField.tidy). It is spoken only near the end and beyond it.
const NEAR = 50;
const PAUSE = 1000;

function tidy(text) {
  const lines = text.replace(/[\u200B\u2060\uFEFF]/g, "").replace(/\r\n?/g, "\n").split("\n");
  return lines.map((line) => line.trim()).join("\n").replace(/\n{3,}/g, "\n\n").trim();
}

function countCharacters(place) {
  for (const line of place.querySelectorAll("[data-counter]")) {
    const field = document.getElementById(line.dataset.counter);
    const maximum = Number(line.dataset.maximum);
    let speaking;
    const show = () => {
      const left = maximum - [...tidy(field.value)].length;
      line.textContent = left < 0 ? `已写 ${maximum - left} 个字，超出 ${-left} 个字` : `已写 ${maximum - left} 个字，还可以写 ${left} 个字`;
      line.classList.toggle("counter-over", left < 0);
      return left;
    };
    field.addEventListener("input", () => {
      clearTimeout(speaking);
      if (show() > NEAR) return;
      speaking = setTimeout(() => { document.getElementById("spoken").textContent = line.textContent; }, PAUSE);
    });
    show();
  }
}

countCharacters(document);
document.addEventListener("drawn", (event) => countCharacters(event.target));
