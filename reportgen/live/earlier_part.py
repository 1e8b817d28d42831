"""The earlier part of a run that is continued: its facts and epochs, from its journal or from its report."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reportgen.errors import ReportgenError, SourceError
from reportgen.history.additions import MAX_ADDITIONS
from reportgen.history.notes import CUT
from reportgen.history.stored import pack_run, sound_facts
from reportgen.journal import (
    SoundCells,
    head_of,
    is_before,
    is_count,
    is_number,
    joined_rows,
    journal_path,
    read_records,
    records_before,
)

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory

_COMPONENT: Final = re.compile(r"(.+)\[(\d+)\]", re.DOTALL)
_MAX_VALUES: Final = 2_000_000  # of epochs, which the training process keeps; our choice: about 300 MB
# Facts of a report that a later part takes over.
_OF_EARLIER: Final = ("title", "started_at", "resumed_at", "counts_from", "additions")
_ROW: Final = 4  # what an epoch itself takes, in values


@dataclass(frozen=True)
class EarlierPart:
    """What was logged before the first epoch of the part that continues it.

    Attributes:
        facts: Facts of the run, by name of the `RunFacts` field.
        rows: Records of its epochs, without batches.
        ends: If it finished, its last epoch, and the one whose weights were restored.
        journal: The journal that also has its batches, if any.
    """

    facts: Mapping[str, Any]
    rows: list[dict[str, Any]]
    ends: frozenset[int] = frozenset()
    journal: Path | None = field(default=None)

    @property
    def last(self) -> int:
        """The last epoch that is known."""
        return int(max({self.rows[-1]["epoch"], *self.ends}))

    def records(self, first: int) -> Iterator[dict[str, Any]]:
        """All records before an epoch, with batches."""
        known = set()
        if self.journal is not None:
            with suppress(OSError, SourceError):  # it has changed since; its epochs are known
                for record in records_before(self.journal, first):
                    if "steps" not in record:
                        known.add(record["epoch"])
                    yield record
        yield from (row for row in self.rows if row["epoch"] not in known)

    def fits(self, first: int, *, loosely: bool) -> bool:
        """Whether a part that begins with this epoch continues it.

        The last epoch may be repeated: ``initial_epoch=history.epoch[-1]`` counts from 0.

        Args:
            first: The epoch, from 1.
            loosely: Whether it may also begin earlier, and after an interruption even later.
        """
        follows = self.rows[-1]["epoch"] == first - 1  # there are no later rows here
        if loosely:
            return follows or not self.ends
        return bool(self.ends & {first - 1, first}) if self.ends else follows


def earlier_part(report: Path, first: int) -> EarlierPart | None:
    """The part before an epoch (1-based) that a report or its journal has; None without one.

    Raises:
        SourceError: the journal is too large, or the report counts steps, and so does not say which epochs they
            belong to.
    """
    with suppress(OSError):
        if part := _part_of_journal(journal_path(report), first):
            return part
    return _part_of_report(report, first) if report.is_file() else None


def _part_of_journal(journal: Path, first: int) -> EarlierPart | None:
    """The part before an epoch, from a journal. Raises OSError if it cannot be read, SourceError if it is too large."""
    facts = head_of(journal).get("run")
    if not isinstance(facts, dict):
        return None
    cells, n_values = SoundCells(), 0
    names: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    added: list[Any] = list(facts.get("additions", ())) if isinstance(facts.get("additions"), list) else []
    last, end = 0, None
    for record in read_records(journal):
        if isinstance(record.get("end"), dict):
            end = record["end"]
        if "add" in record and len(added) < MAX_ADDITIONS:
            added.append(record["add"])
        if "steps" in record or not is_count(record.get("epoch")):
            continue
        last = record["epoch"]
        if is_before(record, first):
            row = _sound_row(record, cells, names)
            if record.get("more") and rows and rows[-1]["epoch"] == row["epoch"]:
                rows[-1] = joined_rows(rows[-1], row)
            else:
                rows.append(row)
            n_values += _ROW + sum(len(value) if isinstance(value, list) else 1 for value in row["values"].values())
            if n_values > _MAX_VALUES:
                raise SourceError(
                    f"{journal}: this journal has too many values of epochs to be continued during training. Make a "
                    "report from it, or start a new one."
                )
    sound = [each for each in added if not sound_facts({"additions": [each]})[1]]
    facts = {name: value for name, value in facts.items() if name != "additions"} | (
        {"additions": sound} if sound else {}
    )
    return EarlierPart(sound_facts(facts)[0], rows, _ends_of_journal(last, end), journal) if rows else None


def _sound_row(record: Mapping[str, Any], cells: SoundCells, names: dict[str, str]) -> dict[str, Any]:
    """The record of an epoch without what a history cannot hold. Rows share the names of their metrics."""
    row = {name: record[name] for name in ("epoch", "step") if name in record}
    seconds = record.get("seconds")
    if is_number(seconds):
        row["seconds"] = seconds
    logged = record["values"].items()
    sound = {names.setdefault(name, name): value for name, value in logged if cells.fault(name, value) is None}
    return {**row, "values": sound}


def _ends_of_journal(last: int, end: Mapping[str, Any] | None) -> frozenset[int]:
    """As `EarlierPart.ends`, from the last epoch and the record of the end."""
    if end is None or end.get("status") in ("interrupted", None):
        return frozenset()
    stopping = end.get("early_stopping")
    return _ends(last, stopping.get("restored_epoch") if isinstance(stopping, dict) else None)


def _ends(last: int, restored: object) -> frozenset[int]:
    return frozenset({last, restored} if isinstance(restored, int) else {last})


def _part_of_report(report: Path, first: int) -> EarlierPart | None:
    from reportgen.options import ReadOptions
    from reportgen.sources import read  # loads pandas

    try:
        history = read(report, ReadOptions(format="report")).history
    except ReportgenError:  # not a report
        return None
    run = history.run
    if history.axis == "step":
        raise SourceError(
            f"{report}: this report counts steps, so it can be continued only while its journal exists. Keep the "
            "journal of a run with batches."
        )
    rows = [row for row in _rows(history) if row["epoch"] < first]
    if not rows:
        return None
    facts = {name: value for name, value in pack_run(run).items() if name in _OF_EARLIER}
    if cut := [note for note in pack_run(run).get("notes", ()) if note["code"] == CUT]:
        facts["notes"] = cut
    stopping = run.early_stopping
    is_open = run.status in ("interrupted", "unknown")
    ends = frozenset() if is_open else _ends(int(history.epochs[-1]), stopping and stopping.restored_epoch)
    return EarlierPart(facts, rows, ends)


def _rows(history: "TrainingHistory") -> list[dict[str, Any]]:
    """The records of the epochs of a history."""
    from reportgen.metrics import join_key

    values: dict[int, dict[str, Any]] = {int(epoch): {} for epoch in history.epochs}
    for (metric, split), curve in history.curves.items():
        key = join_key(metric, split)  # type: ignore[arg-type]
        for epoch, value in zip(curve.index.tolist(), curve.tolist(), strict=True):
            values[epoch][key] = value
    durations = dict(zip(values, history.run.durations_s, strict=False))
    return [
        {"epoch": epoch, "seconds": durations.get(epoch), "values": _with_vectors(logged)}
        for epoch, logged in values.items()
    ]


def _with_vectors(values: dict[str, float]) -> dict[str, Any]:
    """Values with the components of vectors (``f1[0]``, ``f1[1]``) as lists again, as the next part logs them."""
    vectors: dict[str, dict[int, float]] = {}
    for key, value in values.items():
        if part := _COMPONENT.fullmatch(key):
            vectors.setdefault(part[1], {})[int(part[2])] = value
    whole = {name: parts for name, parts in vectors.items() if len(parts) > 1 and set(parts) == set(range(len(parts)))}
    joined: dict[str, Any] = {}
    for key, value in values.items():
        part = _COMPONENT.fullmatch(key)
        if part is None or part[1] not in whole:
            joined[key] = value
        elif part[1] not in joined:
            joined[part[1]] = [whole[part[1]][number] for number in range(len(whole[part[1]]))]
    return joined
