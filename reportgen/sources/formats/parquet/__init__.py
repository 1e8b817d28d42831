"""Reads a table from a Parquet file. Null means a missing value, NaN is a value; pandas writes its own NaN as null.

Repeated values take almost no bytes in Parquet, so the sizes of all pages are added up before any is read, and text is
read as a dictionary of distinct values.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from reportgen.errors import MissingExtraError, SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.formats.parquet.pages import unpacked_size
from reportgen.sources.opening.compressed import ALWAYS_BYTES, MAX_RATIO
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.limits import MAX_VALUES, check_columns, check_values
from reportgen.sources.table.other_tables import refuse_other_tables
from reportgen.text import cited_fault

_MAGIC: Final = b"PAR1"
_FIRST_ROWS: Final = 200
_INDEX: Final = "__index_level_0__"  # of pandas, without a name
_LONGEST_TEXT: Final = 4_000  # characters of a cell; our choice: longer text is not a number or a useful vector
_TEXT: Final = "BYTE_ARRAY"


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if sample.head.startswith(_MAGIC) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError(
            f"{where}: Parquet files need pyarrow, which is not installed. Run: pip install 'keras-reportgen[parquet]'"
        ) from None
    data = opened.data()
    try:
        source = pyarrow.py_buffer(data)
        metadata = pyarrow.parquet.read_metadata(source)
        _check_size(metadata, memoryview(data), where)
        leaves = [metadata.schema.column(number) for number in range(metadata.num_columns)]
        texts = [leaf.path for leaf in leaves if leaf.physical_type == _TEXT]
        file = pyarrow.parquet.ParquetFile(source, metadata=metadata, read_dictionary=texts)
        log = Logged(where)
        log.add_rows({field.name: _no_numbers(field.type) for field in file.schema_arrow})
        wanted = [field.name for field in file.schema_arrow if not _no_numbers(field.type)]
        log.n_rows = 0 if wanted else metadata.num_rows  # one cell represents the whole column
        for batch in file.iter_batches(batch_size=1 << 14, columns=wanted):
            columns = dict(zip(batch.schema.names, map(_cells, batch.columns), strict=True))
            if not log.n_rows and options.format is None and not options.columns:
                _refuse_other_tables(columns, where)
            log.add_rows(columns)
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{where}: the Parquet file cannot be read ({cited_fault(error)}). Copy it again.") from None
    return runs_from_log(log, options=options)


def _refuse_other_tables(columns: Mapping[str, Any], where: str) -> None:
    """Refuses a table that is not a training log, judged by its first rows."""
    names = ["" if name == _INDEX else name for name in columns]
    cells = [["" if cell is None else str(cell) for cell in column[:_FIRST_ROWS]] for column in columns.values()]
    refuse_other_tables(names, list(zip(*cells, strict=True)), where, form="parquet")


def _check_size(metadata: Any, data: memoryview, where: str) -> None:
    """Refuses a file that has more values than a history can have, or that expands too much."""
    n_columns, n_rows = len(metadata.schema.to_arrow_schema().names), metadata.num_rows
    check_columns(n_columns, where)
    check_values(n_columns * n_rows, where)
    n_values, n_bytes = unpacked_size(metadata, data)
    limit = max(ALWAYS_BYTES, MAX_RATIO * len(data))
    if n_values > 2 * MAX_VALUES or n_bytes > limit:  # a dictionary has values besides those of the column
        raise SourceError(
            f"{where}: its {len(data):,} bytes expand to {n_values:,} values of {n_bytes:,} bytes, more than a "
            "training log. Save only numbers, or every tenth step."
        )


def _no_numbers(kind: Any) -> list[str]:
    """For a column without numbers, such as dates: its type, as the only cell. Empty for other columns."""
    import pyarrow.types as kinds

    inner = kind.value_type if kinds.is_list(kind) or kinds.is_large_list(kind) else kind
    is_number = (
        kinds.is_integer(inner)
        or kinds.is_floating(inner)
        or kinds.is_boolean(inner)
        or kinds.is_decimal(inner)
        or kinds.is_null(inner)
    )
    return [] if is_number or kinds.is_dictionary(kind) else [str(kind)[:_LONGEST_TEXT]]


def _cells(column: Any) -> Any:
    """The cells of a column, as an array if none is null."""
    import pyarrow.types as kinds

    if kinds.is_dictionary(column.type):
        used, of_row = np.unique(np.asarray(column.indices.fill_null(-1)), return_inverse=True)
        texts = np.empty(len(used), dtype=object)
        for number, index in enumerate(used.tolist()):
            text = column.dictionary[index].as_py() if index >= 0 else None
            texts[number] = text[:_LONGEST_TEXT] if isinstance(text, str | bytes) else text
        return texts[of_row].tolist()
    if (kinds.is_floating(column.type) or kinds.is_integer(column.type)) and not column.null_count:
        return np.asarray(column)
    return column.to_pylist()


FORMAT: Final = Format("parquet", "Parquet table", _recognise, _read)
