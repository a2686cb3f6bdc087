/* Two planes of codes with a point to drag in each, over what a judge reads in the images decoded there. */

const KEY_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SMALL_STEP = 0.01; // of the plane's width
const LARGE_STEP = 0.05;
const ZOOM_STEP = 2;
const LARGEST_ZOOM = 16;
const HATCH = 6; // CSS pixels between the lines over ground where nothing is recognised
const GROUND_STRENGTH = 0.45; // opacity where the judge is sure
const HATCH_STRENGTH = 0.4;
const N_CLASS_COLOURS = 10;
const PRIOR_RINGS = [1, 2, 3]; // standard deviations of N(0, I)

function clamped(value, [low, high]) {
  return Math.min(high, Math.max(low, value));
}

/* What belongs to one plane: its ranges, its codes, what the judge reads on a grid over it (largest y first). */
function planeOf(codec) {
  const { x, y } = explorerData().planes[codec];
  const confidence = arrayOf(`plane.${codec}.confidence`);
  const classes = arrayOf(`plane.${codec}.classes`);
  const side = Math.round(Math.sqrt(confidence.length));
  return {
    x, y, side, confidence, classes,
    codes: arrayOf(`plane.${codec}.codes`),
    chosen: arrayOf(`plane.${codec}.chosen`),
    network: networkOf(`plane_${codec}`),
    toShare: ([a, b]) => [(a - x[0]) / (x[1] - x[0]), (b - y[0]) / (y[1] - y[0])],
    toCode: ([s, t]) => [x[0] + s * (x[1] - x[0]), y[0] + t * (y[1] - y[0])],
    cellAt([s, t]) {
      const column = Math.round(s * (side - 1));
      const row = Math.round((1 - t) * (side - 1));
      return row * side + column;
    },
  };
}

/* The ground as a small picture: each cell in the colour of the class read there, the stronger the surer. */
function groundOf(plane, colours) {
  const ground = document.createElement("canvas");
  [ground.width, ground.height] = [plane.side, plane.side];
  const context = ground.getContext("2d");
  const picture = context.createImageData(plane.side, plane.side);
  plane.confidence.forEach((byte, i) => {
    const [r, g, b] = colours[plane.classes[i] % colours.length].match(/[\d.]+/g).map(Number);
    picture.data.set([r, g, b, 255 * GROUND_STRENGTH * (byte / 255) ** 2], 4 * i);
  });
  context.putImageData(picture, 0, 0);
  return ground;
}

/* Lines at an angle wherever the judge recognises nothing. */
function hatch(context, plane, { threshold, ratio, toPlace }) {
  const { width, height } = context.canvas;
  const { side } = plane;
  context.save();
  context.beginPath();
  plane.confidence.forEach((byte, i) => {
    if (byte / 255 >= threshold) return;
    const [column, row] = [i % side, Math.floor(i / side)];
    const [left, top] = toPlace([(column - 0.5) / (side - 1), 1 - (row - 0.5) / (side - 1)]);
    const [right, bottom] = toPlace([(column + 0.5) / (side - 1), 1 - (row + 0.5) / (side - 1)]);
    context.rect(left, top, right - left, bottom - top);
  });
  context.clip();
  context.beginPath();
  for (let at = -height; at < width; at += HATCH * ratio) {
    context.moveTo(at, height);
    context.lineTo(at + height, 0);
  }
  context.stroke();
  context.restore();
}

function paintRings(context, plane, toPlace) {
  const [cx, cy] = toPlace(plane.toShare([0, 0]));
  for (const radius of PRIOR_RINGS) {
    const [ex, ey] = toPlace(plane.toShare([radius, radius]));
    context.beginPath();
    context.ellipse(cx, cy, Math.abs(ex - cx), Math.abs(ey - cy), 0, 0, 2 * Math.PI);
    context.stroke();
  }
}

function paintCodes(context, plane, colours, { radius, highlighted, toPlace }) {
  const labels = arrayOf("plane.labels");
  for (let i = 0; i < labels.length; i += 1) {
    const isFaded = highlighted !== null && labels[i] !== highlighted;
    const [x, y] = toPlace(plane.toShare([plane.codes[2 * i], plane.codes[2 * i + 1]]));
    context.globalAlpha = isFaded ? 0.12 : 0.85;
    context.fillStyle = colours[labels[i] % colours.length];
    context.beginPath();
    context.arc(x, y, radius * (highlighted !== null && !isFaded ? 1.4 : 1), 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

class PlaneView {
  constructor(element, root, onMove) {
    const { codec } = element.dataset;
    Object.assign(this, { element, root, onMove, codec, plane: planeOf(codec), highlighted: null });
    Object.assign(this, { zoom: 1, corner: [0, 0], layer: null, colours: {}, hasMoved: false });
    this.canvas = element.querySelector("[data-map]");
    this.image = element.querySelector("[data-shown=image]");
    this.status = element.querySelector("[data-status]");
    this.announce = announcer(element.querySelector("[data-live]"));
    this.coordinate = numberWriter(root, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    this.percent = numberWriter(root, { style: "percent", maximumFractionDigits: 0 });
    this.share = this.plane.toShare([this.plane.chosen[0], this.plane.chosen[1]]);
    this.redraw = redrawer(() => this.draw());
    fitted(this.canvas, () => this.refresh());
    onThemeChange(() => this.refresh());
    this.listen();
    this.redraw();
  }

  get code() { return this.plane.toCode(this.share); }

  listen() {
    const follow = (event) => {
      const { left, top, width, height } = this.canvas.getBoundingClientRect();
      const inside = [(event.clientX - left) / width, 1 - (event.clientY - top) / height].map((s) => clamped(s, [0, 1]));
      this.moveTo(inside.map((s, i) => this.corner[i] + s / this.zoom));
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.canvas.focus({ preventScroll: true });
      follow(event);
      event.preventDefault();
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.canvas.hasPointerCapture(event.pointerId)) follow(event);
    });
    this.canvas.addEventListener("keydown", (event) => {
      const step = (event.shiftKey ? LARGE_STEP : SMALL_STEP) / this.zoom;
      if (event.key === "+") this.zoomBy(ZOOM_STEP);
      else if (event.key === "-") this.zoomBy(1 / ZOOM_STEP);
      else if (event.key === "Home") this.moveTo(this.plane.toShare([0, 0]));
      else if (event.key in KEY_STEPS) this.moveTo(this.share.map((s, i) => s + step * KEY_STEPS[event.key][i]));
      else return;
      event.preventDefault();
    });
    for (const button of this.element.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.zoomBy(ZOOM_STEP ** Number(button.dataset.zoom)));
    }
  }

  /* Shows a smaller or larger part of the plane, around the point. */
  zoomBy(factor) {
    this.zoom = clamped(this.zoom * factor, [1, LARGEST_ZOOM]);
    this.centre();
  }

  centre() {
    this.corner = this.share.map((s) => clamped(s - 0.5 / this.zoom, [0, 1 - 1 / this.zoom]));
    this.refresh();
  }

  toPlace([s, t]) {
    const { width, height } = this.canvas;
    return [(s - this.corner[0]) * this.zoom * width, (1 - (t - this.corner[1]) * this.zoom) * height];
  }

  moveTo(share, isLed = false) {
    this.share = share.map((value) => clamped(value, [0, 1]));
    this.hasMoved = true;
    const isSeen = this.share.every((s, i) => s >= this.corner[i] && s <= this.corner[i] + 1 / this.zoom);
    if (!isSeen) this.centre();
    this.redraw();
    if (!isLed) this.onMove(this);
  }

  highlight(label) {
    this.highlighted = label;
    this.refresh();
  }

  refresh() {
    this.layer = null;
    this.redraw();
  }

  /* Everything below the point, painted once for a size, part, theme and highlighted class. */
  background(ratio) {
    const layer = document.createElement("canvas");
    [layer.width, layer.height] = [this.canvas.width, this.canvas.height];
    const context = layer.getContext("2d");
    const classColours = Array.from({ length: N_CLASS_COLOURS }, (_, i) => colourOf(this.root, `--class-${i}`));
    const names = ["muted", "raised", "ink"];
    this.colours = Object.fromEntries(names.map((name) => [name, colourOf(this.root, `--${name}`)]));
    const { threshold } = explorerData();
    const toPlace = (share) => this.toPlace(share);
    const half = 0.5 / (this.plane.side - 1); // the grid's points lie in the middle of their cells, the outer ones on the edge
    const [left, top] = toPlace([-half, 1 + half]);
    const [right, bottom] = toPlace([1 + half, -half]);
    context.drawImage(groundOf(this.plane, classColours), left, top, right - left, bottom - top);
    context.strokeStyle = this.colours.muted;
    context.lineWidth = ratio;
    context.globalAlpha = HATCH_STRENGTH;
    hatch(context, this.plane, { threshold, ratio, toPlace });
    context.globalAlpha = 1;
    context.setLineDash([4 * ratio, 4 * ratio]);
    paintRings(context, this.plane, toPlace);
    const radius = 1.9 * ratio * (1 + Math.log2(this.zoom) / 4);
    paintCodes(context, this.plane, classColours, { radius, highlighted: this.highlighted, toPlace });
    return layer;
  }

  draw() {
    this.drawMap();
    paint(this.image, [decode(this.plane.network, Float32Array.from(this.code))]);
    const text = this.describe();
    this.status.textContent = text;
    this.image.setAttribute("aria-label", fill(this.root.dataset.imageLabel, { codec: this.element.dataset.label, status: text }));
    if (this.hasMoved) this.announce(text);
  }

  drawMap() {
    if (this.canvas.clientWidth === 0) return;
    const ratio = this.canvas.width / this.canvas.clientWidth;
    this.layer = this.layer || this.background(ratio);
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.layer, 0, 0);
    const [x, y] = this.toPlace(this.share);
    for (const [colour, width] of [["raised", 6], ["ink", 2.5]]) {
      context.strokeStyle = this.colours[colour];
      context.lineWidth = width * ratio;
      context.beginPath();
      context.arc(x, y, 9 * ratio, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  describe() {
    const cell = this.plane.cellAt(this.share);
    const confidence = this.plane.confidence[cell] / 255;
    const isRecognised = confidence >= explorerData().threshold;
    const [x, y] = this.code.map(this.coordinate);
    const name = this.root.querySelector(`[data-class="${this.plane.classes[cell]}"]`).textContent;
    const text = this.root.dataset[isRecognised ? "recognised" : "unrecognised"];
    this.element.classList.toggle("lost", !isRecognised);
    return fill(text, { x, y, class: name, confidence: this.percent(confidence) });
  }
}

WIDGETS.plane = (root) => {
  const couple = root.querySelector("[data-couple]");
  const lead = (moved) => {
    if (couple.checked) for (const view of views) if (view !== moved) view.moveTo(moved.share, true);
  };
  const views = [...root.querySelectorAll("[data-codec]")].map((element) => new PlaneView(element, root, lead));
  couple.addEventListener("change", () => lead(views[0]));
  const buttons = [...root.querySelectorAll("[data-class]")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const isOn = button.getAttribute("aria-pressed") === "true";
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button && !isOn));
      for (const view of views) view.highlight(isOn ? null : Number(button.dataset.class));
    });
  }
  for (const button of root.querySelectorAll("[data-load]")) {
    button.addEventListener("click", () => {
      const at = 2 * Number(button.dataset.load);
      for (const view of views) view.moveTo(view.plane.toShare([view.plane.chosen[at], view.plane.chosen[at + 1]]), true);
    });
  }
  paintChoices(root);
};
