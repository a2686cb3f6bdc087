"""Results shared through DVC remotes, on a pipeline of two stages: S3 (a local server), and experiments by git."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import as_module

pytestmark = pytest.mark.usefixtures("no_process_left")
ROOT = Path(__file__).resolve().parents[1]
BUCKET = "results"
ACCESS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
PIPELINE = """\
stages:
  double:
    cmd: python -c "import yaml; n = yaml.safe_load(open('params.yaml'))['n']; print(2 * n)" > double.txt
    params: [n]
    outs: [double.txt]
  square:
    cmd: python -c "open('square.txt', 'w').write(str(int(open('double.txt').read()) ** 2))"
    deps: [double.txt]
    outs: [square.txt]
"""


class Repository:
    """A git repository with DVC in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, **ACCESS, "PATH": path, "DVC_NO_ANALYTICS": "1"}

    def run(self, *command: str, code: int = 0) -> str:
        done = subprocess.run(
            as_module(command), cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True,
            timeout=120,
        )  # fmt: skip
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def identify(self) -> None:
        self.run("git", "config", "user.name", "test")
        self.run("git", "config", "user.email", "test@example.org")

    def clone(self, folder: Path, origin: Path | None = None) -> "Repository":
        self.run("git", "clone", "-q", str(origin or self.folder), str(folder))
        copy = Repository(folder)
        copy.identify()
        return copy

    def share(self, url: str, *settings: tuple[str, str]) -> None:
        """Name the remote, push to it and commit its name."""
        self.run("dvc", "remote", "add", "-d", "storage", url)
        for key, value in settings:
            self.run("dvc", "remote", "modify", "storage", key, value)
        self.run("git", "commit", "-qam", "remote")
        self.run("dvc", "push")


@pytest.fixture
def first(tmp_path: Path) -> Repository:
    folder = tmp_path / "first"
    folder.mkdir()
    built = Repository(folder)
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "params.yaml").write_text("n: 3\n")
    (folder / ".gitignore").write_text("/double.txt\n/square.txt\n")
    built.run("git", "init", "-q")
    built.identify()
    built.run("dvc", "init", "-q")
    built.run("dvc", "repro")
    built.run("git", "add", "-A")
    built.run("git", "commit", "-qm", "results")
    return built


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """A local S3 server with an empty bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = f"from moto.server import main; main(['-H', '127.0.0.1', '-p', '{port}'])"
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-c", code], stdout=log, stderr=log, cwd=tmp_path)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _has_bucket(url):
            assert server.poll() is None, (tmp_path / "server.log").read_text()
            assert time.monotonic() < deadline, "the S3 server does not answer"
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


def _has_bucket(url: str) -> bool:
    request = urllib.request.Request(f"{url}/{BUCKET}", method="PUT")  # noqa: S310 -- the local server
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 -- the local server
            return answer.status == 200
    except urllib.error.URLError:
        return False


def pulled(first: Repository, folder: Path) -> Repository:
    second = first.clone(folder)
    assert not (second.folder / "square.txt").exists()
    second.run("dvc", "pull")
    assert (second.folder / "square.txt").read_text() == "36"
    return second


def test_a_second_clone_gets_the_results_from_s3_and_runs_nothing(
    first: Repository, endpoint: str, tmp_path: Path
) -> None:
    first.share(f"s3://{BUCKET}/study", ("endpointurl", endpoint))
    second = pulled(first, tmp_path / "second")
    assert "Running stage" not in second.run("dvc", "repro")
    assert second.run("git", "status", "--porcelain") == ""


def test_an_experiment_travels_through_git_and_the_remote(first: Repository, tmp_path: Path) -> None:
    origin = tmp_path / "origin.git"
    first.run("git", "init", "-q", "--bare", str(origin))
    first.run("git", "remote", "add", "origin", str(origin))
    first.share(str(tmp_path / "storage"))
    first.run("git", "push", "-q", "origin", "HEAD:refs/heads/main")
    first.run("git", "--git-dir", str(origin), "symbolic-ref", "HEAD", "refs/heads/main")
    first.run("dvc", "exp", "run", "-n", "five", "-S", "n=5")
    first.run("git", "checkout", "-q", "--", ".")
    first.run("dvc", "exp", "push", "origin", "five")
    second = first.clone(tmp_path / "second", origin)
    assert "five" in second.run("dvc", "exp", "list", "origin")
    second.run("dvc", "exp", "pull", "origin", "five")
    second.run("dvc", "exp", "apply", "five")
    assert (second.folder / "square.txt").read_text() == "100"
    assert not re.findall(r"Running stage", second.run("dvc", "repro"))


def test_a_name_that_is_taken_or_invalid_is_refused_before_anything_is_computed(first: Repository) -> None:
    first.run("dvc", "exp", "run", "-n", "five", "-S", "n=5")
    first.run("git", "checkout", "-q", "--", ".")
    for name, said in (("five", "conflicts with existing experiment 'five'"), ("a b..c", "Invalid exp name a b..c")):
        refused = first.run("dvc", "exp", "run", "-n", name, "-S", "n=6", code=255)
        assert said in refused
        assert "Running stage" not in refused
        assert first.run("git", "status", "--porcelain") == ""


def test_a_clone_under_the_defaults_of_windows_has_the_same_bytes(first: Repository, tmp_path: Path) -> None:
    contents = {"text": b"a\nb\n", "dos": b"a\r\nb\r\n", "bytes": bytes(range(256)), "sub/text.json": b"{\n}\n"}
    for name, content in contents.items():
        (first.folder / name).parent.mkdir(exist_ok=True)
        (first.folder / name).write_bytes(content)
    shutil.copyfile(ROOT / ".gitattributes", first.folder / ".gitattributes")
    first.run("git", "-c", "core.autocrlf=true", "add", "-A")
    first.run("git", "commit", "-qm", "texts")
    first.run("git", "clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", ".", str(tmp_path / "second"))
    assert {name: (tmp_path / "second" / name).read_bytes() for name in contents} == contents
    second = Repository(tmp_path / "second")
    assert second.run("git", "status", "--porcelain") == ""
