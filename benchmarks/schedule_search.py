"""Which plan reaches the most in the fewest epochs: a grid on validation images, written to schedule_search.csv.

``python -m benchmarks.schedule_search`` trains two seeds of both of Pythae's networks under every plan, about fifteen
minutes on two idle cores; test images are not read. ``python -m benchmarks`` takes its plans from the table.
"""

from itertools import product

from autoencoders.learning.checkpoints import load_split
from benchmarks.quality import Plan, train_and_measure
from benchmarks.settings import PEER_MODELS, SEARCH_PATH
from foundation.paths import DATA_DIR
from foundation.reproducibility.artifacts import write_csv

EPOCHS = (1, 2, 3)
BATCH_SIZES = (128, 256)
LEARNING_RATES = (0.002, 0.004, 0.008)
SCHEDULES = ("one_cycle", "cosine")
SEARCH_SEEDS = (0, 1)


def list_plans() -> list[Plan]:
    """Return the grid, shortest first."""
    return [Plan(*values) for values in product(EPOCHS, BATCH_SIZES, LEARNING_RATES, SCHEDULES)]


def main(grid: list[Plan] | None = None, n_images: int | None = None) -> None:
    """Train every plan and write the table, also after each row, so that nothing is lost."""
    train = load_split(DATA_DIR, "train").pixels[:n_images]
    validation = load_split(DATA_DIR, "validation").pixels
    rows: list[dict[str, object]] = []
    for model, plan in product(PEER_MODELS, grid or list_plans()):
        seconds, reached = train_and_measure(model, plan, SEARCH_SEEDS, train, validation)
        rows.append({"model": model, **plan._asdict(), "worst": max(reached), "mean": sum(reached) / len(reached)})
        write_csv(SEARCH_PATH, rows)
        print(f"{model} {plan}: {max(reached):.3f} in {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
