"""Runs the command line: in a new process, or in this one where a test makes many calls."""

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from unittest import mock

from reportgen.cli import main

COMMAND_LINE = (sys.executable, "-m", "reportgen")


def run(*arguments, given=None, **options):
    return subprocess.run(
        [*COMMAND_LINE, *map(str, arguments)],
        input=given,
        capture_output=True,
        **{"timeout": 120, "text": True, "encoding": "utf-8", **options},
    )


@dataclass(frozen=True)
class Done:
    """Exit code and output of a call."""

    returncode: int
    stdout: str
    stderr: str


def call(*arguments, cwd, **environment):
    """Like `run`, but in this process: the real entry point with its streams and exit code."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        contextlib.chdir(cwd),
        mock.patch.object(sys, "argv", ["reportgen", *map(str, arguments)]),
        mock.patch.dict(os.environ, {"COLUMNS": "100", **environment}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for server in ("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"):
            if server not in environment:
                os.environ.pop(server, None)
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Done(code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())
