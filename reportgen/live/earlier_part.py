"""The earlier part of a training that is continued: its facts and epochs, from its journal or from its report."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reportgen.errors import ReportgenError, SourceError
from reportgen.history.notes import CUT
from reportgen.history.stored import pack_run
from reportgen.journal import head_of, journal_path, read_records, records_before

if TYPE_CHECKING:
    from reportgen.history.frame import TrainingHistory

_COMPONENT: Final = re.compile(r"(.+)\[(\d+)\]", re.DOTALL)


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
        if self.journal is not None:
            yield from records_before(self.journal, first)
        else:
            yield from self.rows

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
    """The part before an epoch (1-based) that a report or its journal has; None if there is none.

    Raises:
        SourceError: the report counts steps, and so does not say which epochs they belong to.
    """
    journal = journal_path(report)
    with suppress(OSError):
        facts = head_of(journal).get("run")
        if isinstance(facts, dict):
            rows = [record for record in records_before(journal, first) if "steps" not in record]
            if rows:
                return EarlierPart(facts, rows, _ends_of_journal(journal), journal)
    return _part_of_report(report, first) if report.is_file() else None


def _ends_of_journal(journal: Path) -> frozenset[int]:
    """As `EarlierPart.ends`."""
    last, end = 0, None
    for record in read_records(journal):
        if "steps" not in record and isinstance(record.get("epoch"), int):
            last = record["epoch"]
        elif isinstance(record.get("end"), dict):
            end = record["end"]
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
    facts = {name: value for name, value in pack_run(run).items() if name in ("title", "started_at", "resumed_at")}
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
