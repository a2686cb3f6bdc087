/* Two planes of codes with a point to drag in each. The ground shows what the judge reads on a grid, the text what it
   reads at the point itself. A slider moves the codes to where they were during training; ground, point and text are of
   the trained models alone. */

const SMALL_STEP = 0.01; // of the plane's width
const LARGE_STEP = 0.05;
const ZOOM_STEP = 2;
const LARGEST_ZOOM = 16;
const HATCH = 6; // CSS pixels between the lines over ground where nothing is recognised
const GROUND_STRENGTH = 0.45; // opacity where the judge is sure
const HATCH_STRENGTH = 0.4;
const N_CLASS_COLOURS = 10;
const PRIOR_RINGS = [1, 2, 3]; // standard deviations of N(0, I)
const GLIDE_MS = 600; // in which codes move from one moment of training to the next
const MOMENT_MS = 1200; // of the play
const REDUCED_MOTION = matchMedia("(prefers-reduced-motion: reduce)");
const GRASP = 28; // CSS pixels from the point within which a finger takes it; elsewhere the page scrolls

/* What belongs to one plane: its ranges, its codes by moment of training, what the judge reads on a grid over it (largest
   y first). */
function planeOf(codec) {
  const earlier = explorerData().plane_epochs.map((_, i) => arrayOf(`plane.${codec}.codes.${i}`));
  const { x, y } = explorerData().planes[codec];
  const confidence = arrayOf(`plane.${codec}.confidence`);
  const classes = arrayOf(`plane.${codec}.classes`);
  const side = Math.round(Math.sqrt(confidence.length));
  return {
    x, y, side, confidence, classes,
    moments: [...earlier, arrayOf(`plane.${codec}.codes`)],
    chosen: arrayOf(`plane.${codec}.chosen`),
    network: networkOf(`plane_${codec}`),
    toShare: ([a, b]) => [(a - x[0]) / (x[1] - x[0]), (b - y[0]) / (y[1] - y[0])],
    toCode: ([s, t]) => [x[0] + s * (x[1] - x[0]), y[0] + t * (y[1] - y[0])],
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

/* The codes at a moment of training; at a time between two moments they lie between. */
function codesAt({ moments }, time) {
  const [before, after] = [Math.floor(time), Math.ceil(time)];
  return before === after ? moments[time] : between(moments[before], moments[after], time - before);
}

function paintCodes(context, plane, colours, { radius, highlighted, time, toPlace }) {
  const labels = arrayOf("plane.labels");
  const codes = codesAt(plane, time);
  for (let i = 0; i < labels.length; i += 1) {
    const isFaded = highlighted !== null && labels[i] !== highlighted;
    const [x, y] = toPlace(plane.toShare([codes[2 * i], codes[2 * i + 1]]));
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
    const { codec, label } = element.dataset;
    Object.assign(this, { element, root, onMove, codec, label, plane: planeOf(codec), key: "" });
    this.layer = document.createElement("canvas");
    this.canvas = element.querySelector("[data-map]");
    this.image = element.querySelector("[data-shown=image]");
    this.status = element.querySelector("[data-status]");
    this.announce = announcer(element.querySelector("[data-live]"));
    this.coordinate = numberWriter(root, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    this.redraw = redrawer(() => this.draw());
    fitted(this.canvas, this.redraw);
    document.addEventListener("themechange", () => {
      Object.assign(this, { key: "", colours: null });
      this.redraw();
    });
    this.listen();
  }

  /* Shows a place: the point as shares of the plane, the corner and the enlargement of the part that is seen. Codes glide
     to a moment of training. */
  show(place, highlighted, moment) {
    this.time ??= moment;
    if (moment !== this.moment) Object.assign(this, { moment, from: this.time, begun: performance.now() });
    Object.assign(this, { ...place, highlighted });
    this.redraw();
  }

  /* Brings the codes nearer to their moment; at once where motion is to be reduced. */
  glide() {
    if (this.time === this.moment) return;
    const share = REDUCED_MOTION.matches ? 1 : clamped((performance.now() - this.begun) / GLIDE_MS, [0, 1]);
    this.time = share === 1 ? this.moment : this.from + share * (this.moment - this.from);
    if (share < 1) this.redraw();
  }

  get isTrained() { return this.time === this.plane.moments.length - 1; }

  get code() { return this.plane.toCode(this.share); }

  listen() {
    const { canvas } = this;
    let isDragging = false;
    const shareAt = ({ clientX, clientY }) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      const inside = [(clientX - left) / width, 1 - (clientY - top) / height].map((s) => clamped(s, [0, 1]));
      return inside.map((s, i) => this.corner[i] + s / this.zoom);
    };
    const isNear = ({ clientX, clientY }) => {
      const { left, top, width } = canvas.getBoundingClientRect();
      const [x, y] = this.toPlace(this.share).map((place) => (place / canvas.width) * width);
      return Math.hypot(clientX - left - x, clientY - top - y) <= GRASP;
    };
    canvas.addEventListener("touchstart", (event) => {
      if (event.touches.length === 1 && isNear(event.touches[0])) event.preventDefault();
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      isDragging = event.button === 0 && (event.pointerType !== "touch" || isNear(event));
      if (!isDragging) return;
      canvas.setPointerCapture(event.pointerId);
      canvas.focus({ preventScroll: true });
      this.onMove(this, shareAt(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (isDragging) this.onMove(this, shareAt(event));
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { isDragging = false; });
    canvas.addEventListener("click", (event) => this.onMove(this, shareAt(event))); // a tap; a mouse has moved it already
    canvas.addEventListener("keydown", (event) => {
      const step = (event.shiftKey ? LARGE_STEP : SMALL_STEP) / this.zoom;
      if (event.key === "+") this.onMove(this, this.share, ZOOM_STEP);
      else if (event.key === "-") this.onMove(this, this.share, 1 / ZOOM_STEP);
      else if (event.key === "Home") this.onMove(this, this.plane.toShare([0, 0]));
      else if (event.key in KEY_STEPS) this.onMove(this, this.share.map((s, i) => s + step * KEY_STEPS[event.key][i]));
      else return;
      event.preventDefault();
    });
    for (const button of this.element.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.onMove(this, this.share, ZOOM_STEP ** Number(button.dataset.zoom)));
    }
  }

  toPlace([s, t]) {
    const { width, height } = this.canvas;
    return [(s - this.corner[0]) * this.zoom * width, (1 - (t - this.corner[1]) * this.zoom) * height];
  }

  findColours() {
    const named = ["muted", "raised", "ink"].map((name) => [name, colourOf(this.root, `--${name}`)]);
    const classes = Array.from({ length: N_CLASS_COLOURS }, (_, i) => colourOf(this.root, `--class-${i}`));
    return { ...Object.fromEntries(named), classes };
  }

  /* Everything below the point, painted once for a size, part, theme, highlighted class and time. */
  background(ratio) {
    const key = [this.canvas.width, this.canvas.height, this.zoom, ...this.corner, this.highlighted, this.time].join();
    if (key === this.key) return this.layer;
    this.key = key;
    [this.layer.width, this.layer.height] = [this.canvas.width, this.canvas.height]; // clears it, too
    this.colours ??= this.findColours();
    const { plane, colours, highlighted, time } = this;
    const context = this.layer.getContext("2d");
    const toPlace = (share) => this.toPlace(share);
    Object.assign(context, { strokeStyle: colours.muted, lineWidth: ratio });
    if (this.isTrained) this.paintGround(context, ratio);
    context.setLineDash([4 * ratio, 4 * ratio]);
    paintRings(context, plane, toPlace);
    const radius = 1.9 * ratio * (1 + Math.log2(this.zoom) / 4);
    paintCodes(context, plane, colours.classes, { radius, highlighted, time, toPlace });
    return this.layer;
  }

  paintGround(context, ratio) {
    const { plane, colours } = this;
    const toPlace = (share) => this.toPlace(share);
    const half = 0.5 / (plane.side - 1); // the grid's points lie in the middle of their cells, the outer ones on the edge
    const [left, top] = toPlace([-half, 1 + half]);
    const [right, bottom] = toPlace([1 + half, -half]);
    context.drawImage(groundOf(plane, colours.classes), left, top, right - left, bottom - top);
    context.globalAlpha = HATCH_STRENGTH;
    hatch(context, plane, { threshold: explorerData().threshold, ratio, toPlace });
    context.globalAlpha = 1;
  }

  draw() {
    if (!this.share) return;
    this.glide();
    this.drawMap();
    this.element.classList.toggle("untrained", !this.isTrained);
    if (!this.isTrained) {
      const { untrained } = this.root.dataset;
      if (this.status.textContent !== untrained) this.status.textContent = untrained;
      return;
    }
    const pixels = decode(this.plane.network, Float32Array.from(this.code));
    paint(this.image, [pixels]);
    const [x, y] = this.code.map(this.coordinate);
    const text = writeVerdict(this.status, pixels, { before: `${fill(this.root.dataset.place, { x, y })}\n` });
    this.image.setAttribute("aria-label", fill(this.root.dataset.imageLabel, { codec: this.label, status: text }));
    if (this.hasMoved) this.announce(text);
  }

  drawMap() {
    if (this.canvas.clientWidth === 0) return;
    const ratio = this.canvas.width / this.canvas.clientWidth;
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.background(ratio), 0, 0);
    if (!this.isTrained) return;
    const [x, y] = this.toPlace(this.share);
    for (const [colour, width] of [["raised", 6], ["ink", 2.5]]) {
      context.strokeStyle = this.colours[colour];
      context.lineWidth = width * ratio;
      context.beginPath();
      context.arc(x, y, 9 * ratio, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

/* A place after a move to a point, at an enlargement: the part that is seen follows the point where it must. */
function movedTo(place, share, zoom = place.zoom) {
  const point = share.map((value) => clamped(value, [0, 1]));
  const isSeen = zoom === place.zoom && point.every((s, i) => s >= place.corner[i] && s <= place.corner[i] + 1 / zoom);
  const corner = isSeen ? place.corner : point.map((s) => clamped(s - 0.5 / zoom, [0, 1 - 1 / zoom]));
  return { share: point, zoom, corner, hasMoved: true };
}

WIDGETS.plane = lazily((root) => {
  const couple = root.querySelector("[data-couple]");
  const group = root.querySelector("[data-pick]");
  const buttons = [...root.querySelectorAll("[data-class]")];
  const views = [...root.querySelectorAll("[data-codec]")].map((element) => new PlaneView(element, root, (view, share, factor) => move(view, share, factor)));
  const slider = root.querySelector("[data-moment]");
  const names = JSON.parse(root.dataset.moments);
  const end = names.length - 1; // the trained models
  slider.max = end;
  const start = ({ plane }) => ({ share: plane.toShare(plane.chosen), zoom: 1, corner: [0, 0], hasMoved: false });
  const defaults = () => ({
    places: Object.fromEntries(views.map((view) => [view.codec, start(view)])),
    highlighted: null, isCoupled: false, choice: 0, moment: end,
  });
  const shared = share(root, defaults, () => {
    const { places, highlighted, isCoupled, choice, moment } = shared.values;
    slider.value = moment;
    slider.setAttribute("aria-valuetext", names[moment]);
    root.querySelector("[data-moment-text]").textContent = names[moment];
    couple.checked = isCoupled;
    markChoice(group, choice);
    for (const button of buttons) button.setAttribute("aria-pressed", String(Number(button.dataset.class) === highlighted));
    for (const view of views) view.show(places[view.codec], highlighted, moment);
  });
  const stop = playable(root.querySelector("[data-play]"), () => {
    const from = shared.values.moment === end ? 0 : shared.values.moment;
    return (elapsed) => {
      const moment = Math.min(end, from + Math.floor(elapsed / MOMENT_MS));
      if (moment !== shared.values.moment) shared.change({ moment });
      return moment < end;
    };
  });
  slider.addEventListener("input", () => {
    stop();
    shared.change({ moment: Number(slider.value) });
  });
  /* A point that is moved is one of the trained models. */
  const changePoint = (values) => {
    stop();
    shared.change({ ...values, moment: end });
  };
  /* Coupled points have the same code, as far as each plane reaches. */
  const follow = (leader, places) => {
    const code = leader.plane.toCode(places[leader.codec].share);
    for (const view of views) if (view !== leader) places[view.codec] = movedTo(places[view.codec], view.plane.toShare(code));
  };
  const move = (view, point, factor = 1) => {
    const { places, isCoupled, choice } = shared.values;
    const zoom = clamped(places[view.codec].zoom * factor, [1, LARGEST_ZOOM]);
    places[view.codec] = movedTo(places[view.codec], point, zoom);
    if (factor !== 1) return shared.change({ choice });
    if (isCoupled) follow(view, places);
    return changePoint({ choice: null });
  };
  couple.addEventListener("change", () => {
    if (couple.checked) follow(views[0], shared.values.places);
    changePoint({ isCoupled: couple.checked, choice: couple.checked ? null : shared.values.choice });
  });
  for (const button of buttons) {
    const label = Number(button.dataset.class);
    button.addEventListener("click", () => shared.change({ highlighted: shared.values.highlighted === label ? null : label }));
  }
  listenToChoices(group, (choice) => {
    const { places } = shared.values;
    for (const { codec, plane } of views) {
      places[codec] = movedTo(places[codec], plane.toShare(plane.chosen.subarray(2 * choice, 2 * choice + 2)));
    }
    changePoint({ choice });
  });
});
