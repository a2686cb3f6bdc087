"""Who removes noise: every method under every noise and level."""

from collections.abc import Sequence
from typing import Any

from report.figures import Panel, line_panels
from report.labels import CORRUPTIONS, LEVELS, METHODS
from report.study import Picture, Row, Study
from report.tables import Cell, Column, Field, Table, TableRow, cell, grid, number, percent
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
    "ae_denoiser": "AE (denoising)",
    "vae_denoiser": "VAE (denoising)",
}
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


def helpful_levels(rows: Sequence[Row], levels: dict[str, list[float]]) -> Table:
    """Return for each method and noise the levels at which its PSNR is surely above the noisy input's."""
    body = []
    for method, label in METHODS.items():
        cells = []
        for corruption, tried in levels.items():
            found = [
                row for row in rows if (row["method"], row["corruption"], row["metric"]) == (method, corruption, "psnr")
            ]
            helped = [row["level"] for row in found if row["low"] is not None and row["low"] > 0]
            cells.append(Cell("all" if len(helped) == len(tried) else ", ".join(map(str, helped)) or "none"))
        if method != "noisy":
            body.append(TableRow(method, label, cells))
    caption = "Noise levels at which a method surely gains over the noisy input (95 % interval of the paired PSNR difference above 0); elsewhere leaving the image alone is as good or better."
    return Table(caption, "method", [Column(CORRUPTIONS[c], is_text=True) for c in levels], body)


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
        "helpful": helpful_levels(study.table(slug, "gains"), levels),
        "tuning": tuning(study.table(slug, "tuning")),
        "clean_accuracy": percent(metrics["clean_accuracy"]["mean"]),
        "max_levels": [f"{CORRUPTIONS[name]} {level}" for name, level in metrics["max_levels"].items()],
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
