"""First on PYTHONPATH: our modules find nothing of POSIX, and no Python process may start a shell or make.

Other packages keep what they need of POSIX where there is one.
"""

import builtins
import os
import signal
import sys
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any

OURS = {path.parent.name for path in Path(__file__).parents[2].glob("*/__init__.py")} - {"tests"}
MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
NAMES = {
    os: "chown fchmod fork forkpty getegid geteuid getgid getloadavg getpgid getpgrp getppriority getuid killpg mkfifo "
        "nice O_NONBLOCK openpty posix_spawn sched_getaffinity setpgid setsid sysconf uname wait WNOHANG",
    signal: "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGUSR1 SIGUSR2 alarm pause "
            "pthread_sigmask setitimer siginterrupt sigwait",
}  # fmt: skip
SHELLS = {"bash", "busybox", "csh", "dash", "env", "fish", "gmake", "ksh", "make", "sh", "zsh"}
import_with_posix = builtins.__import__


def without(module: ModuleType, names: list[str]) -> ModuleType:
    copy = ModuleType(module.__name__)
    copy.__dict__.update({name: value for name, value in vars(module).items() if name not in names})
    return copy


STAND_INS = {module.__name__: without(module, names.split()) for module, names in NAMES.items()}


def import_for_ours(name: str, globals: Any = None, *others: Any, **named: Any) -> Any:  # noqa: A002
    space = globals or {}
    importer = getattr(space.get("__spec__"), "name", space.get("__name__", ""))
    if importer.split(".")[0] in OURS:
        if name in MODULES:
            raise ImportError(f"{importer} imports {name}, which is POSIX's")
        if name in STAND_INS:
            return STAND_INS[name]
    return import_with_posix(name, globals, *others, **named)


def is_shell(program: Any) -> bool:
    return PurePath(os.fsdecode(program)).name in SHELLS


def refuse_shells(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "os.system":
        raise RuntimeError(f"a shell was asked for: {arguments}")
    if event in {"subprocess.Popen", "os.exec", "os.posix_spawn"} and is_shell(arguments[0]):
        raise RuntimeError(f"a shell was asked for: {arguments[:2]}")


builtins.__import__ = import_for_ours
sys.addaudithook(refuse_shells)
