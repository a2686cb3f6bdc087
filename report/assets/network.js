/* Networks that run in the page: their weights, a dense forward pass, images, random numbers. */

/* ---- data: the JSON of the page, its arrays as base 64 of little-endian bytes ---- */

const HALF_BYTES = 2;

function once(make) {
  let made;
  return () => (made === undefined ? (made = make()) : made);
}

const explorerData = once(() => JSON.parse(document.getElementById("explorer-data").textContent));

/* Bytes of a text in base 64. */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

/* The value of every 16-bit float, by its bits. */
const halfValues = once(() => {
  const values = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits += 1) {
    const exponent = (bits >> 10) & 31;
    const fraction = (bits & 1023) / 1024;
    let size = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
    if (exponent === 31) size = fraction === 0 ? Infinity : NaN;
    values[bits] = bits >> 15 ? -size : size;
  }
  return values;
});

function floatsOf(bytes) {
  const table = halfValues();
  const floats = new Float32Array(bytes.length / HALF_BYTES);
  for (let i = 0; i < floats.length; i += 1) floats[i] = table[bytes[2 * i] | (bytes[2 * i + 1] << 8)];
  return floats;
}

/* A named array: Float32Array or Uint8Array; decoded when first asked for. */
const ARRAYS = new Map();
function arrayOf(name) {
  if (!ARRAYS.has(name)) {
    const { dtype, data } = explorerData().arrays[name];
    const bytes = bytesOf(data);
    ARRAYS.set(name, dtype === "float16" ? floatsOf(bytes) : bytes);
  }
  return ARRAYS.get(name);
}

/* ---- networks ---- */

/* Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.26: absolute error below 1.5e-7. */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

const ACTIVATIONS = {
  relu: (x) => (x > 0 ? x : 0),
  leaky_relu: (x) => (x > 0 ? x : 0.01 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

const OUTPUTS = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  clamp: (x) => Math.min(1, Math.max(0, x)),
  identity: (x) => x,
};

function denseOf(name) {
  const bias = arrayOf(`${name}.bias`);
  return { weight: arrayOf(`${name}.weight`), bias, output: new Float32Array(bias.length) };
}

function layersOf(name, part, count) {
  return Array.from({ length: count }, (_, i) => denseOf(`${name}.${part}.${i}`));
}

/* A network by name; weights are decoded and buffers made when it is first asked for. */
const NETWORKS = new Map();
function networkOf(name) {
  if (!NETWORKS.has(name)) {
    const record = explorerData().models[name];
    NETWORKS.set(name, {
      latentDim: record.latent_dim,
      isVariational: record.is_variational,
      activation: ACTIVATIONS[record.activation],
      output: OUTPUTS[record.output],
      encoder: layersOf(name, "encoder", record.n_layers.encoder),
      decoder: layersOf(name, "decoder", record.n_layers.decoder),
    });
  }
  return NETWORKS.get(name);
}

/* output = bias + inputs W, with W stored row by row, one row for each input. */
function affine({ weight, bias, output }, inputs) {
  const n = output.length;
  output.set(bias);
  for (let i = 0, row = 0; i < inputs.length; i += 1, row += n) {
    const x = inputs[i];
    if (x !== 0) for (let j = 0; j < n; j += 1) output[j] += x * weight[row + j];
  }
  return output;
}

function apply(values, f) {
  for (let i = 0; i < values.length; i += 1) values[i] = f(values[i]);
  return values;
}

function forward(layers, inputs, activation) {
  return layers.reduce((values, layer, i) => affine(layer, i === 0 ? values : apply(values, activation)), inputs);
}

/* The image of a code. The array is the network's own: its next call overwrites it. */
function decode(network, code) {
  return apply(forward(network.decoder, code, network.activation), network.output);
}

const LARGEST_LOG_VARIANCE = 2; // as in autoencoders/learning/networks.py

/* The code of an image: its mean, and its log-variance where it is distributed (else null). Copies. */
function encode(network, pixels) {
  const both = forward(network.encoder, pixels, network.activation);
  const mean = both.slice(0, network.latentDim);
  const logVariance = both.slice(network.latentDim).map((value) => Math.min(value, LARGEST_LOG_VARIANCE));
  return { mean, logVariance: network.isVariational ? logVariance : null };
}

function reconstruct(network, pixels) {
  return decode(network, encode(network, pixels).mean);
}

function squaredError(image, other) {
  return image.reduce((sum, value, i) => sum + (value - other[i]) ** 2, 0);
}

/* Points on the straight line between two arrays, t in 0..1. */
function between(start, end, t) {
  return start.map((value, i) => (1 - t) * value + t * end[i]);
}

/* ---- images ---- */

const imageShape = once(() => explorerData().image_shape);

/* An image by its number in an array of bytes, in 0..1: of those to choose from, or of the real ones beside samples. */
function storedImage(name, index) {
  const [height, width] = imageShape();
  const size = height * width;
  return Float32Array.from(arrayOf(name).subarray(index * size, (index + 1) * size), (byte) => byte / 255);
}

function testImage(index) {
  return storedImage("images", index);
}

/* Paints grey images side by side, `columns` in a row, one backing pixel for one pixel, `gap` between them. */
function paint(canvas, images, columns = 1, gap = 0) {
  const [height, width] = imageShape();
  const rows = Math.ceil(images.length / columns);
  const full = [columns * (width + gap) - gap, rows * (height + gap) - gap];
  if (canvas.width !== full[0] || canvas.height !== full[1]) [canvas.width, canvas.height] = full;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(width, height);
  const words = new Uint32Array(picture.data.buffer);
  images.forEach((pixels, number) => {
    for (let i = 0; i < words.length; i += 1) {
      const grey = Math.round(255 * Math.min(1, Math.max(0, pixels[i])));
      words[i] = 0xff000000 | (grey * 0x010101);
    }
    context.putImageData(picture, (number % columns) * (width + gap), Math.floor(number / columns) * (height + gap));
  });
}

/* ---- random numbers ---- */

/* Uniform numbers in [0, 1) from a 32-bit seed: T. Ettinger, mulberry32 (public domain). */
function uniformFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  };
}

/* Standard normal numbers by Box & Muller 1958. */
function normals(count, uniform) {
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

/* An order of 0..n - 1, every one as likely (R. Durstenfeld 1964). */
function shuffled(n, uniform) {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i -= 1) {
    const j = Math.floor((i + 1) * uniform());
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

window.study = { arrayOf, networkOf, decode, encode, uniformFrom, normals, erf };
