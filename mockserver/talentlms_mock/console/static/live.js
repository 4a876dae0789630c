// Shows the page again, as it is now, whenever its portal has changed. The stream is read by
// fetch and only says that there is something new; the page itself is asked for what it is,
// not more often than leaves the mock nearly all of its time for its clients.
import { copying } from "./copying.js";
import { keepRow } from "./keys.js";

const AT_MOST_EACH = 1000; // milliseconds
const AT_LEAST_EACH = 5000;
const SHARE = 50; // pauses are this many times as long as a page takes
const AGAIN_AFTER = 2000;

let stale = false;
let busy = false;

export async function live(address) {
  if (!address || !document.querySelector("[data-region]")) return;
  document.addEventListener("visibilitychange", () => stale && refresh());
  for (;;) {
    try {
      await read(address);
    } catch {
      // The mock has stopped, or is starting again.
    }
    show(false);
    await pause(AGAIN_AFTER);
  }
}

async function read(address) {
  const response = await fetch(address);
  if (!response.ok) return;
  show(true);
  refresh(); // for what has changed since the page was made
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    if (events.some((event) => event.startsWith("event: change"))) refresh();
  }
}

async function refresh() {
  stale = true;
  if (busy || document.hidden) return;
  busy = true;
  while (stale && !document.hidden) {
    stale = false;
    const started = performance.now();
    await replace();
    const took = performance.now() - started;
    await pause(Math.min(Math.max(AT_MOST_EACH, SHARE * took), AT_LEAST_EACH));
  }
  busy = false;
}

async function replace() {
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const old of document.querySelectorAll("[data-region]")) {
    const now = page.getElementById(old.id);
    if (now && now.innerHTML !== old.dataset.shown) put(old, now);
  }
}

function put(old, now) {
  // What somebody is writing, or has chosen, is not taken away.
  if (old.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) return;
  if (String(getSelection()) && old.contains(getSelection().anchorNode)) return;
  const known = new Set([...old.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
  const open = new Set([...old.querySelectorAll("details[open][id]")].map((each) => each.id));
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  keepRow(old, () => {
    const html = now.innerHTML;
    old.replaceChildren(...now.childNodes);
    old.dataset.shown = html;
  });
  for (const id of open) old.querySelector(`details[id="${CSS.escape(id)}"]`)?.setAttribute("open", "");
  if (focused) old.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  for (const row of old.querySelectorAll("[data-key]")) row.classList.toggle("fresh", !known.has(row.dataset.key));
  copying(old);
}

function show(is) {
  const mark = document.getElementById("live");
  if (mark) mark.hidden = !is;
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
