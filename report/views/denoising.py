"""Who removes noise: every method under every noise and level."""

from collections.abc import Mapping, Sequence
from typing import Any

from foundation.vocabulary import JUDGES
from report.texts.labels import CORRUPTIONS, FAMILIES, LEVELS, METHODS, SHORT_METHODS
from report.texts.language import N_, Labels, _
from report.texts.tables import (
    MISSING,
    Column,
    Entry,
    Field,
    Table,
    TableRow,
    entry,
    find,
    general,
    grid,
    number,
    percent,
)
from report.views.evidence import evidence
from report.views.figures import LinePanels, Panel
from report.views.findings import leader
from report.views.study import Picture, Row, Study
from report.views.sweep import lines

PRIMARY, *OTHERS = (f"reading_{judge}" for judge in JUDGES)
DIGITS = {"psnr": 2, "ssim": 3, **dict.fromkeys((PRIMARY, *OTHERS), 1)}
SHOWN = ("psnr", "ssim", PRIMARY)
PLAIN = Labels({"psnr": N_("PSNR, dB"), "ssim": "SSIM"})
TRENDS = {"always": N_("all"), "never": N_("none"), "above": N_("from %(level)s"), "below": N_("up to %(level)s")}
LINES = SHORT_METHODS.without("original", "pca_same", "mean_image")
BASELINES = ("noisy", "mean_image")
NOISE_PARTS = {"gaussian": "C3a", "salt_and_pepper": "C3b", "masking": "C3c"}


def heading(metric: str) -> str:
    """Return what a metric is called, with its unit."""
    if metric in PLAIN:
        return PLAIN[metric]
    return _("Classified correctly, %%, %(judge)s", judge=FAMILIES[metric.removeprefix("reading_")])


def is_reading(metric: str) -> bool:
    """Return whether a metric is the share of images that a judge classifies correctly."""
    return metric.startswith("reading_")


def by_level(rows: Sequence[Row], corruption: str, levels: Sequence[float], metric: str, n_images: int) -> Table:
    """Return one metric of every method at every level of one noise."""
    fields = [
        Field(
            Column(general(level), "", "higher"),
            {"corruption": corruption, "level": level, "metric": metric},
            DIGITS[metric],
            is_reading(metric),
        )
        for level in levels
    ]
    caption = _(
        "%(heading)s; %(noise)s noise by level (%(meaning)s), %(n)s test images: mean and 95 %% interval.",
        heading=heading(metric),
        noise=CORRUPTIONS[corruption],
        meaning=LEVELS[corruption],
        n=number(n_images, 0),
    )
    return grid(caption, _("level"), rows, ("method", METHODS), fields, baselines=BASELINES)


def curves(rows: Sequence[Row], corruptions: Sequence[str], metric: str) -> LinePanels:
    """Return one panel per noise with a line per method."""
    panels = []
    label = _("classified correctly, %%") if is_reading(metric) else PLAIN[metric]
    for place, corruption in enumerate(corruptions):
        series = lines(rows, "level", "method", LINES, corruption=corruption, metric=metric)
        shown = [one.scaled(100) for one in series] if is_reading(metric) else series
        panels.append(Panel(CORRUPTIONS[corruption], LEVELS[corruption], "" if place else label, shown))
    return LinePanels(f"denoising-{metric}", panels, height=3.5)


def tuning(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return the chosen strength of each classical method under each condition, as text."""
    return [
        {
            "condition": f"{CORRUPTIONS[row['corruption']]} {general(row['level'])}",
            "method": METHODS[row["method"]],
            "strength": general(row["strength"]),
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
    caption = _(
        "The noise levels at which a method is better than leaving the image alone: where its mean gain in PSNR over the "
        "noisy input is above 0, between two tried levels by a straight line. Intervals: where the gain's 95 %% interval "
        "reaches 0."
    )
    return Table(caption, _("method"), [Column(CORRUPTIONS[c], LEVELS[c], is_text=True) for c in corruptions], body)


def helping(row: Mapping[str, Any] | None) -> Entry:
    """Return in words where a method helps."""
    if row is None or row["trend"] not in TRENDS:
        return Entry(MISSING)
    level, trend = entry(row, 2), TRENDS[row["trend"]]
    return Entry(_(trend, level=level.text), level.interval if row["mean"] is not None else "")


def mismatch(rows: Sequence[Row], metrics: Row) -> Table | None:
    """Return what training on one level costs or buys on every level of its own noise, against training on a range."""
    kinds = [name for name in metrics["one_level"] if name in CORRUPTIONS]
    trained = [f"{model}_{regime}" for model in metrics["models"] for regime in metrics["regimes"]]
    if "one_level" not in metrics["regimes"] or not kinds or not trained:
        return None
    levels = sorted({row["level"] for row in rows if row["corruption"] == kinds[0]})
    fields = [
        Field(
            Column(general(level), _("matched") if level == metrics["one_level"][kinds[0]] else "", "higher"),
            {"corruption": kinds[0], "level": level, "metric": "psnr"},
        )
        for level in levels
    ]
    labels = {name: METHODS[name] for name in ("noisy", *trained)}
    caption = _(
        "Matched and mismatched noise: PSNR in dB by level of %(noise)s noise of models trained on level %(level)s of it "
        "only, and of models trained on a range of all kinds.",
        noise=CORRUPTIONS[kinds[0]],
        level=general(metrics["one_level"][kinds[0]]),
    )
    return grid(caption, _("level"), rows, ("method", labels), fields, baselines=BASELINES)


def best_at_middle(rows: Sequence[Row], levels: Mapping[str, Sequence[float]], metric: str) -> str:
    """Return in words which method leads at the middle level of every kind of noise."""
    leaders = []
    for corruption, values in levels.items():
        level = values[len(values) // 2]
        row = leader(rows, "method", LINES, "higher", corruption=corruption, level=level, metric=metric)
        if row:
            condition = f"{CORRUPTIONS[corruption]} {general(level)}"
            shown = entry(row, DIGITS[metric], is_share=is_reading(metric)).text
            leaders.append(f"{condition}: {LINES[row['method']]}, {shown}")
    return _("Best on average at the middle level: %(leaders)s.", leaders="; ".join(leaders))


def named(picture: Picture) -> Picture:
    """Return the picture with its row labels in words."""
    return picture._replace(rows=[SHORT_METHODS[row] for row in picture.rows])


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug = "denoising"
    metrics, rows = study.metrics(slug), study.table(slug, "quality")
    pictures, clean = study.pictures(slug), metrics["clean_accuracy"]
    levels: dict[str, list[float]] = {name: list(values) for name, values in study.params.denoising.levels.items()}
    noises = [
        {
            "label": CORRUPTIONS[name],
            "level": general(values[len(values) // 2]),
            "errors": named(pictures[f"{name}_errors"]),
            "picture": named(pictures[name]),
            "part": NOISE_PARTS[name],
            "tables": [by_level(rows, name, values, metric, metrics["n_images"]) for metric in SHOWN],
            "others": [by_level(rows, name, values, metric, metrics["n_images"]) for metric in OTHERS],
        }
        for name, values in levels.items()
    ]
    return {
        "latent_dim": metrics["latent_dim"],
        "n_images": number(metrics["n_images"], 0),
        "n_tuning_images": number(metrics["n_tuning_images"], 0),
        "noises": noises,
        "psnr_finding": best_at_middle(rows, levels, "psnr"),
        "reading_finding": best_at_middle(rows, levels, PRIMARY),
        "psnr_curves": curves(rows, list(levels), "psnr"),
        "reading_curves": curves(rows, list(levels), PRIMARY),
        "break_even": break_even(study.table(slug, "break_even"), list(levels)),
        "tuning": tuning(study.table(slug, "tuning")),
        "clean_accuracy": [(FAMILIES[judge], entry(found, 1, is_share=True)) for judge, found in clean.items()],
        "max_levels": [f"{CORRUPTIONS[name]} {general(level)}" for name, level in metrics["max_levels"].items()],
        "one_level": [f"{CORRUPTIONS[name]} {general(level)}" for name, level in metrics["one_level"].items()],
        "regimes": metrics["regimes"] if metrics["models"] else [],
        "mismatch": mismatch(rows, metrics),
        "share_of_best": percent(metrics["share_of_best_reader"], 0),
        "evidence": evidence(study, slug),
    }
