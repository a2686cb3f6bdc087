"""Collect what the page needs to compute codes and images by itself: networks, codes, images, maps of the plane.

Networks, their encoders during training and the judge are those of the first seed, as 16-bit floats; the distributions
fitted to codes are those that ``generation`` draws from; everything else is of the test images. Which array belongs to
what is said by ``explorer.json`` beside them.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from autoencoders.evaluation.fidelity import matrix_root
from autoencoders.evaluation.latent_space import plane_grid
from autoencoders.evaluation.samplers import Mixture, Whitening
from autoencoders.judging.judge import Judge
from autoencoders.learning.estimators import BaseAutoencoder
from autoencoders.learning.layers import Dense
from foundation.parameter_sections import ExplorerParams, TrainDenoiserParams
from foundation.parameters import Params, latent_dims
from foundation.paths import DATA_DIR, cell_dir, results_dir
from foundation.progress import Progress
from foundation.reproducibility.artifacts import DatasetInfo, load_dataset_info, write_arrays, write_json
from foundation.reproducibility.workers import measure_all
from foundation.stage import run_stage
from foundation.vocabulary import PLANE_DIM, JudgeName
from stages.protocol.context import Context, decode, load_context
from stages.protocol.geometry import plane_axes
from stages.protocol.sampling import fit_sampler
from stages.protocol.tables import Values
from stages.protocol.trained import load_codecs, load_denoisers, load_snapshots

CODECS = ("ae", "vae")
PARTS = ("encoder", "decoder")
JUDGE: JudgeName = "convolutional"
N_REAL_IMAGES = 108  # beside the samples: three sheets of 36
MARGIN = 0.15  # of the codes' box on each side of the plane: room to leave the codes
REACH = 2.0  # standard deviations from the mean code in which a dimension's effect on the image is measured

Arrays = dict[str, NDArray[Any]]
Snapshots = Mapping[str, Mapping[int, BaseAutoencoder]]  # by model and epoch


class Export(NamedTuple):
    """Arrays by name, and what they are."""

    arrays: Arrays
    record: dict[str, Any]


def export_network(codec: BaseAutoencoder, name: str, parts: tuple[str, ...] = PARTS) -> Export:
    """Return the weights of a network's parts as 16-bit floats, ``name.part.layer.weight``, and how to run them.

    Of a discretized logistic only the locations are kept, which are the mean image.
    """
    network = codec.network_
    is_logistic = network.likelihood == "discretized_logistic"
    arrays: Arrays = {}
    n_layers = dict.fromkeys(PARTS, 0)
    for part in parts:
        layers = [layer for layer in getattr(network, part) if isinstance(layer, Dense)]
        n_layers[part] = len(layers)
        for number, layer in enumerate(layers):
            is_output = part == "decoder" and number == len(layers) - 1
            n_kept = codec.n_features_in_ if is_output and is_logistic else layer.bias.shape[-1]
            arrays[f"{name}.{part}.{number}.weight"] = layer.weight.detach().numpy()[:, :n_kept].astype(np.float16)
            arrays[f"{name}.{part}.{number}.bias"] = layer.bias.detach().numpy()[:n_kept].astype(np.float16)
    record = {
        "latent_dim": codec.latent_dim,
        "is_variational": network.is_variational,
        "activation": codec.activation,
        "output": "clamp" if is_logistic else "identity" if network.is_linear else "sigmoid",
        "n_layers": n_layers,
    }
    return Export(arrays, record)


def rounding_error(codec: BaseAutoencoder, pixels: NDArray[np.float32]) -> float:
    """Return the largest change of a pixel of the reconstructions of images (n, n_pixels) by 16-bit weights."""
    rounded = deepcopy(codec)
    rounded.network_ = rounded.network_.half().float()
    reconstructions = [one.inverse_transform(one.transform(pixels)) for one in (codec, rounded)]
    return float(np.abs(reconstructions[0] - reconstructions[1]).max())


def denoiser_name(plan: TrainDenoiserParams, model: str) -> str | None:
    """Return the name of the denoiser of a model, the one trained on a range of levels if any; None if it has none."""
    regimes = sorted(plan.regimes, key=lambda regime: regime != "range")
    return f"{model}_{regimes[0]}" if model in plan.models and regimes else None


def chosen_images(labels: NDArray[np.int64], n_per_class: int) -> NDArray[np.int64]:
    """Return the positions of the first images of each class, class by class."""
    return np.concatenate([np.flatnonzero(labels == label)[:n_per_class] for label in np.unique(labels)])


def image_changes(context: Context, name: str, codes: Values) -> Values:
    """Return for each dimension the squared change of the image from one side of the mean code to the other."""
    walks = codes.mean(axis=0) + REACH * np.diag(codes.std(axis=0)) * np.array([-1.0, 1.0])[:, None, None]
    ends = decode(context.codec(name, context.seeds[0]), walks.reshape(-1, codes.shape[1]).astype(np.float32))
    first, last = ends.reshape(2, codes.shape[1], -1)
    return np.square(last - first).sum(axis=1, dtype=np.float64)


def describe_codes(context: Context, name: str) -> dict[str, Any]:
    """Return mean and deviation of each dimension of the test images' codes, and the dimensions by their effect."""
    codes = context.codec(name, context.seeds[0]).transform(context.test.pixels).astype(np.float64)
    order = np.argsort(-image_changes(context, name, codes), kind="stable")
    return {"mean": codes.mean(axis=0), "std": codes.std(axis=0), "order": order}


def export_plane(context: Context, name: str, chosen: NDArray[np.int64], sizes: tuple[int, int]) -> Export:
    """Return codes on the plane, and for a grid over it what a judge reads there and how sure it is (0..255).

    Args:
        context: At latent dimension 2.
        name: The codec.
        chosen: Images that the page shows: the plane is wide enough for them.
        sizes: How many codes, and how many points the map has on a side.
    """
    codec = context.codec(name, context.seeds[0])
    codes = np.asarray(codec.transform(context.test.pixels), dtype=np.float64)
    axes = plane_axes(codes, sizes[1], MARGIN)
    shown = [np.append(axis[[0, -1]], codes[chosen, number]) for number, axis in enumerate(axes)]
    axes = [np.linspace(values.min(), values.max(), sizes[1]) for values in shown]
    judge = context.readers.judge(JUDGE, context.place(context.seeds[0]))
    reading = judge.read(decode(codec, plane_grid(*axes)))
    arrays: Arrays = {
        "codes": codes[: sizes[0]].astype(np.float16),
        "chosen": codes[chosen].astype(np.float16),
        "confidence": np.rint(255 * reading.confidences).astype(np.uint8).reshape(sizes[1], sizes[1]),
        "classes": reading.classes.astype(np.uint8).reshape(sizes[1], sizes[1]),
    }
    ends = {"x": axes[0][[0, -1]], "y": axes[1][[0, -1]]}
    return Export({f"plane.{name}.{key}": array for key, array in arrays.items()}, ends)


def exported_models(context: Context) -> list[str]:
    """Return the models of the run that the page can compute with."""
    return [name for name in CODECS if name in context.codecs and can_compute(context.codec(name, context.seeds[0]))]


def can_compute(codec: BaseAutoencoder) -> bool:
    """Return whether the page has all kinds of layers of a model's network."""
    return codec.network_.is_fully_connected


def export_headline(context: Context) -> Export:
    """Return the networks at the headline latent dimension, statistics of their codes, distributions of the AE's."""
    codecs = {name: context.codec(name, context.seeds[0]) for name in exported_models(context)}
    exports = {name: export_network(codec, name) for name, codec in codecs.items()}
    fitted = export_fitted(context) if "ae" in codecs else Export({}, {"distributions": {}})
    arrays = merged([fitted.arrays, *(export.arrays for export in exports.values())])
    record = {
        "models": {name: export.record for name, export in exports.items()},
        "codes": {name: describe_codes(context, name) for name in codecs},
        **fitted.record,
        "rounding_error": max((rounding_error(codec, context.test.pixels) for codec in codecs.values()), default=0.0),
    }
    return Export(arrays, record)


def export_fitted(context: Context) -> Export:
    """Return the Gaussian and the mixture that ``generation`` fits to the codes of the AE's first seed."""
    mixture = cast(Mixture, fit_sampler(context, "ae_mixture", context.seeds[0]))
    inner, whitening = mixture.mixture_, mixture.whitening_
    roots = np.stack([matrix_root(covariance) for covariance in inner.covariances_])
    identity = np.eye(inner.means_.shape[1])
    arrays = merged(
        [
            export_distribution("ae_gaussian", whitening, 0 * identity[:1], identity[None]),
            export_distribution("ae_mixture", whitening, inner.means_, roots),
        ]
    )
    return Export(arrays, {"distributions": {"ae_gaussian": [1.0], "ae_mixture": inner.weights_}})


def export_distribution(name: str, whitening: Whitening, means: Values, roots: Values) -> Arrays:
    """Return a mixture of k Gaussians over codes m + e R with e from N(0, I): means (k, d), roots (k, d d).

    Args:
        name: Of the distribution.
        whitening: From codes to the coordinates in which the mixture is known.
        means: Of the components there, (k, d).
        roots: Of their covariances there, (k, d, d).
    """
    in_codes = (roots * whitening.deviations_) @ whitening.axes_.T
    arrays = {"means": whitening.inverse_transform(means), "roots": in_codes.reshape(len(means), -1)}
    return {f"distribution.{name}.{key}": array.astype(np.float16) for key, array in arrays.items()}


def export_judge(judge: Judge) -> Export:
    """Return the convolutional judge, channels innermost; batch normalisation as scale and shift of what is pooled.

    s = w / sqrt(v + eps), t = b + s (c - m), with the bias c of the convolution, mean m and variance v of the batches.
    """
    network: Any = judge.network
    layers = list(network.convolutions)
    arrays: dict[str, Tensor] = {}
    for number, (convolution, norm) in enumerate(zip(layers[::4], layers[2::4], strict=True)):
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        arrays |= {
            f"judge.convolutions.{number}.weight": convolution.weight.permute(2, 3, 1, 0).flatten(0, 2),
            f"judge.convolutions.{number}.scale": scale,
            f"judge.convolutions.{number}.shift": norm.bias + scale * (convolution.bias - norm.running_mean),
        }
    n_maps = layers[-4].out_channels
    hidden = network.hidden.weight.unflatten(1, (n_maps, -1)).transpose(1, 2).flatten(1)
    for name, weight in (("hidden", hidden), ("output", network.output.weight)):
        arrays |= {f"judge.{name}.weight": weight.T, f"judge.{name}.bias": getattr(network, name).bias}
    halves = {name: array.contiguous().numpy().astype(np.float16) for name, array in arrays.items()}
    return Export(halves, {"judge": {"kernel": layers[0].kernel_size[0], "n_convolutions": len(layers[::4])}})


def export_planes(context: Context, snapshots: Snapshots, chosen: NDArray[np.int64], sizes: tuple[int, int]) -> Export:
    """Return the decoders with codes of two numbers, their planes and where codes lay before, all by codec."""
    names = exported_models(context)
    networks = {
        f"plane_{name}": export_network(context.codec(name, context.seeds[0]), f"plane_{name}", ("decoder",))
        for name in names
    }
    planes = {name: export_plane(context, name, chosen, sizes) for name in names}
    arrays = merged([export.arrays for export in (*networks.values(), *planes.values())])
    arrays["plane.labels"] = context.test.labels.numpy()[: sizes[0]].astype(np.uint8)
    epochs = sorted(set.intersection(*(set(snapshots[name]) for name in names))) if names else []
    for name in names:
        codes = [snapshots[name][epoch].transform(context.test.pixels[: sizes[0]]) for epoch in epochs]
        arrays |= {f"plane.{name}.codes.{i}": one.astype(np.float16) for i, one in enumerate(codes)}
    record = {
        "models": {name: export.record for name, export in networks.items()},
        "planes": {name: export.record for name, export in planes.items()},
        "plane_epochs": epochs,
    }
    return Export(arrays, record)


def export_images(context: Context, info: DatasetInfo, chosen: NDArray[np.int64]) -> Export:
    """Return the chosen images as bytes (n, h, w) with their labels, real ones to compare with, the classes' names."""
    test, shape = context.test, context.image_shape
    sets = {"images": test.pixels[chosen], "real": context.reference_images(context.seeds[0])[:N_REAL_IMAGES]}
    arrays = {name: np.rint(255 * pixels).astype(np.uint8).reshape(-1, *shape) for name, pixels in sets.items()}
    arrays["image_labels"] = test.labels.numpy()[chosen].astype(np.uint8)
    return Export(arrays, {"image_shape": shape, "class_names": info.class_names})


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return all entries of dictionaries without common names."""
    return {name: entry for part in parts for name, entry in part.items()}


def measure(
    headline: Context,
    plane: Context | None,
    snapshots: Snapshots,
    denoisers: dict[str, Any],
    info: DatasetInfo,
    plan: ExplorerParams,
) -> Export:
    """Return everything the page computes with.

    Args:
        headline: The codecs at the headline latent dimension.
        plane: The codecs at latent dimension 2, None where the sweep has none.
        snapshots: The codecs at latent dimension 2 with the encoders that they had during training.
        denoisers: Codecs trained to denoise, by name.
        info: What the data are.
        plan: How much of them.
    """
    chosen = chosen_images(headline.test.labels.numpy(), plan.n_images_per_class)
    pieces = [partial(export_headline, headline)]
    if plane:
        pieces.append(partial(export_planes, plane, snapshots, chosen, (plan.n_codes, plan.map_size)))
    exports = [
        export_images(headline, info, chosen),
        export_judge(headline.readers.judge(JUDGE, headline.place(headline.seeds[0]))),
        *measure_all(pieces, lambda piece: piece()),
    ]
    networks = {name: export_network(codec, name) for name, codec in denoisers.items()}
    exports += [Export(network.arrays, {"models": {name: network.record}}) for name, network in networks.items()]
    return Export(
        merged([export.arrays for export in exports]),
        {
            **merged([export.record for export in exports]),
            "models": merged([export.record.get("models", {}) for export in exports]),
            "denoisers": list(denoisers),
            "seed": headline.seeds[0],
        },
    )


def save(export: Export, folder: Path) -> None:
    """Write the arrays and what they are."""
    write_arrays(folder / "explorer.safetensors", export.arrays)
    write_json(folder / "explorer.json", export.record)


def main(params: Params, progress: Progress) -> None:
    """Export the headline, the denoisers, the plane where the sweep has one, and the images to choose from."""
    headline = load_context(params, load_codecs(params.models, params.seeds, params.latent_dim))
    plane, snapshots = None, {}
    if PLANE_DIM in latent_dims(params):
        plane = replace(headline, codecs=load_codecs(params.models, params.seeds, PLANE_DIM))
        trained_planes = {name: plane.codec(name, params.seeds[0]) for name in exported_models(plane)}
        snapshots = {name: load_snapshots(cell_dir(name, PLANE_DIM), codec) for name, codec in trained_planes.items()}
    trained = load_denoisers(params.train_denoiser, params.models, params.seeds)
    wanted = [model for model in CODECS if model in params.models]
    names = filter(None, (denoiser_name(params.train_denoiser, model) for model in wanted))
    chosen = {name: trained[name][params.seeds[0]] for name in names}
    denoisers = {name: codec for name, codec in chosen.items() if can_compute(codec)}
    progress.say("networks, codes and maps")
    export = measure(headline, plane, snapshots, denoisers, load_dataset_info(DATA_DIR), params.explorer)
    save(export, results_dir("explorer") / "figures")


if __name__ == "__main__":
    run_stage("explorer", main, n_threads=1)
