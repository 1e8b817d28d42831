import io
import pickle
import zipfile

import numpy as np
import pytest
from logs import read_log

from reportgen.errors import SourceError


def array(value: object) -> bytes:
    file = io.BytesIO()
    np.save(file, value, allow_pickle=True)  # type: ignore[arg-type]
    return file.getvalue()


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


FILES = {
    "pickle": (pickle.dumps({"loss": [1.0]}), "Python pickle", "pickle.load("),
    "pickle of protocol 0": (pickle.dumps({"loss": [1.0]}, 0), "Python pickle", "json.dump("),
    "npy": (array(np.array([1.0, 2.0])), "a NumPy array", "numpy.savetxt("),
    "npy of a dict": (array({"loss": [1.0]}), "a NumPy file with a Python pickle", "history.item()"),
    "npz": (zipped("loss.npy"), "a NumPy archive", "numpy.load("),
    "npz of evaluations": (zipped("timesteps.npy", "results.npy"), "Stable-Baselines3", "mean_reward"),
    "pt": (zipped("model/data.pkl"), "a PyTorch checkpoint", "torch.load()"),
    "keras": (zipped("metadata.json", "config.json", "model.weights.h5"), "saved Keras model", "CSVLogger"),
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook", "as CSV"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", "as CSV"),
    "zip": (zipped("a/history.csv"), "a zip archive", "Unpack it"),
    "h5": (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "CSVLogger"),
    "safetensors": ((18).to_bytes(8, "little") + b'{"__metadata__":{}}', "weights of a model", "JSON"),
    "pdf": (b"%PDF-1.7\n", "a PDF document", "numbers"),
    "jpg": (b"\xff\xd8\xff\xe0", "a JPEG picture", "numbers"),
    "mat": (b"MATLAB 5.0 MAT-file, Platform: x", "a MATLAB file", "writetable"),
    "rds": (b"X\n\0\0\0\3\0\4\3\2", "data saved by R", "readRDS"),
    "rdata": (b"RDX3\nX\n\0\0\0\3", "data saved by R", "write.csv"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "a Git LFS pointer", "git lfs pull"),
    "404": (b"404: Not Found", "no such file (404)", "Check the address"),
    "404 of an API": (b'{"message": "Not Found", "status": "404"}', "no such file", "Check the address"),
    "xml": (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', "AccessDenied", "permissions"),
    "github": (
        b'<!DOCTYPE html>\n<html><head><link href="https://github.githubassets.com">',
        "GitHub's page about a file",
        "/raw/",
    ),
}


@pytest.mark.parametrize(("data", "what", "remedy"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("name", ["history.json", "trainer_state.json", "log"])
def test_a_file_that_is_not_a_log_is_refused_with_what_helps(data: bytes, what: str, remedy: str, name: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_log(data, name)
    text = str(caught.value)
    assert text.startswith(f"{name}: this is ")
    assert what in text
    assert remedy in text
    assert "\n" not in text
    assert len(text) < 500
