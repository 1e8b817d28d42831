"""What the cells of a notebook printed, as text and tables. Nothing is executed."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>table|tr|th|td)\b[^<>]{0,500}>", re.IGNORECASE)
_ANY_TAG: Final = re.compile(r"<[^<>]{0,500}>")
_OBJECT: Final = re.compile(
    r"<IPython\.core\.display\.\w+ object>|<\S{1,80} at 0x[0-9a-f]+>|HBox\(|VBox\(|IntProgress\("
)
_PART: Final = re.compile(
    r'<div[^<>]{0,200}\bclass="(?P<classes>[^"<>]{1,300})"|<pre\b[^<>]{0,200}>'
)  # of an exported page
_CELL: Final = re.compile(r"(?<!\S)(?:jp-Cell|cell)(?!\S)")
_OUTPUT: Final = re.compile(r"(?<!\S)(?:jp-OutputArea-output|output_subarea|output_area|output_text)(?!\S)")
_HEADING: Final = re.compile(r"^[ ]{0,3}#{1,6}[ \t]{1,9}(\S[^\n]{0,200})", re.MULTILINE)
_MARKS: Final = re.compile(r"<[^<>]{0,100}>|[*`#]|^[\d.)\s]{1,10}(?=\D)|[:\s]+$")  # and numbers of sections
_MOST_TEXT: Final = 100_000  # characters of a cell that are looked at
_MAX_CELLS: Final = 10_000  # of a table; larger ones are data, not a log
_TEXT: Final = "text/plain"
_PRINTED: Final = ("stream", "execute_result", "display_data", "pyout")


@dataclass(frozen=True)
class CellOutput:
    """What one code cell printed.

    Attributes:
        number: Place of the cell in the notebook, from 1, counting all cells.
        count: Its execution count, as Jupyter shows it; None without one.
        source: Its code, which is only searched.
        text: Everything it printed.
        tables: The rows of the HTML tables that it showed, the header first.
        above: For each table, the text between it and the one before it.
        below: The text after the last table.
        heading: The last heading of Markdown above it, without marks; empty without one.
    """

    number: int
    count: int | None
    source: str
    text: str
    tables: tuple[tuple[tuple[str, ...], ...], ...] = ()
    above: tuple[str, ...] = ()
    below: str = ""
    heading: str = ""


def cells_of(notebook: Any) -> Iterator[CellOutput]:
    """The code cells of a parsed notebook, of nbformat 3 or 4, in order."""
    heading = ""
    for number, cell in enumerate(_cells(notebook), 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            heading = _heading_of(cell) or heading
            continue
        outputs = cell.get("outputs")
        texts: list[str] = []
        tables: list[tuple[tuple[str, ...], ...]] = []
        above: list[str] = []
        since = 0  # the texts before the last table
        for output in outputs if isinstance(outputs, list) else ():
            if not isinstance(output, dict) or output.get("output_type") not in _PRINTED:
                continue
            data = output.get("data")
            shown: Mapping[str, Any] = data if isinstance(data, dict) else output
            found = list(tables_in(_joined(shown.get("text/html", shown.get("html", "")))))
            for table in found:
                tables.append(table)
                above.append("".join(texts[since:]))
                since = len(texts)
            text = _joined(output.get("text", shown.get(_TEXT, "")))
            if output.get("output_type") == "stream":
                texts.append(text)
            elif not found and text and not _OBJECT.match(text):
                texts.append(f"\n{text}\n")
        count = cell.get("execution_count", cell.get("prompt_number"))
        source = _joined(cell.get("source", cell.get("input", "")))
        yield CellOutput(
            number,
            count if type(count) is int else None,
            source,
            "".join(texts),
            tuple(tables),
            tuple(above),
            "".join(texts[since:]),
            heading,
        )


def _heading_of(cell: Any) -> str:
    """The last heading in a cell of text; empty without one."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("markdown", "heading"):
        return ""
    text = _joined(cell.get("source"))
    if cell["cell_type"] == "heading":  # nbformat 3
        text = f"# {text}"
    found = _HEADING.findall(text[:_MOST_TEXT])
    return _MARKS.sub("", found[-1]).strip() if found else ""


def _cells(notebook: Any) -> Sequence[Any]:
    if not isinstance(notebook, dict):
        return ()
    sheets = notebook.get("worksheets")
    if isinstance(sheets, list):
        return [
            cell
            for sheet in sheets
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    cells = notebook.get("cells")
    return cells if isinstance(cells, list) else ()


def _joined(text: Any) -> str:
    """Text that is stored as a whole or as a list of lines."""
    if isinstance(text, list):
        return "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""


def tables_in(text: str) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The rows of each table in HTML, without markup."""
    rows: list[tuple[str, ...]] | None = None
    row: list[str] = []
    start = None  # of the text of a cell
    n_cells = 0

    def end_cell(place: int) -> None:
        nonlocal start
        if start is not None:
            row.append(html.unescape(_ANY_TAG.sub("", text[start:place])).strip())
            start = None

    def end_row() -> None:
        nonlocal row
        if row and rows is not None:
            rows.append(tuple(row))
        row = []

    for tag in _TAG.finditer(text):
        name = tag["name"].lower()
        end_cell(tag.start())
        if name == "table":
            end_row()
            if rows:
                yield tuple(rows)
            rows, n_cells = (None if tag["end"] else []), 0
        elif name == "tr":
            end_row()
        elif not tag["end"] and rows is not None and n_cells < _MAX_CELLS:
            start = tag.end()
            n_cells += 1
    if rows:
        yield tuple(rows)


def cells_of_page(page: str) -> Iterator[CellOutput]:
    """The code cells with output in a notebook that was exported as HTML, in order."""
    number = 0
    texts: list[str] = []
    is_output = False
    for part in _PART.finditer(page):
        classes = part["classes"]
        if classes is not None:
            is_output = _OUTPUT.search(classes) is not None
            if _CELL.search(classes):
                if texts:
                    yield CellOutput(number, None, "", "\n".join(texts))
                number, texts = number + 1, []
        elif is_output:
            end = page.find("</pre>", part.end())
            texts.append(html.unescape(_ANY_TAG.sub("", page[part.end() : end if end >= 0 else len(page)])))
            is_output = False
    if texts:
        yield CellOutput(number, None, "", "\n".join(texts))
