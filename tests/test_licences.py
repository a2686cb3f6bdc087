"""What everything the study runs on is licensed under: LICENSES.md is whole, as the packages say, and free."""

from email.message import Message
from importlib import metadata

import pytest

from foundation.datasets import DATASETS
from tests.licences import (
    LIST_PATH,
    NVIDIA,
    LicenceError,
    Pinned,
    is_for_here,
    licence_of,
    locked,
    refused,
    rendered,
    version_of,
)

LISTED = {
    cells[0]: (cells[1].split(", "), cells[2])
    for line in LIST_PATH.read_text(encoding="utf-8").splitlines()
    if len(cells := line.strip("| ").split(" | ")) == 3
}
HERE = [pin for pin in locked() if is_for_here(pin)]


def stating(**fields: str) -> metadata.PackageMetadata:
    message = Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message  # type: ignore[return-value]


def test_every_package_locked_for_this_system_is_listed_with_its_version() -> None:
    assert len(HERE) > 100
    assert [pin.name for pin in HERE if version_of(pin) not in LISTED.get(pin.name, ([], ""))[0]] == []


def test_no_package_is_listed_that_is_not_locked() -> None:
    titles = {data.title for data in DATASETS.values()}
    assert set(LISTED) - {pin.name for pin in locked()} - titles == {"package", "dataset"}


def test_every_installed_package_says_what_the_list_says() -> None:
    own = {dist.metadata["Name"].lower().replace("_", "-").replace(".", "-"): dist for dist in metadata.distributions()}
    same = {pin.name: own[pin.name] for pin in HERE if pin.name in own and own[pin.name].version == version_of(pin)}
    assert len(same) > 100
    assert {name: licence_of(name, dist.metadata) for name, dist in same.items()} == {n: LISTED[n][1] for n in same}


def test_every_listed_licence_is_free_or_under_nvidia_s_heading() -> None:
    packages = {name: licence for name, (_, licence) in LISTED.items() if name in {pin.name for pin in locked()}}
    assert refused(packages) == []
    assert [name for name, licence in packages.items() if licence == NVIDIA and "nvidia" not in name] == [
        "cuda-toolkit"
    ]
    free, own = LIST_PATH.read_text(encoding="utf-8").split("## NVIDIA")
    assert NVIDIA not in free
    assert own.count(NVIDIA) == list(packages.values()).count(NVIDIA)


def test_every_dataset_is_listed_with_licence_and_address() -> None:
    text = LIST_PATH.read_text(encoding="utf-8")
    assert [data.title for data in DATASETS.values() if f"| {data.licence} | {data.url} |" not in text] == []
    assert {data.title for data in DATASETS.values()} <= set(LISTED)


@pytest.mark.parametrize("licence", ["SSPL-1.0", "MIT AND CC-BY-NC-4.0", "LicenseRef-Other"])
def test_a_licence_that_is_not_free_is_refused_with_the_package_s_name(licence: str) -> None:
    with pytest.raises(LicenceError, match=f"^expected free licences, got sad: {licence}$"):
        rendered([Pinned("glad", ("1",), "MIT"), Pinned("sad", ("2",), licence)])


@pytest.mark.parametrize(
    ("stated", "said"),
    [({}, "got none"), ({"License": "see the file"}, "got see the file"), ({"License": "UNKNOWN"}, "got UNKNOWN")],
)
def test_a_package_without_a_known_licence_is_refused_by_name(stated: dict[str, str], said: str) -> None:
    with pytest.raises(LicenceError, match=f"^odd: expected a licence in SPDX's names.*{said}$"):
        licence_of("odd", stating(**stated))


def test_an_expression_goes_before_a_name_and_a_name_before_classifiers() -> None:
    classifier = {"Classifier": "License :: OSI Approved :: BSD License"}
    assert licence_of("a", stating(License_Expression="mit", License="Apache 2.0", **classifier)) == "MIT"
    assert licence_of("a", stating(License="BSD 3-Clause License\n\nCopyright", **classifier)) == "BSD-3-Clause"
    assert licence_of("a", stating(License="Copyright ...", **classifier)) == "LicenseRef-BSD"


def test_the_file_is_what_the_command_writes_datasets_and_all() -> None:
    names = [name for name in dict.fromkeys(pin.name for pin in locked()) if name in LISTED]
    packages = [Pinned(name, tuple(LISTED[name][0]), LISTED[name][1]) for name in names]
    assert rendered(packages) == LIST_PATH.read_text(encoding="utf-8")
