"""Portable numerics: the pins are set in time, the libraries obey them, and other processors give the same bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from autoencoders.reproducibility import numerics
from autoencoders.reproducibility.numerics import PINS
from autoencoders.vocabulary import Numerics, Precision

ROOT = Path(__file__).resolve().parents[1]
ADDED = {*PINS, *numerics.RIVALS, "LD_PRELOAD", "OTHER_PROCESSOR"}
PROCESSORS = ("intel-avx2", "intel-avx512", "amd-avx2", "amd-avx512")
SHOW = "import os, stages; print({name: os.environ.get(name) for name in stages.numerics.PINS})"
LIBRARIES = """
import stages, ctypes, pathlib, numpy, scipy.linalg, torch
from threadpoolctl import threadpool_info
print("openblas", {entry["architecture"] for entry in threadpool_info() if entry["internal_api"] == "openblas"})
print("numpy", numpy.show_config(mode="dicts")["SIMD Extensions"].get("found"))
print("torch", torch.backends.cpu.get_cpu_capability())
print("mkl", ctypes.CDLL(str(pathlib.Path(torch.__file__).parent / "lib/libtorch_cpu.so")).mkl_serv_cbwr_get(1))
torch.nn.functional.conv2d(torch.ones(1, 12, 28, 28), torch.ones(32, 12, 5, 5))
"""
TRAINING = """
import stages, hashlib, numpy, torch
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from autoencoders.learning.judge import JudgePlan, train_judge
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import MODELS
from autoencoders.reproducibility.randomness import numpy_stream
pixels = numpy_stream(0, "test").random((256, 784)).astype(numpy.float32)
network = MODELS["vae"](latent_dim=4, hidden_dims=[64, 32], epochs=1, batch_size=64)
images, labels = torch.from_numpy(pixels).view(-1, 1, 28, 28), torch.arange(256) % 10
judge = train_judge(images, labels, n_classes=10, plan=JudgePlan(1, 64, 0.004, 1, 0), on_epoch=lambda epoch: None)
states = [*(cell.network_ for cell in fit_seeds(network, pixels, [0, 1]).values()), judge.network]
codes = PCA(16, svd_solver="covariance_eigh").fit_transform(pixels)
parts = {
    "autoencoder": numpy.concatenate([t.numpy().ravel() for state in states[:2] for t in state.state_dict().values()]),
    "judge": numpy.concatenate([t.numpy().ravel() for t in judge.network.state_dict().values()]),
    "pca": codes,
    "mixture": GaussianMixture(3, random_state=0).fit(codes.astype(float)).means_,
    "functions": numpy.exp(numpy.linspace(-5, 5, 1001)),
}
print(*(name + "=" + hashlib.sha256(values.tobytes()).hexdigest()[:12] for name, values in parts.items()))
"""

needs_processor = pytest.mark.skipif(bool(numerics.processor_lacks()), reason="not an x86-64 processor with AVX2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({**params, "numerics": "portable"}), encoding="utf-8")
    return tmp_path


def started(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Return the finished process that ran code in a folder, without what this one has pinned."""
    base = {name: value for name, value in os.environ.items() if name not in ADDED}
    base |= {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder, env={**base, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def said(code: str, folder: Path, **environment: str) -> str:
    done = started(code, folder, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_processor
def test_portable_pins_over_what_a_person_has_set(folder: Path) -> None:
    assert said(SHOW, folder, MKL_CBWR="AVX512", NPY_ENABLE_CPU_FEATURES="X86_V4") == f"{PINS}\n"


@pytest.mark.parametrize("text", ["numerics: native\n", "", "numerics: [portable\n", "- portable\n", None])
def test_nothing_is_pinned_unless_params_ask_for_it(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    environment = {"MKL_CBWR": "AVX2"}
    numerics.pin(tmp_path / "params.yaml", environment)
    assert environment == {"MKL_CBWR": "AVX2"}
    assert not numerics.is_portable(tmp_path / "params.yaml")


def test_a_pin_too_late_is_refused_in_one_line(folder: Path) -> None:
    code = (
        "import numpy\nfrom stages.console import run_stage\nrun_stage('check', lambda params, progress: print('ran'))"
    )
    done = started(code, folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("check: error: params.yaml: numerics: portable ")


def test_the_replications_stay_native(folder: Path) -> None:
    code = "import os, replications.{name}, stages\nprint(os.environ.get('MKL_CBWR'))"
    for name in ("train", "samples"):
        assert said(code.format(name=name), folder) == "None\n"


@pytest.mark.parametrize(
    ("machine", "flags", "lacks"),
    [
        ("x86_64", "flags\t\t: fpu sse2 avx avx2 fma\n", ""),
        ("x86_64", "flags\t\t: fpu sse2 avx\n", "lacks avx2 and fma"),
        ("AMD64", None, ""),
        ("arm64", None, "is arm64"),
    ],
)
def test_a_processor_without_the_common_code_is_named(
    machine: str, flags: str | None, lacks: str, tmp_path: Path
) -> None:
    if flags:
        (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{flags}", encoding="utf-8")
    assert numerics.processor_lacks(machine, tmp_path / "cpuinfo") == lacks


@pytest.mark.parametrize(
    ("text", "has_units"),
    [
        ("flags\t\t: fpu avx2 fma avx512f avx512_bf16\n", True),
        ("flags\t\t: fpu avx2 fma avx512f avx512_bf16 amx_bf16\n", True),
        ("flags\t\t: fpu avx2 fma avx512f\n", False),
        ("Features\t: fp asimd bf16\n", False),
        (None, False),
    ],
)
def test_units_for_bfloat16_are_read_from_the_flags(text: str | None, has_units: bool, tmp_path: Path) -> None:
    if text:
        (tmp_path / "cpuinfo").write_text(f"processor\t: 0\n{text}", encoding="utf-8")
    assert numerics.has_bfloat16_units(tmp_path / "cpuinfo") is has_units


@pytest.mark.parametrize(
    ("wanted", "kind", "device", "has_units", "expected"),
    [
        ("auto", "native", "cpu", True, "bfloat16"),
        ("auto", "native", "cpu", False, "float32"),
        ("auto", "portable", "cpu", True, "float32"),
        ("auto", "native", "cuda", True, "float32"),
        ("float32", "native", "cpu", True, "float32"),
        ("bfloat16", "native", "cpu", False, "bfloat16"),
    ],
)
def test_auto_rounds_where_that_is_faster(
    wanted: Precision, kind: Numerics, device: str, has_units: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numerics, "has_bfloat16_units", lambda: has_units)
    assert numerics.product_precision(wanted, kind, device) == expected


@needs_processor
def test_the_libraries_say_that_they_obey(folder: Path) -> None:
    lines = said(LIBRARIES, folder, ONEDNN_VERBOSE="1").splitlines()
    assert "openblas {'Haswell'}" in lines
    assert any(line.startswith("numpy ") and "X86_V3" in line and "X86_V4" not in line for line in lines)
    assert "torch AVX2" in lines
    assert "mkl 3" in lines  # MKL_CBWR_COMPATIBLE
    assert any("cpu,isa:Intel AVX2" in line for line in lines)


@pytest.fixture(scope="module")
def other_processor(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the library that lets a process see another processor."""
    if not (compiler := shutil.which("cc")) or sys.platform != "linux" or numerics.processor_lacks():
        pytest.skip("needs Linux on x86-64 with AVX2, and a C compiler")
    library = tmp_path_factory.mktemp("other") / "other_processor.so"
    source = ROOT / "tests" / "other_processor.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    if started("", library.parent, LD_PRELOAD=str(library), OTHER_PROCESSOR=PROCESSORS[0]).returncode:
        pytest.skip("this kernel or processor cannot make CPUID trap")
    return str(library)


@pytest.mark.slow
def test_processors_agree_under_portable_numerics_and_not_under_native(folder: Path, other_processor: str) -> None:
    has_avx512 = " avx512f " in numerics.CPU_INFO.read_text(encoding="utf-8")
    names = [name for name in PROCESSORS if has_avx512 or not name.endswith("512")]
    results = {name: said(TRAINING, folder, LD_PRELOAD=other_processor, OTHER_PROCESSOR=name) for name in names}
    assert set(results.values()) == {said(TRAINING, folder, OMP_NUM_THREADS="2")}
    (folder / "params.yaml").write_text("numerics: native\n", encoding="utf-8")
    native = {
        said(TRAINING, folder, LD_PRELOAD=other_processor, OTHER_PROCESSOR=name) for name in ("intel-avx2", "amd-avx2")
    }
    assert len(native) == 2
