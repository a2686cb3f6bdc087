/* The drawing area, and a drawing in the form of the data's images. */

const FINE = 8; // pixels of the drawing for one pixel of an image, in each direction
const [BRUSH, THINNEST] = [2.4 / 28, 1.2]; // width of the pen: share of an image's smaller side, at least, in its pixels
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

/* What is drawn: a fine canvas of ink, one for both editions. */
const inkCanvas = once(() => {
  const [rows, columns] = imageShape();
  return Object.assign(document.createElement("canvas"), { width: columns * FINE, height: rows * FINE });
});

/* The drawing area: the ink, shown large; pen by pointer or by keyboard. `onDraw` is told whether the ink lies over a
   test image. */
class Pad {
  constructor(canvas, root, onDraw) {
    Object.assign(this, { canvas, root, onDraw, isOverImage: false, last: null, isPenDown: false, isTyped: false });
    [this.rows, this.columns] = imageShape();
    this.ink = inkCanvas();
    this.pen = this.ink.getContext("2d", { willReadFrequently: true });
    this.cursor = [Math.floor(this.rows / 2), Math.floor(this.columns / 2)];
    this.announce = announcer(root.querySelector("[data-live]"));
    this.redraw = redrawer(() => this.draw());
    fitted(canvas, this.redraw);
    document.addEventListener("themechange", this.redraw);
    this.listen();
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
    this.root.querySelector("[data-clear]").addEventListener("click", () => this.clear());
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
    this.pen.lineWidth = Math.max(THINNEST, BRUSH * Math.min(this.rows, this.columns)) * FINE;
    this.pen.lineCap = "round";
    this.pen.lineJoin = "round";
    this.pen.beginPath();
    this.pen.moveTo(...(this.last || place));
    this.pen.lineTo(...place);
    this.pen.stroke();
    this.last = place;
    this.onDraw(this.isOverImage);
  }

  clear() {
    this.load(null);
    this.onDraw(false);
  }

  /* Takes an image as ink; of null leaves the area empty. */
  load(pixels) {
    Object.assign(this, { isPenDown: false, last: null });
    this.pen.fillStyle = "#000";
    this.pen.fillRect(0, 0, this.ink.width, this.ink.height);
    if (pixels === null) return;
    const picture = document.createElement("canvas");
    paint(picture, [pixels]);
    this.pen.imageSmoothingEnabled = false;
    this.pen.drawImage(picture, 0, 0, this.ink.width, this.ink.height);
  }

  /* Shows the ink as it is now. */
  show(isOverImage) {
    this.isOverImage = isOverImage;
    this.redraw();
  }

  /* What the networks see: the ink in the form of the data's images; null where nothing is drawn. */
  pixels() {
    const { width, height } = this.ink;
    const bytes = this.pen.getImageData(0, 0, width, height).data;
    const image = new Float32Array(width * height);
    for (let i = 0; i < image.length; i += 1) image[i] = bytes[4 * i] / 255;
    if (inkBox(image, width) === null) return null;
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
