/* Sheets of samples, each from a model and a distribution of codes, beside real images; the judge counts what it reads. */

/* Draws for a sheet: normal numbers for a code, and a uniform one that chooses a component of a mixture. */
function drawsOf(count, latentDim, seed) {
  const uniform = uniformFrom(seed);
  return Array.from({ length: count }, () => ({ noise: normals(latentDim, uniform), choice: uniform() }));
}

/* The code that a distribution makes of a draw: e itself for N(0, I), m + e R of the chosen component where it is fitted. */
function drawnCode(name, { noise, choice }) {
  const weights = explorerData().distributions[name];
  if (!weights) return noise;
  let component = 0;
  for (let sum = weights[0]; choice >= sum && component < weights.length - 1; sum += weights[component]) component += 1;
  const part = (what, size) => arrayOf(`distribution.${name}.${what}`).subarray(component * size, (component + 1) * size);
  const n = noise.length;
  return affine({ weight: part("roots", n * n), bias: part("means", n), output: new Float32Array(n) }, noise);
}

function realImages(count, seed) {
  const [height, width] = imageShape();
  const total = arrayOf("real").length / (height * width);
  return shuffled(total, uniformFrom(seed)).slice(0, count).map((index) => storedImage("real", index));
}

WIDGETS.sampler = lazily((root) => {
  const side = Number(root.dataset.side);
  const seedField = root.querySelector("[data-seed]");
  const number = numberWriter(root, {});
  const sheets = [...root.querySelectorAll("[data-shown]")];
  const shared = share(root, () => ({ seed: 1 }), redrawer(() => {
    const { seed } = shared.values;
    if (Number(seedField.value) !== seed) seedField.value = seed;
    for (const sheet of sheets) {
      const name = sheet.dataset.shown;
      const network = name === "real" ? null : networkOf(name.split("_")[0]);
      const images = network
        ? drawsOf(side ** 2, network.latentDim, seed).map((draw) => decode(network, drawnCode(name, draw)).slice())
        : realImages(side ** 2, seed);
      paint(sheet, images, side, 1);
      const n = images.filter((pixels) => isRecognised(readImage(pixels))).length;
      const text = fill(root.dataset.count, { n: number(n), total: number(images.length) });
      sheet.closest("figure").querySelector("[data-count]").textContent = text;
    }
  }));
  root.querySelector("[data-again]").addEventListener("click", () => shared.change({ seed: (shared.values.seed + 1) >>> 0 }));
  seedField.addEventListener("input", () => shared.change({ seed: Number(seedField.value) >>> 0 }));
});

Object.assign(window.study, { drawnCode });
