// Adds up what must reach a whole while it is typed, in hundredths of its unit and in fen. The server
// decides what is valid; an amount it would not read is left out, and the line says so.
import { narrow, writeAmount } from "./money.js";

const WAIT = 300;

export function readHundredths(text, unit) {
  const plain = narrow(text).replace(/[, ]/g, "");
  const bare = plain.endsWith(unit) ? plain.slice(0, -unit.length) : plain;
  const found = bare.match(/^(\d{1,15})(?:\.(\d{1,2})0*)?$/);
  return found && BigInt(found[1] + (found[2] ?? "").padEnd(2, "0"));
}

export function writeHundredths(value) {
  const part = (value % 100n).toString().padStart(2, "0").replace(/0+$/, "");
  return `${value / 100n}${part && `.${part}`}`;
}

function compared(sum, whole, write) {
  if (sum === whole) return "符合要求";
  return sum < whole ? `还差 ${write(whole - sum)}` : `超出 ${write(sum - whole)}`;
}

export function totalWords(texts, { whole, unit, fen, of }) {
  const read = texts.filter((text) => text.trim()).map((text) => readHundredths(text, unit));
  const sum = read.reduce((all, one) => all + (one ?? 0n), 0n);
  const full = BigInt(whole) * 100n;
  const points = (value) => `${writeHundredths(value)}${unit === "%" ? "" : " "}${unit}`;
  const unread = read.filter((one) => one === null).length;
  const verdict = unread && sum === full ? "" : `，${compared(sum, full, points)}`;
  const said = [`合计 ${points(sum)}${verdict}`];
  if (fen) {
    const all = BigInt(fen);
    const share = (all * sum + full / 2n) / full;
    const rest = sum === full ? "" : `，${compared(share, all, writeAmount)}`;
    said.push(`按${of} ${writeAmount(all)} 计，合计 ${writeAmount(share)}${rest}`);
  }
  if (unread) said.push(`有 ${unread} 处不是可以识别的数字，没有计入`);
  return { words: said.join("；"), right: sum === full && !unread };
}

export function addTotals(page) {
  for (const line of page.querySelectorAll("[data-total]")) {
    const names = line.dataset.total.split(" ").map((name) => new RegExp(`^${name.replace("*", "\\d+")}$`));
    const form = line.closest("form");
    const show = () => {
      const parts = [...form.elements].filter((field) => names.some((name) => name.test(field.name)));
      const { words, right } = totalWords(parts.map((field) => field.value), line.dataset);
      if (line.textContent !== words) line.textContent = words;
      line.classList.toggle("total-off", !right);
      line.hidden = false;
    };
    let waiting;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, WAIT);
    });
    show();
  }
}
