"""Numbers of a run as a sentence quotes them: the mean, its unit and its interval, looked up in the tables."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from foundation.parameters import latent_dims
from report.texts.claims import SCALES, Scale
from report.texts.tables import estimate, find
from report.views.ledger import written
from report.views.study import Row, Study
from report.views.verdicts import parts_of, shares_of

TWO_DIGITS, ONE_DIGIT = Scale(2), Scale(1)
Answer = TypeVar("Answer")


class UnmeasuredError(Exception):
    """A number that this run does not have."""


def quoted(row: Mapping[str, Any] | None, scale: Scale) -> str:
    """Return a stored mean with its unit and its interval.

    Raises:
        UnmeasuredError: if there is none.
    """
    if row is None or row["mean"] is None:
        raise UnmeasuredError
    return estimate(written(row, scale))


@dataclass(frozen=True)
class Facts:
    """Looks up the numbers of a study; what was not measured raises ``UnmeasuredError``."""

    study: Study

    def row(self, slug: str, name: str, **keys: Any) -> Row:
        """Return the stored entry of a table with these keys."""
        found = find(self.study.table(slug, name), **keys)
        if found is None or found["mean"] is None:
            raise UnmeasuredError
        return dict(found)

    def part(self, name: str) -> str:
        """Return the primary number of a part of a claim."""
        found = parts_of(self.study)[name]
        return quoted(found["primary"], SCALES[found["metric"]])

    def error(self, codec: str, latent_dim: int) -> Row:
        """Return the squared error of a model at a latent dimension."""
        return self.row("compression", "quality", codec=codec, metric="se", latent_dim=latent_dim)

    def way(self, source: str) -> str:
        """Return how far samples come on the way to real images."""
        row = find(shares_of(self.study), source=source, family="convolutional", measure="frechet", votes=True)
        return quoted(row, SCALES["share_of_way"])

    def used(self) -> tuple[bool, dict[str, str]]:
        """Return whether the VAE uses all numbers of the longest code, and the code's length and their number in words."""
        longest = max(latent_dims(self.study.params))
        active = self.row("vae_activity", "activity_totals", measure="active_units", latent_dim=longest)
        return active["mean"] == longest, {"longest": str(longest), "active": quoted(active, ONE_DIGIT)}

    def betas(self) -> tuple[float, float]:
        """Return the smallest and the largest weight that was trained beside the VAE's own.

        Raises:
            UnmeasuredError: if there are not two.
        """
        betas = self.study.params.train_beta.betas
        if min(betas) == max(betas):
            raise UnmeasuredError
        return min(betas), max(betas)

    def divergence(self, beta: float) -> Row:
        """Return the KL divergence of the VAE trained with a weight."""
        return self.row("vae_anatomy", "betas", beta=beta, measure="kl_nats")


def measured(study: Study, recipes: Mapping[str, Callable[[Facts], Answer]]) -> Iterator[tuple[str, Answer]]:
    """Yield what each recipe makes of the numbers of a study, those left out whose numbers this run does not have."""
    for key, recipe in recipes.items():
        with suppress(UnmeasuredError):
            yield key, recipe(Facts(study))
