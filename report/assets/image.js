/* One image through both models: drawn or chosen, its codes with mean, deviation and noise, what comes back, noise. */

const REACH = 3; // standard deviations of a slider to either side of the mean code
const N_STEPS = 80; // of a slider to either side

/* Marks on the track of a slider from where to where something reaches. */
function markTrack(input, low, high) {
  const toShare = (value) => clamped((value - Number(input.min)) / (Number(input.max) - Number(input.min)), [0, 1]);
  input.parentElement.style.setProperty("--low", toShare(low));
  input.parentElement.style.setProperty("--high", toShare(high));
}

/* Shows an image in its card with its squared error to another, in text and for screen readers. */
function showImage(root, card, pixels, clean) {
  const canvas = card.querySelector("canvas.pixels");
  const write = numberWriter(root, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const text = fill(root.dataset.error, { error: write(squaredError(pixels, clean)) });
  paint(canvas, [pixels]);
  card.querySelector("[data-error-text]").textContent = text;
  canvas.setAttribute("aria-label", fill(root.dataset.imageLabel, { name: card.dataset.label, text }));
}

/* A model's code of the image: a row for each number, z on a slider, over the band from mu - sigma to mu + sigma. */
class CodePanel {
  constructor(panel, root, shared) {
    const { codec } = panel.dataset;
    Object.assign(this, { panel, root, shared, codec, network: networkOf(codec) });
    this.write = numberWriter(root, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    this.strip = panel.querySelector("[data-shown=draws]");
    const { mean, std } = explorerData().codes[codec];
    this.rows = [...panel.querySelectorAll("[data-dimension]")].map((row) => this.listen(row, mean, std));
  }

  listen(row, mean, std) {
    const dimension = Number(row.dataset.dimension);
    const input = row.querySelector("input");
    const reach = REACH * Math.max(std[dimension], Number.EPSILON);
    Object.assign(input, { min: mean[dimension] - reach, max: mean[dimension] + reach, step: reach / N_STEPS });
    input.addEventListener("input", () => {
      this.shared.values.codes[this.codec].z[dimension] = Number(input.value);
      this.shared.change();
    });
    const cell = (name) => row.querySelector(`[data-cell=${name}]`);
    return { dimension, input, mean: cell("mean"), deviation: cell("deviation"), noise: cell("noise"), z: cell("z") };
  }

  show({ pixels, codes, draws }) {
    const { mean, deviation, z } = codes[this.codec];
    const key = z.join();
    if (pixels === this.pixels && key === this.key) return;
    Object.assign(this, { pixels, key });
    for (const row of this.rows) {
      const i = row.dimension;
      row.input.value = z[i];
      row.input.setAttribute("aria-valuetext", this.write(z[i]));
      row.z.textContent = this.write(z[i]);
      if (!deviation) continue;
      markTrack(row.input, mean[i] - deviation[i], mean[i] + deviation[i]);
      row.mean.textContent = this.write(mean[i]);
      row.deviation.textContent = this.write(deviation[i]);
      row.noise.textContent = this.write((z[i] - mean[i]) / deviation[i]);
    }
    const image = decode(this.network, z);
    showImage(this.root, this.panel, image, pixels);
    writeVerdict(this.panel.querySelector("[data-verdict]"), image);
    if (this.strip) this.paintDraws(draws);
  }

  /* The images of the last draws, the newest first, with room for those to come. */
  paintDraws(draws) {
    const count = Number(this.root.dataset.draws);
    this.strip.classList.toggle("blank", draws.length === 0);
    const images = draws.slice(0, count).map((z) => decode(this.network, z).slice());
    const blank = new Float32Array(images[0]?.length ?? imageShape()[0] * imageShape()[1]);
    paint(this.strip, Array.from({ length: count }, (_, i) => images[i] ?? blank), count, 1);
  }
}

/* The codes of an image by model: mean, deviation where it is distributed, and z, at first the mean. */
function codesOf(pixels, codecs) {
  return Object.fromEntries(codecs.map((codec) => {
    const { mean, logVariance } = encode(networkOf(codec), pixels);
    return [codec, { mean, deviation: logVariance && logVariance.map((value) => Math.exp(value / 2)), z: mean.slice() }];
  }));
}

WIDGETS.image = lazily((root) => {
  const group = root.querySelector("[data-pick]");
  const seen = root.querySelector("[data-shown=input]");
  const codecs = [...root.querySelectorAll(".coded")].map((panel) => panel.dataset.codec);
  const defaults = () => {
    const pixels = testImage(0);
    pad.load(pixels);
    return {
      choice: 0, isOverImage: true, pixels, codes: codesOf(pixels, codecs), draws: [], drawSeed: 0,
      kind: "gaussian", level: 0.4, noiseSeed: 1,
    };
  };
  const take = (pixels, choice, isOverImage) => shared.change({
    pixels, choice, isOverImage, draws: [], codes: pixels && codesOf(pixels, codecs),
  });
  const pad = new Pad(root.querySelector("[data-pad]"), root, redrawnInk);
  const see = redrawer(() => take(pad.pixels(), null, shared.values.isOverImage));
  function redrawnInk(isOverImage) {
    shared.values.isOverImage = isOverImage;
    pad.redraw();
    see();
  }
  let shown; // the image that pad and reading are of
  const shared = share(root, defaults, redrawer(() => {
    const { values } = shared;
    const { pixels } = values;
    markChoice(group, values.choice);
    root.classList.toggle("empty", pixels === null);
    bench.show(values);
    if (pixels !== shown) pad.show(values.isOverImage);
    if (pixels !== shown && pixels !== null) {
      paint(seen, [pixels]);
      writeVerdict(root.querySelector("[data-verdict]"), pixels);
    }
    shown = pixels;
    if (pixels !== null) for (const panel of panels) panel.show(values);
  }));
  const panels = [...root.querySelectorAll(".coded")].map((panel) => new CodePanel(panel, root, shared));
  const bench = new NoiseBench(root, shared);
  listenToChoices(group, (choice) => {
    pad.load(testImage(choice));
    take(testImage(choice), choice, true);
  });

  /* Draws epsilon anew: z = mu + sigma epsilon, of the models whose code is a distribution. */
  const draw = () => {
    const { codes, draws, drawSeed } = shared.values;
    for (const code of Object.values(codes).filter(({ deviation }) => deviation)) {
      const noise = normals(code.mean.length, uniformFrom(drawSeed + 1));
      code.z = code.mean.map((mean, i) => mean + code.deviation[i] * noise[i]);
      draws.unshift(code.z.slice());
    }
    shared.change({ drawSeed: drawSeed + 1 });
  };
  const setAll = (zOf) => {
    for (const code of Object.values(shared.values.codes)) code.z = zOf(code);
    shared.change();
  };
  root.querySelector("[data-draw]")?.addEventListener("click", draw);
  root.querySelector("[data-reset]").addEventListener("click", () => setAll(({ mean }) => mean.slice()));
  root.querySelector("[data-origin]").addEventListener("click", () => setAll(({ mean }) => new Float32Array(mean.length)));
});
