import gzip
import io
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import format_of, read_log, read_path
from strategies import refusal

import reportgen
from reportgen.errors import SourceError
from reportgen.sources.opening import compressed

try:
    from compression import zstd
except ImportError:
    from backports import zstd

LOG = "epoch,loss,val_loss\n" + "".join(f"{i},{1 / (i + 1)},{2 / (i + 1)}\n" for i in range(200))
PACKED = {"gz": gzip.compress(LOG.encode()), "zst": zstd.compress(LOG.encode())}


@pytest.mark.parametrize("kind", PACKED)
def test_a_compressed_log_is_read_like_the_log_under_any_name(kind: str, tmp_path: Path) -> None:
    assert read_log(PACKED[kind]) == read_log(LOG)
    assert read_log(PACKED[kind] + PACKED[kind], "two parts") == read_log(LOG + LOG)
    (tmp_path / f"metrics.csv.{kind}").write_bytes(PACKED[kind])
    assert read_path(tmp_path / f"metrics.csv.{kind}") == read_log(LOG)


def test_the_name_without_its_suffix_helps_to_detect_the_format(tmp_path: Path) -> None:
    table = "epoch,loss,step\n0,1.0,5\n1,0.5,10\n"
    (tmp_path / "metrics.csv.gz").write_bytes(gzip.compress(table.encode()))
    assert format_of(tmp_path / "metrics.csv.gz") == "lightning"


@pytest.mark.parametrize("kind", PACKED)
def test_files_of_a_folder_may_be_compressed(kind: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_bytes(PACKED[kind])
    assert reportgen.load(tmp_path).frame.equals(read_log(LOG).frame)


@pytest.mark.parametrize(("kind", "name"), [("gz", "gzip"), ("zst", "Zstandard")])
def test_damaged_and_incomplete_archives_are_refused(kind: str, name: str) -> None:
    data = PACKED[kind]
    with pytest.raises(SourceError, match=f"run.log: its {name} data is incomplete"):
        read_log(data[: len(data) // 2])
    with pytest.raises(SourceError, match=f"its {name} data is damaged"):
        read_log(data[:20] + bytes(40) + data[60:])
    with pytest.raises(SourceError, match="archive inside"):
        read_log(gzip.compress(data))


@given(st.sampled_from(sorted(PACKED)), st.integers(0, 2000), st.integers(0, 8), st.binary(max_size=8))
def test_any_damage_is_refused_or_read(kind: str, start: int, length: int, patch: bytes) -> None:
    data = PACKED[kind]
    start %= len(data)
    assert "\n" not in refusal(lambda: read_log(data[:start] + patch + data[start + length :]))


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress], ids=["gz", "zst"])
def test_a_small_file_that_grows_large_is_refused_before_it_takes_memory(pack) -> None:
    bomb = pack(b"epoch,loss\n" + b"1,2\n" * 50_000_000)
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    with pytest.raises(SourceError, match=r"data expands from [\d,]+ to more than 5\d,\d{3},\d{3} bytes"):
        read_log(bomb)
    assert tracemalloc.get_traced_memory()[1] < 130_000_000
    tracemalloc.stop()


def test_files_that_expand_within_the_ratio_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "ALWAYS_BYTES", 0)
    noise = gzip.compress(os.urandom(5000))  # random bytes, which do not shrink
    stream = compressed.Decompressed.of(io.BytesIO(), noise, "run.log")
    assert stream is not None
    assert len(stream.read(1 << 20)) == 5000


def test_a_compression_window_larger_than_the_default_is_refused() -> None:
    parameters = {zstd.CompressionParameter.window_log: 30, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=parameters)
    data = compressor.compress(LOG.encode()) + compressor.flush()
    with pytest.raises(SourceError, match="its Zstandard data is damaged"):
        read_log(data)


def test_a_missing_package_for_zstandard_names_its_install_command() -> None:
    code = f"""
import sys
for name in ("compression", "compressed.zstd", "backports", "backports.zstd"):
    sys.modules[name] = None
sys.path[:0] = {sys.path!r}
from logs import read_log
from reportgen.errors import MissingExtraError
try:
    read_log({PACKED["zst"]!r})
except MissingExtraError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip().endswith("Run: pip install 'keras-reportgen[zstd]'")
