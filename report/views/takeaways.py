"""The one sentence that a section opens with, made from verdicts."""

from collections.abc import Iterable

from report.texts.language import _
from report.texts.takeaways import TAKEAWAYS, TOGETHER
from report.views.ledger import named_axes
from report.views.study import Study
from report.views.verdicts import leaning, parts_of, votes


def clauses(study: Study, *names: str) -> list[str]:
    """Return a clause for each of some parts of claims by its verdict; none for a part that is not judged."""
    parts = [(name, parts_of(study)[name]) for name in names]
    return [
        _(TAKEAWAYS[name].get(leaning(part), TAKEAWAYS[name][part["verdict"]]), axes=named_axes(part), **votes(part))
        for name, part in parts
        if part["verdict"] != "not_judged"
    ]


def sentence(said: Iterable[str]) -> str:
    """Return clauses as one sentence, nothing if there is none.

    >>> sentence(["an AE reduces", "it keeps"]), sentence([])
    ('An AE reduces; it keeps.', '')
    """
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def takeaway(study: Study, *names: str) -> str:
    """Return what the verdicts of some parts of claims come down to; nothing where none is judged."""
    return sentence(clauses(study, *names))


def together(study: Study, first: str, second: str) -> str:
    """Return what two parts have in common, each by itself where they have nothing."""
    parts = [parts_of(study)[name] for name in (first, second)]
    said = TOGETHER[first, second].get((parts[0]["verdict"], parts[1]["verdict"]))
    axes = {named_axes(part) for part in parts}
    return sentence([_(said, axes=axes.pop())]) if said and len(axes) == 1 else takeaway(study, first, second)
