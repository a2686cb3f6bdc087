"""Run by the interpreter of the peer's environment: train one Pythae model, an epoch for each line of stdin.

    python pythae_worker.py MODEL EPOCHS FOLDER

FOLDER holds train.npy and test.npy, (n, 1, 28, 28) float32. On stdout, a JSON object a line: first the versions, then
the seconds of each epoch, at last the test quality. Everything but MODEL, EPOCHS and the data is Pythae's default.
"""

import json
import os
import sys
import time

import numpy as np

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # whatever the library prints goes to stderr


def answer(**content: object) -> None:
    """Print one JSON line at once."""
    answers.write(json.dumps(content) + "\n")
    answers.flush()


def main() -> None:
    """Train the model named on the command line."""
    import pythae.models
    import torch
    from pythae.data.datasets import BaseDataset
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    name, epochs, folder = sys.argv[1].upper(), int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

    class Stepwise(TrainingCallback):
        def on_epoch_begin(self, training_config, **kwargs):
            if not sys.stdin.readline():
                os._exit(0)  # the benchmark ended
            self.start = time.perf_counter()

        def on_epoch_end(self, training_config, **kwargs):
            answer(seconds=time.perf_counter() - self.start)

    train, test = (torch.from_numpy(np.load(f"{folder}/{part}.npy")) for part in ("train", "test"))
    config = getattr(pythae.models, f"{name}Config")(input_dim=(1, 28, 28), latent_dim=16)
    torch.manual_seed(0)
    model = getattr(pythae.models, name)(config)
    plan = BaseTrainerConfig(output_dir=f"{folder}/{name}", num_epochs=epochs, no_cuda=True)
    trainer = BaseTrainer(
        model, BaseDataset(train, torch.zeros(len(train))), training_config=plan, callbacks=[Stepwise()]
    )
    answer(
        torch=torch.__version__.split("+")[0],
        threads=torch.get_num_threads(),
        batch_size=plan.per_device_train_batch_size,
        learning_rate=plan.learning_rate,
    )
    trainer.train()
    trained = trainer.model.eval()
    torch.manual_seed(0)
    with torch.no_grad():
        # AE: squared error an image; VAE: half of it plus the KL term, one code drawn an image
        answer(quality=trained({"data": test}).loss.item())


main()
