"""What the reader can play with: choices and labels for the widgets, and the data they compute with."""

import json
from base64 import b64encode
from collections import Counter
from typing import Any

from numpy.typing import NDArray

from report.texts.labels import CODECS, CORRUPTIONS, LEVELS, METHODS
from report.texts.language import N_, _, ngettext
from report.texts.roles import N_CLASS_COLOURS
from report.texts.tables import number, percent
from report.views.study import Study
from report.views.verdicts import lacking

SLUG = "explorer"
N_SLIDERS = 8  # shown at once; the others are folded
N_FILM_IMAGES = 9
N_DRAWS = 6  # of epsilon whose images stay in sight
SHEETS = {
    "real": ("", N_("real test images")),
    "ae_mixture": ("ae", N_("AE, codes from a mixture of Gaussians fitted to its codes")),
    "vae_normal": ("vae", N_("VAE, codes from N(0, I)")),
    "ae_gaussian": ("ae", N_("AE, codes from a Gaussian fitted to its codes")),
    "ae_normal": ("ae", N_("AE, codes from N(0, I)")),
}
N_SHEET_SIDE = 6
NEAR_NORMAL = (0.5, 2.0)  # deviations of codes between which N(0, I) and a Gaussian fitted to them look alike
N_GREYS = 255  # the largest grey value of an image file
NORMALISED = ("mnist", "mnist-slice")  # data whose images are centred by their mass, as drawings then are, too


def encoded(array: NDArray[Any]) -> dict[str, Any]:
    """Return an array as JSON: type, shape, and its little-endian bytes in base 64."""
    content = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": b64encode(content).decode()}


def payload(study: Study) -> str:
    """Return the JSON text of everything the scripts compute with; it holds no "<" and can stand in a script element."""
    arrays = {name: encoded(array) for name, array in sorted(study.arrays(SLUG, SLUG).items())}
    record = {
        "plane_epochs": [],
        **study.details(SLUG, f"figures/{SLUG}"),
        "arrays": arrays,
        "threshold": study.params.generation.recognition_threshold,
    }
    return json.dumps(record, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")


def choices(labels: list[int], class_names: list[str]) -> list[dict[str, Any]]:
    """Return the test images to choose from: number, class, and what a screen reader calls them."""
    seen: Counter[int] = Counter()
    result = []
    for index, label in enumerate(labels):
        seen[label] += 1
        name = class_names[label]
        result.append({"index": index, "label": _("class %(name)s, image %(n)s", name=name, n=seen[label])})
    return result


def classes(class_names: list[str]) -> list[dict[str, Any]]:
    """Return the classes with the number of their colour."""
    return [{"index": i, "name": name, "colour": i % N_CLASS_COLOURS} for i, name in enumerate(class_names)]


def moments(epochs: list[int]) -> list[str]:
    """Return what the moments of training are called whose codes are kept: before it, after epochs, after it."""
    after = [ngettext("after %(n)s epoch", "after %(n)s epochs", n) for n in epochs if n > 0]
    return [*([_("before training")] if 0 in epochs else []), *after, _("after training")]


def restorers(codecs: list[str], denoisers: list[str], own_dims: dict[str, int]) -> list[dict[str, Any]]:
    """Return the models that are given the noisy image: trained on clean images, then trained to denoise.

    With the latent dimension of those whose is not the headline's.
    """
    return [{"name": name, "label": METHODS[name], "latent_dim": own_dims.get(name)} for name in (*codecs, *denoisers)]


def sheets(codecs: list[str]) -> list[dict[str, str]]:
    """Return the sheets of images: real ones, and which model decodes codes of which distribution."""
    return [{"name": name, "label": _(label)} for name, (codec, label) in SHEETS.items() if codec in {"", *codecs}]


def is_trained_on_range(denoisers: list[str]) -> bool:
    """Return whether the denoisers learnt from noise of every level up to a highest one."""
    return any(name.endswith("_range") for name in denoisers)


def noises(study: Study, denoisers: list[str]) -> list[dict[str, Any]]:
    """Return the kinds of noise, with the lowest and highest level that the denoisers shown were trained on."""
    plan = study.params.train_denoiser
    trained = {str(kind): (level, level) for kind, level in plan.one_level.items()}
    if is_trained_on_range(denoisers):
        trained = {str(kind): (0, high) for kind, high in plan.max_levels.items()}
    return [
        {"name": name, "label": label, "level": LEVELS[name], "trained": trained.get(name)}
        for name, label in CORRUPTIONS.items()
    ]


def panels(record: dict[str, Any], codecs: list[str]) -> list[dict[str, Any]]:
    """Return the models with the numbers of their codes in order: those shown at once, then the others."""
    ordered = {
        name: [{"index": index, "number": index + 1} for index in record["codes"][name]["order"]] for name in codecs
    }
    return [
        {
            "name": name,
            "label": CODECS[name],
            "is_variational": record["models"][name]["is_variational"],
            "shown": numbers[:N_SLIDERS],
            "others": numbers[N_SLIDERS:],
        }
        for name, numbers in ordered.items()
    ]


def spread(record: dict[str, Any]) -> dict[str, str] | None:
    """Return the least and the largest deviation of the AE's codes, where they are near those of N(0, I); else None."""
    deviations = record["codes"].get("ae", {}).get("std", [])
    if not deviations or min(deviations) < NEAR_NORMAL[0] or max(deviations) > NEAR_NORMAL[1]:
        return None
    return {"low": number(min(deviations), 1), "high": number(max(deviations), 1)}


def tiled(shape: list[int], n_columns: int, n_rows: int = 1) -> tuple[int, int]:
    """Return width and height in pixels of images side by side with a gap of one pixel, as the scripts paint them."""
    height, width = shape
    return n_columns * (width + 1) - 1, n_rows * (height + 1) - 1


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    record = study.details(SLUG, f"figures/{SLUG}")
    codecs = [name for name in CODECS if name in record["codes"]]
    class_names = [study.named(str(name)) for name in record["class_names"]]
    own_dims = {
        name: model["latent_dim"]
        for name, model in record["models"].items()
        if model["latent_dim"] != study.params.latent_dim
    }
    labels, shape = study.arrays(SLUG, SLUG)["image_labels"].tolist(), record["image_shape"]
    return {
        "choices": choices(labels, class_names),
        "classes": classes(class_names),
        "class_names": class_names,
        "has_plane": "planes" in record,
        "moments": moments(record.get("plane_epochs", [])),
        "codecs": panels(record, codecs),
        "lack": ""
        if codecs
        else lacking(study, "ae", "vae") or _("this page computes with fully connected networks only"),
        "restorers": restorers(codecs, record["denoisers"], own_dims),
        "sheets": sheets(codecs),
        "spread": spread(record),
        "noises": noises(study, record["denoisers"]),
        "has_denoisers": bool(record["denoisers"]),
        "is_range": is_trained_on_range(record["denoisers"]),
        "latent_dim": study.params.latent_dim,
        "n_film_images": N_FILM_IMAGES,
        "n_draws": N_DRAWS,
        "sheet_side": N_SHEET_SIDE,
        "n_sheet_images": N_SHEET_SIDE**2,
        "sizes": {
            "image": shape[::-1],
            "film": tiled(shape, N_FILM_IMAGES),
            "draws": tiled(shape, N_DRAWS),
            "sheet": tiled(shape, N_SHEET_SIDE, N_SHEET_SIDE),
        },
        "pair": [len(labels) // 3, len(labels) - 1],  # a path to begin with; images stand class by class
        "seed": record["seed"],
        "n_codes": len(study.arrays(SLUG, SLUG).get("plane.labels", ())),
        "threshold": percent(study.params.generation.recognition_threshold, 0),
        "is_normalised": study.params.dataset in NORMALISED,
        "rounding": number(N_GREYS * record["rounding_error"], 1),
        "epochs": study.params.epochs,
    }
