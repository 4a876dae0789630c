// The keys: / searches, j and k move from row to row, Enter opens one, Esc closes or goes back.
const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.querySelector("[data-row].at");

export function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target.matches("input, select, textarea");
    if (event.key === "Escape") return close(event);
    if (isTyping) return;
    const action = { "/": search, j: () => move(1), k: () => move(-1), Enter: () => open(event) }[event.key];
    if (action && action() !== false) event.preventDefault();
  });
}

// Does `change`, after which the row that was chosen is chosen again.
export function keepRow(region, change) {
  const key = region.querySelector("[data-row].at")?.dataset.key;
  change();
  if (key) region.querySelector(`[data-key="${CSS.escape(key)}"]`)?.classList.add("at");
}

function search() {
  const field = document.querySelector("[data-search]");
  if (!field) return false;
  field.focus();
  field.select();
}

function move(step) {
  const all = rows();
  if (!all.length) return false;
  const old = current();
  const at = old ? Math.min(Math.max(all.indexOf(old) + step, 0), all.length - 1) : 0;
  old?.classList.remove("at");
  all[at].classList.add("at");
  all[at].scrollIntoView({ block: "nearest" });
  all[at].querySelector("a")?.focus({ preventScroll: true });
}

function open(event) {
  if (event.target.matches("a, button, summary")) return false;
  const link = current()?.querySelector("a");
  if (!link) return false;
  link.click();
}

function close(event) {
  if (event.target.matches("input, select, textarea")) return event.target.blur();
  const back = document.querySelector("[data-close]");
  if (back) return back.click();
  const opened = document.querySelector("main details[open]");
  if (opened) return opened.removeAttribute("open");
  current()?.classList.remove("at");
  document.activeElement?.blur();
}
