"""Builds the documentation site: `make docs`. Any warning or fault fails it."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))  # this package, not an installed one

from checking import site_faults  # noqa: E402  # after the path
from sphinx.cmd.build import build_main  # noqa: E402
from staging import ROOT, api_page, stage  # noqa: E402


def main(folder: Path) -> int:
    """Builds the site in a folder; returns the exit code."""
    sources, site = folder / "sources", folder / "html"
    stage(sources, api_page())
    options = ["--fail-on-warning", "--keep-going", "--fresh-env", "--quiet"]
    options += ["--conf-dir", str(HERE), "--doctree-dir", str(folder / "doctrees")]
    options += ["--define", f"html_extra_path={sources / 'extra'}"]
    if (code := build_main([*options, str(sources), str(site)])) != 0:
        return code
    faults = site_faults(site.resolve())
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    sys.stdout.write(f"The site is in {site}: open {site / 'index.html'}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "docs"))
