// What the pages gain where JavaScript runs; every page works without it.
import { countCharacters } from "./counter.js";
import { addPickers } from "./dates.js";
import { keepDrafts } from "./draft.js";
import { sendFiles } from "./files.js";
import { guardForms } from "./guard.js";
import { echoMoney } from "./money.js";
import { offerPrinting } from "./print.js";
import { addTotals } from "./totals.js";

keepDrafts(document);
countCharacters(document);
echoMoney(document);
addPickers(document);
addTotals(document);
sendFiles(document);
guardForms(document);
offerPrinting(document);
(document.querySelector("[data-error-summary]") || document.querySelector("[data-focus]"))?.focus();
