/* The straight path between the codes of two images, beside a cross-fade. */

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
    if (range.clientWidth === 0) { stop(); return; } // the other edition is shown
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

WIDGETS.path = lazily((root) => {
  const count = Number(root.dataset.count);
  const position = root.querySelector("[data-position]");
  const percent = percentWriter(root);
  const groups = [...root.querySelectorAll("[data-pick]")];
  const rows = [...root.querySelectorAll("[data-codec]")].map((row) => ({
    row, codec: row.dataset.codec, image: row.querySelector("[data-shown=image]"), film: row.querySelector("[data-shown=film]"),
  }));
  let ends = ""; // between which images the films lie
  const layPaths = (chosen) => {
    const [start, end] = chosen.map(testImage);
    for (const entry of rows) {
      entry.path = pathOf(entry.codec, start, end);
      paint(entry.film, Array.from({ length: count }, (_, i) => entry.path(i / Math.max(1, count - 1))), count, 1);
      entry.film.setAttribute("aria-label", fill(root.dataset.filmLabel, { codec: entry.row.dataset.label }));
    }
  };
  const defaults = () => ({ chosen: JSON.parse(root.dataset.chosen), t: 0.5 });
  const shared = share(root, defaults, redrawer(() => {
    const { chosen, t } = shared.values;
    groups.forEach((group, i) => markChoice(group, chosen[i]));
    if (ends !== chosen.join()) layPaths(chosen);
    ends = chosen.join();
    position.value = 100 * t;
    root.querySelector("[data-position-text]").textContent = percent(t);
    position.setAttribute("aria-valuetext", percent(t));
    root.querySelector(".films").style.setProperty("--position", (0.5 + t * (count - 1)) / count);
    for (const { row, image, path } of rows) {
      paint(image, [path(t)]);
      image.setAttribute("aria-label", fill(root.dataset.imageLabel, { codec: row.dataset.label, position: percent(t) }));
    }
  }));
  const show = () => shared.change({ t: Number(position.value) / 100 });
  const stop = playable(root.querySelector("[data-play]"), position, show);
  groups.forEach((group, i) => listenToChoices(group, (choice) => {
    shared.change({ chosen: shared.values.chosen.map((old, end) => (end === i ? choice : old)) });
  }));
  position.addEventListener("pointerdown", stop);
  position.addEventListener("keydown", stop);
  position.addEventListener("input", show);
});
