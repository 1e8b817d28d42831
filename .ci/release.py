"""Builds the files of a release in dist/ and checks them: `make release`. Nothing is published.

The version, the changelog and the citation agree; the metadata render on an index; wheel and sdist each install into a
new environment and make a report there.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOG = ROOT / "sample_reports" / "histories" / "pima.json"


def version_of(root: Path) -> str:
    """The version that the package states."""
    (found,) = re.findall(
        r'^__version__ = "(.+)"$', (root / "reportgen" / "version.py").read_text("utf-8"), re.MULTILINE
    )
    return found


def faults(root: Path, environment: Mapping[str, str]) -> list[str]:
    """What has to be changed before this version can be released."""
    version, found = version_of(root), []
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        found.append(
            f"reportgen/version.py: {version} is not a version to release; write one such as 0.1.0 or 0.1.0rc1."
        )
    if not re.search(
        rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    ):
        found.append(f'CHANGELOG.md: no section "## {version} (YYYY-MM-DD)"; rename "Unreleased".')
    if f"\nversion: {version}\n" not in (root / "CITATION.cff").read_text("utf-8"):
        found.append(f"CITATION.cff: the version is not {version}; write it there.")
    tag = environment.get("GITHUB_REF_NAME") if environment.get("GITHUB_REF_TYPE") == "tag" else None
    if tag is not None and tag != f"v{version}":
        found.append(f"the tag is {tag}, but the version is {version}; tag the commit v{version}.")
    return found


def run(*command: object, **options: object) -> str:
    """Runs a command; ends with its output if it fails."""
    line = [str(part) for part in command]
    done = subprocess.run(line, capture_output=True, text=True, check=False, **options)  # noqa: S603  # of this file
    if done.returncode:
        sys.exit(f"{' '.join(line)}\n{done.stdout}{done.stderr}")
    return done.stdout


def try_installed(package: Path, version: str) -> None:
    """Installs a package into a new environment, and makes a report there with the command of each name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "uv", "venv", "--quiet", "--python", sys.executable, folder / "venv")
        programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        run(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", programs / "python", package)
        for command in ("reportgen", "keras-reportgen"):
            said = run(programs / command, "--version", cwd=folder)
            if said != f"reportgen {version}\n":
                sys.exit(f"{package.name}: {command} --version says {said!r}, not {version}")
            run(programs / command, "build", LOG, "-o", folder / f"{command}.html", cwd=folder)
            if "<svg" not in (folder / f"{command}.html").read_text("utf-8"):
                sys.exit(f"{package.name}: the report that {command} writes has no charts")


def main() -> None:
    """Builds and checks; the exit code is 0 only if everything is right."""
    if found := faults(ROOT, os.environ):
        sys.exit("\n".join(found))
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, ROOT)  # the sdist, and the wheel from it
    packages = sorted(dist.iterdir())
    version = version_of(ROOT)
    names = [f"keras_reportgen-{version}-py3-none-any.whl", f"keras_reportgen-{version}.tar.gz"]
    if [path.name for path in packages] != names:
        sys.exit(f"dist has {[path.name for path in packages]}, not {names}")
    run(sys.executable, "-m", "twine", "check", "--strict", *packages)
    for package in packages:
        try_installed(package, version)
        print(f"{package.relative_to(ROOT)}: installs, and makes a report")


if __name__ == "__main__":
    main()
