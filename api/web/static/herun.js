// 让页面更方便的一小段；没有它，一切照样能办。 What makes pages handier; without it everything still works.

const language = document.documentElement.lang;
const isChinese = language.startsWith("zh");
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
// The server's clock decides; a device's may be wrong.
const ahead = Date.parse(document.documentElement.dataset.now) - Date.now();

const counted = new Map(UNITS.map(([unit]) => [
  unit,
  new Intl.NumberFormat(language, {style: "unit", unit, unitDisplay: isChinese ? "short" : "narrow"}),
]));

function span(seconds) {
  let rest = Math.floor(seconds);
  const counts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return [unit, count];
  });
  while (counts.length > 1 && counts[0][1] === 0) counts.shift();
  return counts.slice(0, 2).filter(([, count], place) => place === 0 || count > 0)
    .map(([unit, count]) => counted.get(unit).format(count)).join(isChinese ? "" : " ");
}

function tick() {
  for (const each of document.querySelectorAll("[data-due]")) {
    const left = (Date.parse(each.dataset.due) - Date.now() - ahead) / 1000;
    const sentence = left >= 0 ? each.dataset.left : each.dataset.over;
    const text = sentence.replace("{span}", span(Math.abs(left)));
    if (each.textContent !== text) each.textContent = text;
  }
}

function listen(page) {
  const news = document.getElementById("news");
  let known = page.dataset.seq ?? null;
  const source = new EventSource(page.dataset.live);
  source.addEventListener(page.dataset.event, (event) => {
    if (known !== null && event.data !== known && !news.hasChildNodes()) {
      const link = document.createElement("a");
      link.href = location.pathname + location.search;
      link.textContent = news.dataset.link;
      news.append(news.dataset.words, " ", link);
    }
    known = event.data;
  });
  addEventListener("pagehide", () => source.close());
}

let dialog = null;

function ask(question, button) {
  dialog ??= document.body.appendChild(document.createElement("dialog"));
  const form = document.createElement("form");
  form.method = "dialog";
  const words = document.createElement("p");
  words.id = "question";
  words.textContent = question;
  const buttons = document.createElement("p");
  buttons.className = "buttons";
  const yes = document.createElement("button");
  yes.className = "main";
  yes.value = "yes";
  yes.textContent = button.textContent.trim();
  const no = document.createElement("button");
  no.value = "no";
  no.textContent = isChinese ? "取消" : "Cancel";
  buttons.append(no, yes);
  form.append(words, buttons);
  dialog.setAttribute("aria-labelledby", "question");
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((settle) => {
    dialog.addEventListener("close", () => settle(dialog.returnValue === "yes"), {once: true});
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.method === "dialog") return;
  if (form.dataset.sent) {
    event.preventDefault(); // pressed twice
    return;
  }
  if (button?.dataset.confirm && !form.dataset.sure) {
    event.preventDefault();
    if (await ask(button.dataset.confirm, button)) {
      form.dataset.sure = "yes";
      form.requestSubmit(button);
    }
    return;
  }
  if (form.method === "post") {
    form.dataset.sent = "yes";
    button?.setAttribute("aria-busy", "true");
  }
});

// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    delete form.dataset.sure;
  }
});

for (const button of document.querySelectorAll("[data-choose-all]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = [...document.querySelectorAll(`input[type=checkbox][form="${button.dataset.chooseAll}"]`)];
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
  });
}

// A link to a folded form unfolds it.
function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
addEventListener("hashchange", unfold);
unfold();

tick();
setInterval(tick, 15000);
const page = document.querySelector("[data-live]");
if (page && "EventSource" in window) listen(page);
