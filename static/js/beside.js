// What stands beside the work of a page: open where there is room for it, it marks where one is, and
// says what is still to be filled in (FormPart.left_words in web/forms.py says it first).
const NEAR = 140;
const wide = window.matchMedia("(min-width: 62rem)");

function fold() {
  for (const one of document.querySelectorAll("[data-beside]")) one.open = wide.matches;
}

function missing(part) {
  const filled = new Map();
  for (const field of part.querySelectorAll("[required]")) {
    const holds = field.type === "radio" || field.type === "checkbox" ? field.checked : field.value.trim() !== "";
    filled.set(field.name, filled.get(field.name) || holds);
  }
  return [...filled.values()].filter((one) => !one).length;
}

function count() {
  for (const line of document.querySelectorAll("[data-left]")) {
    const left = missing(document.getElementById(line.dataset.left));
    line.textContent = left ? `还有 ${left} 项没有填写` : "已填写";
  }
}

const links = [...document.querySelectorAll(".contents a[href^='#']")]
  .filter((link) => document.getElementById(link.hash.slice(1)));

function mark() {
  // The last part may be too short ever to reach the top.
  const ended = window.scrollY > 0 && window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
  const begun = links.filter((link) => ended || document.getElementById(link.hash.slice(1)).getBoundingClientRect().top < NEAR);
  const here = begun[begun.length - 1] || links[0];
  for (const link of links) {
    if (link === here) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
}

fold();
wide.addListener(fold);
document.addEventListener("input", count);
document.addEventListener("drawn", count);
count();
if (links.length) {
  document.addEventListener("scroll", mark, { passive: true });
  mark();
}
