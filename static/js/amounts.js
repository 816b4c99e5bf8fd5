// Reads an amount back while it is typed (185万 → ¥1,850,000.00), and adds up what must reach a whole,
// in hundredths of its unit and in fen. The server decides what is valid (kernel/money.py, web/totals.py);
// nothing is read here that it would refuse.
const PAUSE = 1000;
const WAIT = 300;
const LARGEST = 10n ** 15n;
const SCALES = { "": 2, "万": 6, "亿": 10 };
const AMOUNT = new RegExp(
  "^(?:人民币|RMB|CNY)?[: ]*[¥￥]? *" +
  "(\\d+|[1-9]\\d{0,2}(?:,\\d{3})+|[1-9]\\d{0,2}(?: \\d{3})+)(?:\\.(\\d+))?" +
  " *(万|萬|亿|億)? *[元圆圓]? *(?:整|正)? *(?:\\((?:人民币|RMB|CNY)\\))? *(?:\\(含税价?\\)|含税价?)?$", "i");

function narrow(text) {
  const ordinary = text.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
  return ordinary.replace(/[\u3000\u00a0]/g, " ").replace(/\u2212/g, "-").replace(/\s+/g, " ").trim();
}

export function readAmount(text) {
  const found = narrow(text).match(AMOUNT);
  if (!found) return null;
  const places = SCALES[(found[3] ?? "").replace("萬", "万").replace("億", "亿")];
  const fraction = found[2] ?? "";
  if (fraction.length > places) return null;
  const fen = BigInt(found[1].replace(/[, ]/g, "") + fraction.padEnd(places, "0"));
  return fen > LARGEST ? null : fen;
}

function writeAmount(fen) {
  const yuan = (fen / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `¥${yuan}.${(fen % 100n).toString().padStart(2, "0")}`;
}

function echoMoney(place) {
  for (const line of place.querySelectorAll("[data-money-echo]")) {
    const field = document.getElementById(line.dataset.moneyEcho);
    let speaking;
    field.addEventListener("input", () => {
      const fen = readAmount(field.value);
      line.textContent = fen === null ? "" : `读作 ${writeAmount(fen)}`;
      clearTimeout(speaking);
      speaking = setTimeout(() => { document.getElementById("spoken").textContent = line.textContent; }, PAUSE);
    });
  }
}

function readHundredths(text, unit) {
  const plain = narrow(text).replace(/[, ]/g, "");
  const bare = plain.endsWith(unit) ? plain.slice(0, -unit.length) : plain;
  const found = bare.match(/^(\d{1,15})(?:\.(\d{1,2})0*)?$/);
  return found && BigInt(found[1] + (found[2] ?? "").padEnd(2, "0"));
}

function writeHundredths(value) {
  const part = (value % 100n).toString().padStart(2, "0").replace(/0+$/, "");
  return `${value / 100n}${part && `.${part}`}`;
}

function compared(sum, whole, write) {
  if (sum === whole) return "符合要求";
  return sum < whole ? `还差 ${write(whole - sum)}` : `超出 ${write(sum - whole)}`;
}

export function totalWords(texts, { full: whole, unit, fen, of, most: isMost }) {
  const read = texts.filter((text) => text.trim()).map((text) => readHundredths(text, unit));
  const sum = read.reduce((all, one) => all + (one ?? 0n), 0n);
  const full = BigInt(whole);
  const points = (value) => `${writeHundredths(value)}${unit === "%" ? "" : " "}${unit}`;
  const unread = read.filter((one) => one === null).length;
  const met = isMost && sum <= full ? `满分 ${points(full)}` : compared(sum, full, points);
  const verdict = unread && sum === full ? "" : `，${met}`;
  const said = [`合计 ${points(sum)}${verdict}`];
  if (fen) {
    const all = BigInt(fen);
    const share = (all * sum + full / 2n) / full;
    const rest = sum === full ? "" : `，${compared(share, all, writeAmount)}`;
    said.push(`按${of} ${writeAmount(all)} 计，合计 ${writeAmount(share)}${rest}`);
  }
  if (unread) said.push(`有 ${unread} 处不是可以识别的数字，没有计入`);
  return { words: said.join("；"), right: !unread && (sum === full || (Boolean(isMost) && sum < full)) };
}

function addTotals() {
  for (const line of document.querySelectorAll("[data-total]")) {
    const names = line.dataset.total.split(" ").map((name) => new RegExp(`^${name.replace("*", "\\d+")}$`));
    const form = line.closest("form") || document.querySelector("main form[data-guard]");
    if (!form) continue;
    const show = () => {
      const parts = [...form.elements].filter((field) => names.some((name) => name.test(field.name)));
      const { words, right } = totalWords(parts.map((field) => field.value), line.dataset);
      if (line.textContent !== words) line.textContent = words;
      line.classList.toggle("total-off", !right);
    };
    let waiting;
    const soon = () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, WAIT);
    };
    form.addEventListener("input", soon);
    form.addEventListener("drawn", soon);
    show();
  }
}

export function leftWords(whole, text) {
  if (whole === undefined) return { words: "选定预算以后，这里写明还剩多少。", right: true };
  const taken = readAmount(text);
  const all = BigInt(whole);
  if (taken === null) return { words: `可用 ${writeAmount(all)}`, right: true };
  const left = taken <= all ? `还剩 ${writeAmount(all - taken)}` : `超出 ${writeAmount(taken - all)}`;
  return { words: `可用 ${writeAmount(all)}，计划 ${writeAmount(taken)}，${left}`, right: taken <= all };
}

function takeAway() {
  for (const line of document.querySelectorAll("[data-wholes]")) {
    const wholes = JSON.parse(line.dataset.wholes);
    const { chosen, taken } = line.dataset;
    document.addEventListener("input", () => {
      const choice = document.querySelector(`[name="${chosen}"]:checked`);
      const { words, right } = leftWords(choice ? wholes[choice.value] : undefined, document.getElementById(taken).value);
      if (line.textContent !== words) line.textContent = words;
      line.classList.toggle("total-off", !right);
    });
  }
}

echoMoney(document);
addTotals();
takeAway();
document.addEventListener("drawn", (event) => echoMoney(event.target));
