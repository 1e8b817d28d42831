"""Finds the other project of the package index that installs a package called ``reportgen``."""

from pathlib import Path

_OURS = Path(__file__).resolve().parents[1]


def find_other_project(package: Path = _OURS) -> str | None:
    """One line about the other project if it is installed in the same folder as the package; otherwise None.

    Both have files of the same names, so installing or uninstalling one of them damages the other.
    """
    for folder in package.parent.glob("reportgen-*.dist-info"):
        version = folder.name.removeprefix("reportgen-").removesuffix(".dist-info")
        return (
            f'another project named "reportgen" ({version}) is installed in the same folder and shares file names with '
            "this one. Run: pip uninstall reportgen keras-reportgen, then: pip install keras-reportgen"
        )
    return None
