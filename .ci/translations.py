"""Updates the catalogues of other languages from the texts in the code and the templates.

Adds every text passed to ``say`` and similar functions to ``reportgen/translations/*/LC_MESSAGES/reportgen.po``,
untranslated, and compiles the ``.mo`` files that are read at run time. Language names as arguments (``fr``, ``pt_BR``)
start new catalogues. ``--check`` writes nothing and exits with 1 if a translation is missing, if its placeholders
differ from those of its text, or if a ``.mo`` does not match its ``.po``.
"""

import argparse
import gettext
import io
import string
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "reportgen" / "translations"
METHODS = [("reportgen/**.py", "python"), ("templates/**.jinja", "jinja2")]
KEYWORDS = {
    "say": None,
    "marked": None,
    "say_count": (1, 2),
    "say_in": ((1, "c"), 2),
    "marked_in": ((1, "c"), 2),
}
_HEADER = """msgid ""
msgstr ""
"Project-Id-Version: reportgen\\n"
"Language: {locale}\\n"
"Plural-Forms: {plural_forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def texts() -> Catalog:
    """All texts in the code and the templates."""
    found = Catalog(charset="utf-8")
    for _, _, text, _, context in sorted(
        extract_from_dir(ROOT, METHODS, keywords=KEYWORDS, comment_tags=()), key=lambda row: (row[0], row[1])
    ):
        found.add(text, context=context)
    return found


def faults(catalogue: Catalog, wanted: Catalog) -> list[str]:
    """Missing translations and wrong placeholders of a catalogue."""
    found = []
    for message in filter(lambda message: message.id, wanted):
        own = catalogue.get(message.id, message.context)
        forms = [] if own is None or own.fuzzy else _all(own.string)
        known, needed = set().union(*map(_places, _all(message.id))), _places(_all(message.id)[-1])
        if not forms or not all(forms):
            found.append(f"{message.id!r} is not translated")
        elif any(not needed <= _places(form) <= known for form in forms):
            found.append(f"{message.id!r} has other placeholders than {forms}")
    return found


def _all(texts: str | list[str] | tuple[str, ...]) -> list[str]:
    """The text itself, or one text per plural form."""
    return [texts] if isinstance(texts, str) else list(texts)


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def written(catalogue: Catalog) -> bytes:
    """A catalogue in compiled form."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def check(path: Path, wanted: Catalog) -> list[str]:
    """All errors in a catalogue and its compiled file."""
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    found = faults(catalogue, wanted)
    compiled = path.with_suffix(".mo")
    if not compiled.is_file() or _said(compiled.read_bytes()) != _said(written(catalogue)):
        found.append(f"{compiled.name} does not match {path.name}")
    return [f"{path.parts[-3]}: {fault}; run: make translations, then translate the new texts" for fault in found]


def _said(compiled: bytes) -> dict[object, str]:
    """The texts of a compiled catalogue, without its header."""
    said = dict(vars(gettext.GNUTranslations(io.BytesIO(compiled)))["_catalog"])
    del said[""]
    return said


def update(path: Path, wanted: Catalog) -> None:
    """Adds new texts, removes old ones, and compiles."""
    locale = path.parts[-3]
    catalogue = Catalog(locale, charset="utf-8", fuzzy=False)
    if path.is_file():
        with path.open("rb") as file:
            catalogue = read_po(file, locale)
    catalogue.update(wanted, no_fuzzy_matching=True)
    entries = io.BytesIO()
    write_po(entries, catalogue, no_location=True, omit_header=True, ignore_obsolete=True, width=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_HEADER.format(locale=locale, plural_forms=catalogue.plural_forms).encode() + entries.getvalue())
    path.with_suffix(".mo").write_bytes(written(catalogue))


def main() -> int:
    """Updates or checks every catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if something is missing")
    parser.add_argument("new", nargs="*", metavar="LOCALE", help="languages to add")
    options = parser.parse_args()
    wanted = texts()
    locales = {path.parts[-3] for path in FOLDER.glob("*/LC_MESSAGES/reportgen.po")} | set(options.new)
    paths = [FOLDER / locale / "LC_MESSAGES" / "reportgen.po" for locale in sorted(locales)]
    if options.check:
        found = [fault for path in paths for fault in check(path, wanted)]
        print("\n".join(found) or f"{len(wanted)} texts, all translated.")
        return 1 if found else 0
    for path in paths:
        update(path, wanted)
        print("\n".join(check(path, wanted)) or f"{path.parts[-3]}: {len(wanted)} texts, all translated.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
