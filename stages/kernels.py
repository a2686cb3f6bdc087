"""A notebook's kernel that is a fork of the stage and finds the libraries of the stage's process loaded (Linux).

A kernel of its own process imports for seconds what the process that the stage was forked from has imported. Other
systems have that one. Either computes on one thread, as sums of the notebook otherwise depend on the number of cores.
"""

import os
import sys
from importlib import import_module
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from stages.console import threads

QUIET = ["--log-level=40"]  # the kernel warns of its local socket otherwise
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # of libraries that a kernel has still to load


class Fork:
    """A fork that waits for the name of a connection file and then is its kernel; what a provisioner asks of one."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        self._channel, its = Pipe()
        self._process = get_context("fork").Process(target=become_kernel, args=(its, self._channel), daemon=True)
        self._process.start()
        its.close()
        self.pid = self._process.pid or 0

    def connect(self, connection_file: str) -> None:
        """Have the fork become the kernel."""
        self._channel.send_bytes(connection_file.encode())

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._process.exitcode

    def wait(self) -> int:
        """Wait for its end and return the exit code."""
        self._process.join()
        return self._process.exitcode or 0

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()


def become_kernel(channel: Connection, other_end: Connection) -> None:
    """Run a kernel in this process, a fork, with one thread; it ends with the stage."""
    other_end.close()
    os.setsid()  # Ctrl-C is the stage's, which shuts the kernel down
    os.environ["JPY_PARENT_PID"] = str(os.getppid())  # read while the kernel is imported
    application = import_module("ipykernel.kernelapp").IPKernelApp
    try:
        connection_file = channel.recv_bytes().decode()
    except EOFError:
        return
    with threads(1 if "torch" in sys.modules else None):
        application.launch_instance(["-f", connection_file, *QUIET])


class ForkProvisioner(LocalProvisioner):
    """Jupyter's starter of local kernels, with a fork in the place of a command."""

    fork: Fork
    parent: Any
    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: object) -> KernelConnectionInfo:  # noqa: ARG002
        """Tell the fork the connection file of its manager."""
        self.fork.connect(self.parent.connection_file)
        self.process, self.pid = self.fork, self.fork.pid
        return self.connection_info


def kernel_manager() -> type[AsyncKernelManager]:
    """Return the class of what starts the kernel; where it is a fork, that is made here, before papermill's loop."""
    os.environ |= ONE_THREAD
    if sys.platform != "linux":
        return AsyncKernelManager
    fork = Fork()

    class ForkManager(AsyncKernelManager):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.provisioner = ForkProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
            self.provisioner.fork = fork

    return ForkManager
