"""The command line: arguments in, exit code out. Only this package prints.

Exit codes: 0 for success, 1 if the gate failed, 2 for any error, with one line on standard error.
"""

import errno
import gc
import os
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path

import click

from reportgen.cli import ci, compare, completion, email, reports, sweep
from reportgen.cli.help_text import Context
from reportgen.cli.installation import find_other_project
from reportgen.cli.terminal import ERROR_CODE, INTERRUPTED_CODE, print_data, print_remark, print_text, show_plainly
from reportgen.errors import ReportgenError
from reportgen.text import printable, shell_argument
from reportgen.version import __version__

_TRACEBACK_SWITCH = "REPORTGEN_TRACEBACK"
_LONGER = "keras-reportgen"
_OPTIONS = ("help", "version")  # that people also type as commands
_WHOLE = 1000  # characters of a command's first sentence, more than any has


def _print_version(context: click.Context, parameter: click.Parameter, typed: bool) -> None:
    if typed and not context.resilient_parsing:
        print_text(f"reportgen {__version__}")
        context.exit()


class _Commands(click.Group):
    context_class = Context

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands first, with a whole sentence each."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(_WHOLE)) for name in self.commands])
        click.Command.format_options(self, ctx, formatter)
        formatter.write_paragraph()
        formatter.write_text(f"Run {ctx.command_path} COMMAND --help for the arguments and options of a command.")

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order below

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command; for other words that people try, says what to type instead."""
        name = args[0]
        if name not in self.commands and not ctx.resilient_parsing:
            instead = f"{ctx.command_path} --{name}" if name in _OPTIONS else None
            if instead is None and Path(name).exists():
                instead = f"{ctx.command_path} check {shell_argument(name)}"
            if instead is None:  # click 8.4 suggests a command itself
                instead = next(iter(get_close_matches(name, self.commands, n=1)), None)
            if instead is not None:
                raise click.UsageError(f"No such command {name!r}. Did you mean {printable(instead, 200)!r}?", ctx)
        return super().resolve_command(ctx, args)


app = _Commands(
    name="reportgen",
    help="Turn a training log into a report that says what happened and what to do.",
    params=[
        click.Option(
            ["-V", "--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Print the version and exit.",
        ),
        completion.INSTALL,
        completion.SHOW,
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for command in (
    reports.build,
    reports.check,
    ci.summary,
    ci.card,
    ci.ci,
    compare.compare,
    sweep.sweep,
    email.email,
    reports.demo,
):
    app.add_command(command)


def main() -> None:
    """Runs the command line and exits with its code."""
    gc.set_threshold(1_000_000)  # loading modules creates little garbage, but searching it costs 5 % of a report
    show_plainly()
    if other := find_other_project():
        print_remark(other)
    try:
        code = app.main(sys.argv[1:] or ["--help"], _program(), standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except ReportgenError as error:
        _fail(str(error))
    except click.UsageError as error:
        _fail(_usage_line(error))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED_CODE)
    except SystemExit as end:  # click exits with 1 if a pipe is closed, such as by `head`; here 1 means a failed gate
        sys.exit(_silenced() if end.code == 1 else end.code)
    except Exception as error:
        if isinstance(error, OSError) and _is_of_output(error):
            _silenced()
            if error.errno == errno.EPIPE:
                sys.exit(ERROR_CODE)
            _fail(f"standard output cannot be written ({error.strerror or error}); send it elsewhere.")
        if os.environ.get(_TRACEBACK_SWITCH):
            raise
        _fail(
            f"an error inside reportgen ({type(error).__name__}: {error}); set {_TRACEBACK_SWITCH}=1 to see where, "
            "and please report it"
        )
    sys.exit(code or 0)


def _program() -> str:
    """The name that works in a terminal: ``uvx`` and ``pipx run`` leave only that of the distribution."""
    return _LONGER if Path(sys.argv[0]).stem == _LONGER else "reportgen"


def _usage_line(error: click.UsageError) -> str:
    """Describes a mistake in the arguments, and which help to read."""
    text = error.format_message()
    if isinstance(error, click.NoSuchOption):
        text = f"No such option {error.option_name!r}."
        meant = (
            ["--metric"] if _compares(error) else get_close_matches(error.option_name, error.possibilities or (), n=1)
        )
        for nearest in meant:
            text += f" Did you mean {nearest!r}?"
    end = "" if text.endswith((".", "?", "?)")) else "."
    command = error.ctx.command_path if error.ctx is not None else _program()
    return f"{text}{end} Run {command} --help for its options."


def _compares(error: click.NoSuchOption) -> bool:
    """Whether `compare` was given the option by which other commands choose the metric."""
    return error.option_name == "--monitor" and error.ctx is not None and error.ctx.info_name == "compare"


def _is_of_output(error: OSError) -> bool:
    """Whether an error was raised while something was printed, rather than by an import or a file."""
    places = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    flushed = len(places) == 1  # by `main` itself
    return flushed or not {click.echo.__code__, print_data.__code__}.isdisjoint(places)


def _silenced() -> int:
    """Discards the rest of standard output, so that Python's last flush does not fail; returns the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return ERROR_CODE


def _fail(text: str) -> None:
    """Prints one line on standard error, and exits with the error code."""
    print_remark(text)
    sys.exit(ERROR_CODE)
