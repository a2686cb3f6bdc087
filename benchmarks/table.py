"""Results as a table of rows with targets: met, or short by how much."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from benchmarks.settings import BEFORE_TRAINING, STUDY_SEEDS


class Target(NamedTuple):
    """What a number should be: at most or at least a bound."""

    name: str
    value: float | None
    bound: float
    unit: str
    is_at_most: bool

    @property
    def verdict(self) -> str:
        """Return met, short by a percentage, or not measured.

        >>> Target("no-op", 2.5, 2.0, "s", is_at_most=True).verdict
        'short by 25 %'
        """
        if self.value is None:
            return "not measured"
        if (self.value <= self.bound) if self.is_at_most else (self.value >= self.bound):
            return "met"
        percentage = 100 * abs(self.value - self.bound) / self.bound
        return f"short by {percentage:.{0 if percentage >= 1 else 1}f} %"


def summarise(values: Sequence[float]) -> dict[str, float]:
    """Return the least and the median of repeated measurements."""
    return {"min": min(values), "median": median(values)}


def list_training_targets(training: Mapping[str, Any] | None) -> list[Target]:
    """Return the targets of training."""
    rates = (training or {}).get("rates", [])
    results = [
        Target(
            f"share of the peak, {row['network']}, {row['who']}, {row['seeds']} seeds",
            row["share_of_peak"],
            0.7,
            "",
            is_at_most=False,
        )
        for row in rates
        if row["network"].startswith("default") and row["who"].startswith("ours") and row["seeds"] >= STUDY_SEEDS
    ]
    for row in (training or {}).get("quality", []):
        speedup = row["speedup"] if row["is_reached"] else 0.0
        name = f"Pythae's quality per {row['model']} trained, {row['seeds']} at once"
        results.append(Target(name, speedup, 8.0, "times faster", is_at_most=False))
    return results


def list_pipeline_targets(stages: Mapping[str, Any] | None, latencies: Mapping[str, Any] | None) -> list[Target]:
    """Return the targets of the pipeline: times of commands, memory of stages."""
    measured = (latencies or {}).get("seconds", {})
    ran = (stages or {}).get("stages", [])
    after_data = [row["seconds"] for row in ran if row["stage"] not in BEFORE_TRAINING]
    side_by_side = (stages or {}).get("side_by_side", {}).get("from_prepared_data")
    memory = max((row["peak_gib"] for row in ran), default=None)
    bounds = {"no-op": 2.0, "template change": 5.0, "latent_dim=8": 60.0, "outside the sweep": 120.0}
    return [
        Target("default run from prepared data, side by side", side_by_side, 600.0, "s", is_at_most=True),
        Target("the same, one by one", sum(after_data) if after_data else None, 600.0, "s", is_at_most=True),
        *(
            Target(f"{name}, by {way}", measured.get(way, {}).get(name), bound, "s", is_at_most=True)
            for way in ("dvc", "make")
            for name, bound in bounds.items()
        ),
        Target("peak memory of a stage", memory, 2.0, "GiB", is_at_most=True),
    ]


def list_device_targets(device: Mapping[str, Any] | None) -> list[Target]:
    """Return the targets of training on a GPU; none where none was used."""
    if device is None or device["machine"]["gpu"] is None:
        return []
    seconds = sum(row["seconds"] for row in device["grid"])
    few, many = device["seeds"]["seeds"]
    return [
        Target("default grid on a GPU", seconds, 30.0, "s", is_at_most=True),
        Target(f"{many} seeds against {few} on a GPU", device["seeds"]["ratio"], 2.0, "times", is_at_most=True),
    ]


def render_device(device: Mapping[str, Any]) -> str:
    """Return what was measured of training on a device, with the machine it ran on."""
    where = device["machine"]["gpu"] or "the processor, no GPU"
    grid = [[f"{row['model']}-{row['latent_dim']}", row["seconds"]] for row in device["grid"]]
    few, many = (device["seeds"][key]["median"] for key in ("few", "many"))
    agreement, counts = device["agreement"], device["seeds"]["seeds"]
    losses = [
        [name, *(agreement[key][bound] for bound in ("mean", "low", "high")), agreement["seconds"].get(key, "")]
        for name, key in (("CPU", "cpu"), (where, "device"), ("difference", "difference"))
    ]
    verdict = {True: "agree", False: "do not agree", None: "cannot be compared with one seed"}[agreement["is_agreed"]]
    return "\n\n".join(
        [
            "\n".join(f"{key}: {value}" for key, value in device["machine"].items()),
            f"training on {where}, {device['n_images']} images; {device['first_use_seconds']:.1f} s before, once",
            align_columns([[f"cell, {device['n_seeds']} seeds", "s"], *grid, ["all", sum(row[1] for row in grid)]]),
            align_columns([[f"{device['cell']}, seeds", "s"], [counts[0], few], [counts[1], many]]),
            align_columns([[f"test loss, {device['cell']}, nats", "mean", "low", "high", "s"], *losses]),
            f"both {verdict} within the interval over seeds",
        ]
    )


def render_precision(precision: Mapping[str, Any]) -> str:
    """Return seconds and losses of training in float32 and in bfloat16, with the interval of their difference."""
    heading = ["cell", "s, float32", "s, bfloat16", "ratio", "loss, float32", "bfloat16", "difference", "low", "high"]
    rows = []
    for row in precision["cells"]:
        before, after = (row["seconds"][name] for name in ("float32", "bfloat16"))
        losses = [row[name]["mean"] for name in ("float32", "bfloat16")]
        difference = [row["difference"][bound] for bound in ("mean", "low", "high")]
        rows.append([row["cell"], before, after, before / after, *losses, *difference])
    return "\n\n".join(
        [
            f"products of training in float32 and bfloat16, {precision['n_seeds']} seeds; test losses in nats an image",
            align_columns([heading, *rows]),
        ]
    )


def describe_origin(measured: Mapping[str, Any]) -> str:
    """Return the machine of a measurement in one line, with its matrix products before and after where it notes them.

    >>> describe_origin({"machine": {"processor": "EPYC", "cores": 2, "torch": "2.15.0"}, "product_gflops": [111, 87]})
    'EPYC, 2 cores, PyTorch 2.15.0, products 111 to 87 GFLOP/s'
    """
    machine, pace = measured["machine"], measured.get("product_gflops", ())
    processor = " with ".join(filter(None, (machine.get("processor"), machine.get("gpu"))))
    products = f", products {' to '.join(f'{rate:.0f}' for rate in pace)} GFLOP/s" if pace else ""
    return f"{processor or 'unnamed'}, {machine.get('cores')} cores, PyTorch {machine.get('torch')}{products}"


def align_columns(rows: Sequence[Sequence[object]]) -> str:
    """Return rows, the first a heading, in columns as wide as their widest text."""
    texts = [[f"{value:.2f}" if isinstance(value, float) else str(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join("  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in texts)


def list_rate_rows(training: Mapping[str, Any]) -> list[list[object]]:
    """Return the table of rates."""
    heading: list[object] = ["who", "network", "seeds", "threads", "images/s", "best", "GFLOP/s", "of peak"]
    return [heading] + [
        [
            row["who"], row["network"], row["seeds"], row["threads"],
            round(row["images_per_second"]), round(row["best_images_per_second"]),
            row["gflops"], row["share_of_peak"],
        ]
        for row in training["rates"]
    ]  # fmt: skip


def render_results(
    training: Mapping[str, Any] | None = None,
    stages: Mapping[str, Any] | None = None,
    latencies: Mapping[str, Any] | None = None,
    device: Mapping[str, Any] | None = None,
    precision: Mapping[str, Any] | None = None,
) -> str:
    """Return everything that was measured, and the verdicts."""
    parts = []
    for measured in filter(None, (training, stages, latencies, device, precision)):
        if measured.get("is_busy"):
            parts.append("WARNING: some of these numbers were measured on a busy machine; they say little.")
            break
    if training:
        parts.append("\n".join(f"{key}: {value}" for key, value in training["machine"].items()))
        parts.append(align_columns([["products", "threads", "GFLOP/s"], *training["peaks"]]))
        parts.append(align_columns(list_rate_rows(training)))
        limits = [
            [kind, *(row[kind] for row in training["limits"].values())]
            for kind in next(iter(training["limits"].values()))
        ]
        parts.append(align_columns([["share of a step, one thread", *training["limits"]], *limits]))
        keys = ["model", "seeds", "plan", "seconds_per_model", "worst", "peer_seconds", "peer_quality", "speedup"]
        parts.append(align_columns([keys, *([row[key] for key in keys] for row in training["quality"])]))
    if stages:
        parts.append(
            align_columns(
                [["stage", "s", "GiB"], *([r["command"], r["seconds"], r["peak_gib"]] for r in stages["stages"])]
            )
        )
    if device:
        parts.append(render_device(device))
    if precision:
        parts.append(render_precision(precision))
    measured_on = {
        "training": training, "stages": stages, "latencies": latencies, "GPU": device, "precision": precision,
    }  # fmt: skip
    parts.append(
        align_columns([["measured", "on"], *([name, describe_origin(one)] for name, one in measured_on.items() if one)])
    )
    targets = [
        *list_training_targets(training),
        *list_pipeline_targets(stages, latencies),
        *list_device_targets(device),
    ]
    rows = [
        [
            t.name,
            "not measured" if t.value is None else t.value,
            f"{'<=' if t.is_at_most else '>='} {t.bound:g} {t.unit}",
            t.verdict,
        ]
        for t in targets
    ]
    parts.append(align_columns([["target", "measured", "bound", "verdict"], *rows]))
    return "\n\n".join(parts)
