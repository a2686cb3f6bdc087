/* What all widgets share: when they begin, a state that both editions have in common, play, texts, numbers, colours. */

const WIDGETS = {};
const KEY_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/* A widget that begins when it comes near the window, so that the page opens without computing anything. */
function lazily(begin) {
  return (root) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      begin(root);
    }, { rootMargin: "100% 0px" });
    observer.observe(root);
  };
}

/* The state of a widget, one for both editions. `change` takes new values and shows them; where the other edition
   changed them, they are shown when this one comes into sight. */
const SHARED = new Map();
function share(root, defaults, show) {
  const name = root.dataset.widget;
  if (!SHARED.has(name)) SHARED.set(name, { values: defaults(), version: 0 });
  const shared = SHARED.get(name);
  let shown = null;
  const update = () => {
    shown = shared.version;
    show();
  };
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && shown !== shared.version) update();
  }, { rootMargin: "100% 0px" }).observe(root);
  return {
    values: shared.values,
    change(values = {}) {
      Object.assign(shared.values, values);
      shared.version += 1;
      update();
    },
  };
}

/* Lets a button play until it is pressed again or another language is shown. `begin` returns what is called in every frame
   with the milliseconds since; it says whether the play goes on. Returns what stops it. */
function playable(button, begin) {
  let current = null;
  const turn = (advance) => {
    current = advance;
    button.textContent = advance ? button.dataset.pause : button.dataset.play;
  };
  const stop = () => turn(null);
  const start = () => {
    const [advance, begun] = [begin(), performance.now()];
    turn(advance);
    const step = (now) => {
      if (current !== advance) return;
      if (button.clientWidth > 0 && advance(Math.max(0, now - begun))) requestAnimationFrame(step);
      else stop();
    };
    requestAnimationFrame(step);
  };
  button.addEventListener("click", () => (current ? stop() : start()));
  stop();
  return stop;
}

function clamped(value, [low, high]) {
  return Math.min(high, Math.max(low, value));
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/* Writes numbers as the edition of an element does; `shown` are options of Intl.NumberFormat. */
function numberWriter(element, shown) {
  const format = new Intl.NumberFormat(element.closest("[lang]").lang, shown);
  return (value) => format.format(value).replace("-", "\u2212").replace(/\s*%/, "\u202f%");
}

function percentWriter(element) {
  return numberWriter(element, { style: "percent", maximumFractionDigits: 0 });
}

/* Asks for one redraw in the next frame, however often it is called. */
function redrawer(draw) {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      draw();
    });
  };
}

/* Puts a text into a live region once it has rested, so that a drag is not read out step by step. */
function announcer(element, rest = 600) {
  let timer = 0;
  return (text) => {
    clearTimeout(timer);
    timer = setTimeout(() => { element.textContent = text; }, rest);
  };
}

/* The colour of a CSS variable as rgb(), in the theme of this moment; canvases know no variables. */
function colourOf(root, name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  root.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/* Fits a canvas to its size on the screen, in device pixels. */
function fitted(canvas, redraw) {
  new ResizeObserver(() => {
    const { width, height } = canvas.getBoundingClientRect();
    if (width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    redraw();
  }).observe(canvas);
}

/* ---- images to choose from, and what the judge says of one ---- */

/* Shows the test images of a group of choices; calls back with the number of the one that is chosen. */
function listenToChoices(group, choose) {
  for (const canvas of group.querySelectorAll("canvas[data-image]")) paint(canvas, [testImage(Number(canvas.dataset.image))]);
  group.addEventListener("change", (event) => choose(Number(event.target.value)));
}

/* Marks a choice by its number; of null none. */
function markChoice(group, index) {
  for (const radio of group.querySelectorAll("input[type=radio]")) radio.checked = index !== null && Number(radio.value) === index;
}

/* What the judge says of an image in words, written into an element. */
function writeVerdict(element, pixels, { before = "" } = {}) {
  const { reads, readsNone, readsUnsure, classes } = element.closest("[data-reads]").dataset;
  const reading = readImage(pixels);
  const isSure = isRecognised(reading);
  const isNone = !isSure && reading.none > reading.confidence;
  const text = [[isSure, reads], [isNone, readsNone], [true, readsUnsure]].find(([holds]) => holds)[1];
  const share = percentWriter(element)(isNone ? reading.none : reading.confidence);
  element.textContent = before + fill(text, { class: JSON.parse(classes)[reading.best], confidence: share });
  element.classList.toggle("lost", !isSure);
  return element.textContent;
}
