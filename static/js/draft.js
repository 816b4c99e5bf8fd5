// Keeps what is typed on the server, for this person alone, until it is sent; nothing of it stays in
// this browser, which others use too.
const WAIT = 1000; // after the last key
const RETRY = 15000; // while the line is down
const UNSENT = ["csrf_token", "idempotency_key", "version"];
const BLOCK = "rows-block-"; // what is pasted there becomes rows, and these are kept
const MOST_AT_LEAVING = 60000; // bytes that a browser still sends for a page that is left

function typed(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || UNSENT.includes(name) || name.startsWith(BLOCK)) continue;
    values[name] = values[name] || [];
    values[name].push(value);
  }
  return values;
}

function clock(date) {
  return date.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
}

function parcel(form) {
  const version = form.elements.version ? form.elements.version.value : "";
  return JSON.stringify({ address: location.pathname + location.search, version, values: typed(form) });
}

async function send(form, body, keepalive) {
  const leaving = keepalive ? "?leaving=yes" : "";
  const answer = await fetch(form.dataset.draft + leaving, {
    method: "POST",
    body,
    keepalive,
    redirect: "manual",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
  });
  if (answer.ok) return (await answer.json()).at;
  throw new Error(answer.type === "opaqueredirect" || answer.status === 400 ? "登录可能已经结束" : "平台没有答复");
}

function keep(form) {
  const line = form.querySelector("[data-draft-status]");
  let timer = null;
  let since = null; // from when on nothing was saved
  let last = parcel(form);
  let under = false;

  async function save() {
    clearTimeout(timer);
    timer = null;
    const body = parcel(form);
    if (body === last || under || form.classList.contains("sending")) return;
    under = true;
    try {
      const at = await send(form, body, false);
      last = body;
      since = null;
      form.dataset.saved = "yes";
      line.textContent = `已自动保存 ${at}`;
      line.classList.remove("draft-unsaved");
    } catch (problem) {
      const why = problem instanceof TypeError ? "网络不通" : problem.message;
      line.textContent = `自 ${clock(since)} 起没有保存：${why}。填写的内容还在这一页上，请不要关闭；恢复以后会自动保存。`;
      line.classList.add("draft-unsaved");
      wait(RETRY);
    }
    under = false;
    if (parcel(form) !== last && timer === null) wait(WAIT);
  }

  function wait(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  }

  const changed = () => {
    since = since || new Date();
    form.dataset.saved = "";
    wait(WAIT);
  };
  form.addEventListener("input", changed);
  form.addEventListener("drawn", changed);
  window.addEventListener("online", save);
  // What was typed in the last second, when the page is left by a link.
  window.addEventListener("pagehide", () => {
    const body = parcel(form);
    if (timer !== null && body.length < MOST_AT_LEAVING && !form.classList.contains("sending")) send(form, body, true).catch(() => {});
  });
}

document.querySelectorAll("form[data-draft]").forEach(keep);
