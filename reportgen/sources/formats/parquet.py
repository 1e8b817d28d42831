"""A table in a Parquet file. A null is an absent value, NaN a value; pandas writes its own NaN as null."""

import io
from typing import Any, Final

import numpy as np

from reportgen.errors import MissingExtraError, SourceError, quoted
from reportgen.history import TrainingHistory
from reportgen.sources.cells import MAX_VALUES, Logged
from reportgen.sources.columns import history_from_log
from reportgen.sources.format import Fit, Format, Options, Sample
from reportgen.sources.naming import MAX_COLUMNS
from reportgen.sources.opening import Opened

_MAGIC: Final = b"PAR1"


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if sample.head.startswith(_MAGIC) else Fit.NO


def _read(opened: Opened, options: Options) -> TrainingHistory:
    where = opened.where
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError(
            f"{where}: this is a Parquet file, which needs pyarrow, which is not installed. Run: pip install "
            "'keras-reportgen[parquet]'"
        ) from None
    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(opened.data()))
        n_columns, n_rows = len(file.schema_arrow.names), file.metadata.num_rows
        if n_columns > MAX_COLUMNS + 2 or n_columns * n_rows > MAX_VALUES:
            raise SourceError(
                f"{where}: it has {n_rows:,} rows of {n_columns:,} columns; a history can have {MAX_VALUES:,} values. "
                "Save every tenth step only, or fewer metrics."
            )
        log = Logged(where)
        log.add_rows({name: [] for name in file.schema_arrow.names})
        for batch in file.iter_batches(batch_size=1 << 14):
            log.add_rows(dict(zip(batch.schema.names, map(_cells, batch.columns), strict=True)))
    except (pyarrow.ArrowException, OSError, ValueError, KeyError, OverflowError) as error:
        if isinstance(error, SourceError):
            raise
        said = quoted(" ".join(str(error).split()), 100)[1:-1]
        raise SourceError(
            f"{where}: the Parquet file cannot be read ({said}); a whole one is needed. Copy it again."
        ) from None
    return history_from_log(log, options=options)


def _cells(column: Any) -> Any:
    """The cells of a column: an array where none is null."""
    import pyarrow.types as kinds

    if (kinds.is_floating(column.type) or kinds.is_integer(column.type)) and not column.null_count:
        return np.asarray(column)
    return column.to_pylist()


FORMAT: Final = Format("parquet", "Parquet table", _recognise, _read)
