"""Options shared by several commands, each declared once, and how they combine with a project's settings."""

import functools
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import click

from reportgen.cli.baselines import Baseline, count_places, read_one, read_several
from reportgen.cli.help_text import Context, Count
from reportgen.cli.terminal import be_quiet, print_remark, print_text, shown
from reportgen.errors import OutputError, SourceError
from reportgen.options import Look, ReadOptions, Theme, look_options, read_options, spelling
from reportgen.text import printable, shell_argument

if TYPE_CHECKING:
    from reportgen.gate import GateRules
    from reportgen.history.frame import TrainingHistory
    from reportgen.outputs.output_names import OutputKind
    from reportgen.report import Report

Decorator = Callable[[Callable[..., None]], Callable[..., None]]

FILE: Final = click.Path(readable=False)  # any text; shells complete it with files
_MAX_EXTRA: Final = 3  # arguments that a message repeats
_DECIMAL: Final = re.compile(r"-?(0|[1-9]\d{0,9}|(0|[1-9]\d{0,9})?\.\d{1,12})([eE][+-]?\d{1,2})?")


def _read_quiet(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    if given:
        be_quiet(context)


QUIET: Final = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    expose_value=False,
    callback=_read_quiet,
    help="Print only errors and requested data, such as that of --json.",
)
OPEN: Final = click.option("--open", "opens", is_flag=True, help="Open the report in the browser.")
WEBHOOK: Final = click.option(
    "--webhook",
    is_flag=True,
    help="Send a message to the webhook in REPORTGEN_WEBHOOK_URL; see docs/webhooks.md.",
)
FORCE: Final = click.option("--force", is_flag=True, help="Replace files that reportgen did not write.")


class Command(click.Command):
    """A command whose help lists arguments and options in sections, and that says what to do with extra arguments."""

    context_class = Context

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the arguments. A mistake names this command's help.

        Raises:
            click.UsageError: an argument or option is wrong, missing or too many.
        """
        ctx.allow_extra_args = True
        try:
            extra = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if extra and not ctx.resilient_parsing:
            raise click.UsageError(self._too_many(ctx, extra), ctx)
        return extra

    def _too_many(self, ctx: click.Context, extra: list[str]) -> str:
        """What to do with more arguments than the command takes."""
        shown = " ".join(shell_argument(printable(text, 60)) for text in extra[:_MAX_EXTRA])
        if "source" not in ctx.params:
            return f"{self.name} takes no arguments, but {shown} was given; a file for the report follows -o"
        if self.name == "build" and len(extra) == 1 and Path(extra[0]).suffix in (".html", ".htm"):
            return f"{self.name} reads one log, but {shown} was given as well; a file for the report follows -o"
        logs = " ".join(shell_argument(printable(text, 60)) for text in [ctx.params["source"], *extra][:_MAX_EXTRA])
        more = " ..." if len(extra) >= _MAX_EXTRA else ""
        return (
            f"{self.name} reads one log, but {len(extra) + 1} were given. Pass one, or make a report of each: "
            f"reportgen sweep {logs}{more}. To compare them: reportgen compare {logs}{more}."
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command. A mistake that is found while it runs names this command's help as well.

        Raises:
            click.UsageError: options contradict each other.
        """
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes one list per section, in order of first occurrence."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(parameter, "section", "Options"), []).append(record)
        for title, rows in sorted(sections.items(), key=lambda section: section[0] != "Arguments"):
            with formatter.section(title):
                formatter.write_dl(rows)


class Argument(click.Argument):
    """An argument with a help text."""

    section = "Arguments"

    def __init__(self, declarations: list[str], *, help: str, **attributes: Any) -> None:  # noqa: A002  # click's name
        super().__init__(declarations, type=FILE, **attributes)
        self.text = help

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Its metavar and its help."""
        return self.metavar or "", self.text


class Option(click.Option):
    """An option listed in a section. One that can be negated is written ``--[no-]static``."""

    def __init__(self, declarations: list[str], *, section: str, **attributes: Any) -> None:
        super().__init__(declarations, **attributes)
        self.section = section

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Its spellings and its help."""
        record = super().get_help_record(ctx)
        if record is None or not self.secondary_opts:
            return record
        return f"--[no-]{self.opts[0].removeprefix('--')}", record[1]


def source_argument(name: str = "source", *, several: str = "") -> Decorator:
    """The source of a command, or several, with a sentence that explains how they are used."""
    kinds = 'Log file, folder or URL, "mlflow:RUN_ID", an earlier report, or "-" for standard input.'
    if several:
        return click.argument(
            name, cls=Argument, nargs=-1, required=True, metavar="SOURCE...", help=f"{kinds} {several}"
        )
    return click.argument(name, cls=Argument, metavar="SOURCE", help=kinds)


def _shown(metavar: str | None, text: str, **attributes: Any) -> dict[str, Any]:
    return {"metavar": metavar, "help": text, **attributes}


def _group(section: str, **options: dict[str, Any]) -> dict[str, Decorator]:
    """Options by the name of their field or parameter, listed together in one section of the help."""
    decorators: dict[str, Decorator] = {}
    for name, attributes in options.items():
        flag = f"--{spelling(name)}"
        if attributes.get("is_flag"):
            flag = f"{flag}/--no-{spelling(name)}"
        decorators[name] = click.option(flag, name, cls=Option, section=section, default=None, **attributes)
    return decorators


def _read_columns(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Parses the columns of ``--columns train=loss,valid=val_loss``, each split at its last "="."""
    columns = {}
    for part in (part for text in given for part in text.split(",")):
        column, equals, name = part.rpartition("=")
        if not equals or not column:
            raise click.BadParameter(f"{part!r} names no column; COLUMN=NAME is needed, such as valid=val_loss")
        columns[column] = name.strip()
    return columns


def _read_directions(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Parses the directions of ``--direction f2=higher``, split at the last "=", as names may contain one."""
    directions = {}
    for text in given:
        name, equals, way = text.rpartition("=")
        if not equals or not name or way not in ("lower", "higher"):
            raise click.BadParameter(f"{text!r} is not a direction; METRIC=lower or METRIC=higher is needed")
        directions[name] = way
    return directions


def _read_params(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    """Parses the settings of ``--param lr=0.1``, split at the first "=", as values may contain one."""
    params: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{text!r} names no setting; NAME=VALUE is needed, such as lr=0.001")
        params[name.strip()] = float(value) if _DECIMAL.fullmatch(value) else value  # so that 1e-3 is 0.001
    return params


def _read_run(context: click.Context, parameter: click.Parameter, given: str | None) -> str | int | None:
    return int(given) if given is not None and given.isdecimal() else given


def _read_ignore(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Checks the codes of ``--ignore RG203,RG303``."""
    if not given:
        return ()
    from reportgen.diagnosis.rules import find_rules

    names = tuple(ReadOptions(ignore=given).ignore)
    find_rules(names)  # raises if one does not exist
    return names


def _read_language(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    from reportgen.languages import language

    return None if given is None else language(given).code


READ: Final = _group(
    "Reading options",
    format=_shown("NAME", "Format of the log (default: detected from its content); see docs/sources.md."),
    columns=_shown(
        "COLUMN=NAME,...",
        "What columns mean: epoch, step, or a metric such as val_loss; an empty name skips the column. Repeatable.",
        multiple=True,
        callback=_read_columns,
    ),
    validation_freq=_shown(
        "N",
        "Validation ran every N epochs; needed if there are fewer validation values than epochs.",
        type=Count(min=1),
    ),
    directions=_shown(
        "METRIC=lower|higher",
        "Whether lower or higher values of a metric are better, if its name does not show it. Repeatable.",
        multiple=True,
        callback=_read_directions,
    ),
    run=_shown(
        "RUN", "Which run to read if the source has several: its name, or its number from 1.", callback=_read_run
    ),
    monitor=_shown("METRIC", "The metric to judge the run by, such as f1 or val_f1 (default: the loss)."),
    ignore=_shown(
        "CODE,...",
        "Findings to leave out, by code or name, such as RG203; see docs/findings.md. Repeatable.",
        multiple=True,
        callback=_read_ignore,
    ),
)
BASELINE: Final = _group(
    "Options",
    baseline=_shown("SOURCE", "An earlier run to compare with; the reading options apply to it too.", type=FILE),
)
EVALUATION: Final = _group(
    "Options",
    evaluation=_shown(
        "FILE", "Predictions on test data: a CSV, Parquet or npz file; see docs/evaluation.md.", type=FILE
    ),
)
ADDITIONS: Final = _group(
    "Options",
    param=_shown(
        "NAME=VALUE", "A setting of the run, such as lr=0.001. Repeatable.", multiple=True, callback=_read_params
    ),
    tag=_shown("TAG", "A label for the run, such as baseline. Repeatable.", multiple=True),
)
FILES: Final = _group(
    "Options",
    note=_shown("FILE", "A Markdown file to add to the report. Repeatable.", multiple=True, type=FILE),
    figure=_shown("FILE", "A PNG, JPEG or SVG picture to add to the report. Repeatable.", multiple=True, type=FILE),
)
LOOK: Final = _group(
    "Report options",
    theme=_shown(
        None,
        "Colours of the page (default: auto, which follows the reader's system).",
        type=click.Choice(get_args(Theme)),
    ),
    static=_shown(None, "Write a page without scripts, for email and for viewers that block them.", is_flag=True),
    interactive=_shown(
        None, "Include Vega (0.6 MB): charts that zoom, pan, smooth and switch to a logarithmic axis.", is_flag=True
    ),
    compress=_shown(
        None,
        "Compress Vega to half its size; not suitable for email, where filters flag scripts that unpack others.",
        is_flag=True,
    ),
    templates=_shown(
        "DIR",
        "A folder with your own templates; see templates/README.md.",
        type=click.Path(readable=False, file_okay=False, path_type=Path),
    ),
    language=_shown("LANG", "Language of all texts: en or zh-CN (default: en).", callback=_read_language),
)
LANGUAGE: Final = {"language": LOOK["language"]}
GATE: Final = _group(
    "Gate options",
    fail_on=_shown(
        "ANSWER,...",
        "Answers that fail the gate: diverged, not-learning, overfitting, not-converged, more-training-helps; with "
        "--evaluation also test-differs, class-never-predicted, no-better-than-majority, poor-calibration. Repeatable.",
        multiple=True,
    ),
    min_probability=_shown("P", "Minimum probability for an answer to fail (default: 0.8).", type=float),
    require=_shown(
        "METRIC>=NUMBER",
        "Limit for the best value, with >=, >, <= or <; last(METRIC)>=NUMBER for the last value, test_METRIC>=NUMBER "
        "for a score on test data. Repeatable.",
        multiple=True,
    ),
    max_regression=_shown(
        "LIMIT",
        "How much worse than the baseline the best value may be: 2%, 0.01, or val_accuracy=0.01 for a metric "
        "other than the judged one. Repeatable.",
        multiple=True,
    ),
)


def takes(*groups: Mapping[str, Decorator]) -> Decorator:
    """Adds groups of shared options to a command, which receives them as a `Project`."""
    options = {name: option for group in groups for name, option in group.items()}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def with_project(**values: Any) -> None:
            given = {name: values.pop(name) for name in options}
            typed = {name: value for name, value in given.items() if value not in (None, (), {})}
            command(project=Project(typed), **values)

        for option in reversed(options.values()):
            option(with_project)
        return with_project

    return decorate


def _agreeing(settings: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """The look from the settings, overridden by typed options. Settings that contradict a typed option are ignored."""
    merged = {**settings, **typed}
    if typed.get("static") and "interactive" not in typed:
        merged["interactive"] = False
    if typed.get("interactive") and "static" not in typed:
        merged["static"] = False
    if not merged.get("interactive") and "compress" not in typed:
        merged["compress"] = False
    return merged


def check_file(
    output: str, sources: Iterable[str], force: bool, added: Iterable[str] = (), *, kind: "OutputKind" = "report"
) -> None:
    """Rejects an output file that cannot be written or is a source itself, before any work is done.

    A page may be its own source: an earlier report that is made again. ``added`` are other files that it is made from.
    """
    from reportgen.outputs.files import check_target
    from reportgen.outputs.output_names import check_output_name

    target, added = check_target(output, overwrite=True), list(added)
    for place in map(Path, added):
        if target == place.resolve():
            raise OutputError(
                f"{output}: the report is made from this file, which would be replaced. Choose another file."
            )
    for place in map(Path, sources):
        as_given = Path(os.path.realpath(place.parent)) / place.name
        if target in (as_given, as_given.resolve()) and target.suffix not in (".html", ".htm"):
            raise OutputError(f"{output}: this is the log itself, which would be replaced. Choose another file.")
    check_output_name(output, kind)
    check_target(output, overwrite=force)


class Project:
    """Typed options, which override the settings that apply in the working directory.

    Typed options must apply to the run; options from the settings are ignored where they do not.

    Attributes:
        settings: The settings alone.
        read: How sources are read.
        look: How reports are presented.
        remark: Something to print on standard error; empty if there is nothing.

    Raises:
        SettingsError: the settings cannot be read.
        RenderError: appearance options contradict each other.
    """

    def __init__(self, typed: Mapping[str, Any]) -> None:
        from reportgen.settings import VARIABLE, find_settings

        self.settings = find_settings(Path.cwd(), os.environ.get(VARIABLE))
        if self.settings.remark:
            print_remark(self.settings.remark)
        self._typed = typed
        self.read: ReadOptions = read_options(None, self.settings.read | self._typed_fields(ReadOptions))
        self.look: Look = look_options(None, _agreeing(self.settings.look, self._typed_fields(Look)))
        self.remark = ""

    def _typed_fields(self, kind: type[ReadOptions | Look]) -> dict[str, Any]:
        return {item.name: self._typed[item.name] for item in fields(kind) if item.name in self._typed}

    def rules(self) -> "GateRules":
        """The rules of the gate.

        Raises:
            DiagnosisError: a rule cannot be read.
        """
        from reportgen.gate import read_rules

        typed = {name: self._typed[name] for name in GATE if name in self._typed}
        rules = read_rules(**{**self.settings.gate, **typed})
        if "max_regression" in typed and self.baseline_source is None:
            raise click.UsageError("--max-regression needs an earlier run to compare with; pass it as --baseline")
        return rules

    @property
    def typed_baseline(self) -> str | None:
        """The baseline from the command line, ignoring the settings."""
        return self._typed.get("baseline")

    @functools.cached_property
    def baseline_source(self) -> str | None:
        """Where the baseline is. A baseline from the settings may be missing; `remark` then says so."""
        if self.typed_baseline is not None:
            return self.typed_baseline
        path = self.settings.baseline
        if path is not None and not count_places(str(path)):
            self.remark = f"The baseline {shown(path)} does not exist, so the run is not compared with it."
            return None
        return None if path is None else str(path)

    def evaluation_source(self, n_sources: int = 1) -> str | None:
        """The file of predictions. One from the settings may be missing; `remark` then says so.

        Predictions are those of one run. With several, one from the settings does not apply.

        Raises:
            click.UsageError: it was typed for several runs.
        """
        typed = self._typed.get("evaluation")
        if typed is not None and n_sources > 1:
            raise click.UsageError(
                f"--evaluation has the predictions of one run, but {n_sources} sources were given; pass one source"
            )
        if typed is not None:
            return str(typed)
        path = self.settings.evaluation
        if path is None or n_sources > 1:
            return None
        if not path.exists():
            self.remark = f"The predictions {shown(path)} do not exist, so the run has no evaluation."
            return None
        return str(path)

    def check_additions(self, n_sources: int) -> None:
        """Checks that notes and figures are added to a single report.

        Raises:
            click.UsageError: they were typed for several runs.
        """
        for name in FILES:
            if n_sources > 1 and self._typed.get(name):
                raise click.UsageError(
                    f"--{name} is added to one report, but {n_sources} sources were given; pass one source"
                )

    @property
    def added_files(self) -> list[str]:
        """The typed files that become part of a report, which must not be replaced."""
        typed = self._typed
        evaluation = [typed["evaluation"]] if typed.get("evaluation") is not None else []
        return [*evaluation, *typed.get("note", ()), *typed.get("figure", ())]

    @functools.cached_property
    def baseline(self) -> "TrainingHistory | None":
        """The earlier run to compare with, for commands that take a single one.

        Several from the settings do not apply to them; `remark` then says so.

        Raises:
            SourceError: it cannot be read.
        """
        source = self.baseline_source
        if source is not None and self.typed_baseline is None and (n := count_places(source)) > 1:
            self.remark = f"The baseline {shown(Path(source))} matches {n} files, so it is only used by check and ci."
            return None
        return self._read_baseline(read_one).history

    @functools.cached_property
    def baselines(self) -> Baseline:
        """The earlier run or runs to compare with, for commands that take several.

        Raises:
            SourceError: one of them cannot be read.
        """
        return self._read_baseline(read_several)

    def _read_baseline(self, read: Callable[[str, ReadOptions], Baseline]) -> Baseline:
        if self.baseline_source is None:
            return Baseline()
        try:
            return read(self.baseline_source, self.read)
        except SourceError as error:
            hint = " (A baseline that may be missing belongs in the settings.)" if self.typed_baseline else ""
            raise SourceError(f"The baseline cannot be read. {error}{hint}") from None

    def open_report(
        self,
        source: str,
        *,
        baseline: "TrainingHistory | None" = None,
        title: str | None = None,
        or_title: str | None = None,
        evaluation: str | None = None,
    ) -> "Report":
        """The report of a source.

        Args:
            source: As typed.
            baseline: The earlier run (default: `baseline`).
            title: Replaces the run's own title.
            or_title: The title if the run has none.
            evaluation: A file of predictions.
        """
        from reportgen import sources
        from reportgen.report import build
        from reportgen.sources.source_title import title_of

        baseline = baseline or self.baseline
        options = replace(self.read, directions=self.settings.read.get("directions") or {}, monitor=None)
        lenient = (set(self.settings.read) - set(self._typed)) | {"directions"}
        loaded = sources.read(source, options, lenient=lenient)
        monitor = self.read.monitor
        if "monitor" not in self._typed and loaded.history.monitored(monitor) is None:
            monitor = None
        report = build(
            loaded.history,
            title=title or loaded.history.run.title or or_title,
            tags=self._typed.get("tag"),
            params=self._typed.get("param"),
            baseline=baseline,
            evaluation=evaluation,
            directions=self._typed.get("directions", {}),
            monitor=monitor,
            ignore=self.read.ignore,
            look=self.look,
        )
        report = replace(report, read_as=loaded.format, source_title=report.source_title or title_of(source))
        for path in map(Path, self._typed.get("note", ())):
            report.add_note(path)
        for path in map(Path, self._typed.get("figure", ())):
            report.add_figure(path, title=path.stem)
        return report

    def print_settings(self) -> None:
        """Prints which file the settings come from, if any."""
        if self.settings.path is not None:
            print_text(f"Settings: {shown(self.settings.path)}")
