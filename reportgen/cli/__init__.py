"""The command line: arguments in, exit code out. The only room that prints.

Exit codes: 0 done, 1 a failed gate, 2 any error, with one line on standard error.
"""

import errno
import gc
import os
import sys
from typing import Annotated

import typer

from reportgen.cli import ci, email, reports, sweep
from reportgen.cli.ci import ERROR_CODE
from reportgen.cli.options import print_remark
from reportgen.errors import ReportgenError
from reportgen.version import __version__

_TRACEBACK_SWITCH = "REPORTGEN_TRACEBACK"

app = typer.Typer(
    name="reportgen",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Make a training history into a report that says what happened and what to do.",
)

for command in (reports.demo, reports.build, reports.check, ci.summary, ci.ci, sweep.sweep, email.email):
    app.command()(command)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"reportgen {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Make a training history into a report that says what happened and what to do."""


def main() -> None:
    """Runs the command line and exits with its code."""
    gc.set_threshold(50_000)  # of modules that load, little is ever garbage: to look as often as usual takes 5 % longer
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal of another encoding shows "?" instead of failing
    try:
        code = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except ReportgenError as error:
        _fail(str(error))
    except SystemExit as end:  # Typer ends with 1 where a pipe was closed, as by `head`; here 1 means a failed gate
        sys.exit(_silenced() if end.code == 1 else end.code)
    except OSError as error:  # files are OutputErrors; what is left is standard output
        if error.errno == errno.EPIPE:
            sys.exit(_silenced())
        _silenced()
        _fail(f"standard output cannot be written ({error.strerror or error}); send it elsewhere.")
    except Exception as error:
        if hasattr(error, "format_message"):  # a mistake in the arguments, as Typer words it
            _fail(f"{error.format_message().rstrip('.')}. Run reportgen --help to see what there is.")
        if os.environ.get(_TRACEBACK_SWITCH):
            raise
        _fail(
            f"an error inside reportgen ({type(error).__name__}: {error}); set {_TRACEBACK_SWITCH}=1 to see where, "
            "and please report it"
        )
    sys.exit(code or 0)


def _silenced() -> int:
    """Sends what is left of standard output nowhere, so that Python's last flush does not fail; gives the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return ERROR_CODE


def _fail(text: str) -> None:
    """One line on standard error, and the exit code of errors."""
    print_remark(text)
    sys.exit(ERROR_CODE)
