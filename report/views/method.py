"""The models as they were built: layers and parameter counts read from the trained modules."""

import math
from collections.abc import Callable
from typing import Any

from foundation.models import MODELS
from report.texts.labels import ACTIVATIONS, CODECS, INITIALISATIONS, LIKELIHOODS, SCHEDULES
from report.texts.language import N_, _
from report.texts.tables import Column, Entry, Table, TableRow, general, number
from report.views.figures import Architecture, Layers
from report.views.study import Study

DRAWN = [name for name, model in MODELS.items() if not model.is_linear]
SOURCE = "learning_curves/metrics.json"
WORDS = {
    "encoder": N_("encoder"),
    "decoder": N_("decoder"),
    "loss": N_("loss R: how far x̂ is from x"),
    "divergence": N_("loss K: how far this is from N(0, I)"),
    "from_fitted": N_("new codes: from a distribution fitted afterwards"),
    "from_prior": N_("new codes: from N(0, I)"),
}
PROPERTIES: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    N_("layers"): lambda cell, plan: _("fully connected") if cell["is_fully_connected"] else _("convolutional"),
    N_("encoder widths"): lambda cell, plan: " → ".join(map(str, [*cell["encoder_widths"][:-1], cell["latent_dim"]])),
    N_("parameters"): lambda cell, plan: number(cell["n_parameters"], 0),
    N_("activation"): lambda cell, plan: ACTIVATIONS.get(plan.get("activation", ""), _("none")),
    N_("likelihood"): lambda cell, plan: LIKELIHOODS[plan.get("likelihood", "gaussian")],
    N_("epochs"): lambda cell, plan: str(plan["epochs"]),
    N_("weight of the regularisation"): lambda cell, plan: general(plan.get("beta", plan.get("code_weight", 0))),
    N_("weight decay of the decoder"): lambda cell, plan: general(plan.get("decoder_decay", 0)),
    N_("batch size"): lambda cell, plan: str(plan["batch_size"]),
    N_("peak learning rate"): lambda cell, plan: general(plan["learning_rate"]),
    N_("learning rate schedule"): lambda cell, plan: SCHEDULES[plan["schedule"]],
    N_("Adam's β₂"): lambda cell, plan: general(plan["adam_beta_2"]),
    N_("first weights"): lambda cell, plan: INITIALISATIONS[plan["initialisation"]],
}


def cells_at_headline(study: Study) -> dict[str, dict[str, Any]]:
    """Return the trained cells at the headline latent dimension by model."""
    return {
        cell["model"]: cell
        for cell in study.metrics("learning_curves")["cells"]
        if cell["role"] == "sweep" and cell["latent_dim"] == study.params.latent_dim
    }


def sizes(cells: dict[str, dict[str, Any]]) -> Table:
    """Return layers, parameters and training plan, one column per model."""
    models = [model for model in CODECS if model in cells]
    rows = [
        TableRow("", _(label), [Entry(text(cells[model], cells[model]["parameters"])) for model in models])
        for label, text in PROPERTIES.items()
    ]
    caption = _("Networks and training at the headline latent dimension; the decoder mirrors the encoder.")
    return Table(caption, "", [Column(CODECS[model]) for model in models], rows, SOURCE)


def layers(model: str, cell: dict[str, Any]) -> Layers:
    """Return what the drawing needs of a cell."""
    title = _("%(model)s: %(n)s parameters", model=CODECS[model], n=number(cell["n_parameters"], 0))
    return Layers(
        model, title, cell["encoder_widths"], cell["decoder_widths"], cell["latent_dim"], cell["is_variational"]
    )


def drawn(cells: dict[str, dict[str, Any]]) -> dict[str, Architecture]:
    """Return a drawing of one network whose code is a point and of one whose code is drawn, as far as trained."""
    found = {cell["is_variational"]: (name, cell) for name, cell in reversed(cells.items()) if name in DRAWN}
    words = {key: _(text) for key, text in WORDS.items()}
    return {
        CODECS[name]: Architecture(f"method-architecture-{name}", [layers(name, cell)], words, source=SOURCE)
        for name, cell in (found[key] for key in sorted(found))
    }


def view(study: Study) -> dict[str, Any]:
    """Return what the section shows."""
    cells = cells_at_headline(study)
    return {
        "architectures": drawn(cells),
        "sizes": sizes(cells),
        "has_control": "linear_ae" in cells,
        "is_informed": any(cell["parameters"]["initialisation"] == "informed" for cell in cells.values()),
        "latent_dim": study.params.latent_dim,
        "n_pixels": number(math.prod(study.metrics("prepare")["image_shape"]), 0),
        "beta": general(study.params.vae.beta),
        "n_seeds": len(study.params.seeds),
        "likelihood": LIKELIHOODS[study.params.network.likelihood],
        "has_rae": "rae" in cells,
        "code_weight": general(study.params.rae.code_weight),
        "decoder_decay": general(study.params.rae.decoder_decay),
        "is_convolutional": study.params.network.architecture == "convolutional",
    }
