"""Reads the true and predicted values of a file: CSV, Parquet or NumPy's npz. docs/evaluation.md has the columns."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from reportgen.errors import EvaluationError, MissingExtraError
from reportgen.evaluation.tasks import MAX_CLASSES
from reportgen.sources.formats.parquet.pages import unpacked_size
from reportgen.sources.opening import open_source
from reportgen.sources.opening.compressed import ALWAYS_BYTES, MAX_RATIO
from reportgen.sources.opening.opened import MAX_BYTES
from reportgen.text import cited, cited_fault, listed

TRUE_NAMES: Final = ("y_true", "true", "label", "target")
PREDICTED_NAMES: Final = ("y_pred", "pred", "prediction")
SHARE_NAMES: Final = ("proba", "y_proba", "probability")
_CLASS_NAMES: Final = ("labels", "classes")  # of an npz
_TRUE_OF: Final = ("y_true_", "true_")  # followed by a label
_PREDICTED_OF: Final = ("y_pred_", "pred_")
_SHARE_OF: Final = ("proba_",)  # followed by a class or label
_SEPARATORS: Final = (",", ";", "\t")
_HEADER_BYTES: Final = 1 << 20  # our choice: a line of a thousand long class names
_MAX_HEADER: Final = 10_000  # bytes of the header of an array, as NumPy's own limit
_NEEDED: Final = (
    f"one of the columns {', '.join(TRUE_NAMES)} with the true values, and {', '.join(PREDICTED_NAMES)} with the "
    "predicted ones or proba_<class> with probabilities"
)


@dataclass(frozen=True, eq=False)
class PredictedColumns:
    """The arguments of `evaluate` that a file has."""

    y_true: Any
    y_pred: Any
    labels: Sequence[Any] | None = None
    task: Any = None


def read_columns(path: str | Path) -> PredictedColumns:
    """Reads the true and predicted values of a file.

    Raises:
        EvaluationError: it cannot be read, or lacks a column.
        SourceError: it cannot be opened.
        MissingExtraError: it is a Parquet file and pyarrow is not installed.
    """
    with open_source(path) as opened:
        where, data = opened.where, opened.data()
    try:
        if data.startswith(b"PAR1"):
            return _from_frame(_parquet(data))
        if data.startswith(b"PK"):
            return _from_arrays(data)
        return _from_csv(data)
    except EvaluationError as error:
        raise EvaluationError(f"{where}: {error.marked}") from None
    except MissingExtraError as error:
        raise MissingExtraError(f"{where}: {error.marked}") from None
    except Exception as error:  # pandas, pyarrow and zipfile raise many kinds for damaged files
        raise EvaluationError(f"{where}: it cannot be read ({cited_fault(error)}). Save it again.") from None


@dataclass(frozen=True)
class _Roles:
    """Which columns have what. PredictedColumns of labels are given as pairs of label and column."""

    true: str | None
    predicted: str | None
    share: str | None
    true_of: tuple[tuple[str, str], ...]
    predicted_of: tuple[tuple[str, str], ...]
    share_of: tuple[tuple[str, str], ...]

    @property
    def labelled(self) -> list[str]:
        """Columns with classes or numbers."""
        return [name for name in (self.true, self.predicted) if name is not None]

    @property
    def numeric(self) -> list[str]:
        """Columns that can have only numbers."""
        single = [self.share] if self.share is not None else []
        return [*single, *(column for part in (self.true_of, self.predicted_of, self.share_of) for _, column in part)]


def _roles(names: Sequence[str]) -> _Roles:
    """What the columns of a file are."""
    if len(names) > 3 * MAX_CLASSES:
        raise EvaluationError(f"it has {len(names):,} columns, more than predictions have. Save {_NEEDED}.")
    known = {name: name.strip().casefold() for name in names}

    def single(wanted: Sequence[str], what: str) -> str | None:
        found = [name for name, plain in known.items() if plain in wanted]
        if len(found) > 1:
            raise EvaluationError(
                f"its columns {listed(found)} can both have the {what} values; one is needed. Rename or remove the "
                "other."
            )
        return found[0] if found else None

    def several(prefixes: Sequence[str]) -> tuple[tuple[str, str], ...]:
        pairs = []
        for name, plain in known.items():
            prefix = next((prefix for prefix in prefixes if plain.startswith(prefix) and plain != prefix), None)
            if prefix is not None and plain not in SHARE_NAMES:
                pairs.append((name.strip()[len(prefix) :], name))
        return tuple(pairs)

    found = _Roles(
        single(TRUE_NAMES, "true"),
        single(PREDICTED_NAMES, "predicted"),
        single(SHARE_NAMES, "predicted"),
        several(_TRUE_OF),
        several(_PREDICTED_OF),
        several(_SHARE_OF),
    )
    no_truth = found.true is None and not found.true_of
    if no_truth or not (found.predicted or found.share or found.predicted_of or found.share_of):
        raise EvaluationError(f"it has the columns {_cited(names)}; needed are {_NEEDED}. Rename the columns.")
    return found


def _cited(names: Sequence[str]) -> str:
    shown = ", ".join(cited(name) for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def _from_csv(data: bytearray) -> PredictedColumns:
    if not data.strip():
        raise EvaluationError(f"it is empty; needed are {_NEEDED}. Save the predictions again.")
    encoding = "utf-16" if bytes(data[:2]) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    start = bytes(data[:_HEADER_BYTES]).decode(encoding, "replace")
    lines = start.splitlines()
    if 0 in data[:4096] and encoding == "utf-8-sig":
        raise EvaluationError("it is not text; CSV, Parquet or npz is needed. Save the predictions as one of these.")
    separator = max(_SEPARATORS, key=lines[0].count)
    decimal = "," if separator == ";" and "," in "".join(lines[1:3]) else "."
    look: dict[str, Any] = {"sep": separator, "encoding": encoding, "skipinitialspace": True}
    if lines[0].count(separator) > 3 * MAX_CLASSES:
        raise EvaluationError(f"it has more columns than predictions have. Save {_NEEDED}.")
    names = next(csv.reader([lines[0]], delimiter=separator, skipinitialspace=True))
    roles = _roles(names)
    if encoding != "utf-16":
        _check_lengths(data, len(names), separator.encode())
    texts = pd.read_csv(
        io.BytesIO(data), usecols=roles.labelled, dtype=str, keep_default_na=False, index_col=False, **look
    )
    numbers = pd.DataFrame(index=texts.index)
    if roles.numeric:
        numbers = pd.read_csv(io.BytesIO(data), usecols=roles.numeric, index_col=False, decimal=decimal, **look)
    cells = {name: _numbers_or_text(name, texts[name], decimal) for name in texts}
    return _from_columns(roles, cells | {name: numbers[name] for name in numbers})


def _check_lengths(data: bytearray, n_columns: int, separator: bytes) -> None:
    """Refuses lines with more or fewer cells than the header, which pandas would cut or fill."""
    if b'"' in data:
        return
    n_lines = sum(1 for line in data.splitlines() if line.strip())
    if data.count(separator) == (n_columns - 1) * n_lines:
        return
    for number, line in enumerate(data.splitlines(), start=1):
        if line.strip() and line.count(separator) != n_columns - 1:
            raise EvaluationError(
                f"line {number} has {line.count(separator) + 1} cells, but the header has {n_columns}; each line needs "
                "as many. Correct the line."
            )


def _numbers_or_text(name: str, column: pd.Series, decimal: str) -> pd.Series:
    """Cells as numbers if all of them are; class names otherwise."""
    empty = np.flatnonzero(column.str.strip() == "")
    if len(empty):
        raise EvaluationError(
            f"its column {cited(name)} has no value in row {empty[0]} (from 0); every row needs one. Remove such rows."
        )
    plain = column if decimal == "." else column.str.replace(",", ".", regex=False)
    try:
        return pd.to_numeric(plain)
    except (ValueError, TypeError):
        return column.str.strip()


def _parquet(data: bytearray) -> pd.DataFrame:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError(
            "Parquet files need pyarrow, which is not installed. Run: pip install 'keras-reportgen[parquet]'"
        ) from None
    source = pyarrow.py_buffer(data)
    metadata = pyarrow.parquet.read_metadata(source)
    roles = _roles(metadata.schema.to_arrow_schema().names)
    n_values, n_bytes = unpacked_size(metadata, memoryview(data))
    if n_values * 8 > 2 * MAX_BYTES or n_bytes > max(ALWAYS_BYTES, MAX_RATIO * len(data), 2 * 8 * n_values):
        raise EvaluationError(f"its {len(data):,} bytes expand to {n_bytes:,} bytes, more than predictions have.")
    wanted = [*roles.labelled, *roles.numeric]
    return pyarrow.parquet.read_table(source, columns=wanted).to_pandas()


def _from_frame(frame: pd.DataFrame) -> PredictedColumns:
    return _from_columns(_roles(list(frame.columns)), {name: frame[name] for name in frame.columns})


def _from_columns(roles: _Roles, cells: Mapping[str, pd.Series]) -> PredictedColumns:
    """The arguments of `evaluate` from columns."""

    def table(part: Sequence[tuple[str, str]]) -> np.ndarray:
        for _, name in part:
            if cells[name].dtype.kind not in "biuf":
                raise EvaluationError(f"its column {cited(name)} has text; numbers are needed. Correct the column.")
        return np.column_stack([cells[name].to_numpy() for _, name in part])

    if roles.true_of:
        return _several_columns(roles, table)
    true: Any = cells[roles.true or ""].to_numpy()
    if roles.predicted_of:
        shown = _cited([name for _, name in roles.predicted_of])
        raise EvaluationError(
            f"it has the columns of predictions {shown}, so there are several outputs; one is needed. Write one file "
            "per output."
        )
    if roles.share_of:
        labels: list[Any] = [label for label, _ in roles.share_of]
        if true.dtype.kind in "biuf" and all(label.isascii() and label.isdecimal() for label in labels):
            labels = [int(label) for label in labels]
        if len(labels) == 1:
            return _positive_only(true, table(roles.share_of)[:, 0], labels[0])
        return PredictedColumns(true, table(roles.share_of), labels)
    if roles.share is not None:
        share = table([("", roles.share)])[:, 0]
        return PredictedColumns(true, share.astype(np.float64), task="binary" if len(pd.unique(true)) <= 2 else None)
    return PredictedColumns(true, cells[roles.predicted or ""].to_numpy())


def _positive_only(true: Any, share: np.ndarray, positive: Any) -> PredictedColumns:
    """The probabilities of one of two classes."""
    others = sorted({*pd.unique(true).tolist()} - {positive}, key=str)
    if not others and positive in (0, 1):
        others = [1 - positive]
    if len(others) != 1:
        raise EvaluationError(
            f"it has probabilities of the class {cited(positive)} only, but {len(others)} other classes; each needs "
            "its own column. Save proba_<class> for all of them."
        )
    return PredictedColumns(true, np.column_stack([1 - share, share]), [others[0], positive])


def _several_columns(roles: _Roles, table: Any) -> PredictedColumns:
    """One column per label in both, as 0 and 1 and as predictions."""
    true, chosen = table(roles.true_of), roles.share_of or roles.predicted_of
    if not np.isin(true, (0, 1)).all():
        raise EvaluationError(
            f"it has {len(roles.true_of)} columns of true values, {_cited([name for _, name in roles.true_of])}, so "
            "there are several outputs; one is needed. Write one file per output."
        )
    place = dict(chosen)
    if roles.true is not None or set(place) != {label for label, _ in roles.true_of}:
        raise EvaluationError(
            "it has true_<label> columns, but not one proba_<label> or pred_<label> column for each of them. Save "
            "both for every label."
        )
    ordered = [(label, place[label]) for label, _ in roles.true_of]
    return PredictedColumns(true, table(ordered), [label for label, _ in ordered], "multi-label")


def _from_arrays(data: bytearray) -> PredictedColumns:
    """The arrays of an npz, by the names of columns."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {info.filename.removesuffix(".npy"): info for info in archive.infolist()[: 3 * MAX_CLASSES]}
        wanted = (*TRUE_NAMES, *PREDICTED_NAMES, *SHARE_NAMES, *_CLASS_NAMES)
        found = {name: info for name, info in entries.items() if name.casefold() in wanted}
        if sum(info.file_size for info in found.values()) > 2 * MAX_BYTES:
            raise EvaluationError(f"its arrays have more than {2 * MAX_BYTES:,} bytes, which is the limit.")

        def array(names: Sequence[str], what: str) -> np.ndarray | None:
            here = [name for name in found if name.casefold() in names]
            if len(here) > 1:
                raise EvaluationError(f"its arrays {listed(here)} can both have the {what}; one is needed. Remove one.")
            return _array(archive, found[here[0]]) if here else None

        true, labels = array(TRUE_NAMES, "true values"), array(_CLASS_NAMES, "names of the classes")
        share, predicted = array(SHARE_NAMES, "probabilities"), array(PREDICTED_NAMES, "predicted values")
    if true is None or (share is None and predicted is None):
        raise EvaluationError(
            f"it has the arrays {_cited(list(entries))}; needed are one of {', '.join(TRUE_NAMES)} and one of "
            f"{', '.join((*PREDICTED_NAMES, *SHARE_NAMES))}. Save them under these names."
        )
    return PredictedColumns(true, predicted if share is None else share, None if labels is None else labels.tolist())


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    """One array, of the size that the archive states. Objects, which could run code, are refused."""
    with archive.open(info) as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, by_column, kind = read(stream, max_header_size=_MAX_HEADER)
        if kind.hasobject:
            raise EvaluationError(
                f"its array {cited(info.filename)} has Python objects; numbers or text are needed. Save it with "
                "astype(str) or astype(float)."
            )
        n_bytes = kind.itemsize
        for size in shape:
            n_bytes *= size
        content = stream.read(n_bytes + 1) if 0 <= n_bytes <= info.file_size else b""
    if len(content) != n_bytes:
        raise EvaluationError(f"its array {cited(info.filename)} does not have the size that it states. Save it again.")
    return np.frombuffer(content, kind).reshape(shape, order="F" if by_column else "C")
