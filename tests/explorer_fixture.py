"""A small explorer: random networks on random images, exported as the stage does, and the page that shows it."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import yaml

from autoencoders.judging.judge import Judge
from autoencoders.learning.checkpoints import Split
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.layers import initialise
from autoencoders.learning.models import MODELS
from foundation.parameters import Params, latent_dims, parse_params
from foundation.reproducibility.artifacts import DatasetInfo
from report.page import environment, read_assets
from report.views import explorer as views
from report.views.study import Study
from stages import explorer
from stages.protocol.context import Context
from stages.report import SCRIPTS, STYLES
from tests.import_closure import ROOT
from tests.readers_fixture import UntrainedReaders

SHAPE = (28, 28)
ASSETS = ROOT / "report" / "assets"
WIDGET_SCRIPTS = tuple(name for name in SCRIPTS if name != "page.js")
SECTION = SimpleNamespace(slug="explorer", title="Explore")
INFO = DatasetInfo("random", "Random", ["a", "<b>", "c", "d"], list(SHAPE), 60, 10, 40, {}, "none", "none")


def random_images(n: int, seed: int) -> Split:
    images = np.random.default_rng(seed).random((n, 1, *SHAPE), dtype=np.float32)
    return Split(torch.from_numpy(np.rint(255 * images) / np.float32(255)), torch.arange(n) % 4)


def random_codec(
    model: str, latent_dim: int, activation: str = "silu", likelihood: str = "bernoulli", seed: int = 0
) -> BaseAutoencoder:
    """An estimator with random weights, biases too, wide enough apart to reach every branch of an activation."""
    settings: dict[str, Any] = {"hidden_dims": (12, 8), "activation": activation, "likelihood": likelihood}
    codec = MODELS[model](latent_dim, **settings)
    codec.n_features_in_ = SHAPE[0] * SHAPE[1]
    codec.network_ = codec.build_network(codec.n_features_in_).eval().requires_grad_(requires_grad=False)
    stream = torch.Generator().manual_seed(seed)
    initialise(codec.network_, stream)
    for name, weights in codec.network_.named_parameters():
        if name.endswith("bias"):
            weights.normal_(generator=stream)
    return codec


def small_params(**changes: Any) -> Params:
    raw = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    plan = {"n_codes": 20, "n_images_per_class": 2, "map_size": 8}
    return parse_params({**raw, "latent_dim": 5, "seeds": [0], "explorer": plan, **changes})


def small_export(
    params: Params,
    activation: str = "silu",
    likelihood: str = "bernoulli",
    denoisers: tuple[str, ...] = ("ae_range",),
    judge: Judge | None = None,
) -> explorer.Export:
    readers = UntrainedReaders(n_classes=4)
    if judge:
        readers.judges[explorer.JUDGE, 0] = judge
    train, test = random_images(60, 0), random_images(40, 1)
    made = partial(random_codec, activation=activation, likelihood=likelihood)

    def context_at(latent_dim: int) -> Context:
        codecs = {model: {0: made(model, latent_dim, seed=number)} for number, model in enumerate(("ae", "vae"))}
        return Context(params.generation, (0,), codecs, readers, {"train": train, "test": test})  # type: ignore[arg-type]

    plane = context_at(2) if 2 in latent_dims(params) else None
    earlier = {name: {epoch: made(name, 2, seed=5 + epoch) for epoch in (0, 1, 5)} for name in explorer.CODECS}
    restorers = {name: made(name.split("_")[0], params.latent_dim, seed=2) for name in denoisers}
    return explorer.measure(context_at(params.latent_dim), plane, earlier, restorers, INFO, params.explorer)


def small_study(folder: Path, params: Params, export: explorer.Export) -> Study:
    explorer.save(export, folder / "explorer" / "figures")
    return Study(params, folder, {})


def page_of(study: Study, change: Any = lambda payload: payload) -> str:
    """The section alone on a page, mounted as the page does it, twice: in two editions."""
    template = environment(str(ROOT / "report" / "templates")).get_template("sections/explorer.html.j2")
    editions = "".join(
        f'<div class="edition" lang="{language}" id="{language}"><main>'
        f"{template.render(view=views.view(study), language=language, section=SECTION)}</main></div>"
        for language in ("en", "pl")
    )
    assets = read_assets(ASSETS, STYLES, WIDGET_SCRIPTS)
    mount = (
        "const kept = new Map(), remember = (key, value) => kept.set(key, value), recall = (key) => kept.get(key);"
        'for (const root of document.querySelectorAll("[data-widget]")) WIDGETS[root.dataset.widget](root);'
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>explorer</title>'
        f"<style>{assets.style}</style></head><body>{editions}"
        f'<script type="application/json" id="explorer-data">{change(views.payload(study))}</script>'
        f'<script>(() => {{ "use strict";\n{assets.script}\n{mount} }})();</script></body></html>'
    )
