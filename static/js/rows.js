// Adds, takes away and reads in rows without leaving the page. The answer is the same page with the list
// as it is then, so that nothing here needs to know what a row looks like. Without JavaScript the page
// is loaded anew, and begins where the list has changed.
const BUTTONS = "[name=rows-add], [name=rows-remove]";
const LOST = "没有连上平台，表格没有变动；填写的内容都在，请稍后再按一次。";
const AWAY = "表格没有变动，可能是登录已经失效。请在新窗口重新登录，再回到这里，填写的内容都还在。";

function tell(list, words) {
  const line = list.querySelector(".read-in") || document.createElement("p");
  line.className = "read-in counter-over";
  line.textContent = words;
  list.append(line);
  document.getElementById("spoken").textContent = words;
}

async function ask(form, button) {
  const sent = new FormData(form);
  for (const field of form.elements) if (field.type === "file") sent.delete(field.name);
  sent.append(button.name, button.value);
  const answer = await fetch(form.action || location.href, { method: "POST", body: sent });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function rearrange(button) {
  const form = button.form;
  const list = button.closest("[data-rows]");
  const asked = ask(form, button);
  // What would be typed now would be lost.
  list.disabled = true;
  let answer = null;
  try {
    answer = await asked;
  } catch (problem) {
    list.disabled = false;
    tell(list, LOST);
    return;
  }
  const fresh = answer.getElementById(list.id);
  if (!fresh) {
    list.disabled = false;
    tell(list, AWAY);
    return;
  }
  const here = document.importNode(fresh, true);
  list.replaceWith(here);
  form.dataset.touched = "yes";
  here.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  const said = here.querySelector(".read-in");
  if (said) document.getElementById("spoken").textContent = said.textContent;
  (here.querySelector("[autofocus]") || here.querySelector(".rows-block textarea")).focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(BUTTONS);
  if (!button || !button.form) return;
  event.preventDefault();
  rearrange(button);
});

// A block of a spreadsheet is read in wherever in the list it is pasted.
document.addEventListener("paste", (event) => {
  const list = event.target.closest("[data-rows]");
  const text = event.clipboardData.getData("text/plain");
  const box = list && list.querySelector(".rows-block textarea");
  if (!box || event.target === box || !text.includes("\t")) return;
  event.preventDefault();
  box.value = text;
  rearrange(list.querySelector(".rows-block button"));
});
