// Keeps what is typed into long forms in this browser, per person and form, until it is sent.
// Passwords, one-time codes, hidden fields, files and confirmations are never kept.
const PREFIX = "procure-draft:";
const WAIT = 800;
const NEVER = new Set(["password", "hidden", "file", "submit", "button"]);

function keyOf(page, form) {
  return `${PREFIX}${page.body.dataset.person ?? ""}:${form}`;
}

function kept(field) {
  return field.name && !field.dataset.noDraft && !NEVER.has(field.type) && field.autocomplete !== "one-time-code";
}

function read(form) {
  const values = {};
  for (const field of form.elements) {
    if (!kept(field)) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else {
      values[field.name] = [field.value];
    }
  }
  return values;
}

function write(form, values) {
  for (const field of form.elements) {
    const value = kept(field) ? values[field.name] : undefined;
    if (!value) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = value.includes(field.value);
    else field.value = value[0] ?? "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// A row's field by the list it belongs to, its number and its own name: rows-2-name.
function rowOf(field, list) {
  const found = field.startsWith(`${list}-`) && field.slice(list.length + 1).match(/^(\d+)-(.+)$/);
  return found ? { number: Number(found[1]), part: found[2] } : null;
}

// The draft as the page numbers its rows, without gaps; what the page has more of is blank in it.
function numbered(form, values) {
  const ordered = { ...values };
  for (const { dataset: { rows: list } } of form.querySelectorAll("[data-rows]")) {
    const fields = Object.keys(values).filter((field) => rowOf(field, list));
    if (!fields.length) continue;
    const numbers = [...new Set(fields.map((field) => rowOf(field, list).number))].sort((a, b) => a - b);
    for (const field of fields) delete ordered[field];
    for (const { name, type } of form.elements) {
      if (rowOf(name, list)) ordered[name] = type === "checkbox" || type === "radio" ? [] : [""];
    }
    for (const field of fields) {
      const { number, part } = rowOf(field, list);
      ordered[`${list}-${numbers.indexOf(number)}-${part}`] = values[field];
    }
  }
  return ordered;
}

// The address that asks the server for as many rows as the draft has; null where the page has them.
function withRows(form, values) {
  const query = new URLSearchParams(location.search);
  let missing = false;
  for (const { dataset: { rows: list } } of form.querySelectorAll("[data-rows]")) {
    const has = [...form.elements].map((field) => rowOf(field.name, list)?.number ?? -1);
    const wants = Object.keys(values).map((field) => rowOf(field, list)?.number ?? -1);
    const count = Math.max(-1, ...wants) + 1;
    if (count <= Math.max(-1, ...has) + 1 || query.has(`rows-${list}`)) continue;
    query.set(`rows-${list}`, count);
    missing = true;
  }
  return missing ? `?${query}` : null;
}

function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
}

function load(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function save(key, values) {
  try {
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), values }));
    return true;
  } catch {
    return false;
  }
}

function keep(page, form) {
  const key = keyOf(page, form.dataset.draft);
  const line = form.querySelector("[data-draft-status]");
  const fresh = read(form);
  const say = (words) => { line.hidden = false; line.textContent = words; };
  const draft = load(key);
  // A page that answers a sent form shows what was typed last, rows added and taken away included.
  const answers = form.dataset.answers !== undefined;
  if (answers && (draft?.values || page.querySelector("[data-error-summary]")) && save(key, fresh)) {
    // To reload it or to come back to it opens the form and sends nothing: what was typed is kept.
    history.replaceState(history.state, "");
  }
  const typed = draft?.values ? numbered(form, draft.values) : null;
  if (typed && !answers && JSON.stringify(typed) !== JSON.stringify(fresh)) {
    const address = withRows(form, typed);
    if (address) return location.replace(address);
    write(form, typed);
    say(`已恢复 ${clock(draft.at)} 没有提交的内容。`);
    const discard = page.createElement("button");
    discard.type = "button";
    discard.className = "btn btn-link";
    discard.textContent = "不要恢复的内容";
    discard.addEventListener("click", () => {
      localStorage.removeItem(key);
      write(form, fresh);
      clearTimeout(timer);
      say("已换回页面原来的内容。");
    });
    line.append(discard);
  }
  let timer;
  form.addEventListener("input", (event) => {
    if (!event.isTrusted) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (save(key, read(form))) {
        form.dataset.saved = "yes";
        say(`已自动保存 ${clock(Date.now())}`);
      }
    }, WAIT);
  });
}

export function keepDrafts(page) {
  for (const mark of page.querySelectorAll("[data-draft-done]")) {
    localStorage.removeItem(keyOf(page, mark.dataset.draftDone));
  }
  if (!page.body.dataset.person) return;
  for (const form of page.querySelectorAll("form[data-draft]")) keep(page, form);
}
