// 回放的滑块不必整页重来；没有它，按钮照样能用。The slider without loading whole pages; without this its button works.

const form = document.querySelector("form[data-replay]");

function replayed(form) {
  const slider = form.querySelector("input[type=range]");
  const here = form.dataset.replay;
  let waiting = null;
  let asking = null;

  async function show(address) {
    asking?.abort();
    asking = new AbortController();
    const region = document.querySelector(here);
    region.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, {signal: asking.signal, headers: {accept: "text/html"}});
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector(here);
      if (!answer.ok || fresh === null) return location.assign(address);
      const step = document.activeElement?.dataset?.step;
      region.replaceChildren(...fresh.childNodes);
      slider.value = page.querySelector("input[type=range]").value;
      document.getElementById("seq-number").value = slider.value;
      history.replaceState(null, "", address);
      region.removeAttribute("aria-busy");
      if (step) (region.querySelector(`[data-step="${step}"]`) ?? slider).focus();
    } catch (gone) {
      if (gone.name !== "AbortError") location.assign(address);
    }
  }

  const addressOf = () => `${form.getAttribute("action")}?seq=${slider.value}`;
  slider.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(addressOf()), 250); // while it is dragged, not every event is asked for
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    show(addressOf());
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-step]");
    if (link === null || link === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link.getAttribute("href"));
  });
}

if (form !== null) replayed(form);

for (const button of document.querySelectorAll("button[data-copy]")) {
  const note = button.closest("li").querySelector("pre");
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(note.textContent);
    button.textContent = button.dataset.done;
  });
}
