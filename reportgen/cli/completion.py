"""Shell completion: prints or installs the script for bash, zsh or fish."""

import os
from pathlib import Path
from typing import Final

import click
from click.shell_completion import get_completion_class

from reportgen.cli.terminal import print_text
from reportgen.errors import OutputError

SHELLS: Final = ("bash", "zsh", "fish")
_DETECTED: Final = ""  # the value of an option given without a shell


def _show(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None and not context.resilient_parsing:
        print_text(_script(_find_shell(context, value), context), end="")
        context.exit()


def _install(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is None or context.resilient_parsing:
        return
    shell, home = _find_shell(context, value), Path.home()
    path, startup, line = {
        "bash": (home / ".bash_completions/reportgen.sh", home / ".bashrc", "source ~/.bash_completions/reportgen.sh"),
        "zsh": (home / ".zfunc/_reportgen", home / ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"),
        "fish": (home / ".config/fish/completions/reportgen.fish", None, ""),
    }[shell]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_script(shell, context), "utf-8")
        if startup is not None:
            text = startup.read_text("utf-8") if startup.exists() else ""
            if line not in text.splitlines():
                with startup.open("a", encoding="utf-8") as file:
                    file.write(f"{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n")
    except (OSError, ValueError) as error:
        raise OutputError(
            f"{path}: completion cannot be installed ({error}). Add the output of reportgen --show-completion {shell} "
            "to the startup file of your shell."
        ) from None
    print_text(f"Completion for {shell} is installed in {path}. It works in new terminals.")
    context.exit()


def _find_shell(context: click.Context, value: str) -> str:
    shell = value or Path(os.environ.get("SHELL", "")).name
    if shell not in SHELLS:
        found = f"there is no completion for {shell!r}" if shell else "the shell cannot be detected"
        raise click.UsageError(f"{found}; one of {', '.join(SHELLS)} is needed, as in --show-completion bash", context)
    return shell


def _script(shell: str, context: click.Context) -> str:
    """The completion script of a shell. It calls reportgen with an environment variable that requests completions."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # click supports all of `SHELLS`
    script = kind(context.command, {}, "reportgen", "_REPORTGEN_COMPLETE").source()
    return f"{script.rstrip()}\n"


def option(name: str, help_text: str, *, installs: bool) -> click.Option:
    """``--install-completion`` or ``--show-completion``, with or without a shell."""
    return click.Option(
        [name],
        metavar="[SHELL]",
        is_flag=False,
        flag_value=_DETECTED,
        is_eager=True,
        expose_value=False,
        callback=_install if installs else _show,
        help=help_text,
    )


INSTALL: Final = option(
    "--install-completion", "Install completion for bash, zsh or fish (default: your shell).", installs=True
)
SHOW: Final = option("--show-completion", "Print the completion script of a shell.", installs=False)
