"""Who removes noise: every method under every noise and level."""

from collections.abc import Mapping, Sequence
from typing import Any

from autoencoders.statistics import BOUNDS
from foundation.vocabulary import JUDGES
from report.texts.labels import CORRUPTIONS, FAMILIES, LEVELS, METHODS, SHORT_METHODS, STRENGTHS
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
    listed,
    number,
    percent,
    table_row,
)
from report.views.figures import IntervalDots, LinePanels, Panel
from report.views.findings import best_group, places_below
from report.views.ledger import evidence
from report.views.mosaics import Mosaic, mosaic
from report.views.study import Picture, Row, Study
from report.views.sweep import dots, lines
from report.views.takeaways import takeaway

QUALITY, GAINS = "denoising/quality.csv", "denoising/gains.csv"
PRIMARY, *OTHERS = (f"reading_{judge}" for judge in JUDGES)
DIGITS = {"psnr": 2, "ssim": 3, **dict.fromkeys((PRIMARY, *OTHERS), 1)}
SHOWN = ("psnr", "ssim", PRIMARY)
PLAIN = Labels({"psnr": N_("PSNR, dB"), "ssim": "SSIM"})
TRENDS = {"always": N_("all"), "never": N_("none"), "above": N_("from %(level)s"), "below": N_("up to %(level)s")}
LINES = SHORT_METHODS.without("original", "pca_same", "mean_image")
METHODS_TRIED = SHORT_METHODS.without("original", "noisy")
SEEN = ("original", "noisy", "shrinkage", "median", "ae", "vae", "ae_range")  # rows of the picture that stands open
BASELINES = ("noisy", "mean_image")
NOISE_PARTS = {"gaussian": "C3a", "salt_and_pepper": "C3b", "masking": "C3c"}
N_COLUMNS = 4  # images of each kind of noise in that picture
NOTHING = 0.005  # dB: a smaller gain is written as 0.00
Levels = Mapping[str, Sequence[float]]


def condition(corruption: str, level: float) -> str:
    """Return what a kind of noise at a level is called."""
    return f"{CORRUPTIONS[corruption]} {general(level)}"


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
    return grid(caption, _("level"), rows, ("method", METHODS), fields, baselines=BASELINES, source=QUALITY)


def curves(rows: Sequence[Row], corruptions: Sequence[str], metric: str) -> LinePanels:
    """Return one panel per noise with a line per method."""
    panels = []
    label = _("classified correctly, %%") if is_reading(metric) else PLAIN[metric]
    for place, corruption in enumerate(corruptions):
        series = lines(rows, "level", "method", LINES, corruption=corruption, metric=metric)
        shown = [one.scaled(100) for one in series] if is_reading(metric) else series
        panels.append(Panel(CORRUPTIONS[corruption], LEVELS[corruption], "" if place else label, shown))
    return LinePanels(f"denoising-{metric}", panels, height=3.2, source=QUALITY)


def gains_figure(gains: Sequence[Row], levels: Mapping[str, float]) -> IntervalDots:
    """Return what every method gains in PSNR over the noisy input, a panel per noise at one level."""
    unit, by = _("gain in PSNR, dB"), ("method", METHODS_TRIED)
    panels = [
        dots(condition(name, level), unit, gains, by, x_marks=(0,), corruption=name, level=level, metric="psnr")
        for name, level in levels.items()
    ]
    n_rows = max((len(panel.series) for panel in panels), default=0)
    return IntervalDots("denoising-gains", panels, 0.25 * n_rows + 0.9, source=GAINS)


def leaders(rows: Sequence[Row], levels: Mapping[str, float], metric: str) -> str:
    """Return in words which methods lead under each noise at its level; several where their intervals overlap."""
    said, are_apart = [], True
    for corruption, level in levels.items():
        names = [
            row["method"]
            for row in best_group(
                rows, "method", SHORT_METHODS, "higher", corruption=corruption, level=level, metric=metric
            )
        ]
        if names:
            said.append(f"{condition(corruption, level)}: {listed([SHORT_METHODS[name] for name in names])}")
            are_apart &= len(names) == 1
    if not said:
        return ""
    found = "; ".join(said)
    if are_apart:
        return _("Best, with an interval apart from all others: %(leaders)s.", leaders=found)
    return _("Best, and those whose intervals overlap with it: %(leaders)s.", leaders=found)


def compared(rows: Sequence[Row], levels: Levels, first: str, second: str) -> dict[str, int]:
    """Return at how many conditions the first of two methods has a higher PSNR, a lower one, and how many were tried."""
    one, other = ({"method": name, "metric": "psnr"} for name in (first, second))
    higher = lower = tried = 0
    for corruption in levels:
        kind = {"corruption": corruption}
        better, places = places_below(rows, "level", other | kind, one | kind)
        higher, tried = higher + len(better), tried + len(places)
        lower += len(places_below(rows, "level", one | kind, other | kind)[0])
    return {"higher": higher, "lower": lower, "tried": tried}


def trained_finding(rows: Sequence[Row], levels: Levels) -> str:
    """Return at how many conditions training on noise gives the AE a higher PSNR, and a lower one."""
    found = compared(rows, levels, "ae_range", "ae")
    if found["higher"] == found["tried"] > 1:
        return _(
            "At every kind and level of noise an AE trained on noise has a higher PSNR than one that never saw any "
            "(intervals apart)."
        )
    several = _(
        "An AE trained on noise has a higher PSNR than one that never saw any at %(higher)s of %(tried)s combinations of "
        "kind and level, a lower one at %(lower)s (intervals apart).",
        **found,
    )
    return several if found["tried"] else ""


def bottlenecks(rows: Sequence[Row], levels: Levels) -> list[str]:
    """Return how codecs that never saw noise compare in PSNR: VAE with AE, PCA with none and with AE."""
    pairs = {
        N_(
            "Trained on clean images alone, the VAE has a higher PSNR than the AE at %(higher)s of %(tried)s combinations "
            "of kind and level, a lower one at %(lower)s (intervals apart)."
        ): ("vae", "ae"),
        N_(
            "A projection on as many principal components as the codes have numbers is a bottleneck, too. Its PSNR is "
            "higher than that of the noisy image at %(higher)s of these combinations, and lower at %(lower)s."
        ): ("pca_same", "noisy"),
        N_(
            "Compared with the AE that never saw noise, this projection has a higher PSNR at %(higher)s of them, a lower "
            "one at %(lower)s (intervals apart)."
        ): ("pca_same", "ae"),
    }
    found = {text: compared(rows, levels, *pair) for text, pair in pairs.items()}
    return [_(text, **one) for text, one in found.items() if one["tried"]]


def tuning(rows: Sequence[Row], levels: Levels) -> Table:
    """Return the chosen strength of each classical method under each condition."""
    names = [name for name in STRENGTHS if find(rows, method=name)]
    body = [
        table_row(
            condition(corruption, level),
            *(
                general(found["strength"]) if found else MISSING
                for name in names
                for found in [find(rows, corruption=corruption, level=level, method=name)]
            ),
        )
        for corruption, values in levels.items()
        for level in values
    ]
    columns = [Column(SHORT_METHODS[name], STRENGTHS[name]) for name in names]
    caption = _("The strength that was best on validation images, by kind and level of noise.")
    return Table(caption, _("noise"), columns, body, "denoising/tuning.csv")


def break_even(rows: Sequence[Row], gains: Sequence[Row], corruptions: Sequence[str]) -> Table:
    """Return for each method and kind of noise from which level on it helps, or up to which."""
    body = [
        TableRow(
            method,
            label,
            [
                helping(
                    find(rows, method=method, corruption=corruption),
                    [r for r in gains if (r["method"], r["corruption"], r["metric"]) == (method, corruption, "psnr")],
                )
                for corruption in corruptions
            ],
        )
        for method, label in METHODS.items()
        if any(row["method"] == method for row in rows)
    ]
    caption = _(
        "The noise levels at which a method is better than leaving the image alone: where its mean gain in PSNR over the "
        "noisy input is above 0, between two tried levels by a straight line. Intervals: where the gain's 95 %% interval "
        "reaches 0. A classical method whose chosen strength changes nothing at some level has the tried levels at which "
        "its whole interval is above 0."
    )
    columns = [Column(CORRUPTIONS[c], LEVELS[c], is_text=True) for c in corruptions]
    return Table(caption, _("method"), columns, body, "denoising/break_even.csv")


def helping(row: Mapping[str, Any] | None, gains: Sequence[Row]) -> Entry:
    """Return in words where a method helps; only tried levels where it does nothing at one of them."""
    if any(is_nothing(gain) for gain in gains):
        helped = sorted(gain["level"] for gain in gains if (gain["low"] or 0) > 0 and not is_nothing(gain))
        nowhere = TRENDS["never"]
        return Entry(listed(helped) or _(nowhere))
    if row is None:
        return Entry(MISSING)
    if row["trend"] not in TRENDS:
        return Entry(_("it changes more than once"))
    level, trend = entry(row, 2), TRENDS[row["trend"]]
    return Entry(_(trend, level=level.text), level.interval if row["mean"] is not None else "")


def is_nothing(gain: Row) -> bool:
    """Return whether a gain in PSNR is too small to be written, its interval as well."""
    return all(abs(gain[side] or 0) < NOTHING for side in BOUNDS)


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
    return grid(caption, _("level"), rows, ("method", labels), fields, baselines=BASELINES, source=QUALITY)


def seen(pictures: Mapping[str, Picture], levels: Mapping[str, float], image_shape: Sequence[int]) -> Mosaic:
    """Return the rows that matter of the pictures of all kinds of noise, side by side."""
    height, width = image_shape
    own = {condition(name, level): pictures[name] for name, level in levels.items()}
    return mosaic(own, {row: SHORT_METHODS[row] for row in SEEN}, N_COLUMNS, (height, width))


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    slug = "denoising"
    metrics, rows, gains = study.metrics(slug), study.table(slug, "quality"), study.table(slug, "gains")
    pictures, clean = study.pictures(slug), metrics["clean_accuracy"]
    levels: Levels = {name: list(values) for name, values in study.params.denoising.levels.items()}
    chosen = {name: float(metrics["shown_levels"][name]) for name in levels}
    noises = [
        {
            "label": CORRUPTIONS[name],
            "level": general(chosen[name]),
            "errors": pictures[f"{name}_errors"].named(SHORT_METHODS),
            "picture": pictures[name].named(SHORT_METHODS),
            "part": NOISE_PARTS[name],
            "tables": [by_level(rows, name, values, metric, metrics["n_images"]) for metric in SHOWN],
            "others": [by_level(rows, name, values, metric, metrics["n_images"]) for metric in OTHERS],
        }
        for name, values in levels.items()
    ]
    return {
        "takeaway": takeaway(study, *sorted(NOISE_PARTS[name] for name in levels)),
        "latent_dim": metrics["latent_dim"],
        "n_images": number(metrics["n_images"], 0),
        "n_tuning_images": number(metrics["n_tuning_images"], 0),
        "noises": noises,
        "gains": gains_figure(gains, chosen),
        "gains_finding": leaders(gains, chosen, "psnr"),
        "seen": seen(pictures, chosen, study.metrics("prepare")["image_shape"]),
        "psnr_finding": trained_finding(rows, levels),
        "bottlenecks": bottlenecks(rows, levels),
        "epochs": study.params.epochs,
        "denoiser_epochs": study.params.train_denoiser.epochs,
        "reading_finding": leaders(rows, chosen, PRIMARY),
        "psnr_curves": curves(rows, list(levels), "psnr"),
        "reading_curves": curves(rows, list(levels), PRIMARY),
        "break_even": break_even(study.table(slug, "break_even"), gains, list(levels)),
        "tuning": tuning(study.table(slug, "tuning"), levels),
        "clean_accuracy": [(FAMILIES[judge], entry(found, 1, is_share=True)) for judge, found in clean.items()],
        "max_levels": [condition(name, level) for name, level in metrics["max_levels"].items()],
        "one_level": [condition(name, level) for name, level in metrics["one_level"].items()],
        "regimes": metrics["regimes"] if metrics["models"] else [],
        "mismatch": mismatch(rows, metrics),
        "share_of_best": percent(metrics["share_of_best_reader"], 0),
        "evidence": evidence(study, slug),
    }
