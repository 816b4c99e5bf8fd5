// Sends a form only once however often it is clicked, shows that it is under way, and asks before a page
// with unsaved work is left.
// A form whose answer was stopped can be sent again after so long; the same key carries nothing out twice.
const RELEASE = 10000;
const SIGN = "under-way";

function release(form) {
  form.classList.remove("sending");
  for (const sign of form.querySelectorAll(`.${SIGN}`)) sign.remove();
}

function showUnderWay(form) {
  const sign = document.createElement("p");
  sign.className = SIGN;
  sign.setAttribute("role", "status");
  form.classList.add("sending");
  (form.querySelector(".buttons") || form).append(sign);
  // Put in after the region itself, so that it is spoken.
  setTimeout(() => { sign.textContent = "正在提交，请稍候…"; }, 0);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  // Not form.method: in a form that asks for a method that is the field.
  if (form.getAttribute("method") !== "post" || event.defaultPrevented) return;
  if (form.classList.contains("sending")) return event.preventDefault();
  showUnderWay(form);
  form.dataset.touched = "";
  setTimeout(() => release(form), RELEASE);
});
// What Enter presses where nothing is to be sent by one key (form_frame): a form that is not sent is not under way.
document.addEventListener("click", (event) => {
  if (event.target.closest("[formmethod=dialog]")) event.preventDefault();
});
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (!form) return;
  if (event.isTrusted) form.dataset.touched = "yes";
  form.dataset.saved = "";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form.sending").forEach(release));
window.addEventListener("beforeunload", (event) => {
  for (const form of document.querySelectorAll("form[data-guard]")) {
    const files = form.querySelector(".kept") || [...form.elements].some((field) => field.type === "file" && field.files.length);
    if (form.dataset.touched && (files || form.dataset.saved !== "yes")) event.preventDefault();
  }
});
