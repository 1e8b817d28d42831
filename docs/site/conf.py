"""Settings of Sphinx for the documentation site; `make_site.py` runs it on a folder of its own making."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from reportgen.version import __version__  # noqa: E402  # after the path

project = "reportgen"
author = "reportgen maintainers"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 4  # every heading has the anchor that GitHub gives it; a link to a missing one is an error
default_role = "code"  # as docstrings use single backticks
smartquotes = False  # "--" in options stays as it is
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 100
toc_object_entries_show_parents = "hide"

html_theme = "furo"  # which loads no fonts, styles or scripts from other servers
html_title = f"reportgen {version}"
html_extra_path = ["extra"]
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_copy_source = True  # llms.txt links to the sources
html_show_sourcelink = True
html_permalinks_icon = "#"
