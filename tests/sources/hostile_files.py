"""Files of one megabyte that claim, repeat or nest more than any real log, made on request.

The name of a kind begins with its group of readers, as in `READERS`. As a program, this module reads lines of JSON from
standard input, `[kind, path]`, and prints for each one the list of what `read_all` yields.
"""

import gzip
import io
import json
import os
import struct
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import event_files
import mlflow_stores
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sample_logs
import wandb_files

from reportgen import sources
from reportgen.errors import ReportgenError
from reportgen.options import ReadOptions

try:
    from compression import zstd
except ImportError:
    from backports import zstd

SIZE: Final = 1_000_000
_LINE: Final = b"epoch,loss\n"


def _fill(piece: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + piece * (SIZE // len(piece)) + after


def _numbered(form: str, before: str = "", after: str = "", between: str = ",") -> bytes:
    count = SIZE // (len(form) + 7)
    return (before + between.join(form % number for number in range(count)) + after).encode()


def _bomb(pack: Callable[[bytes], bytes], begin: bytes) -> bytes:
    """About one megabyte that expands to gigabytes: consecutive members, each with one line repeated."""
    member = pack(begin + b"1,2\n" * 25_000_000)
    return member * max(1, SIZE // len(member))


def _table(columns: Mapping[str, object], **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), file, **options)
    return file.getvalue()


def _page(data: bytes) -> bytes:
    return b'<!doctype html><script id="reportgen-history">' + data + b"</script></html>"


def _stored(series: bytes) -> bytes:
    return b'{"schema":"reportgen/history/1","run":{},"series":[' + series + b"]}"


def _series(number: int) -> bytes:
    return b'{"metric":"m%d","split":"train","epochs":[1],"values":[1]}' % number


def _repeats(size: int, n_rows: int, compression: str) -> bytes:
    """A column that repeats one long text, which its dictionary holds once."""
    text = os.urandom(size // 2).hex()
    repeated = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n_rows, np.int32)), pa.array([text]))
    return _table({"loss": pa.array(np.ones(n_rows)), "note": repeated}, compression=compression)


def _one_list(count: int) -> bytes:
    """One row with a long list of equal numbers, which run-length encoding compresses to almost nothing."""
    return _table({"loss": pa.array([1.0]), "f1": pa.ListArray.from_arrays([0, count], pa.array(np.zeros(count)))})


def _events(record: bytes) -> bytes:
    return event_files.written([record] * (SIZE // (len(record) + 16)))


def _header(length: int) -> bytes:
    packed = struct.pack("<Q", length)
    return packed + struct.pack("<I", event_files.checksum(packed)) + os.urandom(1000)


READERS: Final = {  # in addition to detection; one function reads the tables of all formats, and one all printed logs
    "table": ("csv", "console"),
    "json": ("json", "json-rows", "hugging-face", "boosting", "catboost", "report"),
    "state": ("hugging-face",),
    "catboost": ("catboost",),
    "console": ("console",),
    "report": ("report",),
    "packed": ("csv", "console", "tensorboard", "parquet"),
    "parquet": ("parquet",),
    "events": ("tensorboard",),
    "records": ("wandb",),
    "database": ("mlflow",),
}


def _database() -> bytes:
    """A database of one run with as many metrics of one value each as fit into a megabyte."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mlflow.db")
        mlflow_stores.add_run(path, "a" * 32, {f"m{number}": [(number, 1.0)] for number in range(SIZE // 170)})
        return path.read_bytes()


KINDS: Final[dict[str, Callable[[], bytes]]] = {
    "records: rows of one key": lambda: wandb_files.framed(
        *(wandb_files.history({"_step": row, "loss": 1}) for row in range(SIZE // 42))
    ),
    "records: other keys in each": lambda: wandb_files.framed(
        *(wandb_files.history({"_step": row, f"k{row}": 1}) for row in range(SIZE // 42))
    ),
    "records: a long number": lambda: wandb_files.framed(wandb_files.history({"loss": b"9" * SIZE})),
    "records: deep": lambda: wandb_files.framed(wandb_files.history({"loss": b"[" * SIZE})),
    "database: a metric for each value": _database,
    "table: rows": lambda: _fill(b"1\n", b"a\n"),
    "table: one epoch again": lambda: _fill(b"1,2\n", _LINE),
    "table: epochs to and fro": lambda: _LINE + b"".join(b"%d,1\n" % (row % 3) for row in range(SIZE // 5)),
    "table: epoch numbers of 1e9": lambda: _LINE + b"".join(b"%d000000000,1\n" % row for row in range(1, SIZE // 17)),
    "table: one epoch of 1e9": lambda: _LINE + b"1000000000,1\n",
    "table: two epochs of 0 and 1e15": lambda: _LINE + b"0,1\n1000000000000000,1\n",
    "table: one line": lambda: _fill(b"loss,"),
    "table: names": lambda: _numbered("n%d", "", "\n" + "1," * 10),
    "table: empty rows": lambda: (
        b",".join(b"c%d" % i for i in range(1000)) + b"\n" + (b"," * 999 + b"\n") * (SIZE // 1000)
    ),
    "table: empty cells": lambda: (
        b",".join(b"c%d" % i for i in range(1000)) + b"\n" + (b"1" + b"," * 999 + b"\n") * (SIZE // 1000)
    ),
    "table: cells": lambda: (
        b",".join(b"c%d" % i for i in range(1000)) + b"\n" + (b"1," * 999 + b"1\n") * (SIZE // 2000)
    ),
    "table: a long name": lambda: b"x" * (SIZE // 2) + b"\n" + b"1\n" * (SIZE // 4),
    "table: only a name": lambda: b"epoch," + b"x" * SIZE + b"\n1,2\n",
    "table: one cell": lambda: b"epoch,loss\n1," + b"9" * SIZE + b"\n",
    "table: one quote": lambda: b'epoch,loss\n1,"' + b"9\n" * (SIZE // 2),
    "table: decimal commas": lambda: _fill(b"1,5;2\n", b"a;b\n"),
    "table: texts": lambda: _numbered("1,1,no%d", "epoch,loss,note\n", between="\n"),
    "table: vectors": lambda: _fill(b'1,"[1, 2, 3]"\n', _LINE),
    "table: one vector": lambda: _fill(b"1, ", b'epoch,loss\n1,"[', b'1]"\n'),
    "table: a deep vector": lambda: b'epoch,loss\n1,"' + b"[" * (SIZE // 2) + b"]" * (SIZE // 2) + b'"\n',
    "table: an emoji": lambda: _fill(b"1,2,3\n", "epoch,loss,😀\n".encode()),
    "table: carriage returns": lambda: _fill(b"\r1,2", _LINE[:-1]),
    "table: blank lines": lambda: _fill(b"\n", _LINE, b"1,2\n"),
    "json: a list": lambda: _fill(b"1,", b'{"loss":[', b"1]}"),
    "json: lists": lambda: _fill(b"[],", b'{"loss":[', b"[]]}"),
    "json: objects": lambda: _fill(b"{},", b'{"loss":[', b"{}]}"),
    "json: pairs": lambda: _fill(b"[1,2],", b'{"loss":[', b"[1,2]]}"),
    "json: names": lambda: _numbered('"%d":[1]', "{", "}"),
    "json: one name again": lambda: _fill(b'"loss":[1],', b"{", b'"loss":[1]}'),
    "json: values by epoch": lambda: _numbered('"%d":1', '{"loss":{', "}}"),
    "json: data sets": lambda: _numbered('"%d":{"a":[1]}', "{", "}"),
    "json: rows of names": lambda: _numbered('{"%d":1}', "[", "]"),
    "json: rows": lambda: _fill(b'{"loss":1},', b"[", b'{"loss":1}]'),
    "json: empty rows": lambda: _fill(b"{},", b"[", b"{}]"),
    "json: lines": lambda: _fill(b'{"loss":1}\n'),
    "json: lines without an end": lambda: _fill(b'{"loss":1}'),
    "json: a line, then lines without an end": lambda: _fill(b'{"loss":1}', b'{"loss":1}\n'),
    "json: blanks": lambda: _fill(b" \n", b"{", b'"loss":[1]}'),
    "json: one number": lambda: _fill(b"9", b'{"loss":[', b"]}"),
    "json: one text": lambda: _fill(b"9", b'{"loss":["', b'"]}'),
    "json: escapes": lambda: _fill(rb"\ud83d", b'{"loss":["', b'"]}'),
    "json: a nest of lists": lambda: _fill(b"["),
    "json: a nest of objects": lambda: _fill(b'{"a":'),
    "json: epoch 1e9": lambda: b'[{"epoch":1000000000,"loss":1},{"epoch":1e15,"loss":1}]',
    "state: rows": lambda: _fill(b'{"step":1,"loss":1},', b'{"log_history":[', b"{}]}"),
    "state: no rows": lambda: _fill(b"[],", b'{"log_history":[', b"[]]}"),
    "catboost: rounds": lambda: _catboost(_fill(b'{"learn":[1],"iteration":1},')),
    "catboost: lists": lambda: _catboost(_fill(b"[],")),
    "catboost: broken off": lambda: _catboost(_fill(b'{"learn":[1],"iteration":1},'), b""),
    "catboost: metrics": lambda: (
        b'{"meta":{"test_sets":[],"test_metrics":[],"learn_metrics":['
        + _fill(b'{"name":"a","best_value":"Min"},')[:-1]
        + b']},"iterations":[]}'
    ),
    "console: values": lambda: _fill(b" loss: 1", b"Epoch 1/2\n"),
    "console: epochs": lambda: _fill(b"Epoch 1/2\nloss: 1\n"),
    "console: epochs only": lambda: _fill(b"Epoch 1/2\n", b"", b"loss: 1\n"),
    "console: escape codes": lambda: _fill(b"\x1b[1m\x08", b"Epoch 1/2\n", b"loss: 1\n"),
    "console: names": lambda: _numbered("n%d: 1", "Epoch 1/2\n", between="\n"),
    "console: long numbers": lambda: _fill(b" a: " + b"1" * 400 + b"." + b"1" * 400 + b"x", b"Epoch 1/2\n"),
    "console: colons": lambda: _fill(b"a" + b":" * 199 + b" ", b"Epoch 1/2\nloss: 1\n"),
    "report: numbers": lambda: _page(_fill(b"[1],", b"[", b"[1]]")),
    "report: values": lambda: _page(_stored(_values(SIZE // 3))),
    "report: series": lambda: _page(_stored(b",".join(_series(i) for i in range(30_000)))),
    "report: one series again": lambda: _page(_stored(b",".join([_series(1)] * 30_000))),
    "report: a long name": lambda: _stored(_values(SIZE // 10).replace(b'"m"', b'"' + b"m" * (SIZE // 2) + b'"')),
    "report: layers": lambda: _page(_stored(_series(1)).replace(b'{},"s', b'{"layers":[' + _fill(b"[],") + b'[]]},"s')),
    "report: open tags": lambda: _fill(b"<script id=reportgen-history "),
    "report: entities": lambda: b'<template id="reportgen-history">' + _fill(b"&#99999999999;") + b"</template>",
    "report: one entity": lambda: b'<template id="reportgen-history">&#' + b"9" * SIZE + b";</template>",
    "packed: gzip of a table": lambda: _bomb(gzip.compress, _LINE),
    "packed: gzip of blanks": lambda: gzip.compress(b" " * 1_200_000_000, 1),
    "packed: gzip within the ratio": lambda: (
        gzip.compress(b"a\n" + b"1\n" * 50_000_000, 9) + gzip.compress(os.urandom(10_000_000))
    ),
    "packed: gzip empty members": lambda: _fill(gzip.compress(b"")),
    "packed: zstd of a table": lambda: _bomb(zstd.compress, _LINE),
    "packed: zstd empty frames": lambda: _fill(zstd.compress(b"")),
    "parquet: a repeated text": lambda: _repeats(1_000_000, 1_000_000, "none"),
    "parquet: a repeated long text": lambda: _repeats(10_000_000, 100, "none"),
    "parquet: a dictionary": lambda: _table({"loss": np.ones(400_000), "note": [f"{i:020}" for i in range(400_000)]}),
    "parquet: texts that pack well": lambda: _table(
        {"note": pa.array(["x" * 1_000_000] * 400)}, compression="zstd", use_dictionary=False
    ),
    "parquet: a list": lambda: _one_list(200_000_000),
    "parquet: rows": lambda: _table({"loss": pa.array(np.zeros(4_900_000))}),
    "parquet: columns": lambda: _table({f"c{i}": [1.0] for i in range(10_000)}),
    "events: a claimed record": lambda: sample_logs.TENSORBOARD + _header(2**60),
    "events: one long record": lambda: event_files.written([event_files.field(15, bytes(SIZE))]),
    "events: one long tag": lambda: event_files.written([event_files.event(1, event_files.simple("x" * SIZE, 1.0))]),
    "events: scalars": lambda: _events(event_files.event(1, event_files.simple("loss", 1.0))),
    "events: values of one record": lambda: event_files.written(
        [event_files.event(1, *(event_files.simple("loss", 1.0) for _ in range(SIZE // 20)))]
    ),
    "events: empty records": lambda: event_files.frame(event_files.VERSION) + event_files.frame(b"") * (SIZE // 16),
    "events: tags": lambda: (
        event_files.frame(event_files.VERSION)
        + b"".join(event_files.frame(event_files.event(1, event_files.simple(f"{i}", 1.0))) for i in range(20_000))
    ),
    "events: forms": lambda: (
        event_files.frame(event_files.VERSION)
        + b"".join(
            event_files.frame(event_files.event(1, event_files.simple("x" * (i % 900), 1.0))) for i in range(20_000)
        )
    ),
}


def _values(count: int) -> bytes:
    edges = b'{"first":1,"last":%d,"step":1}' % count
    return b'{"metric":"m","split":"train","epochs":' + edges + b',"values":[' + b"1," * (count - 1) + b"1]}"


def _catboost(rounds: bytes, end: bytes = b"{}]}") -> bytes:
    return (
        b'{"meta":{"test_sets":[],"test_metrics":[],"learn_metrics":[{"name":"a","best_value":"Min"}]},"iterations":['
        + rounds
        + end
    )


def _in_a_child(call: Callable[[], object]) -> dict[str, Any]:
    """Makes a call in a separate process: its result, exit status, peak memory and processor time."""
    pipe = os.pipe()
    if not (child := os.fork()):
        os.write(pipe[1], json.dumps(call()).encode())
        os._exit(0)
    os.close(pipe[1])
    with open(pipe[0], "rb") as answers:
        answer = json.loads(answers.read() or "null")
    _, status, used = os.wait4(child, 0)
    cpu_s = used.ru_utime + used.ru_stime
    return {"answer": answer, "status": status, "peak_bytes": used.ru_maxrss * 1024, "cpu_s": cpu_s}


def _read(path: Path, reader: str | None) -> tuple[str | None, str]:
    """The format that a file was read as (None if it was refused), and its size or the reason for the refusal."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
    warnings.simplefilter("error")
    try:
        read = sources.read(path, ReadOptions(reader))
    except ReportgenError as error:
        return None, str(error)
    return read.format, f"{len(read.history.frame)} values"


def read_all(kind: str, path: Path) -> Iterator[dict[str, Any]]:
    """Makes a file and reads it: first in the detected format, then with every other reader of its kind."""
    assert not _in_a_child(lambda: path.write_bytes(KINDS[kind]()))["status"], "it could not be made"
    recognised = _in_a_child(lambda: _read(path, None))
    yield {"reader": "recognised", **recognised}
    known_as = ((recognised["answer"] or [None])[0] or "").replace("keras-console", "console")  # one reader
    for reader in READERS[kind.partition(":")[0]]:
        if not known_as.endswith(f"({reader})"):  # otherwise this reader was used above
            yield {"reader": reader, **_in_a_child(lambda reader=reader: _read(path, reader))}


if __name__ == "__main__":
    for line in sys.stdin:
        kind, place = json.loads(line)
        print(json.dumps(list(read_all(kind, Path(place)))), flush=True)
