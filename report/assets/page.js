/* The page itself: languages, colours, contents that follow, folds, tables as CSV, widgets of the visible
   edition. */

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

/* What is read: the last of these elements that begins above a third of the window. */
function findRead(elements) {
  const line = window.innerHeight / 3;
  return elements.filter((one) => one.checkVisibility() && one.getBoundingClientRect().top <= line).pop();
}

function readPart(edition) {
  const parts = [...edition.querySelectorAll("main > section")];
  return findRead(parts) ?? parts[0];
}

function otherId(id, language) {
  return id.replace(/^[a-z]+(?=-|$)/, language);
}

/* Shows an edition as the one before was left: what is folded, and the place. */
function showEdition(language) {
  const before = currentEdition();
  const after = editions.find((edition) => edition.lang === language);
  if (!after || after === before) return;
  const twin = (one) => document.getElementById(otherId(one.id, language));
  const read = findRead([...before.querySelectorAll("main [id]")].filter((one) => one instanceof HTMLElement && twin(one)));
  const offset = read?.getBoundingClientRect().top;
  const [folds, twins] = [before, after].map((edition) => [...edition.querySelectorAll("details")]);
  if (folds.length === twins.length) folds.forEach((fold, place) => { twins[place].open = fold.open; });
  for (const edition of editions) edition.hidden = edition !== after;
  document.documentElement.lang = language;
  document.title = after.dataset.title;
  mountWidgets(after);
  if (read) scrollBy({ top: twin(read).getBoundingClientRect().top - offset, behavior: "instant" });
  markPart();
}

/* An address of the hidden edition shows that edition; what the target is folded in opens. */
function followAddress() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  const edition = target && target.closest(".edition");
  if (!edition) return false;
  showEdition(edition.lang);
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target !== edition) target.scrollIntoView({ behavior: "instant" });
  return true;
}

function browserLanguage() {
  if (!("chosenByBrowser" in document.documentElement.dataset)) return undefined;
  const wanted = navigator.languages.map((one) => one.split("-")[0]);
  return wanted.find((one) => editions.some((edition) => edition.lang === one));
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
    remember("language", link.dataset.language);
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

/* Following a link closes the contents of a narrow screen; following the same one again leads there again. */
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]:not([data-language])');
  if (!link) return;
  link.closest("[popover]")?.hidePopover();
  if (link.hash === location.hash) followAddress();
});

/* A text as CSV has it: a number with a decimal point and nothing else, or words; nothing for a dash. */
function plain(text) {
  const words = text.replace(/\s+/g, " ").trim();
  const number = /^(−?)(\d[\d ]*(?:[.,]\d+)?)(?: †)?$/.exec(words);
  if (number) return (number[1] && "-") + number[2].replaceAll(" ", "").replace(",", ".");
  return words === "–" ? "" : words;
}

function writeCell(cell, hasRange) {
  const copy = cell.cloneNode(true);
  const range = copy.querySelector(".range");
  const unit = copy.querySelector(".unit");
  for (const one of copy.querySelectorAll(".range, .unit, [role=img]")) one.remove();
  const text = plain(unit ? `${copy.textContent.trim()} (${unit.textContent})` : copy.textContent);
  if (!hasRange) return [text];
  if (cell.closest("thead")) return [text, `${text}: low`, `${text}: high`];
  return [text, ...(range ? range.textContent.slice(1, -1).split(/[;,]\s/).map(plain) : ["", ""])];
}

/* A table as CSV; a column whose cells have intervals becomes three. */
function writeTable(table) {
  const rows = [...table.rows].map((row) => [...row.cells]);
  const ranged = rows[0].map((_, place) => rows.some((row) => row[place].querySelector(".range")));
  const quoted = (text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.flatMap((cell, place) => writeCell(cell, ranged[place])).map(quoted).join(",") + "\n").join("");
}

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const { copied, refused } = button.closest(".edition").querySelector(".bar").dataset;
    const said = button.parentElement.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(writeTable(button.closest(".table").querySelector("table")));
      said.textContent = copied;
    } catch { said.textContent = refused; }
    setTimeout(() => { said.textContent = ""; }, 4000);
  });
}

let isMarking = false;
addEventListener("scroll", () => {
  if (isMarking) return;
  isMarking = true;
  requestAnimationFrame(() => { isMarking = false; markPart(); });
}, { passive: true });

/* Scripts that paint by themselves must hear of the system's colours too. */
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (!document.documentElement.dataset.theme) document.dispatchEvent(new Event("themechange"));
});

addEventListener("hashchange", followAddress);
showTheme(["light", "dark"].includes(recall("theme")) ? recall("theme") : "auto");
if (!followAddress()) showEdition(recall("language") ?? browserLanguage());
mountWidgets(currentEdition());
markPart();
