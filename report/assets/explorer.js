/* Walks through code spaces by single numbers, along paths, by samples. Each widget reads its texts from its element. */

/* ---- one number of the code at a time ---- */

const REACH = 4; // standard deviations to either side

class SliderPanel {
  constructor(panel, root) {
    const { codec, label } = panel.dataset;
    Object.assign(this, { panel, root, codec, network: networkOf(codec), statistics: explorerData().codes[codec] });
    this.image = panel.querySelector("[data-shown=image]");
    this.image.setAttribute("aria-label", fill(root.dataset.imageLabel, { codec: label }));
    this.write = numberWriter(root, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });
    this.redraw = redrawer(() => paint(this.image, [decode(this.network, this.code)]));
    this.inputs = this.statistics.order.map((dimension, rank) => this.build(dimension, rank));
    panel.querySelector("[data-more]").hidden = this.inputs.length <= Number(root.dataset.shownCount);
  }

  build(dimension, rank) {
    const isShown = rank < Number(this.root.dataset.shownCount);
    const row = document.createElement("label");
    row.className = "slide";
    const name = Object.assign(document.createElement("span"), {
      textContent: fill(this.root.dataset.dimension, { n: dimension + 1 }),
    });
    const input = Object.assign(document.createElement("input"), { type: "range", min: -REACH, max: REACH, step: 0.05 });
    const output = document.createElement("output");
    row.append(name, input, output);
    this.panel.querySelector(isShown ? "[data-sliders]" : "[data-sliders-more]").append(row);
    input.addEventListener("input", () => {
      const { mean, std } = this.statistics;
      this.code[dimension] = mean[dimension] + Number(input.value) * std[dimension];
      this.mark(input, output, Number(input.value));
      this.redraw();
    });
    return { dimension, input, output };
  }

  mark(input, output, value) {
    output.textContent = this.write(value);
    input.setAttribute("aria-valuetext", fill(this.root.dataset.value, { value: this.write(value) }));
  }

  /* Takes a code as it is; a slider whose number lies beyond its ends stands at the end. */
  start(code) {
    this.code = Float32Array.from(code);
    const { mean, std } = this.statistics;
    for (const { dimension, input, output } of this.inputs) {
      const value = std[dimension] > 0 ? (this.code[dimension] - mean[dimension]) / std[dimension] : 0;
      input.value = value;
      this.mark(input, output, value);
    }
    this.redraw();
  }
}

WIDGETS.sliders = (root) => {
  const panels = [...root.querySelectorAll("[data-codec]")].map((panel) => new SliderPanel(panel, root));
  const begin = () => {
    const pixels = testImage(Number(root.querySelector("input[type=radio]:checked").value));
    for (const panel of panels) panel.start(encode(panel.network, pixels).mean);
  };
  root.querySelector("[data-pick]").addEventListener("change", begin);
  root.querySelector("[data-reset]").addEventListener("click", begin);
  root.querySelector("[data-origin]").addEventListener("click", () => {
    for (const panel of panels) panel.start(new Float32Array(panel.network.latentDim));
  });
  paintChoices(root);
  begin();
};

/* ---- the straight path between two images ---- */

/* Returns t -> image on the path of a codec, or of the pixels themselves. */
function pathOf(codec, start, end) {
  if (codec === "pixels") return (t) => between(start, end, t);
  const network = networkOf(codec);
  const codes = [start, end].map((pixels) => encode(network, pixels).mean);
  return (t) => decode(network, between(...codes, t)).slice();
}

const WALK_MS = 4000; // from one end to the other

/* Lets a button move a range input to and fro until pressed again; returns what stops it. */
function playable(button, range, show) {
  let begun = null;
  const label = () => { button.textContent = begun === null ? button.dataset.play : button.dataset.pause; };
  const step = (now) => {
    if (begun === null) return;
    if (begun === undefined) begun = now - (Number(range.value) / 100) * WALK_MS;
    const t = ((now - begun) / WALK_MS) % 2;
    range.value = 100 * (t > 1 ? 2 - t : t);
    show();
    requestAnimationFrame(step);
  };
  const stop = () => {
    begun = null;
    label();
  };
  button.addEventListener("click", () => {
    if (begun !== null) return stop();
    begun = undefined;
    label();
    return requestAnimationFrame(step);
  });
  label();
  return stop;
}

WIDGETS.path = (root) => {
  const count = Number(root.dataset.count);
  const position = root.querySelector("[data-position]");
  const percent = numberWriter(root, { style: "percent" });
  const rows = [...root.querySelectorAll("[data-codec]")].map((row) => ({
    row, image: row.querySelector("[data-shown=image]"), film: row.querySelector("[data-shown=film]"),
  }));
  const show = redrawer(() => {
    const t = Number(position.value) / 100;
    root.querySelector("[data-position-text]").textContent = percent(t);
    position.setAttribute("aria-valuetext", percent(t));
    root.querySelector(".films").style.setProperty("--position", (0.5 + t * (count - 1)) / count);
    for (const { row, image, path } of rows) {
      paint(image, [path(t)]);
      image.setAttribute("aria-label", fill(root.dataset.imageLabel, { codec: row.dataset.label, position: percent(t) }));
    }
  });
  const choose = () => {
    const [start, end] = [...root.querySelectorAll("input[type=radio]:checked")].map((radio) => testImage(Number(radio.value)));
    for (const entry of rows) {
      entry.path = pathOf(entry.row.dataset.codec, start, end);
      paint(entry.film, Array.from({ length: count }, (_, i) => entry.path(i / Math.max(1, count - 1))), count, 1);
      entry.film.setAttribute("aria-label", fill(root.dataset.filmLabel, { codec: entry.row.dataset.label }));
    }
    show();
  };
  const stop = playable(root.querySelector("[data-play]"), position, show);
  for (const pick of root.querySelectorAll("[data-pick]")) pick.addEventListener("change", choose);
  position.addEventListener("pointerdown", stop);
  position.addEventListener("keydown", stop);
  position.addEventListener("input", show);
  paintChoices(root);
  choose();
};

/* ---- sheets of samples ---- */

/* The code that a fitted Gaussian makes of standard normal numbers: m + R e, R R' its covariance. */
function fittedCode(noise) {
  const { gaussian_mean: mean } = explorerData();
  const root = arrayOf("gaussian.root");
  return Float32Array.from(mean, (m, i) => noise.reduce((sum, value, j) => sum + value * root[i * mean.length + j], m));
}

WIDGETS.prior = (root) => {
  const count = Number(root.dataset.side) ** 2;
  const seed = root.querySelector("[data-seed]");
  const show = redrawer(() => {
    const [codec] = Object.keys(explorerData().codes);
    const { latentDim } = networkOf(codec);
    const uniform = uniformFrom(Number(seed.value));
    const draws = Array.from({ length: count }, () => normals(latentDim, uniform));
    const sheets = { ae_normal: ["ae", (draw) => draw], ae_gaussian: ["ae", fittedCode], vae_normal: ["vae", (draw) => draw] };
    for (const shown of root.querySelectorAll("[data-shown]")) {
      const [model, codeOf] = sheets[shown.dataset.shown];
      const images = draws.map((draw) => decode(networkOf(model), codeOf(draw)).slice());
      paint(shown, images, Number(root.dataset.side), 1);
    }
  });
  root.querySelector("[data-again]").addEventListener("click", () => {
    seed.value = (Number(seed.value) + 1) >>> 0;
    show();
  });
  seed.addEventListener("input", show);
  show();
};

Object.assign(window.study, { fittedCode });
