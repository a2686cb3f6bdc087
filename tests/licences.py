"""The licences of everything the study runs on, as LICENSES.md lists them.

``python -m tests.licences`` (``make licences``) writes the list: of every package that requirements.lock pins for the
system it runs on, what the installed package says of itself, and of every dataset what its entry says.
"""

import re
from collections.abc import Mapping
from importlib import metadata
from typing import NamedTuple

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement

from foundation.datasets import DATASETS
from tests.import_closure import ROOT

LOCK_PATH = ROOT / "requirements.lock"
LIST_PATH = ROOT / "LICENSES.md"
NVIDIA = "LicenseRef-NVIDIA-Proprietary"
BSD = "LicenseRef-BSD"  # the package does not say which of the BSD licences
CLASSIFIER = "License :: "

FREE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "EPL-1.0", "EPL-2.0", "GPL-2.0-only", "GPL-2.0-only WITH GCC-exception-2.0", "GPL-2.0-or-later", "ISC", "MIT",
    "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "ZPL-2.1", "Zlib", BSD,
}  # fmt: skip
ALIASES = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": BSD,
    "BSD 3-Clause License": "BSD-3-Clause",
    "BSD License": BSD,
    "GPLv2 with linking exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "GPLv2 | EPLv1": "GPL-2.0-only OR EPL-1.0",
    "ISC License (ISCL)": "ISC",
    "ISC license": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "NVIDIA Proprietary Software": NVIDIA,
    "New BSD": "BSD-3-Clause",
    "Python Software Foundation License": "PSF-2.0",
    "Zope Public License": "ZPL-2.1",
}  # what packages write where SPDX's names were meant
UNSTATED = {"cuda-toolkit": NVIDIA}  # an empty package of NVIDIA's that only requires others and says nothing
HEAD = """\
# Licences

`make licences` writes this list. The code of this repository is under the [MIT licence](LICENSE). Packages
come from the package index and data from their publishers; of these the repository holds only the slices for tests.
"""
FREE_HEAD = """
## Packages

What `requirements.lock` pins for Linux on x86-64, each under a free licence. The licence is what the installed package
says of itself, in SPDX's names; `LicenseRef-BSD` stands for one that does not say which of the BSD licences. Two
versions: one for Python 3.11, one for later ones.
"""
NVIDIA_HEAD = """
## NVIDIA's libraries: not free

PyTorch's build for CUDA needs them. They are proprietary: free of charge, to be used and passed on under NVIDIA's own
terms only. A build for the CPU (README, "Two commands") needs none of them.
"""
DATA_HEAD = """
## Data

| dataset | licence | described at |
|---|---|---|
"""


class LicenceError(ValueError):
    """A package states no licence, or none that is known; the message is one line."""


class Pinned(NamedTuple):
    """A package of this system: the versions that the lock pins, for this and other Pythons, and its licence."""

    name: str
    versions: tuple[str, ...]
    licence: str


def normalised(stated: str) -> str | None:
    """Return a stated licence in SPDX's names by its first line (a whole text may follow), None in no known form.

    >>> normalised("apache-2.0 and mit"), normalised("Apache License 2.0"), normalised("see the file")
    ('Apache-2.0 AND MIT', 'Apache-2.0', None)
    """
    first = stated.strip().partition("\n")[0].strip()
    try:
        return ALIASES.get(first) or canonicalize_license_expression(first)
    except InvalidLicenseExpression:
        return None


def licence_of(name: str, about: metadata.PackageMetadata) -> str:
    """Return the licence that a package states: as an expression, else by its short name, else by its classifiers.

    Raises:
        LicenceError: if it states none in a known form.
    """
    classifiers = [each for each in about.get_all("Classifier") or [] if each.startswith(CLASSIFIER)]
    several = sorted({normalised(each.rpartition(" :: ")[2]) or "" for each in classifiers})
    classified = " AND ".join(several) if all(several) else ""
    stated = [about.get("License-Expression"), about.get("License"), classified, UNSTATED.get(name)]
    found = next(filter(None, map(normalised, filter(None, stated))), None)
    if found is None:
        said = " / ".join(" ".join(text.split())[:60] for text in (*filter(None, stated), *classifiers))
        raise LicenceError(f"{name}: expected a licence in SPDX's names or one of ALIASES, got {said or 'none'}")
    return found


def is_free(licence: str) -> bool:
    """Return whether every licence that an expression names is a free one.

    >>> is_free("MPL-2.0 AND (Apache-2.0 OR MIT)"), is_free("MIT OR SSPL-1.0")
    (True, False)
    """
    return all(part in FREE for part in re.split(r" AND | OR ", licence.replace("(", "").replace(")", "")))


def refused(licences: Mapping[str, str]) -> list[str]:
    """Return the packages whose licence is neither free nor NVIDIA's own, each with it."""
    return [f"{name}: {licence}" for name, licence in licences.items() if licence != NVIDIA and not is_free(licence)]


def locked() -> list[Requirement]:
    """Return what the lock pins, for all systems and Pythons, in its order."""
    lines = LOCK_PATH.read_text(encoding="utf-8").splitlines()
    return [Requirement(line.rstrip("\\ ")) for line in lines if re.match(r"[a-z0-9]", line)]


def version_of(pin: Requirement) -> str:
    """Return the version that a requirement of a lock pins."""
    return next(iter(pin.specifier)).version


def is_for_here(pin: Requirement) -> bool:
    """Return whether a requirement is one of this system and Python."""
    return pin.marker is None or pin.marker.evaluate()


def pinned() -> list[Pinned]:
    """Return every package of this system with all its versions and its licence.

    Raises:
        LicenceError: if one is not installed, or states no known licence.
    """
    pins = locked()
    found = []
    for name in dict.fromkeys(pin.name for pin in pins if is_for_here(pin)):
        try:
            licence = licence_of(name, metadata.metadata(name))
        except metadata.PackageNotFoundError as error:
            raise LicenceError(f"{name}: expected the package that {LOCK_PATH.name} pins, got none") from error
        found.append(Pinned(name, tuple(version_of(pin) for pin in pins if pin.name == name), licence))
    return found


def table(packages: list[Pinned]) -> str:
    """Return packages as a Markdown table."""
    rows = [f"| {name} | {', '.join(versions)} | {licence} |\n" for name, versions, licence in packages]
    return "".join(["\n| package | version | licence |\n|---|---|---|\n", *rows])


def rendered(packages: list[Pinned]) -> str:
    """Return the whole list.

    Raises:
        LicenceError: if the licence of a package is not allowed.
    """
    bad = refused({package.name: package.licence for package in packages})
    if bad:
        raise LicenceError(f"expected free licences, got {'; '.join(bad)}")
    free, nvidia = ([each for each in packages if (each.licence == NVIDIA) is own] for own in (False, True))
    elsewhere = sorted({pin.name for pin in locked()} - {package.name for package in packages})
    data = [f"| {data.title} | {data.licence} | {data.url} |\n" for data in DATASETS.values()]
    parts = [HEAD, FREE_HEAD, table(free)]
    parts += [f"\nPinned for other systems only, and not looked into: {', '.join(elsewhere)}.\n"] if elsewhere else []
    parts += [NVIDIA_HEAD, table(nvidia)] if nvidia else []
    return "".join([*parts, DATA_HEAD, *data])


if __name__ == "__main__":
    try:
        LIST_PATH.write_text(rendered(pinned()), encoding="utf-8")
    except LicenceError as error:
        raise SystemExit(f"licences: error: {error}") from error
