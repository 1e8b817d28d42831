"""The fuzzer: `python -m tests.fuzz.readers SECONDS [READER ...]`, which needs atheris (`make fuzz`).

Reads inputs that atheris derives from the samples, and stops at the first one whose outcome is not allowed. That input
is saved in build/fuzz/found/ as a file or folder. Make it small and move it to tests/fuzz/crashers/.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests")]
with atheris.instrument_imports(include=["reportgen"]):
    import reportgen.sources.registry as registry

    for _name in registry.BUILT_IN:
        registry.find_format(_name)
    from tests.fuzz import inputs
    from tests.fuzz.outcome import read_or_refuse

BUILD = ROOT / "build" / "fuzz"
MAX_BYTES = 20_000
TOKENS = [
    *b'0 -1 1e999 1e9 NaN -inf null true [] {} [[ }} , ; : . " 1,5 val_ epoch step loss &#99; </script> Epoch'.split(),
    *(
        b"Epoch 1/2",
        b" - loss: 0.5",
        b"step 5:",
        b"Test loss: ",
        b"Fold 2",
        b"10/10 [===] - 1s",
        b"100%|##| 5/5 [00:01<00:00]",
    ),
    *(b"\t", b"\r", b"\0", b"\xff\xfe", "\u2028".encode(), b"9" * 60, b"[" * 60, inputs.FILE, inputs.RECORD),
]


def fuzz_one(data: bytes) -> None:
    place = Path(tempfile.mkdtemp(dir=SCRATCH)) / "log"
    try:
        inputs.write(data, place)
        read_or_refuse(place, ONLY or inputs.reader_of(data))
    except BaseException:
        found = BUILD / "found"
        found.mkdir(exist_ok=True)
        shutil.move(place, found / f"{inputs.reader_of(data) or 'recognised'}-{abs(hash(data)):016x}")
        raise
    finally:
        shutil.rmtree(place.parent)


if __name__ == "__main__":
    seconds, *chosen = sys.argv[1:]
    ONLY = chosen[0] if chosen else None
    SCRATCH = tempfile.mkdtemp()
    corpus = BUILD / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for name, seed in inputs.seeds().items():
        (corpus / name).write_bytes(seed)
    words = (f'"{"".join(f"{chr(92)}x{byte:02x}" for byte in token)}"\n' for token in TOKENS)
    (BUILD / "tokens").write_text("".join(words))
    limits = ["-timeout=20", "-rss_limit_mb=1000", f"-max_len={MAX_BYTES}", f"-max_total_time={seconds}"]
    notes = [f"-dict={BUILD / 'tokens'}", f"-artifact_prefix={BUILD}/", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, *notes, str(corpus)], fuzz_one)
    atheris.Fuzz()
