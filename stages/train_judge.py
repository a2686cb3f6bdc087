"""Train the judge, the classifier whose features and verdicts the evaluations use, and test it."""

from autoencoders.learning.checkpoints import Split, load_split, save_judge
from autoencoders.learning.judge import Judge, JudgePlan, train_judge
from autoencoders.statistics import interval
from foundation.parameters import Params
from foundation.paths import DATA_DIR, JUDGE_PATH, results_dir
from foundation.progress import Progress
from foundation.reproducibility.allocation import keep_freed_memory
from foundation.reproducibility.artifacts import load_dataset_info, write_json
from foundation.reproducibility.unfinished import FileKeeper
from foundation.stage import run_stage


def measure(judge: Judge, splits: dict[str, Split]) -> dict[str, object]:
    """Return the judge's accuracy on each split with the interval over images."""
    metrics: dict[str, object] = {}
    for name, split in splits.items():
        is_right = judge.predict(split.images) == split.labels.numpy()
        accuracy = interval(is_right[None].astype(float), bounds=(0.0, 1.0))
        metrics[f"accuracy_{name}"] = {**accuracy.as_dict(), "n_images": len(is_right)}
    return metrics


def main(params: Params, progress: Progress) -> None:
    """Train on the training images, measure on validation and test."""
    keep_freed_memory()
    train = load_split(DATA_DIR, "train")
    n_classes = len(load_dataset_info(DATA_DIR).class_names)
    plan = JudgePlan(**params.train_judge.model_dump())
    keeper = FileKeeper(progress, JUDGE_PATH, [plan, n_classes])
    with progress.steps(plan.epochs) as advance:
        advance(0, "epoch")
        judge = train_judge(
            train.images,
            train.labels,
            n_classes=n_classes,
            plan=plan,
            on_epoch=lambda epoch: advance(epoch, "epoch"),
            keeper=keeper,
        )
    metrics = measure(judge, {name: load_split(DATA_DIR, name) for name in ("validation", "test")})
    save_judge(JUDGE_PATH, judge)
    write_json(results_dir("train_judge") / "metrics.json", metrics)
    keeper.forget()


if __name__ == "__main__":
    run_stage("train_judge", main, n_threads=1)
