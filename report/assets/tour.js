/* A tour of the widgets in a few stops, offered at the first visit. */

WIDGETS.tour = (root) => {
  const stops = [...root.querySelectorAll("[data-stop]")];
  const edition = root.closest(".edition");
  const [offer, walk, again] = ["offer", "walk", "again"].map((name) => root.querySelector(`[data-${name}]`));
  const count = root.querySelector("[data-count]");
  const number = numberWriter(root, {});
  const targetOf = (stop) => edition.querySelector(`[data-widget=${stops[stop].dataset.stop}]`);
  const partOf = (stop) => targetOf(stop)?.querySelector(stops[stop].dataset.at ?? ":scope > *");

  /* -1: offered; 0 and more: a stop; null: over. */
  const shared = share(root, () => ({ stop: recall("tour") === "over" ? null : -1 }), () => {
    const { stop } = shared.values;
    const isWalking = stop !== null && stop >= 0;
    offer.hidden = stop !== -1;
    walk.hidden = !isWalking;
    again.hidden = stop !== null;
    root.classList.toggle("walking", isWalking);
    stops.forEach((one, i) => { one.hidden = i !== stop; });
    stops.forEach((_, i) => targetOf(i)?.classList.remove("visited"));
    if (!isWalking) return;
    targetOf(stop)?.classList.add("visited");
    count.textContent = fill(count.dataset.count, { n: number(stop + 1), total: number(stops.length) });
    root.querySelector("[data-back]").disabled = stop === 0;
    const next = root.querySelector("[data-next]");
    next.textContent = next.dataset[stop === stops.length - 1 ? "finish" : "next"];
  });
  const goTo = (stop) => {
    if (stop === stops.length) return finish();
    shared.change({ stop });
    partOf(stop)?.scrollIntoView({ block: "start" });
    return walk.focus({ preventScroll: true });
  };
  const finish = () => {
    remember("tour", "over");
    shared.change({ stop: null });
    again.focus({ preventScroll: true });
  };
  root.querySelector("[data-start]").addEventListener("click", () => goTo(0));
  again.addEventListener("click", () => goTo(0));
  root.querySelector("[data-back]").addEventListener("click", () => goTo(Math.max(0, shared.values.stop - 1)));
  root.querySelector("[data-next]").addEventListener("click", () => goTo(shared.values.stop + 1));
  for (const button of root.querySelectorAll("[data-skip]")) button.addEventListener("click", finish);
};
