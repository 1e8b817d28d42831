"""Arguments and options that several commands share, and how they are read together with a project's settings."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from reportgen.errors import SourceError
from reportgen.options import Theme

if TYPE_CHECKING:
    from reportgen.gate import GateRules
    from reportgen.history.frame import TrainingHistory
    from reportgen.report import Report
    from reportgen.settings import Settings

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="Log file, folder or URL of a training, mlflow:RUN_ID, or an earlier report; - is standard input.",
    ),
]
Format = Annotated[
    str | None, typer.Option("--format", metavar="NAME", help="Format of the log; told by its content if not given.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="COLUMN=NAME,...",
        help="What columns are: loss, val_loss, epoch, step; no name leaves a column out; may be repeated.",
    ),
]
Baseline = Annotated[str | None, typer.Option("--baseline", metavar="SOURCE", help="An earlier run to compare with.")]
ValidationFreq = Annotated[
    int | None,
    typer.Option("--validation-freq", min=1, help="Every how many epochs validation ran, if its lists are shorter."),
]
Direction = Annotated[
    list[str] | None,
    typer.Option(
        "--direction", metavar="METRIC=lower|higher", help="Which values of a metric are better; may be repeated."
    ),
]
Lang = Annotated[
    str | None,
    typer.Option("--lang", metavar="LANG", help="Language of every word: en (English) or zh-CN (Chinese)."),
]
PageTheme = Annotated[
    Theme | None,
    typer.Option("--theme", help="Colours of the page; auto, if not told, follows the reader's system."),
]
Static = Annotated[bool, typer.Option("--static", help="Leave out every script, as mail needs it.")]
Templates = Annotated[
    Path | None, typer.Option("--templates", metavar="DIR", help="Templates of your own, which go before ours.")
]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="ANSWER,...",
        help="Answers that fail the gate: diverged, not-learning, overfitting, not-converged, more-training-helps.",
    ),
]
MinProbability = Annotated[
    float | None,
    typer.Option("--min-probability", metavar="P", help="How sure such an answer has to be; 0.8 if not told."),
]
Require = Annotated[
    list[str] | None,
    typer.Option(
        "--require",
        metavar="METRIC>=NUMBER",
        help="A limit for the best value, with >=, >, <= or <; last(METRIC)>=NUMBER for the last. May be repeated.",
    ),
]
MaxRegression = Annotated[
    list[str] | None,
    typer.Option(
        "--max-regression",
        metavar="LIMIT",
        help="How much worse than the baseline's the best value may be: 2% or 0.01; METRIC=LIMIT for another metric "
        "than the judged one. May be repeated.",
    ),
]
STYLES: Final = {
    "headline": {"bold": True},
    "answer": {"bold": True},
    "critical": {"fg": "red"},
    "warning": {"fg": "yellow"},
    "note": {"fg": "blue"},
    "good": {"fg": "green"},
}


def painted(text: str, tone: str) -> str:
    """Text in the colour of a tone."""
    return typer.style(text, **STYLES[tone])  # type: ignore[arg-type]  # colours by name, or bold


def terminal_width() -> int:
    """Columns of the terminal, or what text is wrapped at where there is none."""
    from reportgen.outputs.text import WIDTH

    return min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def print_remark(text: str) -> None:
    """One line on standard error."""
    from reportgen.outputs.harmless import harmless

    typer.echo(f"reportgen: {harmless(' '.join(text.split()))}", err=True)


def read_settings() -> "Settings":
    """The project's settings, as they hold in the working directory."""
    from reportgen.settings import find_settings

    return find_settings(Path.cwd())


def read_directions(given: list[str] | None) -> dict[str, str]:
    """The directions of ``--direction f2=higher``; the last "=" parts name and direction, as names may hold one."""
    said = {}
    for text in given or ():
        name, equals, way = text.rpartition("=")
        if not equals or not name or way not in ("lower", "higher"):
            raise typer.BadParameter(f"{text!r} is no direction; METRIC=lower or METRIC=higher is needed")
        said[name] = way
    return said


def read_gate(
    settings: "Settings",
    fail_on: list[str] | None,
    min_probability: float | None,
    require: list[str] | None,
    max_regression: list[str] | None,
) -> "GateRules":
    """The rules of the gate: an option goes before the setting of its name."""
    from reportgen.gate import DEFAULT_MIN_PROBABILITY, GateRules, read_rules

    least = settings.min_probability if min_probability is None else min_probability
    typed = read_rules(
        fail_on or (), DEFAULT_MIN_PROBABILITY if least is None else least, require or (), max_regression or ()
    )
    return GateRules(
        typed.fail_on if fail_on is not None else settings.fail_on or (),
        typed.min_probability,
        typed.require if require is not None else settings.require or (),
        typed.max_regression if max_regression is not None else settings.max_regression or (),
    )


def open_baseline(given: str | None, settings: "Settings") -> "tuple[TrainingHistory | None, str]":
    """The earlier run to compare with, and a remark; what is typed has to be there, what is set may not be there yet.

    Raises:
        SourceError: it is not there, or cannot be read.
    """
    from reportgen.report import load

    if given is not None:
        try:
            return load(given), ""
        except SourceError as error:
            raise SourceError(
                f"The baseline cannot be read. {error} (One that the first build lacks can stand in the settings.)"
            ) from None
    if settings.baseline is None:
        return None, ""
    if not settings.baseline.exists():
        return None, f"The baseline {shown(settings.baseline)} is not there, so nothing is compared with it."
    return load(settings.baseline), ""


def open_report(
    source: str,
    settings: "Settings",
    *,
    title: str | None = None,
    or_title: str | None = None,
    baseline: "TrainingHistory | None" = None,
    log_format: str | None = None,
    columns: dict[str, str] | None = None,
    validation_freq: int | None = None,
    directions: dict[str, str] | None = None,
    lang: str | None = None,
) -> "Report":
    """The report of a source.

    Args:
        source: As it was typed.
        settings: Their directions are passed over for metrics that the run has not.
        title: Goes before the run's own.
        or_title: Of a run that has none.
        baseline: An earlier run.
        log_format: As it was typed, like the next four.
        columns: What columns are.
        validation_freq: Every how many epochs validation ran.
        directions: Of metrics that the run has.
        lang: Goes before the setting.
    """
    from reportgen import sources
    from reportgen.options import ReadOptions
    from reportgen.report import build

    reading = sources.read(source, ReadOptions(log_format, columns or {}, validation_freq))
    history = reading.history
    known = {name: way for name, way in settings.direction.items() if name in history.metric_names}
    report = build(
        history,
        title=title or history.run.title or or_title,
        baseline=baseline,
        directions=known | (directions or {}),
        language=lang or settings.lang or "en",
    )
    return replace(report, read_as=reading.format)


def print_settings(settings: "Settings") -> None:
    """Which file the settings were taken from, if any."""
    if settings.path is not None:
        typer.echo(f"Settings: {shown(settings.path)}")


def shown(path: Path) -> str:
    """A path for a reader: from the working directory on, where it lies in there."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def read_columns(given: list[str] | None) -> dict[str, str]:
    """The columns of ``--columns train=loss,valid=val_loss``; the last "=" of each parts column and name."""
    said = {}
    for text in given or ():
        for part in text.split(","):
            column, equals, name = part.rpartition("=")
            if not equals or not column:
                raise typer.BadParameter(f"{part!r} names no column; COLUMN=NAME is needed, such as valid=val_loss")
            said[column] = name.strip()
    return said
