// Reads an amount back while it is typed: 185万 → ¥1,850,000.00. The server decides what is valid
// (kernel/money.py); nothing is read back here that it would refuse.
const LARGEST = 10n ** 15n;
const SCALES = { "": 2, "万": 6, "亿": 10 };
const AMOUNT = new RegExp(
  "^(?:人民币|RMB|CNY)?[: ]*[¥￥]? *" +
  "(\\d+|[1-9]\\d{0,2}(?:,\\d{3})+|[1-9]\\d{0,2}(?: \\d{3})+)(?:\\.(\\d+))?" +
  " *(万|萬|亿|億)? *[元圆圓]? *(?:整|正)? *(?:\\((?:人民币|RMB|CNY)\\))? *(?:\\(含税价?\\)|含税价?)?$", "i");

export function narrow(text) {
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
