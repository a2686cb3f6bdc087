"""Codes as bytes, a part of the section on compression: rate against distortion, formats, lossless rates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from autoencoders.evaluation.metrics import METRICS
from report.texts.labels import CODECS, FORMATS
from report.texts.language import N_, _
from report.texts.published import DATASETS, LOSSLESS
from report.texts.tables import MISSING, Column, Entry, Table, TableRow, entry, find, general, number, table_row
from report.views.figures import LinePanels, Panel, Series
from report.views.findings import lies_below
from report.views.study import Row, Study

METRICS_FILE = "compression/metrics.json"
MEASURES = {"psnr": N_("PSNR, dB"), "ssim": "SSIM"}
BEYOND = 6  # dB above the best codes, up to which the curves of file formats are drawn
IMPLIED = {
    "elbo": (N_("VAE, implied by −ELBO"), N_("what bits-back coding with this VAE would need; not coded here")),
    "importance_weighted": (
        N_("VAE, implied by the importance-weighted bound"),
        N_("nearer to −log p(x); not coded here"),
    ),
}


def hull_series(points: Sequence[Row], measure: str) -> list[Series]:
    """Return each codec's points on its rate-PSNR hull, by rate."""
    series = []
    for name, label in CODECS.items():
        own = sorted((p for p in points if p["codec"] == name and p["is_on_hull"]), key=lambda p: p["bits_per_pixel"])
        if own:
            series.append(Series(name, label, [p["bits_per_pixel"] for p in own], [p[measure] for p in own]))
    return series


def format_series(formats: Sequence[Row], measure: str, best: float) -> list[Series]:
    """Return each file format's curve, as whole files, as far as its PSNR is near that of the best codes."""
    series = []
    for name, label in FORMATS.items():
        by_setting: dict[float, Row] = defaultdict(dict)
        for row in formats:
            if row["format"] == name:
                by_setting[row["setting"]][row["measure"]] = row["mean"]
        near = [values for values in by_setting.values() if values["psnr"] <= best + BEYOND]
        own = sorted(near, key=lambda values: values["bits_per_pixel"])
        if own:
            series.append(Series(name, label, [v["bits_per_pixel"] for v in own], [v[measure] for v in own]))
            bare = sorted(own, key=lambda values: values["bits_per_pixel_without_header"])
            text = _("without header")
            rates = [v["bits_per_pixel_without_header"] for v in bare]
            series.append(Series(f"{name}_bare", text, rates, [v[measure] for v in bare], has_markers=False))
    return series


def figure(points: Sequence[Row], formats: Sequence[Row]) -> LinePanels:
    """Return PSNR and SSIM against rate, the rate on a logarithmic scale."""
    ticks = [0.005, 0.02, 0.1, 0.5, 2]
    best = max((point["psnr"] for point in points if point["is_on_hull"]), default=0.0)
    panels = [
        Panel(
            "",
            _("bits per pixel"),
            _(label),
            [*hull_series(points, m), *format_series(formats, m, best)],
            ticks,
            log_x=True,
        )
        for m, label in MEASURES.items()
    ]
    return LinePanels("compression-rates", panels, height=3.3, source="compression/rate_points.csv")


def hull_table(rates: Sequence[Row], points: Sequence[Row], n_images: int) -> Table:
    """Return rate and quality of every point on a hull."""
    body = []
    for name, label in CODECS.items():
        for point in (p for p in points if p["codec"] == name and p["is_on_hull"]):
            keys = {key: point[key] for key in ("codec", "latent_dim", "width")}
            entries = [
                Entry(str(point["latent_dim"])),
                Entry(number(point["width"], 1)),
                entry(find(rates, **keys, measure="bits_per_pixel"), 4),
                entry(find(rates, **keys, measure="stream_bits_per_pixel"), 4),
            ]
            entries += [entry(find(rates, **keys, measure=m), METRICS[m].digits) for m in MEASURES]
            body.append(TableRow(name, label, entries))
    columns = [
        Column(_("latent dimension")), Column(_("step width")), Column(_("rate"), _("bits/pixel"), "lower"),
        Column(_("one stream of all images"), _("bits/pixel")),
        Column("PSNR", "dB", "higher"), Column("SSIM", "", "higher"),
    ]  # fmt: skip
    caption = _(
        "Coded codes on the upper hull of PSNR over rate, %(n)s random test images: mean and 95 %% interval.",
        n=number(n_images, 0),
    )
    return Table(caption, _("codec"), columns, body, "compression/rates.csv")


def format_table(formats: Sequence[Row], n_images: int) -> Table:
    """Return rate and quality of every file format at every setting."""
    measures = {"bits_per_pixel": 3, "bits_per_pixel_without_header": 3, "psnr": 2, "ssim": 3}
    body = []
    for name, label in FORMATS.items():
        for setting in dict.fromkeys(row["setting"] for row in formats if row["format"] == name):
            keys = {"format": name, "setting": setting}
            entries = [entry(find(formats, **keys, measure=m), digits) for m, digits in measures.items()]
            body.append(TableRow("", f"{label}, {general(setting)}", entries))
    columns = [
        Column(_("rate"), _("bits/pixel"), "lower"), Column(_("without header"), _("bits/pixel")),
        Column("PSNR", "dB", "higher"), Column("SSIM", "", "higher"),
    ]  # fmt: skip
    caption = _(
        "Image file formats by quality setting, whole files of the same %(n)s images. The header is the file of an "
        "all-black image.",
        n=number(n_images, 0),
    )
    return Table(caption, _("format, setting"), columns, body, "baselines/formats.csv")


def lossless_table(rows: Sequence[Row], bounds: Sequence[Row], latent_dim: int, *, has_published: bool) -> Table:
    """Return lossless rates of ours, what the VAE's bounds imply, and rates of the literature where they compare."""
    body, missing = [], [Entry(MISSING)] if has_published else []
    for work in LOSSLESS:
        found = find(rows, format=work.key)
        if found is None and not has_published:
            continue
        n_images = Entry(number(found["n_images"], 0) if found else MISSING)
        published = [Entry(number(work.value, 2))] if has_published else []
        entries = [entry(found, 2), n_images, *published, Entry(_(work.protocol))]
        body.append(TableRow("", _(work.what), entries))
    for measure, (label, protocol) in IMPLIED.items():
        found = find(bounds, likelihood="discretized_logistic", measure=f"{measure}_bits_per_pixel")
        if found:
            text = _("latent dimension %(d)s, 256 grey values; %(protocol)s", d=latent_dim, protocol=_(protocol))
            entries = [entry(found, 2), Entry(number(found["n_images"], 0)), *missing, Entry(text)]
            body.append(TableRow("vae", _(label), entries))
    columns = [
        Column(_("measured"), _("bits/pixel")),
        Column(_("images")),
        *([Column(_("published"), _("bits/pixel"))] if has_published else []),
        Column(_("protocol"), is_text=True),
    ]
    compared = _(
        "Lossless compression, beside published values on the full test set. –: not measured here or not published."
    )
    caption = compared if has_published else _("Lossless compression.")
    return Table(caption, _("method"), columns, body, "baselines/lossless.csv")


def catch_up_table(coding: Row, formats: Sequence[Row]) -> Table:
    """Return what the file formats need to reach the PSNR of the AE's best point, and the PSNR that they then have."""
    best = coding["catch_up"]["best_ae"]
    own = (number(best["bits_per_pixel"], 3), MISSING, number(best["psnr"], 2))
    body = [TableRow("ae", _("AE codes"), [Entry(text) for text in own])]
    for name, found in coding["catch_up"]["formats"].items():
        rates = (found["bits_per_pixel"], found["bits_per_pixel_without_header"])
        file = smallest_file(coding, formats, name)
        psnr = find(formats, format=name, setting=file["setting"], measure="psnr") if file else None
        quality = number(psnr["mean"] if psnr else None, 2)
        body.append(TableRow(name, FORMATS[name], [*(Entry(number(rate, 3)) for rate in rates), Entry(quality)]))
    columns = [
        Column(_("rate"), _("bits/pixel"), "lower"), Column(_("without header"), _("bits/pixel")),
        Column("PSNR", "dB", "higher"),
    ]  # fmt: skip
    caption = _(
        "What it takes to reach %(psnr)s dB, the best coded point of the AE (latent dimension %(d)s): of each file format "
        "the setting with the smallest rate that does, and its PSNR. –: there is no header, or no such setting.",
        psnr=number(best["psnr"], 2),
        d=best["latent_dim"],
    )
    return Table(caption, _("format"), columns, body, METRICS_FILE)


def smallest_file(coding: Row, formats: Sequence[Row], name: str) -> Mapping[str, Any] | None:
    """Return the stored rate of a format's smallest files that reach the AE's best PSNR, None where none does."""
    needed = coding["catch_up"]["formats"][name]["bits_per_pixel"]
    return None if needed is None else find(formats, format=name, measure="bits_per_pixel", mean=needed)


def stream_table(stream: Row) -> Table:
    """Return the rate of all test images as one stream, and the size of the model that reads it."""
    body = [
        table_row(label, number(own["stream_bits_per_pixel"], 4), number(own["model_bytes"], 0), key=name)
        for name, label in CODECS.items()
        if (own := stream.get(name))
    ]
    columns = [Column(_("rate"), _("bits/pixel"), "lower"), Column(_("entropy model"), _("bytes"))]
    caption = _(
        "All %(n)s test images coded into one stream, step width %(width)s: the stream decodes to exactly the same steps. The "
        "rate includes headers, but neither the network nor the entropy model, which encoder and decoder share.",
        n=number(stream["n_images"], 0),
        width=number(stream["width"], 1),
    )
    return Table(caption, _("codec"), columns, body, METRICS_FILE)


def finding(coding: Row, rates: Sequence[Row], formats: Sequence[Row]) -> str:
    """Return that the AE's best point costs less than any file that reaches it; nothing unless the intervals lie apart."""
    best, caught = coding["catch_up"]["best_ae"], coding["catch_up"]["formats"]
    needed = {name: one["bits_per_pixel"] for name, one in caught.items() if one["bits_per_pixel"] is not None}
    if not best or not needed:
        return ""
    name = min(needed, key=lambda one: needed[one])
    place = {"codec": "ae", "latent_dim": best["latent_dim"], "width": best["width"]}
    file = smallest_file(coding, formats, name)
    if file is None or not lies_below(find(rates, **place, measure="bits_per_pixel"), file):
        return ""
    quality = find(formats, format=name, setting=file["setting"], measure="psnr")
    return _(
        "AE codes reach %(psnr)s dB with %(rate)s bits per pixel. The smallest files that do, %(format)s, need "
        "%(format_rate)s and then have %(format_psnr)s dB.",
        psnr=number(best["psnr"], 2),
        rate=number(best["bits_per_pixel"], 3),
        format=FORMATS[name],
        format_rate=number(needed[name], 2),
        format_psnr=entry(quality, 2).text,
    )


def unrounded(coding: Row, quality: Sequence[Row]) -> str:
    """Return where the curves end, and the PSNR of the AE's codes before rounding; nothing without an AE."""
    best = coding["catch_up"]["best_ae"]
    found = find(quality, codec="ae", metric="psnr", latent_dim=best["latent_dim"]) if best else None
    if found is None:
        return ""
    return _(
        "A curve ends with the smallest step that was tried. Smaller steps lead to the codes as they are: with %(d)s "
        "numbers and no rounding the AE has %(psnr)s dB on all test images.",
        d=best["latent_dim"],
        psnr=number(found["mean"], 2),
    )


def view(study: Study) -> dict[str, Any]:
    """Return what the section on compression shows of bytes."""
    coding, slug = study.metrics("compression")["coding"], "compression"
    points, formats = study.table(slug, "rate_points"), study.table("baselines", "formats")
    rates = study.table(slug, "rates")
    return {
        "figure": figure(points, formats),
        "beyond": BEYOND,
        "finding": finding(coding, rates, formats),
        "unrounded": unrounded(coding, study.table(slug, "quality")),
        "hull": hull_table(rates, points, coding["n_images"]),
        "formats": format_table(formats, coding["n_images"]),
        "lossless": lossless_table(
            study.table("baselines", "lossless"),
            study.table("vae_anatomy", "bounds"),
            study.metrics("vae_anatomy")["bound_latent_dim"],
            has_published=study.params.dataset in DATASETS,
        ),
        "n_images": number(coding["n_images"], 0),
        "caught": catch_up_table(coding, formats) if coding["catch_up"]["best_ae"] else None,
        "stream": stream_table(coding["stream"]),
    }
