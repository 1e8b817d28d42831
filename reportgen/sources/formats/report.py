"""Reads the history data in reports made by reportgen, bit for bit.

Also reads printed logs in other pages, as CI services show them.
"""

import html
import re
from dataclasses import replace
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.additions import PICTURE_ID, AddedFigure, Addition, is_addition
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_text import check_size
from reportgen.sources.opening.long_text import LongText
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.opening.other_files import COMPARISON_MARK, is_overview
from reportgen.sources.printed import looks_printed, printed_runs
from reportgen.sources.source_runs import Runs

REPORT_DATA_ID: Final = "reportgen-history"
_HEAD: Final = 4_096  # characters; the mark is near the beginning
# Bounded, and the end is searched for separately, so that no page makes the search quadratic. Static reports have a
# template element instead of the script; its text is escaped.
_REPORT_DATA: Final = re.compile(
    rf'<(script|template)\b[^>]{{0,200}}\bid="?{REPORT_DATA_ID}"?[^>]{{0,200}}>', re.IGNORECASE
)
_DATA_END: Final = re.compile(r"</(script|template)", re.IGNORECASE)
_PAGE: Final = re.compile(r"<(?:!--|(?:!doctype|html|head|body|script|template|meta)\b)", re.IGNORECASE)
_SHOWN: Final = re.compile(r"<pre\b[^<>]{0,400}>")
_TAG: Final = re.compile(r"<[^<>]{0,500}>")
# The pictures of a page, to which its data refers.
_ADDED: Final = re.compile(
    rf'<img\s+id="?{PICTURE_ID}(\d{{1,6}})"?\s+src="?data:image/[a-z+]{{3,10}};base64,([A-Za-z0-9+/=]*)'
)
_STORED: Final = re.compile(r'\{\s*"schema"\s*:\s*"')


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if _PAGE.match(sample.text) or _STORED.match(sample.text) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    data = opened.text()
    page = "" if data.startswith("{") else data
    if is_overview(head := data[:_HEAD]):
        what = "compares runs" if COMPARISON_MARK in head else "is the index of a sweep"
        raise SourceError(f"{where}: this page {what} and has no history. Pass the logs or reports it was made from.")
    if page:
        if not _REPORT_DATA.search(data) and (printed := _printed_in(data)):
            return printed_runs(LongText(printed.encode(), where), where, options)
        data = _embedded(data, where)
    check_size(data, where)
    return _with_pictures(TrainingHistory.from_json(data), page)


def _with_pictures(history: TrainingHistory, page: str) -> TrainingHistory:
    """The history with the pictures of a page. Figures whose picture is lost are left out with a note."""
    run = history.run
    if not any(isinstance(each, AddedFigure) and each.is_reference for each in run.additions):
        return history
    found = {f"#{PICTURE_ID}{picture[1]}": picture[2] for picture in _ADDED.finditer(page)}
    additions: list[Addition] = []
    for each in run.additions:
        if isinstance(each, AddedFigure) and each.is_reference:
            filled = replace(each, data=found.get(each.data, ""))
            if is_addition(filled):
                additions.append(filled)
        else:
            additions.append(each)
    n_lost = len(run.additions) - len(additions)
    notes = (*run.notes, Note.of("lost-pictures", count=n_lost)) if n_lost else run.notes
    return history.with_run(replace(run, additions=tuple(additions), notes=notes))


def _printed_in(page: str) -> str:
    """The text of a page that is shown as it was printed, if it may be a log; otherwise empty."""
    parts = []
    place = 0
    while (start := _SHOWN.search(page, place)) is not None:
        end = page.find("</pre", start.end())
        place = end if end >= 0 else len(page)
        parts.append(_TAG.sub("", page[start.end() : place]))
    try:
        text = html.unescape("\n".join(parts))
    except ValueError:  # a numeric entity with more digits than Python converts
        return ""
    return text if text.strip() and looks_printed(text) > Fit.NO else ""


def _embedded(text: str, where: str) -> str:
    """The history data of a page."""
    start = _REPORT_DATA.search(text)
    if not start:
        raise SourceError(
            f"{where}: this HTML page has no training history and no printed log. Pass a report made by reportgen; if "
            "this is a page of a website, download the log itself."
        )
    end = _DATA_END.search(text, start.end())
    if not end:
        raise SourceError(
            f"{where}: the page ends inside its training history. Copy the report again, or build it again from the "
            "log."
        )
    data = text[start.end() : end.start()]
    try:
        return html.unescape(data) if start[1].lower() == "template" else data
    except ValueError:  # a numeric entity with more digits than Python converts
        raise SourceError(
            f"{where}: its training history is damaged (a character code of thousands of digits). Copy the report "
            "again, or build it again from the log."
        ) from None


FORMAT: Final = Format("report", "reportgen report", _recognise, _read, takes=frozenset())
