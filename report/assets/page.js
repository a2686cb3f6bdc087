/* The page itself: languages, colours, contents that follow, details on paper, widgets of the visible edition. */

const editions = [...document.querySelectorAll(".edition")];
const themeButtons = [...document.querySelectorAll("[data-theme-choice]")];
const mounted = new WeakSet();

/* Storage may be refused where the page is opened from a disk. */
function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* not kept, nothing lost */ }
}

function recall(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

function currentEdition() {
  return editions.find((edition) => !edition.hidden);
}

function mountWidgets(edition) {
  if (typeof WIDGETS === "undefined") return;
  for (const root of edition.querySelectorAll("[data-widget]")) {
    if (mounted.has(root) || !(root.dataset.widget in WIDGETS)) continue;
    mounted.add(root);
    WIDGETS[root.dataset.widget](root);
  }
}

/* The part of the page that is read: the last one that begins above a third of the window. */
function readPart(edition) {
  const parts = [...edition.querySelectorAll("main > section")];
  const line = window.innerHeight / 3;
  return parts.filter((part) => part.getBoundingClientRect().top <= line).pop() ?? parts[0];
}

function otherId(id, language) {
  return id.replace(/^[a-z]+(?=-|$)/, language);
}

function showEdition(language, target) {
  const before = currentEdition();
  const after = editions.find((edition) => edition.lang === language);
  if (!after) return;
  const part = before === after ? null : readPart(before);
  const offset = part?.getBoundingClientRect().top;
  for (const edition of editions) edition.hidden = edition !== after;
  document.documentElement.lang = language;
  document.title = after.dataset.title;
  mountWidgets(after);
  if (target) target.scrollIntoView({ behavior: "instant" });
  else if (part) {
    const twin = document.getElementById(otherId(part.id, language));
    if (twin) window.scrollBy({ top: twin.getBoundingClientRect().top - offset, behavior: "instant" });
  }
  remember("language", language);
  markPart();
}

/* An address of the hidden edition shows that edition. */
function followAddress() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  const edition = target && target.closest(".edition");
  if (!edition) return false;
  if (edition.hidden) showEdition(edition.lang, target === edition ? null : target);
  else if (target !== edition) target.scrollIntoView({ behavior: "instant" });
  return true;
}

function showTheme(choice) {
  if (choice === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  for (const button of themeButtons) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  document.dispatchEvent(new Event("themechange"));
}

function markPart() {
  const edition = currentEdition();
  const id = readPart(edition).id;
  for (const link of edition.querySelectorAll(".contents a")) {
    if (link.hash === `#${id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

for (const link of document.querySelectorAll("[data-language]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    showEdition(link.dataset.language);
    history.replaceState(null, "", location.hash ? `#${otherId(location.hash.slice(1), link.dataset.language)}` : " ");
    currentEdition().querySelector(`[data-language="${link.dataset.language}"]`).focus({ preventScroll: true });
  });
}

for (const button of themeButtons) {
  button.addEventListener("click", () => {
    showTheme(button.dataset.themeChoice);
    remember("theme", button.dataset.themeChoice);
  });
}

let isMarking = false;
addEventListener("scroll", () => {
  if (isMarking) return;
  isMarking = true;
  requestAnimationFrame(() => { isMarking = false; markPart(); });
}, { passive: true });

/* Paper shows what is folded; afterwards the page is as it was. */
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...currentEdition().querySelectorAll("details:not([open])")];
  for (const part of unfolded) part.open = true;
});
addEventListener("afterprint", () => {
  for (const part of unfolded) part.open = false;
});

/* Scripts that paint by themselves must hear of the system's colours too. */
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (!document.documentElement.dataset.theme) document.dispatchEvent(new Event("themechange"));
});

addEventListener("hashchange", followAddress);
showTheme(["light", "dark"].includes(recall("theme")) ? recall("theme") : "auto");
if (!followAddress() && recall("language")) showEdition(recall("language"));
mountWidgets(currentEdition());
markPart();
