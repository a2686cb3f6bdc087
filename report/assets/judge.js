/* The convolutional judge of the study: convolutions with pooling, a hidden layer, one output per class and one for "none". */

const SMALLEST_SIDE = 16; // as in autoencoders/judging/networks.py

const judgeLayers = once(() => {
  const { kernel, n_convolutions: count } = explorerData().judge;
  const convolutions = Array.from({ length: count }, (_, i) => {
    const [weight, scale, shift] = ["weight", "scale", "shift"].map((part) => arrayOf(`judge.convolutions.${i}.${part}`));
    return { weight, scale, shift, kernel };
  });
  return { convolutions, hidden: denseOf("judge.hidden"), output: denseOf("judge.output") };
});

/* The sums under a kernel moved over maps, channels innermost (height, width, n), no border: a convolution without bias. */
function convolved({ values, shape: [height, width, n] }, { weight, scale, kernel }) {
  const [rows, columns, nOut, length] = [height - kernel + 1, width - kernel + 1, scale.length, kernel * n];
  const sums = new Float32Array(rows * columns * nOut);
  for (let y = 0, at = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1, at += nOut) {
      for (let row = 0; row < kernel; row += 1) {
        const from = ((y + row) * width + x) * n;
        for (let i = 0; i < length; i += 1) {
          const value = values[from + i];
          const w = (row * length + i) * nOut;
          if (value !== 0) for (let map = 0; map < nOut; map += 1) sums[at + map] += value * weight[w + map];
        }
      }
    }
  }
  return { values: sums, shape: [rows, columns, nOut] };
}

/* The maximum of each square of two by two, then scale and shift of its map, then what is above 0. */
function pooled({ values, shape: [height, width, n] }, { scale, shift }) {
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const kept = new Float32Array(rows * columns * n);
  for (let i = 0; i < kept.length; i += 1) {
    const [map, place] = [i % n, Math.floor(i / n)];
    const at = (2 * Math.floor(place / columns) * width + 2 * (place % columns)) * n + map;
    const [right, below] = [at + n, at + width * n];
    const largest = Math.max(values[at], values[right], values[below], values[below + n]);
    kept[i] = Math.max(0, scale[map] * largest + shift[map]);
  }
  return { values: kept, shape: [rows, columns, n] };
}

/* The image with every pixel repeated so often that both sides have at least SMALLEST_SIDE, as the judge takes it. */
function enlarged(pixels, [height, width]) {
  const [down, across] = [height, width].map((side) => Math.max(1, Math.ceil(SMALLEST_SIDE / side)));
  const [rows, columns] = [height * down, width * across];
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i += 1) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    values[i] = pixels[Math.floor(row / down) * width + Math.floor(column / across)];
  }
  return { values, shape: [rows, columns, 1] };
}

/* What the judge reads in an image: the likeliest class, its probability, and that of "none of the classes". */
function readImage(pixels) {
  const { convolutions, hidden, output } = judgeLayers();
  const image = enlarged(pixels.map(OUTPUTS.clamp), imageShape());
  const maps = convolutions.reduce((values, layer) => pooled(convolved(values, layer), layer), image);
  const logits = affine(output, apply(affine(hidden, maps.values), ACTIVATIONS.relu));
  const top = Math.max(...logits);
  const sizes = Array.from(logits, (logit) => Math.exp(logit - top));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const none = sizes.pop() / total;
  const largest = Math.max(...sizes);
  return { best: sizes.indexOf(largest), confidence: largest / total, none };
}

function isRecognised({ confidence }) {
  return confidence >= explorerData().threshold;
}

Object.assign(window.study, { readImage });
