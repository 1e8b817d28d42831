"""The Vega runtime of interactive reports, taken from vl-convert's bundle without a download.

The script sets one global function, ``reportgenView(spec, element, loader)``, which draws a Vega specification into an
element as SVG and returns a promise of the view. Expressions are interpreted, never compiled, so that it runs under a
policy without ``unsafe-eval``.
"""

import base64
import gzip
import re
from functools import cache
from typing import Final

# Releases of vl-convert from which Vega alone can be extracted, by the address it is stored under; in others it comes
# with Vega-Lite and Vega-Embed, which makes the script 50 % larger.
_STORED: Final = {"1.9.0": {"vega": "6.2.0", "interpreter": "2.0.0"}}

_LEAN: Final = """
import {{ parse, View }} from "https://cdn.jsdelivr.net/npm/vega@{vega}/+esm";
import {{ expressionInterpreter }} from "https://cdn.jsdelivr.net/npm/vega-interpreter@{interpreter}/+esm";
window.reportgenView = (spec, element, loader) => new View(parse(spec, {{}}, {{ ast: true }}), {{
  expr: expressionInterpreter, renderer: "svg", container: element, loader }}).runAsync();
"""
_WHOLE: Final = """
window.reportgenView = (spec, element, loader) => vegaEmbed(element, spec, {
  mode: "vega", ast: true, renderer: "svg", actions: false, tooltip: false, hover: false, defaultStyle: false, loader,
}).then((result) => result.view);
"""
_NOTICE: Final = (
    "/* Vega (BSD 3-Clause, University of Washington Interactive Data Lab and contributors) and D3 (ISC, Mike "
    "Bostock), as bundled by vl-convert. */"
)


@cache
def runtime() -> str:
    """The runtime, about 590 KB. The first call takes a second. The text is the same in every process."""
    import vl_convert  # slow to import, and only interactive reports need it

    stored = _STORED.get(vl_convert.__version__)  # type: ignore[attr-defined]  # not in its stubs
    bundle = vl_convert.javascript_bundle(_WHOLE if stored is None else _LEAN.format(**stored))
    # JavaScript allows these two only inside strings and regular expressions, where \x3c is the same character.
    harmless = re.sub(r"<(?=/script|!--)", r"\\x3c", bundle, flags=re.IGNORECASE)
    return f'{_NOTICE}\n(function () {{\n"use strict";\n{harmless}\n}})();'


def packed(text: str) -> str:
    """Compresses text with gzip and encodes it in base64; the same text always gives the same result."""
    return base64.b64encode(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0)).decode("ascii")
