"""Where a run comes from: commit, versions of packages, and, if asked for, command, host and user."""

import getpass
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from reportgen.errors import SettingsError
from reportgen.history.params import MASK, is_secret_name, setting_text
from reportgen.options import check_type
from reportgen.text import listed, quoted, shell_argument

DETAILS: Final = ("command", "host", "user")  # only recorded if asked for
_TIMEOUT_S: Final = 2.0  # for git, which needs milliseconds; our choice
_GIT: Final = (
    *("git", "-c", "core.fsmonitor=false"),  # which could start another program
    *("status", "--porcelain=v2", "--branch", "--untracked-files=no", "--ignore-submodules"),
)
_PACKAGES: Final = ("torch", "jax", "tensorflow", "keras", "lightning", "transformers", "numpy")


def checked_details(details: str | Sequence[str]) -> tuple[str, ...]:
    """The details to record. Raises SettingsError if one does not exist."""
    check_type("details", details, Iterable, "a text or a list of texts")
    names = (details,) if isinstance(details, str) else tuple(details)
    for name in names:
        if name not in DETAILS:
            raise SettingsError(f"details has {quoted(name)}; it can have {listed(list(DETAILS))}. Correct it.")
    return names


class GitState:
    """What git says about the program, asked while the first epoch is trained."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError, ValueError):  # git is not installed
            self._process = subprocess.Popen(  # noqa: S603  # a constant
                _GIT,
                cwd=_program_folder(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            )

    def __del__(self) -> None:
        """Ends git if nobody has asked for the facts."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(OSError):
                process.kill()
            process.communicate()

    def facts(self) -> dict[str, str]:
        """``commit``, ``branch``, and ``uncommitted changes`` as "yes" or "no"; empty without a repository."""
        process, self._process = self._process, None
        if process is None:
            return {}
        try:
            output, _ = process.communicate(timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return {}
        lines = output.decode("utf-8", "replace").splitlines()
        heads = dict(line.removeprefix("# branch.").split(" ", 1) for line in lines if line.startswith("# branch."))
        commit = heads.get("oid", "")
        if process.returncode or not commit.isalnum():  # "(initial)": nothing is committed
            return {}
        branch = heads.get("head", "")
        changed = any(not line.startswith("#") for line in lines)
        named = {} if branch in ("", "(detached)") else {"branch": setting_text(branch)}
        return {"commit": commit, **named, "uncommitted changes": "yes" if changed else "no"}


def _program_folder() -> str | None:
    """The folder of the program that runs; None for the working directory, as in a notebook."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if not path:
        return None
    folder = Path(os.path.abspath(path)).parent
    installed = [Path(place) for place in {sys.prefix, sys.base_prefix}]
    is_own = folder.is_dir() and not any(folder.is_relative_to(place) for place in installed)
    return str(folder) if is_own else None  # otherwise a launcher, such as torchrun


def described(details: Sequence[str]) -> dict[str, str]:
    """The details that the user has asked for."""
    readers = {"command": _command, "host": platform.node, "user": getpass.getuser}
    found = {}
    for name in details:
        with suppress(Exception):  # a system without names
            found[name] = setting_text(readers[name]())
    return found


def _command() -> str:
    """The command line, with secrets masked."""
    words: list[str] = []
    for word in getattr(sys, "orig_argv", sys.argv):
        option, equals, _ = word.partition("=")
        if words and words[-1].startswith("-") and "=" not in words[-1] and is_secret_name(words[-1]):
            words.append(MASK)
        elif equals and is_secret_name(option):
            words.append(f"{option}={MASK}")
        else:
            words.append(word)
    return " ".join(word if MASK in word else shell_argument(word) for word in words)


def versions() -> tuple[tuple[str, str], ...]:
    """Names and versions of Python, and of the usual packages that the program has loaded."""
    found = [("Python", platform.python_version())]
    for name in _PACKAGES:
        version: Any = getattr(sys.modules.get(name), "__version__", None)
        if version is not None:
            found.append((name, str(version)))
    return tuple(found)


def used_device() -> dict[str, str]:
    """The graphics card or accelerator that PyTorch, JAX or TensorFlow uses, if the program has used one.

    It never makes a framework start to use one.
    """
    torch = sys.modules.get("torch")
    with suppress(Exception):
        if torch is not None and torch.cuda.is_initialized():
            count = torch.cuda.device_count()
            name = str(torch.cuda.get_device_name())
            return {"device": name if count == 1 else f"{name} ({count} in this machine)"}
    names: list[str] = []
    with suppress(Exception):
        bridge = sys.modules.get("jax._src.xla_bridge")
        if bridge is not None and bridge.backends_are_initialized():
            names = [str(device.device_kind) for device in sys.modules["jax"].devices() if device.platform != "cpu"]
    tensorflow = sys.modules.get("tensorflow")
    with suppress(Exception):
        if not names and tensorflow is not None and tensorflow.executing_eagerly():
            cards = tensorflow.config.list_physical_devices("GPU")
            details = tensorflow.config.experimental.get_device_details
            names = [str(details(card).get("device_name", "GPU")) for card in cards]
    if not names:
        return {}
    return {"device": names[0] if len(names) == 1 else f"{names[0]} ({len(names)} in this machine)"}
