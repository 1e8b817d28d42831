"""Makes the sample reports, ``*.html`` next to this file, from the stored ``histories/*.json``.

The same history gives the same report, byte for byte. TensorFlow is not needed. ``--check`` writes nothing and exits
with 1 if a report is out of date.
"""

import argparse
import sys
from pathlib import Path

import reportgen

HERE = Path(__file__).resolve().parent
# Additional reports of the same histories: the history, and more arguments for `reportgen.build`.
VARIANTS = {
    "early-stopping-with-baseline": ("early-stopping", {"baseline": HERE / "histories" / "overfitting.json"}),
    "pima.zh-CN": ("pima", {"language": "zh-CN"}),
}


def main() -> int:
    """Makes or checks every report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a report is out of date")
    check_only = parser.parse_args().check
    samples = {source.stem: (source.stem, {}) for source in (HERE / "histories").glob("*.json")}
    stale = 0
    for name, (history, options) in sorted((samples | VARIANTS).items()):
        if history not in samples:
            continue
        target = HERE / f"{name}.html"
        report = reportgen.build(HERE / "histories" / f"{history}.json", **options)
        if not check_only:
            report.save(target)
            print(f"{target.name}: {report.diagnosis.verdict}, {target.stat().st_size} bytes")
        elif not target.is_file() or target.read_bytes() != report.to_html().encode("utf-8"):
            stale += 1
            print(f"{target.name} is out of date; run: python sample_reports/make_samples.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
