/* The straight path between the codes of two images, beside a cross-fade. */

/* Returns t -> image on the path of a codec, or of the pixels themselves. */
function pathOf(codec, start, end) {
  if (codec === "pixels") return (t) => between(start, end, t);
  const network = networkOf(codec);
  const codes = [start, end].map((pixels) => encode(network, pixels).mean);
  return (t) => decode(network, between(...codes, t)).slice();
}

const WALK_MS = 4000; // from one end to the other

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
  const stop = playable(root.querySelector("[data-play]"), () => {
    const from = shared.values.t;
    return (elapsed) => {
      shared.change({ t: 1 - Math.abs(1 - ((from + elapsed / WALK_MS) % 2)) }); // to and fro
      return true;
    };
  });
  groups.forEach((group, i) => listenToChoices(group, (choice) => {
    shared.change({ chosen: shared.values.chosen.map((old, end) => (end === i ? choice : old)) });
  }));
  position.addEventListener("pointerdown", stop);
  position.addEventListener("keydown", stop);
  position.addEventListener("input", () => shared.change({ t: Number(position.value) / 100 }));
});
