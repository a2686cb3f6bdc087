from typing import Any

import pytest

from stages.summary import CLAIMS, measure, shorten, weigh


def metrics(**changes: Any) -> dict[str, Any]:
    """Return metrics in which every claim is clearly supported."""
    clear = {"mean": 1.0, "low": 0.97, "high": 1.03, "by_seed": [1.0, 1.01]}
    result: dict[str, Any] = {claim.stage: {"claims": {}} for claim in CLAIMS.values()}
    for name, claim in CLAIMS.items():
        result[claim.stage]["claims"][name] = {claim.metric: dict(clear)}
    result["pca_comparison"]["claims"]["C4"]["linear_excess"] = {
        "mean": 0.001,
        "low": 0.0,
        "high": 0.002,
        "by_seed": [],
    }
    result["denoising"]["claims"]["C3"]["accuracy_gain"] = dict(clear)
    result["learning_curves"] = {"cells": [{"is_linear": False, "is_fully_connected": True, "is_narrowing": True}]}
    result["train_judge"] = {"accuracy_test": dict(clear)}
    result["compression"]["headline"] = {"codecs": {"ae": {"se": dict(clear)}}, "vae_loss": {"kl": dict(clear)}}
    return result


def verdict(name: str, found: dict[str, Any]) -> str:
    return str(weigh(CLAIMS[name], name, found)["verdict"])


@pytest.mark.parametrize("name", CLAIMS)
def test_a_clear_interval_supports_its_claim(name: str) -> None:
    assert verdict(name, metrics()) == "supported"


@pytest.mark.parametrize("name", CLAIMS)
def test_an_interval_below_the_threshold_refutes(name: str) -> None:
    found = metrics()
    found[CLAIMS[name].stage]["claims"][name][CLAIMS[name].metric] |= {"mean": -1.0, "low": -1.1, "high": -0.9}
    assert verdict(name, found) == "refuted"


@pytest.mark.parametrize("name", CLAIMS)
def test_an_interval_that_holds_the_threshold_decides_nothing(name: str) -> None:
    found = metrics()
    found[CLAIMS[name].stage]["claims"][name][CLAIMS[name].metric] |= {"mean": 0.0, "low": -9.0, "high": 9.0}
    assert verdict(name, found) == "undecided"


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_without_measurement_is_not_judged(name: str) -> None:
    found = metrics()
    found[CLAIMS[name].stage]["claims"].pop(name)
    assert verdict(name, found) == "not_judged"


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_without_interval_is_not_judged(name: str) -> None:
    found = metrics()
    found[CLAIMS[name].stage]["claims"][name][CLAIMS[name].metric] |= {"low": None, "high": None}
    assert verdict(name, found) == "not_judged"


def test_without_the_linear_control_c4_is_undecided() -> None:
    found = metrics()
    found["pca_comparison"]["claims"]["C4"]["linear_excess"] = None
    assert verdict("C4", found) == "undecided"


def test_c1_needs_the_architecture() -> None:
    found = metrics()
    found["learning_curves"]["cells"][0]["is_narrowing"] = False
    assert verdict("C1", found) == "undecided"


def test_c3_needs_the_digit_to_stay_readable() -> None:
    found = metrics()
    found["denoising"]["claims"]["C3"]["accuracy_gain"] = {"mean": -0.05, "low": -0.08, "high": -0.02}
    assert verdict("C3", found) == "undecided"


@pytest.mark.parametrize("control", [{"mean": 0.02, "low": 0.01, "high": 0.03}, None])
def test_c4_needs_the_linear_control(control: dict[str, float] | None) -> None:
    found = metrics()
    found["pca_comparison"]["claims"]["C4"]["linear_excess"] = control
    assert verdict("C4", found) == "undecided"


def test_seeds_that_disagree_are_counted() -> None:
    found = metrics()
    found["compression"]["claims"]["C7"]["vae_se_cost"]["by_seed"] = [1.0, -1.0, 2.0]
    ledger = weigh(CLAIMS["C7"], "C7", found)
    assert (ledger["n_seeds"], ledger["n_seeds_above"]) == (3, 2)


def test_the_summary_holds_the_headline_and_every_claim() -> None:
    summary = measure(metrics(), 16)
    assert summary["headline"]["latent_dim"] == 16
    assert summary["headline"]["se"] == {"ae": 1.0}
    assert set(summary["claims"]) == set(CLAIMS)


def test_the_table_of_experiments_gets_one_number_and_the_verdict_of_each_claim() -> None:
    short = shorten(measure(metrics(), 16))
    assert short["C7"] == {"vae_se_cost": 1.0, "verdict": "supported"}
    assert set(short) == {*CLAIMS, "headline"}
