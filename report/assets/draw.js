/* A drawing in the form of the data's images: its codes, what comes back, and what is left after noise. */

const FINE = 8; // pixels of the drawing for one pixel of an image, in each direction
const BRUSH = 2.4; // width of the pen, pixels of an image
const BOX = 20; // the side into which MNIST scales its digits, pixels; images themselves are 28 wide
const INK = 0.05; // what counts as drawn

/* Averages a box of an image over a grid: each value is the mean of the area it covers. */
function averaged(image, width, box, [rows, columns]) {
  const [height, length] = [box.height / rows, box.width / columns];
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < result.length; i += 1) {
    const top = box.top + Math.floor(i / columns) * height;
    const left = box.left + (i % columns) * length;
    let sum = 0;
    for (let y = Math.floor(top); y < top + height; y += 1) {
      const inRow = Math.min(y + 1, top + height) - Math.max(y, top);
      for (let x = Math.floor(left); x < left + length; x += 1) {
        sum += image[y * width + x] * inRow * (Math.min(x + 1, left + length) - Math.max(x, left));
      }
    }
    result[i] = sum / (height * length);
  }
  return result;
}

/* The smallest box that holds all ink, or null where there is none. */
function inkBox(image, width) {
  let [top, left, bottom, right] = [Infinity, Infinity, -1, -1];
  for (let i = 0; i < image.length; i += 1) {
    if (image[i] < INK) continue;
    const y = Math.floor(i / width);
    const x = i % width;
    top = Math.min(top, y);
    left = Math.min(left, x);
    bottom = Math.max(bottom, y);
    right = Math.max(right, x);
  }
  return bottom < 0 ? null : { top, left, height: bottom - top + 1, width: right - left + 1 };
}

function massCentre(image, columns) {
  let [mass, y, x] = [0, 0, 0];
  image.forEach((value, i) => {
    mass += value;
    y += value * Math.floor(i / columns);
    x += value * (i % columns);
  });
  return [y / mass, x / mass];
}

/* MNIST's form (Y. LeCun et al. 1998): scaled into a box with its proportions kept, centred by the centre of mass. */
function normalised(image, width, [rows, columns]) {
  const result = new Float32Array(rows * columns);
  const box = inkBox(image, width);
  if (box === null) return result;
  const scale = BOX / Math.max(box.height, box.width);
  const size = [box.height, box.width].map((side) => Math.max(1, Math.round(side * scale)));
  const small = averaged(image, width, box, size);
  const centre = massCentre(small, size[1]);
  const [down, across] = [rows, columns].map((side, i) => Math.round((side - 1) / 2 - centre[i]));
  small.forEach((value, i) => {
    const [y, x] = [Math.floor(i / size[1]) + down, (i % size[1]) + across];
    if (y >= 0 && y < rows && x >= 0 && x < columns) result[y * columns + x] = value;
  });
  return result;
}

/* The kinds of noise of the study, from a normal and a uniform number for each pixel. */
const NOISES = {
  gaussian: (x, level, { normal }) => Math.min(1, Math.max(0, x + level * normal)),
  salt_and_pepper: (x, level, { uniform }) => (uniform < level ? Number(2 * uniform < level) : x),
  masking: (x, level, { uniform }) => (uniform >= level ? x : 0),
};

function corrupted(pixels, kind, level, draws) {
  return pixels.map((x, i) => NOISES[kind](x, level, { normal: draws.normal[i], uniform: draws.uniform[i] }));
}

function noiseDraws(count, seed) {
  const uniform = uniformFrom(seed);
  return { normal: normals(count, uniform), uniform: Float32Array.from({ length: count }, uniform) };
}

/* The drawing area: a fine canvas of ink, shown large; pen by pointer or by keyboard. */
class Pad {
  constructor(canvas, root, onChange) {
    Object.assign(this, { canvas, root, onChange, isOverImage: false, last: null, isPenDown: false, isTyped: false });
    [this.rows, this.columns] = imageShape();
    this.ink = document.createElement("canvas");
    [this.ink.width, this.ink.height] = [this.columns * FINE, this.rows * FINE];
    this.pen = this.ink.getContext("2d", { willReadFrequently: true });
    this.cursor = [Math.floor(this.rows / 2), Math.floor(this.columns / 2)];
    this.announce = announcer(root.querySelector("[data-live]"));
    canvas.style.aspectRatio = `${this.columns} / ${this.rows}`;
    this.redraw = redrawer(() => this.draw());
    fitted(canvas, this.redraw);
    onThemeChange(this.redraw);
    this.listen();
    this.clear();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
      this.isTyped = false;
      this.last = null;
      this.lineTo(this.placeOf(event));
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const steps = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const step of steps.length ? steps : [event]) this.lineTo(this.placeOf(step));
    });
    canvas.addEventListener("keydown", (event) => {
      if (this.type(event.key)) event.preventDefault();
    });
    canvas.addEventListener("blur", this.redraw);
  }

  placeOf(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * this.ink.width, ((event.clientY - top) / height) * this.ink.height];
  }

  /* Acts on a key; returns whether it is one of the pad's. */
  type(key) {
    if (key === "Escape") this.clear();
    else if (key === " ") this.isPenDown = !this.isPenDown;
    else if (key in KEY_STEPS) {
      const [right, up] = KEY_STEPS[key];
      this.cursor = [clamped(this.cursor[0] - up, [0, this.rows - 1]), clamped(this.cursor[1] + right, [0, this.columns - 1])];
    } else return false;
    this.isTyped = true;
    const [row, column] = this.cursor;
    if (this.isPenDown) this.lineTo([(column + 0.5) * FINE, (row + 0.5) * FINE]);
    else this.last = null;
    const text = this.root.dataset[this.isPenDown ? "padDown" : "padUp"];
    this.announce(fill(text, { row: row + 1, column: column + 1 }));
    this.redraw();
    return true;
  }

  lineTo(place) {
    this.pen.strokeStyle = "#fff";
    this.pen.lineWidth = BRUSH * FINE;
    this.pen.lineCap = "round";
    this.pen.lineJoin = "round";
    this.pen.beginPath();
    this.pen.moveTo(...(this.last || place));
    this.pen.lineTo(...place);
    this.pen.stroke();
    this.last = place;
    this.changed();
  }

  clear() {
    Object.assign(this, { isOverImage: false, isPenDown: false, last: null });
    this.pen.fillStyle = "#000";
    this.pen.fillRect(0, 0, this.ink.width, this.ink.height);
    this.changed();
  }

  load(pixels) {
    this.clear();
    const picture = document.createElement("canvas");
    paint(picture, [pixels]);
    this.pen.imageSmoothingEnabled = false;
    this.pen.drawImage(picture, 0, 0, this.ink.width, this.ink.height);
    this.isOverImage = true;
    this.changed();
  }

  changed() {
    this.redraw();
    this.onChange();
  }

  /* What the networks see: the ink in the form of the data's images. */
  pixels() {
    const { width, height } = this.ink;
    const bytes = this.pen.getImageData(0, 0, width, height).data;
    const image = new Float32Array(width * height);
    for (let i = 0; i < image.length; i += 1) image[i] = bytes[4 * i] / 255;
    const grid = [this.rows, this.columns];
    if ("normalised" in this.root.dataset && !this.isOverImage) return normalised(image, width, grid);
    return averaged(image, width, { top: 0, left: 0, height, width }, grid);
  }

  draw() {
    const context = this.canvas.getContext("2d");
    const { width, height } = this.canvas;
    context.imageSmoothingEnabled = !this.isOverImage;
    context.drawImage(this.ink, 0, 0, width, height);
    if (!this.isTyped || document.activeElement !== this.canvas) return;
    const [w, h] = [width / this.columns, height / this.rows];
    context.lineWidth = Math.max(2, w / 5);
    context.strokeStyle = colourOf(this.root, this.isPenDown ? "--vae" : "--ae");
    context.strokeRect(this.cursor[1] * w, this.cursor[0] * h, w, h);
  }
}

/* Bars of a code around a line at zero, on a scale of -reach..reach, with whiskers of one deviation. */
function paintBars(canvas, { mean, deviation }, reach, [colour, ink]) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  const slot = width / mean.length;
  const toY = (value) => height / 2 - (value / reach) * (height / 2);
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour;
  mean.forEach((value, i) => context.fillRect((i + 0.15) * slot, Math.min(toY(0), toY(value)), 0.7 * slot, Math.abs(toY(value) - toY(0))));
  context.fillStyle = ink;
  context.fillRect(0, height / 2, width, 1);
  if (!deviation) return;
  const thin = Math.max(1, slot / 10);
  mean.forEach((value, i) => context.fillRect((i + 0.5) * slot - thin / 2, toY(value + deviation[i]), thin, toY(value - deviation[i]) - toY(value + deviation[i])));
}

/* The cards with codes and reconstructions of the input. */
class CodeCards {
  constructor(root) {
    this.root = root;
    this.error = numberWriter(root, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
    this.write = numberWriter(root, { maximumFractionDigits: 1 });
    this.cards = [...root.querySelectorAll("[data-code]")].map((card) => ({
      card, network: networkOf(card.dataset.code), bars: card.querySelector("[data-bars]"),
    }));
    this.redraw = redrawer(() => this.drawBars());
    for (const { bars } of this.cards) fitted(bars, this.redraw);
    onThemeChange(this.redraw);
  }

  show(pixels) {
    for (const entry of this.cards) {
      const { mean, logVariance } = encode(entry.network, pixels);
      entry.code = { mean, deviation: logVariance && logVariance.map((value) => Math.exp(value / 2)) };
      showImage(this.root, entry.card, "reconstruction", decode(entry.network, mean), pixels, this.error);
      const [low, high] = [Math.min(...mean), Math.max(...mean)].map(this.write);
      const text = { codec: entry.card.dataset.label, n: this.write(mean.length), low, high };
      entry.bars.setAttribute("aria-label", fill(this.root.dataset.codeLabel, text));
    }
    this.drawBars();
  }

  drawBars() {
    const codes = this.cards.map(({ code }) => code).filter(Boolean);
    const reach = Math.max(1, ...codes.flatMap(({ mean, deviation }) => Array.from(mean, (value, i) => Math.abs(value) + (deviation ? deviation[i] : 0))));
    for (const { card, bars, code } of this.cards) {
      const colours = [`--${card.dataset.code}`, "--ink"].map((name) => colourOf(this.root, name));
      if (code) paintBars(bars, code, 1.05 * reach, colours);
    }
  }
}

/* Shows an image in its card with its squared error to the clean one, in text and for screen readers. */
function showImage(root, card, shown, pixels, clean, write) {
  const canvas = card.querySelector(`[data-shown=${shown}]`);
  const text = fill(root.dataset.error, { error: write(squaredError(pixels, clean)) });
  paint(canvas, [pixels]);
  card.querySelector("[data-error-text]").textContent = text;
  const name = card.dataset.label || card.querySelector("strong").textContent;
  canvas.setAttribute("aria-label", fill(root.dataset.imageLabel, { name, text }));
}

WIDGETS.draw = (root) => {
  const [rows, columns] = imageShape();
  const [kind, level] = [root.querySelector("[data-noise]"), root.querySelector("[data-level]")];
  const decimals = numberWriter(root, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const cards = new CodeCards(root);
  const restored = [...root.querySelectorAll("[data-restorer]")];
  const noisyCard = root.querySelector("[data-shown=noisy]").closest("figure");
  let seed = 1;
  let draws = noiseDraws(rows * columns, seed);
  let clean = new Float32Array(rows * columns);

  const spoil = redrawer(() => {
    root.querySelector("span[data-level-label]").textContent = kind.selectedOptions[0].dataset.levelLabel;
    root.querySelector("[data-level-text]").textContent = decimals(Number(level.value));
    const noisy = corrupted(clean, kind.value, Number(level.value), draws);
    showImage(root, noisyCard, "noisy", noisy, clean, cards.error);
    for (const card of restored) {
      showImage(root, card, "restored", reconstruct(networkOf(card.dataset.restorer), noisy), clean, cards.error);
    }
  });
  const see = redrawer(() => {
    clean = pad.pixels();
    paint(root.querySelector("[data-shown=input]"), [clean]);
    cards.show(clean);
    spoil();
  });
  const pad = new Pad(root.querySelector("[data-pad]"), root, see);
  root.querySelector("[data-clear]").addEventListener("click", () => pad.clear());
  for (const button of root.querySelectorAll("[data-load]")) {
    button.addEventListener("click", () => pad.load(testImage(Number(button.dataset.load))));
  }
  root.querySelector("[data-new-noise]").addEventListener("click", () => {
    seed += 1;
    draws = noiseDraws(rows * columns, seed);
    spoil();
  });
  for (const control of [kind, level]) control.addEventListener("input", spoil);
  paintChoices(root);
  pad.load(testImage(0));
};

Object.assign(window.study, { corrupted, noiseDraws });
