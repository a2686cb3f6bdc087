"""Who removes noise: every method under every noise and level."""

from collections.abc import Mapping, Sequence
from typing import Any

from report.figures import Panel, line_panels
from report.labels import CORRUPTIONS, LEVELS, METHODS
from report.study import Picture, Row, Study
from report.tables import Cell, Column, Field, Table, TableRow, cell, find, grid, number, percent
from report.views.sweep import lines

DIGITS = {"psnr": 2, "ssim": 3, "accuracy": 1}
SHORT = {
    "noisy": "noisy input",
    "median": "median",
    "non_local_means": "non-local means",
    "total_variation": "total variation",
    "pca": "PCA",
    "ae": "AE (clean)",
    "vae": "VAE (clean)",
    "ae_range": "AE (range)",
    "vae_range": "VAE (range)",
    "ae_one_level": "AE (one level)",
    "vae_one_level": "VAE (one level)",
}
TRENDS = {"always": "all", "never": "none", "above": "from {}", "below": "up to {}"}
HEADINGS = {"psnr": ("PSNR", "dB"), "ssim": ("SSIM", ""), "accuracy": ("Read rightly by the judge", "%")}


def by_level(rows: Sequence[Row], corruption: str, levels: Sequence[float], metric: str, n_images: int) -> Table:
    """Return one metric of every method at every level of one noise."""
    heading, unit = HEADINGS[metric]
    fields = [
        Field(
            Column(str(level), "", "higher"),
            {"corruption": corruption, "level": level, "metric": metric},
            DIGITS[metric],
            metric == "accuracy",
        )
        for level in levels
    ]
    caption = f"{heading}{f', {unit}' if unit else ''}; {CORRUPTIONS[corruption]} noise by level ({LEVELS[corruption]}), {number(n_images, 0)} test images: mean and 95 % interval."
    body = grid(rows, "method", METHODS, fields, baselines=("noisy",))
    return Table(caption, "level", [field.column for field in fields], body)


def curves(rows: Sequence[Row], corruptions: Sequence[str], metric: str) -> str:
    """Return one panel per noise with a line per method."""
    heading, unit = HEADINGS[metric]
    panels = []
    for number_, corruption in enumerate(corruptions):
        series = lines(rows, "level", "method", SHORT, corruption=corruption, metric=metric)
        label = f"{heading}, {unit}" if unit else heading
        panels.append(Panel(CORRUPTIONS[corruption], LEVELS[corruption], "" if number_ else label, series))
    return line_panels(f"denoising-{metric}", panels, height=3.5)


def tuning(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return the chosen strength of each classical method under each condition, as text."""
    return [
        {
            "condition": f"{CORRUPTIONS[row['corruption']]} {row['level']}",
            "method": METHODS[row["method"]],
            "strength": f"{row['strength']:g}",
        }
        for row in rows
    ]


def break_even(rows: Sequence[Row], corruptions: Sequence[str]) -> Table:
    """Return for each method and kind of noise from which level on it helps, or up to which."""
    body = [
        TableRow(
            method, label, [helping(find(rows, method=method, corruption=corruption)) for corruption in corruptions]
        )
        for method, label in METHODS.items()
        if any(row["method"] == method for row in rows)
    ]
    caption = (
        "The noise levels at which a method is better than leaving the image alone: where its mean gain in PSNR over the "
        "noisy input is above 0, between two tried levels by a straight line. Intervals: where the gain's 95 % interval "
        "reaches 0."
    )
    return Table(caption, "method", [Column(CORRUPTIONS[c], LEVELS[c], is_text=True) for c in corruptions], body)


def helping(row: Mapping[str, Any] | None) -> Cell:
    """Return in words where a method helps."""
    if row is None or row["trend"] not in TRENDS:
        return Cell("–")
    level = cell(row, 2)
    return Cell(TRENDS[row["trend"]].format(level.text), level.interval if row["mean"] is not None else "")


def mismatch(rows: Sequence[Row], metrics: Row) -> Table | None:
    """Return what training on one level costs or buys on every level of its own noise, against training on a range."""
    kinds = [name for name in metrics["one_level"] if name in CORRUPTIONS]
    trained = [f"{model}_{regime}" for model in metrics["models"] for regime in metrics["regimes"]]
    if "one_level" not in metrics["regimes"] or not kinds:
        return None
    levels = sorted({row["level"] for row in rows if row["corruption"] == kinds[0]})
    fields = [
        Field(
            Column(str(level), "matched" if level == metrics["one_level"][kinds[0]] else "", "higher"),
            {"corruption": kinds[0], "level": level, "metric": "psnr"},
        )
        for level in levels
    ]
    labels = {name: METHODS[name] for name in ("noisy", *trained)}
    caption = (
        f"Matched and mismatched noise: PSNR in dB by level of {CORRUPTIONS[kinds[0]]} noise of models trained on level "
        f"{metrics['one_level'][kinds[0]]} of it only, and of models trained on a range of all kinds."
    )
    body = grid(rows, "method", labels, fields, baselines=("noisy",))
    return Table(caption, "level", [field.column for field in fields], body)


def named(picture: Picture) -> Picture:
    """Return the picture with its row labels in words."""
    return picture._replace(rows=[{"original": "original", **SHORT}[row] for row in picture.rows])


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug = "denoising"
    metrics, rows = study.metrics(slug), study.table(slug, "quality")
    pictures = study.pictures(slug)
    levels: dict[str, list[float]] = {name: list(values) for name, values in study.params.denoising.levels.items()}
    noises = [
        {
            "label": CORRUPTIONS[name],
            "level": str(values[len(values) // 2]),
            "errors": named(pictures[f"{name}_errors"]),
            "picture": named(pictures[name]),
            "tables": [by_level(rows, name, values, metric, metrics["n_images"]) for metric in DIGITS],
        }
        for name, values in levels.items()
    ]
    return {
        "latent_dim": metrics["latent_dim"],
        "n_images": number(metrics["n_images"], 0),
        "n_tuning_images": number(metrics["n_tuning_images"], 0),
        "noises": noises,
        "psnr_curves": curves(rows, list(levels), "psnr"),
        "accuracy_curves": curves(_as_percent(rows), list(levels), "accuracy"),
        "break_even": break_even(study.table(slug, "break_even"), list(levels)),
        "tuning": tuning(study.table(slug, "tuning")),
        "clean_accuracy": percent(metrics["clean_accuracy"]["mean"]),
        "max_levels": [f"{CORRUPTIONS[name]} {level}" for name, level in metrics["max_levels"].items()],
        "one_level": [f"{CORRUPTIONS[name]} {level}" for name, level in metrics["one_level"].items()],
        "has_one_level": "one_level" in metrics["regimes"],
        "mismatch": mismatch(rows, metrics),
        "claim": cell(study.summary()["claims"]["C3"]),
        "accuracy_gain": cell(metrics["claims"]["C3"]["accuracy_gain"], 1, is_share=True),
    }


def _as_percent(rows: Sequence[Row]) -> list[Row]:
    keys = ("mean", "low", "high")
    return [
        {**row, **{key: None if row[key] is None else 100 * row[key] for key in keys}}
        for row in rows
        if row["metric"] == "accuracy"
    ]
