"""The study where there is no POSIX, no shell and no make: every module imports, every command is plain."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")
IMPORTS_WITHOUT_POSIX = """
import importlib, os, pkgutil, signal, sys

packages = sys.argv[1:]
names = [
    module.name for package in packages for module in pkgutil.walk_packages([package], package + ".")
    if not module.name.endswith(("__main__", "pythae_worker"))
]

def import_all():
    for name in names:
        importlib.import_module(name)

import_all()  # with everything: what is not ours needs POSIX, where there is one
for name in [name for name in sys.modules if name.split(".")[0] in packages]:
    del sys.modules[name]
for name in ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[name] = None
for module, names_of_posix in {
    os: "chown fchmod fork forkpty getegid geteuid getgid getloadavg getpgid getpgrp getppriority getuid killpg mkfifo "
        "nice O_NONBLOCK openpty posix_spawn sched_getaffinity setpgid setsid sysconf uname wait WNOHANG",
    signal: "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGUSR1 SIGUSR2 alarm pause "
            "pthread_sigmask setitimer siginterrupt sigwait",
}.items():
    for name in names_of_posix.split():
        module.__dict__.pop(name, None)
import_all()
print(len(names))
"""
SHELL = set("|&;<>$`\\\"'*?#~=%(){}[]!")


def test_every_module_imports_where_there_is_no_posix() -> None:
    command = [sys.executable, "-c", IMPORTS_WITHOUT_POSIX, *PACKAGES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 100


def commands() -> dict[str, str]:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return {name: re.sub(r"\$\{item\.\w+\}", "x", stage["cmd"]) for name, stage in stages.items()}


@pytest.mark.parametrize(("stage", "command"), commands().items())
def test_a_command_needs_no_shell(stage: str, command: str) -> None:
    assert command.startswith("python -m ")
    assert not set(command) & SHELL
