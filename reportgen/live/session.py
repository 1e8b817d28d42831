"""The runs of one recorder or callback: what the user asked for, and the recording of each run.

It knows no framework. A callback or a loop tells it what happens; once training has begun, nothing here raises: any
failure becomes a single warning.
"""

import os
import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self, Unpack

from reportgen.additions import TakesAdditions
from reportgen.assets import custom_style
from reportgen.errors import SettingsError
from reportgen.history.additions import Addition, checked_tags, joined_additions
from reportgen.history.facts import OBJECTIVE, EarlyStopping, RunFacts, Status, valid_directions
from reportgen.history.notes import Note, is_text
from reportgen.history.params import flat_params, setting_text
from reportgen.history.stored import pack_run
from reportgen.languages import language
from reportgen.live.batch_buffer import BatchBuffer
from reportgen.live.failures import FailureGuard
from reportgen.live.job import Job
from reportgen.live.logged import LogReader, one_number
from reportgen.live.path_template import PathTemplate
from reportgen.live.provenance import GitState, checked_details, described
from reportgen.live.recording import Recording
from reportgen.live.surroundings import Trial, call_after_cell, find_trial, is_chief, keep_ctrl_c
from reportgen.live.targets import Targets
from reportgen.live.test_results import TakesTestResults
from reportgen.options import BuildKeywords, Look, ReadOptions, check_type, look_options, read_options, split_keywords
from reportgen.outputs.files import check_name
from reportgen.outputs.output_names import check_output_name
from reportgen.text import harmless, printable, quoted

if TYPE_CHECKING:
    from reportgen.outputs.webhook import Webhook
    from reportgen.report import Report

_NOTIFY: Final = "send the message to the webhook"
_OF_TRAINING: Final = {"_git", "_recording", "logs", "_mail_server", "_webhook", "_on_exit"}  # not in copies


@dataclass(frozen=True)
class Framework:
    """What a session needs to know of the framework that trains, or of a loop without one.

    Attributes:
        files: Files of its packages, whose frames are between the user's line and this package.
        backend: What it computes with, if this decides which process of several writes the report.
        to_array: Converts a value to a NumPy array.
        has_parts: Whether the values of an epoch may be logged in several parts.
        nothing: What is wrong if no epoch was logged.
    """

    files: tuple[str, ...] = ()
    backend: str = ""
    to_array: Callable[[Any], Any] = one_number
    has_parts: bool = False
    nothing: str = "nothing was logged"


class AddsToSession(TakesAdditions, TakesTestResults):
    """What callbacks and recorders have in common: what is added to them goes to the report of their session."""

    _session: "Session"

    def _take_addition(self, what: str, make: Callable[[], Addition]) -> Self:
        self._session.add(what, make)
        return self


class Session:
    """Decides where the report of each run goes, records it, and writes the report when it ends.

    Args:
        path: As for `ReportCallback` and `Recorder`, like all other arguments.

    Raises:
        SettingsError: ``update_freq``, ``notify``, a direction or a placeholder in the path is not valid.
        RenderError: two appearance options contradict each other, or the templates are not a folder.
        LanguageError: the language is not available.
        DiagnosisError: a finding to ignore does not exist.
        OutputError: the path is empty, a folder or not a path, or an email address is not valid.
        MissingExtraError: css-inline or Pillow, which mail needs, is not installed.

    Attributes:
        given: The path as given.
        title: Heading of the report.
        every: Log every N batches; None to log only epochs.
        params: Settings of the user, as text by name.
        look: How the report is presented.
        guard: Turns failures into warnings.
        logs: Reads logs.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        tags: str | Iterable[str] | None = None,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
        details: str | Sequence[str] = (),
        baseline: Any = None,
        email: str | Sequence[str] | None = None,
        notify: str | bool = False,
        overwrite: bool = False,
        verbose: int = 1,
        update_freq: str | int = "epoch",
        options: ReadOptions | None = None,
        look: Look | None = None,
        **keywords: Unpack[BuildKeywords],
    ) -> None:
        reading, presenting = split_keywords(keywords)
        self.given = check_name(path)
        check_output_name(self.given, "report")
        self._template = PathTemplate(self.given)
        self.title = None if title is None else str(title)
        self.params = flat_params(params)
        self._tags = checked_tags(tags)
        self._seed = seed
        self._details = checked_details(details)
        self._git: GitState | None = None
        self._trial = Trial()
        self._baseline = baseline
        self._email = email
        self._notify = _checked_webhook(notify)
        self._overwrite = overwrite
        self._verbose = verbose
        self.every = _batches_between(update_freq)
        self._options = _checked(read_options(options, reading))
        self.look = look_options(look, presenting, stacklevel=4)
        language(self.look.language)  # raises if it is not available
        if self.look.templates is not None:
            custom_style(self.look.templates)  # raises if it is not a folder
        if email is not None:
            from reportgen.outputs.email import parse_recipients  # needs an extra

            parse_recipients(email)
        self._use(Framework())
        self._added: tuple[Addition, ...] = ()  # before training
        self._recording: Recording | None = None
        self._has_begun = False
        self._went_to: str | None = None  # the path of an earlier run, or of the session that this is a copy of
        self._process = os.getpid()  # that trains
        self._mail_server: Any = None
        self._webhook: Any = None
        self._on_exit: weakref.finalize[Any, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """For copies, such as those that tuners and scikit-learn make: they are sessions that have not trained."""
        went_to = self.path if self._recording is not None else None
        kept = {name: None if name in _OF_TRAINING else value for name, value in vars(self).items()}
        return kept | {"_has_begun": False, "_went_to": went_to, "_framework": Framework(), "guard": FailureGuard()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restores a copy."""
        self.__dict__.update(state)
        self._use(Framework())

    @property
    def path(self) -> str:
        """Where the report is: an absolute path, once training has begun; before, the path as given."""
        if self._recording is not None and self._recording.has_begun:
            return str(self._recording.job.report)
        return self._went_to or self.given

    @property
    def report(self) -> "Report | None":
        """The finished report; None until training has ended."""
        return None if self._recording is None else self._recording.report

    @property
    def is_open(self) -> bool:
        """Whether a run is being recorded, in this process."""
        return self._recording is not None and self._recording.is_open and not self.is_forked

    @property
    def is_forked(self) -> bool:
        """Whether this process is a copy of the one that trains, such as a loader of data."""
        return self._process != os.getpid()

    @property
    def has_recorded(self) -> bool:
        """Whether this process records a training or has recorded one."""
        return self._recording is not None and self._recording.has_begun

    @property
    def last_epoch(self) -> int:
        """The last epoch that was logged; 0 before the first."""
        return 0 if self._recording is None else self._recording.last_epoch

    @property
    def batches(self) -> BatchBuffer | None:
        """The batches waiting to be written; None while no training is being recorded."""
        return None if self._recording is None else self._recording.batches

    def begin(self, framework: Framework, facts: Callable[[], dict[str, Any]], *, owner: Any, in_cell: bool) -> None:
        """Begins a run. The report of one that has not ended is written first.

        Args:
            framework: What trains.
            facts: Returns facts of the run, packed. Called for the first record, when the model has been built.
            owner: When this object dies, or Python exits, the training has been interrupted; None without one.
            in_cell: Whether it has also been interrupted if it has not ended with its notebook cell.
        """
        with self.guard.guarding("finish the interrupted training run"):
            self.interrupt()
        before, self._process, self._has_begun = self._recording, os.getpid(), True
        self._recording = self._mail_server = self._webhook = self._went_to = self._git = None
        self._use(framework)
        with self.guard.guarding("start recording the training"):
            if not is_chief(framework.backend):
                return
            self._check_mail()
            self._check_webhook()
            self._trial = Trial()
            with suppress(Exception):  # a trial of any class
                self._trial = find_trial()
            targets = self._targets(before)
            job = self._job(targets.first())
            if self._baseline is not None:
                with self.guard.guarding("read the baseline"):
                    job = job.with_baseline(self._baseline)
            self._git = GitState()
            self._recording = Recording(
                job, targets, self.every, lambda: self._facts(facts()), self.guard, has_parts=framework.has_parts
            )
            for addition in self._added:
                self._recording.add(addition)
            if owner is not None:
                self._on_exit = weakref.finalize(owner, self.interrupt)
                if in_cell:
                    call_after_cell(self.interrupt, on=True)

    def counts_from(self, first: int) -> int:
        """How a loop whose first logged epoch has this number counts: from 0, or from 1."""
        if first <= 0 or self._recording is None:
            return 0 if first == 0 else 1
        with suppress(Exception):  # an earlier report that cannot be read is a matter of `begin_epoch`
            return self._recording.counts_from(first)
        return 1

    def begin_epoch(self, epoch: int) -> None:
        """Begins an epoch (1-based). The first one decides whether the report of an earlier part is continued."""
        if self._recording is not None:
            with self.guard.guarding("begin an epoch"):
                self._recording.begin_epoch(epoch)

    def add_batch(self, values: Mapping[str, Any]) -> None:
        """Adds the values of the batch that `batches` counted last."""
        if self._recording is not None and values:
            self._recording.add_batch(values)

    def add_epoch(
        self,
        epoch: int,
        seconds: float,
        values: Mapping[str, Any],
        *,
        more: bool = False,
        step: int | None = None,
    ) -> None:
        """Adds the values of an epoch (1-based), as `logs` has read them; ``more``: to those that it has."""
        if self._recording is not None:
            with self.guard.guarding("collect the logs of an epoch"):
                self._recording.add_epoch(epoch, seconds, values, more=more, step=step)

    def add(self, what: str, make: Callable[[], Addition]) -> None:
        """Adds what ``make`` returns to the report: before training to that of each one, later to that of the last."""
        with self.guard.guarding(f"add {what}"):
            recording = self._recording
            if recording is None:
                self._added = joined_additions(self._added, make())
            else:
                recording.add(make())

    def is_recorded(self, what: str) -> bool:
        """Whether this process records a training or has done so. Before any, a warning says that it is too early."""
        if not self._has_begun:
            self.guard.warn(
                f"reportgen: {what} before the training, and are left out. Do this after the first epoch is logged.",
                about="test results",
            )
        return self._recording is not None

    def add_tested(self, tested: RunFacts) -> None:
        """Adds test results and an evaluation to the report, also after the end of the training."""
        if self._recording is not None:
            self._recording.add_tested(tested)

    def interrupt(self, *_: Any) -> None:
        """Writes the report of a run that did not finish; does nothing after `finish`."""
        if self.is_open:
            self.finish("interrupted")
            keep_ctrl_c()

    def finish(
        self,
        status: Status,
        stopping: Callable[[], EarlyStopping | None] = lambda: None,
        notes: Iterable[Note] = (),
    ) -> None:
        """Writes, announces, mails and notifies of the report, and stops waiting for an interruption.

        Args:
            status: How training ended.
            stopping: Returns its early stopping.
            notes: What readers of the report should know.
        """
        if self._on_exit is not None:
            self._on_exit.detach()
            self._on_exit = None
        with self.guard.guarding("disconnect from the notebook"):
            call_after_cell(self.interrupt, on=False)
        with self.guard.guarding("write the report"):
            used = None
            with suppress(Exception):
                used = stopping()
            recording, self._git = self._recording, None
            if recording is None:
                return
            if not recording.finish(status, used, self.logs.names_left_out, notes):
                if status != "interrupted" and not recording.has_begun:
                    self.guard.warn(f"reportgen wrote no report, because {self._framework.nothing}.")
                return
            if self._verbose and recording.written is not None:
                with self.guard.guarding("print the verdict"):
                    self._announce(recording.written.headline)
            if self._mail_server is not None:
                with self.guard.guarding("email the report"):
                    self._send()
            if self._webhook is not None:
                with self.guard.guarding(_NOTIFY):
                    self._send_message()

    def _use(self, framework: Framework) -> None:
        self._framework = framework
        self.guard = FailureGuard(*framework.files)
        self.logs = LogReader(framework.to_array, self._leave_out)

    def _announce(self, headline: str) -> None:
        """Prints where the report is, and its verdict."""
        near = os.path.relpath(self.path)
        shown = printable(self.path if near.startswith(os.pardir) else near)
        print(harmless(f"{shown}: {headline}"))  # noqa: T201  # as Keras prints its progress

    def _targets(self, before: Recording | None) -> Targets:
        """The paths that the report may have."""
        return Targets(
            template=self._template,
            folder=Path(os.path.abspath(os.curdir)),  # now, because the program may change its working directory
            begun=datetime.now().strftime("%Y%m%d-%H%M%S"),
            trial=self._trial.name,
            fold=self._trial.fold,
            own=before.job.report if before is not None and before.has_begun else None,
            overwrite=self._overwrite,
        )

    def _job(self, path: Path) -> Job:
        """The report to make."""
        templates = self.look.templates
        look = self.look if templates is None else replace(self.look, templates=templates.absolute())
        return Job(path, self._options, look, self._overwrite)

    def _facts(self, known: dict[str, Any]) -> dict[str, Any]:
        """The facts of a run: those of its framework, those that the user has given, and where it comes from."""
        options = self._options
        settings = list(known.get("settings", ()))
        if self._seed is not None:
            settings.append(("seed", setting_text(self._seed)))
        trial = self._trial
        if trial.objective is not None:
            settings.append((OBJECTIVE, setting_text(trial.objective)))
        origin: dict[str, str] = {}
        with self.guard.guarding("ask git for the commit"):
            origin = {} if self._git is None else self._git.facts()
        origin |= described(self._details)
        params = {**dict(known.get("params", ())), **self._params_of_trial(), **dict(self.params)}
        run = RunFacts(
            title=self.title,
            tags=self._tags,
            params=tuple(params.items()),
            settings=tuple(settings),
            provenance=tuple(origin.items()),
            directions=valid_directions(self._directions()),
            monitor=options.monitor if is_text(options.monitor) else None,
        )
        return known | pack_run(run)

    def _params_of_trial(self) -> dict[str, str]:
        """What a search has chosen, the trial, and the fold of its cross-validation."""
        trial = self._trial
        counted = {name: value for name, value in (("trial", trial.name), ("fold", trial.fold)) if value is not None}
        with suppress(Exception):  # values of any class
            return dict(flat_params({**trial.params, **counted}))
        return {}

    def _directions(self) -> Mapping[str, str]:
        """Which values are better: as the user says, or the objective of the search."""
        trial = self._trial
        known = {trial.objective: trial.direction} if trial.objective and trial.direction else {}
        return {**known, **self._options.directions}

    def _leave_out(self, what: str) -> None:
        text = f"reportgen: {what}. The report names all such entries. Log numbers only."
        self.guard.warn(text, about="odd entries")

    def _check_mail(self) -> None:
        """Looks up the mail server now, so that a missing setting is noticed before a long run."""
        if self._email is not None:
            with FailureGuard(*self._framework.files).guarding("email the report"):  # a later failure warns, too
                from reportgen.outputs.smtp import server_from

                self._mail_server = server_from(os.environ)

    def _send(self) -> None:
        from reportgen.outputs.email import size_warning
        from reportgen.outputs.smtp import send

        report: Any = self.report
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            message = report.email(self._email)
        if large := size_warning(message):
            self.guard.warn(f"reportgen: {large}")
        send(message, self._mail_server)

    def _check_webhook(self) -> None:
        """Looks up the webhook now, so that a missing setting is noticed before a long run."""
        self._webhook = self._notify if self._notify is not True else None
        if self._notify is True:
            with FailureGuard(*self._framework.files).guarding(_NOTIFY):  # a later failure warns, too
                from reportgen.outputs.webhook import webhook_from

                self._webhook = webhook_from(os.environ)

    def _send_message(self) -> None:
        from reportgen.outputs.build_log import build_link
        from reportgen.outputs.runs import JudgedRun
        from reportgen.outputs.webhook import send_message
        from reportgen.outputs.webhook_messages import announce_run, message_data

        report: Any = self.report
        run = JudgedRun(report.history, report.diagnosis, report.baseline)
        send_message(self._webhook, message_data(announce_run(run, link=build_link(os.environ)), self._webhook.form))


def _checked_webhook(notify: str | bool) -> "Webhook | Literal[True] | None":
    """The webhook of an address, True for the one in the environment, or None.

    Raises:
        SettingsError: the address cannot be used.
    """
    check_type("notify", notify, str | bool | None, "an address, True or False")
    if notify is None or isinstance(notify, bool):
        return True if notify else None
    from reportgen.outputs.webhook import webhook_at

    return webhook_at(notify, os.environ)


def _checked(options: ReadOptions) -> ReadOptions:
    """The options, if their directions and the findings to ignore are valid."""
    for name, way in options.directions.items():
        if way not in ("lower", "higher"):
            raise SettingsError(
                f"The direction of {quoted(name)} is {quoted(way)}; lower or higher is needed. Correct it."
            )
    if options.ignore:
        from reportgen.diagnosis.rules import find_rules  # loads pandas

        find_rules(options.ignore)  # raises if one does not exist
    return options


def _batches_between(update_freq: str | int) -> int | None:
    """How many batches apart logged batches are; None if only epochs are logged."""
    if update_freq == "epoch":
        return None
    if update_freq == "batch":
        return 1
    if isinstance(update_freq, int) and not isinstance(update_freq, bool) and update_freq >= 1:
        return update_freq
    raise SettingsError(
        f'update_freq is {quoted(update_freq)}; it must be "epoch", "batch" or a positive number of batches.'
    )
