"""The pins are set in time, the libraries obey them, and other processors give the same bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from foundation.reproducibility import numerics
from foundation.reproducibility.numerics import PINS, PORTABLE_PINS
from foundation.vocabulary import Numerics, Precision

ROOT = Path(__file__).resolve().parents[1]
ADDED = {*PORTABLE_PINS, *numerics.REMOVED, "LD_PRELOAD", "OTHER_PROCESSOR"}
PROCESSORS = ("intel-avx2", "intel-avx512", "amd-avx2", "amd-avx512")
SHOW = """
import os, stages
from foundation.reproducibility.numerics import PORTABLE_PINS, REMOVED
print({name: os.environ[name] for name in {**PORTABLE_PINS, **dict.fromkeys(REMOVED)} if name in os.environ})
"""
NUMPY = """
import hashlib, numpy, scipy.linalg, scipy.special
from sklearn.cluster import KMeans
rows = numpy.random.default_rng(0).normal(size=(300, 200))
square = rows.T @ rows
results = [square, rows.astype("f4") @ rows.T.astype("f4"), numpy.linalg.eigh(square)[1], numpy.exp(rows), rows.sum(0)]
results += [scipy.linalg.svd(rows)[0], scipy.special.logsumexp(rows, 1), KMeans(4, random_state=0).fit(rows).labels_]
print(hashlib.sha256(b"".join(numpy.ascontiguousarray(each).tobytes() for each in results)).hexdigest())
"""
TORCH = """
import hashlib, numpy, torch
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import MODELS
torch.manual_seed(0)
images = torch.rand(64, 1, 28, 28)
rows, weights = images.reshape(64, 784), torch.rand(784, 300)
convolved = torch.nn.functional.conv2d(images, torch.rand(8, 1, 5, 5))
results = [rows @ weights, convolved, weights.exp(), weights.erf(), weights.sum(0)]
model = MODELS["vae"](latent_dim=4, hidden_dims=[64, 32], epochs=1, batch_size=64)
for precision in ("float32", "bfloat16"):
    fitted = fit_seeds(model, rows.numpy(), [0, 1], precision=precision)
    results += [values for cell in fitted.values() for values in cell.network_.state_dict().values()]
print(hashlib.sha256(b"".join(each.numpy().tobytes() for each in results)).hexdigest())
"""
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
from autoencoders.judging.training import JudgePlan, train_judge
from autoencoders.learning.estimators import fit_seeds
from autoencoders.learning.models import MODELS
from foundation.reproducibility.randomness import numpy_stream
pixels = numpy_stream(0, "test").random((256, 784)).astype(numpy.float32)
network = MODELS["vae"](latent_dim=4, hidden_dims=[64, 32], epochs=1, batch_size=64)
images, labels = torch.from_numpy(pixels).view(-1, 1, 28, 28), torch.arange(256) % 10
plan = JudgePlan("convolutional", 1, 64, 0.004, 1, 0)
judge = train_judge(images, labels, n_classes=10, plan=plan, on_epoch=lambda epoch: None)
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
    base["PYTHONPATH"] = str(ROOT)
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
    assert said(SHOW, folder, MKL_CBWR="AVX512", NPY_ENABLE_CPU_FEATURES="X86_V4") == f"{PORTABLE_PINS}\n"


@needs_processor
@pytest.mark.parametrize("text", ["numerics: native\n", "", "numerics: [portable\n", "- portable\n", None])
def test_what_costs_nothing_is_pinned_always_and_what_a_person_has_set_is_removed(
    text: str | None, tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    assert said(SHOW, tmp_path, **dict.fromkeys(numerics.REMOVED, "1")) == f"{PINS}\n"


def test_nothing_is_pinned_once_numpy_is_imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", sys)
    environment = {"MKL_CBWR": "AVX2"}
    numerics.pin(folder / "params.yaml", environment)
    assert environment == {"MKL_CBWR": "AVX2"}


@pytest.mark.parametrize("flags", ["flags : fpu sse2 avx\n", "Features : fp asimd bf16\n", ""])
def test_nothing_is_pinned_on_a_processor_without_the_common_code(
    flags: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\n{flags}", encoding="utf-8")
    has_flags = numerics.processor_flags(tmp_path / "cpuinfo")
    monkeypatch.setattr(numerics, "processor_flags", lambda *_: has_flags)
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    environment = {"MKL_CBWR": "AVX2", "HOME": "/"}
    numerics.pin(tmp_path / "params.yaml", environment)
    assert environment == {"HOME": "/"}


@needs_processor
def test_numpy_gives_the_same_bytes_whatever_the_environment_says(tmp_path: Path) -> None:
    has_avx512 = "avx512_bf16" in numerics.processor_flags()
    environments: list[dict[str, str]] = [
        {}, {"OPENBLAS_CORETYPE": "SkylakeX" if has_avx512 else "Sandybridge"}, {"OPENBLAS_CORETYPE": "Haswell"},
        {"NPY_DISABLE_CPU_FEATURES": "X86_V3"}, {"NPY_ENABLE_CPU_FEATURES": "X86_V3"},
        {"OPENBLAS_VERBOSE": "2", "OPENBLAS_NUM_THREADS": "2", "SKLEARN_WORKING_MEMORY": "1"},
    ]  # fmt: skip
    done = [started(f"import stages\n{NUMPY}", tmp_path, **environment) for environment in environments]
    assert {(each.returncode, each.stderr) for each in done} == {(0, "")}
    assert len({each.stdout for each in done}) == 1
    assert said(NUMPY, tmp_path, **environments[1]) != done[0].stdout


@needs_processor
def test_what_is_pinned_always_changes_no_byte_of_pytorch(tmp_path: Path) -> None:
    assert said(f"import stages\n{TORCH}", tmp_path) == said(TORCH, tmp_path)


def test_a_pin_too_late_is_refused_in_one_line(folder: Path) -> None:
    code = "import numpy\nfrom foundation.stage import run_stage\nrun_stage('check', lambda *_: print('ran'))"
    done = started(code, folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("check: error: params.yaml: numerics: portable ")


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
def test_processors_agree_under_portable_numerics_and_under_native_in_all_but_pytorch(
    folder: Path, other_processor: str
) -> None:
    has_avx512 = " avx512f " in numerics.CPU_INFO.read_text(encoding="utf-8")
    names = [name for name in PROCESSORS if has_avx512 or not name.endswith("512")]
    results = {name: said(TRAINING, folder, LD_PRELOAD=other_processor, OTHER_PROCESSOR=name) for name in names}
    assert set(results.values()) == {said(TRAINING, folder, OMP_NUM_THREADS="2")}
    (folder / "params.yaml").write_text("numerics: native\n", encoding="utf-8")
    environments = [{"LD_PRELOAD": other_processor, "OTHER_PROCESSOR": name, "OMP_NUM_THREADS": "1"} for name in names]
    parts = list(zip(*(said(TRAINING, folder, **environment).split() for environment in environments), strict=True))
    assert any(len(set(part)) > 1 for part in parts[:2])
    assert all(len(set(part)) == 1 for part in parts[2:])  # NumPy's, SciPy's and scikit-learn's
