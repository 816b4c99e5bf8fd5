// Reads an amount back while it is typed: 185万 → ¥1,850,000.00. The server decides what is valid.
const SCALES = { "": 2, "万": 6, "亿": 10 };

export function narrow(text) {
  const ordinary = text.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0));
  return ordinary.replace(/[\u3000\u00a0]/g, " ").replace(/\u2212/g, "-").trim();
}

export function readAmount(text) {
  const found = narrow(text).match(/^(?:人民币)?[¥￥]?\s*(\d[\d, ]*)(?:\.(\d+))?\s*(万|亿)?(?:元|圆)?(?:整|正)?$/);
  if (!found) return null;
  const places = SCALES[found[3] ?? ""];
  const fraction = found[2] ?? "";
  if (fraction.length > places) return null;
  return BigInt(found[1].replace(/[, ]/g, "") + fraction.padEnd(places, "0"));
}

export function writeAmount(fen) {
  const yuan = (fen / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `¥${yuan}.${(fen % 100n).toString().padStart(2, "0")}`;
}

export function echoMoney(page) {
  for (const line of page.querySelectorAll("[data-money-echo]")) {
    const field = page.getElementById(line.dataset.moneyEcho);
    if (!field) continue;
    field.addEventListener("input", () => {
      const fen = readAmount(field.value);
      line.textContent = fen === null ? "" : `读作 ${writeAmount(fen)}`;
    });
  }
}
