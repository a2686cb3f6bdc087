"""Train the judges of one architecture, whose features and readings the evaluations use, and test what they recognise.

Photographs are the kind of images that no judge ever learnt to reject.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_sample_images
from torch import Tensor

from autoencoders.judging.checkpoints import save_judge
from autoencoders.judging.judge import Judge
from autoencoders.judging.negatives import make_foreign
from autoencoders.judging.training import JudgePlan, train_judge
from autoencoders.learning.checkpoints import Split, load_split
from autoencoders.statistics import interval
from foundation.parameter_sections import TrainJudgeParams
from foundation.parameters import Params
from foundation.paths import DATA_DIR, judge_path, results_dir
from foundation.progress import Progress
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.artifacts import load_dataset_info, write_json
from foundation.reproducibility.randomness import numpy_stream, torch_stream
from foundation.reproducibility.unfinished import FileKeeper
from foundation.stage import run_stage
from foundation.vocabulary import JUDGES, JudgeName

CHECK_SEED = 0
N_PHOTOGRAPHS = 2000
RECOGNISED = 0.5  # confidence: likelier that class than everything else together


def cut_photographs(n: int, image_shape: tuple[int, int]) -> Tensor:
    """Return n grey pieces (n, 1, h, w) of scikit-learn's two sample photographs, in [0, 1]."""
    height, width = image_shape
    stream = numpy_stream(CHECK_SEED, "train_judge/photographs")
    photographs = [photograph.mean(axis=2) / 255 for photograph in load_sample_images().images]
    pieces = []
    for i in range(n):
        photograph = photographs[i % len(photographs)]
        top, left = (stream.integers(extent - side) for extent, side in zip(photograph.shape, image_shape, strict=True))
        pieces.append(photograph[top : top + height, left : left + width])
    return torch.tensor(np.stack(pieces), dtype=torch.float32).unsqueeze(1)


def make_checks(test: Split) -> dict[str, Tensor]:
    """Return the images whose recognition is measured: real ones, those of no class, photographs."""
    foreign = make_foreign(test.images, test.labels, torch_stream(CHECK_SEED, "train_judge/foreign"))
    return {"test": test.images, **foreign, "photographs": cut_photographs(N_PHOTOGRAPHS, test.image_shape)}


def measure(judges: list[Judge], splits: Mapping[str, Split]) -> dict[str, object]:
    """Return accuracy by split and share recognised by kind of image, with the interval over judges and images."""

    def share(values: list[np.ndarray]) -> dict[str, object]:
        table = np.stack(values).astype(np.float64)
        return {**interval(table, bounds=(0.0, 1.0)).as_dict(), "n_images": table.shape[1]}

    accuracies = {
        f"accuracy_{name}": share([judge.predict(split.images) == split.labels.numpy() for judge in judges])
        for name, split in splits.items()
    }
    checks = make_checks(splits["test"])
    recognised = {
        name: share([judge.confidences(images) > RECOGNISED for judge in judges]) for name, images in checks.items()
    }
    return {**accuracies, "recognised": recognised}


def plans(section: TrainJudgeParams, name: JudgeName) -> list[JudgePlan]:
    """Return how an architecture is trained under each seed."""
    settings = getattr(section, name).model_dump()
    return [JudgePlan(name, **settings, max_shift=section.max_shift, seed=seed) for seed in section.seeds]


def main(params: Params, progress: Progress) -> None:
    """Train the architecture named on the command line under every seed, measure on validation and test images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", choices=JUDGES, required=True)
    name = parser.parse_args().judge
    keep_freed_memory()
    train = load_split(DATA_DIR, "train")
    n_classes = len(load_dataset_info(DATA_DIR).class_names)
    judges: dict[Path, Judge] = {}
    keepers: list[FileKeeper] = []
    planned = plans(params.train_judge, name)
    with progress.steps(sum(plan.epochs for plan in planned)) as advance:
        for plan in planned:

            def report(epoch: int, plan: JudgePlan = plan) -> None:
                advance(len(judges) * plan.epochs + epoch, f"{name}, seed {plan.seed}, epoch")

            report(0)
            path = judge_path(name, plan.seed)
            keepers.append(FileKeeper(progress, path, [plan, n_classes]))
            judges[path] = train_judge(
                train.images, train.labels, n_classes=n_classes, plan=plan, on_epoch=report, keeper=keepers[-1]
            )
    metrics = measure(list(judges.values()), {split: load_split(DATA_DIR, split) for split in ("validation", "test")})
    for path, judge in judges.items():
        save_judge(path, judge)
    write_json(results_dir("train_judge") / f"{name}.json", metrics)
    for keeper in keepers:
        keeper.forget()


if __name__ == "__main__":
    run_stage("train_judge", main, n_threads=1)
