/* Noise of the study on the chosen image, and what the models make of the noisy one. */

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

/* The noisy image and what every model restores from it; the level's slider shows where the denoisers were trained. */
class NoiseBench {
  constructor(root, shared) {
    Object.assign(this, { root, shared });
    [this.kind, this.level] = [root.querySelector("[data-noise]"), root.querySelector("[data-level]")];
    this.noisy = root.querySelector("[data-shown=noisy]").closest("figure");
    this.restored = [...root.querySelectorAll("[data-restorer]")];
    this.decimals = numberWriter(root, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    this.kind.addEventListener("input", () => shared.change({ kind: this.kind.value }));
    this.level.addEventListener("input", () => shared.change({ level: Number(this.level.value) }));
    root.querySelector("[data-new-noise]").addEventListener("click", () => shared.change({ noiseSeed: shared.values.noiseSeed + 1 }));
  }

  show({ pixels, kind, level, noiseSeed }) {
    [this.kind.value, this.level.value] = [kind, level];
    this.root.querySelector("[data-level-text]").textContent = this.decimals(level);
    this.markTraining(this.kind.selectedOptions[0].dataset, level);
    const key = [kind, level, noiseSeed].join();
    if (pixels === null || (pixels === this.pixels && key === this.key)) return;
    Object.assign(this, { pixels, key });
    const noisy = corrupted(pixels, kind, level, noiseDraws(pixels.length, noiseSeed));
    showImage(this.root, this.noisy, noisy, pixels);
    for (const card of this.restored) showImage(this.root, card, reconstruct(networkOf(card.dataset.restorer), noisy), pixels);
  }

  markTraining({ levelLabel, low, high }, level) {
    this.root.querySelector("span[data-level-label]").textContent = levelLabel;
    const text = this.root.querySelector("[data-training]");
    if (!text) return;
    const isWithin = level >= Number(low) && level <= Number(high); // never where there is none
    const { within, beyond, untrained } = text.dataset;
    const ends = { low: this.decimals(Number(low)), high: this.decimals(Number(high)) };
    text.textContent = low === undefined ? untrained : fill(isWithin ? within : beyond, ends);
    text.classList.toggle("lost", !isWithin);
    markTrack(this.level, Number(low ?? 0), Number(high ?? 0));
  }
}

Object.assign(window.study, { corrupted, noiseDraws });
