"""Recognises files that are not logs by their first bytes, and says how to get a log instead."""

import re
from typing import Final

from reportgen.errors import SourceError

COMPARISON_MARK: Final = '<meta name="application-name" content="reportgen compare">'  # of a page that compares runs
INDEX_MARK: Final = '<meta name="application-name" content="reportgen sweep">'  # of a page of the index of a sweep
_LOOKED_AT: Final = 4096  # bytes
_SAVE: Final = "Save history.history as CSV or JSON."
_OF_MODEL: Final = (
    "A saved model does not contain its history. Save history.history as JSON, or use the CSVLogger callback."
)
_UNPICKLE: Final = (
    "Pickles are never opened, because they can run code. If you trust it, convert it in Python: import json, pickle; "
    "history = pickle.load(open('FILE', 'rb')); "
    "json.dump(history, open('history.json', 'w'), default=lambda value: value.tolist())"
)
_OF_PICTURE: Final = "Pass the numbers that it shows, as CSV or JSON."
_PICKLE: Final = (
    "a Python pickle",
    f"{_UNPICKLE}. If it is the History object that fit() returned, write history.history instead of history.",
)
_NUMPY: Final = (
    "a NumPy array",
    "Convert it in Python: import numpy; numpy.savetxt('loss.csv', numpy.load('FILE'), header='loss', comments='').",
)
_NUMPY_OBJECT: Final = (
    "a NumPy file with a Python pickle",
    "Pickles are never opened, because they can run code. If you trust it, convert it in Python: import json, numpy; "
    "history = numpy.load('FILE', allow_pickle=True); "
    "json.dump(history.item(), open('history.json', 'w'), default=lambda value: value.tolist()).",
)
_NUMPY_ZIP: Final = (
    "a NumPy archive (.npz)",
    "Convert it in Python: import json, numpy; history = {key: value.tolist() for key, value in "
    "numpy.load('FILE').items()}; json.dump(history, open('history.json', 'w')).",
)
_TORCH: Final = (
    "a PyTorch checkpoint",
    "Checkpoints are never opened, because they can run code. Save the losses of each epoch as JSON or CSV while "
    "training. If they are in the checkpoint, torch.load() returns them.",
)
_R: Final = ("data saved by R", "Convert them in R: write.csv(readRDS('FILE'), 'log.csv', row.names = FALSE).")
_MATLAB: Final = (
    "a MATLAB file",
    "Write its table with writetable(T, 'log.csv') in MATLAB, or load it with scipy.io.",
)
_EXCEL: Final = ("an Excel workbook", "Save the sheet as CSV.")
_BEGINNINGS: Final[dict[bytes, tuple[str, str]]] = {
    b"\x89HDF": ("an HDF5 file, such as a saved model", _OF_MODEL),
    b"\x89PNG": ("a PNG picture", _OF_PICTURE),
    b"\xff\xd8\xff": ("a JPEG picture", _OF_PICTURE),
    b"GIF8": ("a GIF picture", _OF_PICTURE),
    b"%PDF": ("a PDF document", _OF_PICTURE),
    **{bytes([0x80, protocol]): _PICKLE for protocol in range(2, 6)},
    b"\x93NUMPY": _NUMPY,
    b"\x1f\x8b": ("a gzip archive inside a gzip archive", _SAVE),
    b"\x28\xb5\x2f\xfd": ("a Zstandard archive inside an archive", _SAVE),
    b"BZh": ("a bzip2 archive", "Unpack it and pass the log in it."),
    b"\xfd7zXZ": ("an xz archive", "Unpack it and pass the log in it."),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", "Unpack it and pass the log in it."),
    b"Rar!": ("a RAR archive", "Unpack it and pass the log in it."),
    b"SQLite": ("an SQLite database", _SAVE),
    b"PAR1": ("a Parquet file", _SAVE),
    b"MATLAB 5.0 MAT-file": _MATLAB,
    b"MATLAB 7.3 MAT-file": _MATLAB,
    b"RDX2\n": _R,
    b"RDX3\n": _R,
    b"X\n\0\0\0": _R,
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook or another Office document", "Save the sheet as CSV."),
    b"GGUF": ("weights of a model (GGUF)", _OF_MODEL),
    b"version https://git-lfs.github.com/spec/": (
        "a Git LFS pointer",
        "Run git lfs pull in the repository to download the file itself, and pass it again.",
    ),
}
_IN_ZIP: Final[dict[bytes, tuple[str, str]]] = {
    b"[Content_Types].xml": _EXCEL,
    b"xl/": _EXCEL,
    b"model.weights.h5": ("a zip archive with a saved Keras model", _OF_MODEL),
    b"metadata.json": ("a zip archive with a saved Keras model", _OF_MODEL),
    b"data.pkl": _TORCH,
    b"timesteps.npy": (
        "the evaluations of Stable-Baselines3 (.npz)",
        "Convert them in Python: import numpy; data = numpy.load('FILE'); "
        "numpy.savetxt('log.csv', numpy.c_[data['timesteps'], data['results'].mean(1)], delimiter=',', "
        "header='timesteps,mean_reward', comments='').",
    ),
    b".npy": _NUMPY_ZIP,
}
_ZIP: Final = ("a zip archive", "Unpack it and pass the log in it.")
_OLD_PICKLE: Final = re.compile(rb"(?:\(dp?\d{0,9}\n|\(lp?\d{0,9}\n|c(?:__builtin__|copy_reg|collections|numpy)\S*\n)")
_PAGES: Final = (  # of servers, instead of the file
    (re.compile(rb"404:? Not Found\s*\Z|Not Found\s*\Z|\{\s*\"message\"\s*:\s*\"Not Found\"", re.IGNORECASE),
     "the answer of a server that has no such file (404)", "Check the address and download the file again."),
    (re.compile(rb"<\?xml[^<]{0,200}<Error>|<Error><Code>", re.IGNORECASE),
     "an error of a storage service, such as AccessDenied", "Check the address and the permissions."),
    (re.compile(rb"<(?:!doctype html|html)\b.{0,4000}githubassets\.com", re.IGNORECASE | re.DOTALL),
     "GitHub's page about a file", "Download the file itself: /raw/ instead of /blob/ in the address."),
)  # fmt: skip


def other_kind(data: bytes | bytearray) -> tuple[str, str] | None:
    """What a file is if its first bytes are not those of a log, and what to do; None if it may be a log."""
    head = bytes(data[:_LOOKED_AT])
    if head.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in _IN_ZIP.items() if mark in head), _ZIP)
    for beginning, kind in _BEGINNINGS.items():
        if head.startswith(beginning):
            if kind is _NUMPY and b"|O" in head[:128]:
                return _NUMPY_OBJECT
            return _TORCH if kind is _PICKLE and b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." in head[:32] else kind
    if head[8:10] == b'{"' and head[2:8] == b"\0" * 6:
        return ("weights of a model (safetensors)", _OF_MODEL)
    text = head.lstrip()
    if _OLD_PICKLE.match(text):
        return _PICKLE
    return next(((what, remedy) for page, what, remedy in _PAGES if page.match(text)), None)


def is_overview(head: str) -> bool:
    """Whether a file, by its first characters, is a page of reportgen about many runs, without a history of its own."""
    return COMPARISON_MARK in head or INDEX_MARK in head


def refuse_other_files(data: bytes | bytearray, where: str) -> None:
    """Raises a SourceError for a file that is not a log, recognised by its first bytes."""
    kind = other_kind(data)
    if kind is not None:
        what, remedy = kind
        raise SourceError(f"{where}: this is {what}, not a training log. {remedy}")
