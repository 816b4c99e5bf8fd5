// Sends chosen files ahead of their form and shows how far they are; kind and size are told before a
// single byte is sent. The answer is the same page with the file on its list, so that nothing here
// needs to know what a file on the list looks like. Without JavaScript they go with the form.
const TELL = 25; // percent between two things told to a screen reader
const SILENCE = 60000; // milliseconds without a byte after which the line is taken for dead
const MOST_TRIES = 20; // of sending files that the platform has no turn for yet
const STOPPED = "上传已停止。文件仍选在这里，提交时会一起上传；不要的请重新选择。";

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function unfit(field, file) {
  const limit = Number(field.dataset.megabytes);
  const endings = field.accept.split(",");
  // An input method may write the dot wide: 照片．png.
  const ending = file.name.normalize("NFKC").replace(/[。｡](?=[^.。｡]*$)/, ".").toLowerCase().match(/(\.[^.]*)?$/)[0];
  if (!endings.includes(ending)) {
    const advice = JSON.parse(field.dataset.advice);
    return `“${file.name}”的类型不符合要求。${advice[ending] || advice[""]}`;
  }
  if (file.size === 0) return `“${file.name}”是空文件，请打开文件核对后重新选择。`;
  if (file.size > limit * 1e6) return `“${file.name}”有 ${megabytes(file.size)}，超过 ${limit} MB 的上限，请压缩或拆分后再选。`;
  return "";
}

// What waits is also held by the field itself: a form that is sent before its files are takes them along.
function hold(field, files) {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  field.files = held.files;
}

function parcel(form) {
  const data = new FormData();
  for (const hidden of form.querySelectorAll("input[type=hidden]")) data.append(hidden.name, hidden.value);
  return data;
}

function drawProgress(page, box, say) {
  const bar = page.createElement("progress");
  const words = page.createElement("span");
  const stop = page.createElement("button");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", "上传进度");
  stop.type = "button";
  stop.className = "btn btn-link";
  stop.textContent = "停止上传";
  const line = page.createElement("div");
  line.className = "upload-progress";
  line.append(bar, words, stop);
  box.append(line);
  let told = 0;
  return {
    line,
    stop,
    waits(seconds) {
      bar.removeAttribute("value");
      words.textContent = `平台还在检查别的文件，${seconds} 秒后自动再传`;
    },
    at(sent, whole) {
      const percent = Math.floor((sent / whole) * 100);
      bar.value = percent;
      words.textContent = percent < 100 ? `已传 ${megabytes(sent)}，共 ${megabytes(whole)}` : "已传完，正在保存";
      if (percent >= told + TELL) {
        told = percent - (percent % TELL);
        say(`已上传 ${told}%`);
      }
    },
  };
}

// What stands in the list when all that was chosen is sent, or what became of the rest.
function tell(news, turn, missing, say) {
  const words = [...turn.refused];
  if (missing > 0) words.push(`有 ${missing} 个文件没有收下，请核对列表，缺的重新选择。`);
  const wrong = words.length > 0;
  const kept = news.querySelectorAll(".kept li").length;
  if (!news.querySelector(".field-errors")) words.unshift(`已上传，共 ${kept} 个文件。提交以后才算交给平台。`);
  if (!wrong && news.querySelector(".kept-said")) words.push("有的文件做了清理或需要留意，见列表里的说明。");
  turn.refused = [];
  say(words.join(""), wrong);
}

function readAnswer(text, box) {
  const answer = new DOMParser().parseFromString(text, "text/html");
  const fresh = [...answer.querySelectorAll("[data-upload]")].find((one) => one.dataset.upload === box.dataset.upload);
  return { answer, fresh };
}

// Puts the list of the answer into the page; what waits to be sent goes on waiting there.
function exchange(page, box, fresh, turn) {
  const news = page.importNode(fresh, true);
  box.replaceWith(news);
  const next = watch(page, news, turn);
  hold(next.field, turn.waiting);
  return { news, ...next };
}

// Takes a file off the list without leaving the page, and goes on where it stood.
async function takeAway(page, form, box, button, turn, say) {
  if (turn.request) return say("还在上传，请稍候再移除。");
  const data = parcel(form);
  data.append(button.name, button.value);
  try {
    const answer = await fetch(form.action || location.href, { method: "POST", body: data });
    const { fresh } = readAnswer(await answer.text(), box);
    const place = [...box.querySelectorAll("[name=file-remove]")].indexOf(button);
    const { news, field } = exchange(page, box, fresh, turn);
    const left = [...news.querySelectorAll("[name=file-remove]")];
    (left[place] || left[place - 1] || field).focus();
  } catch (problem) {
    say("文件没有移除，可能是网络中断或者登录已经失效。请稍后再试。", true);
  }
}

// Sends what waits. The page's list is exchanged with each answer, and each request says what stands in
// it, so one field sends one request at a time; what is chosen meanwhile waits its turn.
function send(page, form, box, field, turn, say, tries = 1) {
  const batch = [...turn.waiting];
  const before = box.querySelectorAll(".kept li").length;
  const request = new XMLHttpRequest();
  const progress = drawProgress(page, box, say);
  turn.request = request;
  let pause = null;
  let silence;
  // Not while the platform works on what has arrived whole.
  const hears = (event) => {
    clearTimeout(silence);
    if (event.loaded < event.total) silence = setTimeout(() => request.abort(), SILENCE);
  };
  const over = () => {
    clearTimeout(pause);
    clearTimeout(silence);
    progress.line.remove();
    form.removeEventListener("submit", leave);
    turn.request = null;
  };
  const fail = (words) => {
    over();
    say(words, true);
  };
  // A request that was answered and waits to be sent again has nothing left to abort.
  const halt = () => (pause === null ? request.abort() : fail(STOPPED));
  // Who sends the form now sends the file with it.
  const leave = () => halt();
  progress.stop.addEventListener("click", () => {
    turn.stopped = true;
    halt();
  });
  form.addEventListener("submit", leave);
  request.upload.addEventListener("progress", (event) => {
    progress.at(event.loaded, event.total);
    hears(event);
  });
  request.addEventListener("abort", () => fail(STOPPED));
  request.addEventListener("error", () => fail("网络中断，文件没有传完。文件仍选在这里，网络恢复后提交时会一起上传。"));
  request.addEventListener("load", () => {
    const { answer, fresh } = readAnswer(request.responseText, box);
    if (!fresh) {
      const told = request.status !== 401 && answer.querySelector(".error-message")?.textContent.trim();
      fail(
        told
          ? `文件没有传成功：${told}`
          : "文件没有传成功，可能是登录已经失效。请在新窗口重新登录，再回到这里提交，填写的内容都还在。",
      );
      return;
    }
    // No turn: nothing of what was sent was taken, and the same may be sent again a little later.
    const seconds = request.status === 503 && Number(request.getResponseHeader("Retry-After"));
    if (seconds && tries < MOST_TRIES) {
      progress.waits(seconds);
      pause = setTimeout(() => {
        over();
        send(page, form, box, field, turn, say, tries + 1);
      }, seconds * 1000);
      return;
    }
    if (seconds) {
      fail("平台还在检查别的文件，没有传成功。文件仍选在这里，提交时会一起上传。");
      return;
    }
    // Who writes elsewhere by now is left there.
    const here = box.contains(page.activeElement);
    over();
    turn.waiting = turn.waiting.filter((file) => !batch.includes(file));
    const next = exchange(page, box, fresh, turn);
    const { news } = next;
    const missing = field.multiple && !news.querySelector(".field-errors") ? before + batch.length - news.querySelectorAll(".kept li").length : 0;
    if (here) next.field.focus();
    if (turn.waiting.length) send(page, form, news, next.field, turn, next.say);
    else tell(news, turn, missing, next.say);
  });
  const data = parcel(form);
  for (const file of batch) data.append(field.name, file);
  data.append("file-add", field.name);
  request.open("POST", form.action || location.href);
  request.send(data);
}

// A place to drop files on, with a button in our own words: the browser writes its own in whatever
// language it was installed in. Keys still reach the field itself, which stands unseen in the place.
function drawPlace(page, field) {
  const place = page.createElement("div");
  const button = page.createElement("span");
  place.className = "drop";
  button.className = "btn btn-outline-primary";
  button.textContent = "选择文件";
  button.id = `${field.id}-choose`;
  // What is seen on the button is part of the name, for who says it to the machine.
  for (const label of field.labels) {
    label.id = `${field.id}-label`;
    field.setAttribute("aria-labelledby", `${button.id} ${label.id}`);
  }
  field.before(place);
  place.append(field, button, field.multiple ? "或者把文件拖到这里，可以一次选多个" : "或者把文件拖到这里");
  field.classList.add("drop-field");
}

function watch(page, box, turn = { waiting: [], refused: [], request: null, stopped: false }) {
  const form = box.closest("form");
  const field = box.querySelector("input[type=file]");
  if (!form || !field) return null;
  drawPlace(page, field);
  const line = page.createElement("p");
  line.className = "echo upload-words";
  line.setAttribute("role", "status");
  field.parentNode.after(line);
  const say = (words, wrong = false) => {
    line.textContent = words;
    line.classList.toggle("counter-over", wrong);
  };
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[name=file-remove]");
    if (!button) return;
    event.preventDefault();
    takeAway(page, form, box, button, turn, say);
  });
  field.addEventListener("change", () => {
    if (!field.files.length) return;
    const chosen = [...field.files];
    const faults = chosen.map((file) => unfit(field, file));
    const fit = chosen.filter((_, place) => !faults[place]);
    turn.refused.push(...faults.filter(Boolean));
    if (turn.stopped) turn.waiting = [];
    turn.stopped = false;
    // A field for one file keeps the newest.
    turn.waiting = field.multiple ? [...turn.waiting, ...fit] : fit.length ? fit : turn.waiting;
    hold(field, turn.waiting);
    if (!turn.waiting.length) {
      say(turn.refused.join(""), true);
      turn.refused = [];
      return;
    }
    // What is looked at once and never kept can only go with its form.
    if ("passing" in box.dataset) {
      say(`已选择“${turn.waiting[0].name}”。`);
      return;
    }
    say(turn.refused.join(""), true);
    if (!turn.request) send(page, form, box, field, turn, say);
  });
  return { field, say };
}

for (const box of document.querySelectorAll("[data-upload]")) watch(document, box);
