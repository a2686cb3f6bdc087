"""Where the verdicts do not hold: sentences made from the table of robustness.

A change is an exception where its verdict is not that of the default. One that does not reach a part says nothing about
it and is not counted. Families of features are no changes: they are cells of the default.
"""

from collections.abc import Sequence

from report.texts.changes import CHANGES, GROUPS, KINDS
from report.texts.claims import VERDICTS
from report.texts.language import _, localised, ngettext
from report.texts.tables import OR, capital, listed
from report.views.study import Study
from report.views.verdicts import claims_of
from robustness.table import DEFAULT, FAMILY, LENGTH, Entry, final_verdict, reaches

FEW = 2  # values of one kind that are named one by one where a word says as much
MANY, MANY_OF_SEVERAL = 3, 2  # groups of changes that a short text still names: of one part, of each of several


def default_of(study: Study, part: str) -> Entry | None:
    """Return the entry of a part under the parameters of the study; None where no change was tried."""
    return next((found for found in study.robustness if found.part == part and found.kind == DEFAULT), None)


def changes_of(study: Study, part: str) -> list[Entry]:
    """Return the entries of a part under the changes of the study that reach it; empty where none was tried."""
    default = default_of(study, part)
    return [
        found
        for found in study.robustness
        if found.part == part and found.kind not in {DEFAULT, FAMILY} and default and reaches(found, default)
    ]


def exceptions_of(study: Study, part: str) -> list[Entry]:
    """Return the entries of the changes that give a part another verdict than the default."""
    default = default_of(study, part)
    return [found for found in changes_of(study, part) if default and found.verdict != default.verdict]


def grouped(study: Study, found: Sequence[Entry]) -> list[str]:
    """Return changes in words, those of one kind together where one phrase names them all."""
    kinds: dict[str, list[str]] = {}
    for entry in found:
        kinds.setdefault(entry.kind, []).append(entry.condition)
    return [phrase for kind, names in kinds.items() for phrase in _phrases(study, kind, names)]


def _phrases(study: Study, kind: str, names: Sequence[str]) -> list[str]:
    together = " ".join(sorted(names))
    if together in GROUPS:
        return [GROUPS[together]]
    values = [name.removeprefix(f"{kind}_") for name in names]
    if kind == "latent_dim" and len(values) > FEW:
        return [_lengths(study, [int(value) for value in values])]
    if kind in KINDS:
        return [_(KINDS[kind], values=listed([localised(value) for value in values], OR))]
    return [CHANGES[name] for name in names]


def _lengths(study: Study, lengths: Sequence[int]) -> str:
    """Return lengths of the code, more than a few, in a phrase that lists none."""
    names = {found.condition for found in study.robustness if found.kind == "latent_dim"}
    tried = {int(name.removeprefix("latent_dim_")) for name in names}
    if set(lengths) == {length for length in tried if length < study.params.latent_dim}:
        return _("with shorter codes")
    if set(lengths) == tried:
        return _("with every other length of the code")
    return _("with %(n)s of the %(all)s other lengths of the code", n=len(lengths), all=len(tried))


def exceptions(study: Study, part: str) -> str:
    """Return in full under which changes of the study a part has another verdict; empty where none was tried."""
    changed, others = changes_of(study, part), exceptions_of(study, part)
    if not changed:
        return ""
    n = len(changed)
    if not others:
        return ngettext(
            "The verdict is the same under the one change of the study that can affect it.",
            "The verdict is the same under all %(n)s changes of the study that can affect it.",
            n,
        )
    by_verdict = {found.verdict: [one for one in others if one.verdict == found.verdict] for found in others}
    said = [
        turned(study, part),
        _("Under %(k)s of %(n)s changes of the study the verdict is another one.", k=len(others), n=n),
        *(
            _("%(verdict)s: %(changes)s.", verdict=capital(VERDICTS[verdict]), changes=listed(grouped(study, entries)))
            for verdict, entries in by_verdict.items()
        ),
    ]
    return " ".join(filter(None, said))


def turned(study: Study, part: str) -> str:
    """Return that longer training turns the default's verdict of a part round; empty where it does not."""
    own = default_of(study, part)
    if own is None or LENGTH not in final_verdict(study.robustness, part).axes:
        return ""
    return ngettext(
        "After %(n)s epoch alone the verdict would be: %(verdict)s; longer training turns it.",
        "After %(n)s epochs alone the verdict would be: %(verdict)s; longer training turns it.",
        study.params.epochs,
        verdict=VERDICTS[own.verdict],
    )


def _in_short(study: Study, part: str, many: int) -> str:
    """Return under which changes a part has another verdict: up to so many phrases, else a rough share of those tried."""
    found = exceptions_of(study, part)
    phrases = grouped(study, found)
    if len(phrases) <= many:
        return listed(phrases)
    is_most = 2 * len(found) > len(changes_of(study, part))
    return _("under most of the changes tried") if is_most else _("under several of the changes tried")


def holds_except(study: Study, claim: str) -> str:
    """Return in a few words where the verdicts of a claim's parts hold; empty where no change was tried."""
    parts = list(claims_of(study)[claim]["parts"])
    n, many = len(changes_of(study, parts[0])), MANY if len(parts) == 1 else MANY_OF_SEVERAL
    found = {part: said for part in parts if (said := _in_short(study, part, many))}
    if not n:
        return ""
    if not found:
        return ngettext(
            "holds under the one change that can affect it", "holds under all %(n)s changes that can affect it", n
        )
    if len(parts) == 1:
        return _("holds except %(changes)s", changes=found[parts[0]])
    named = [
        _("(%(letter)s) %(changes)s", letter=part.removeprefix(claim), changes=said) for part, said in found.items()
    ]
    return _("holds except %(changes)s", changes="; ".join(named))
