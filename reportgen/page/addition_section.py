"""The section with the notes, figures and tables that people added to a report."""

from collections.abc import Sequence

from reportgen.formatting import Table
from reportgen.history.additions import (
    MAX_CAPTION,
    MAX_CELL,
    MAX_TITLE,
    PICTURE_ID,
    AddedFigure,
    AddedNote,
    AddedTable,
    Addition,
)
from reportgen.languages import Language
from reportgen.page.contents import PageAddition, PageFigure, PageNote, PageTable
from reportgen.page.markdown_text import render_note
from reportgen.text import harmless, printable


def word_additions(additions: Sequence[Addition], language: Language) -> tuple[PageAddition, ...]:
    """The additions of a run with the texts of a language. Figures whose picture is lost are left out."""
    shown: list[PageAddition] = []
    n_figures = 0
    for addition in additions:
        if isinstance(addition, AddedNote):
            text = harmless(addition.markdown)
            shown.append(PageNote(text.strip(), render_note(text)))
        elif isinstance(addition, AddedTable):
            shown.append(PageTable(_tabulate(addition)))
        else:
            n_figures += 1
            if not addition.is_reference:
                shown.append(_place_figure(addition, n_figures, language))
    return tuple(shown)


def _tabulate(added: AddedTable) -> Table:
    headers = tuple(printable(header, MAX_CELL) for header in added.headers)
    rows = tuple(tuple(printable(cell, MAX_CELL) for cell in row) for row in added.rows)
    return Table(headers, rows, added.numbers, printable(added.title, MAX_TITLE), printable(added.caption, MAX_CAPTION))


def _place_figure(figure: AddedFigure, number: int, language: Language) -> PageFigure:
    say = language.say
    title, caption = printable(figure.title, MAX_TITLE), printable(figure.caption, MAX_CAPTION)
    alt = printable(figure.alt, MAX_CAPTION) or title or caption or say("Figure {n}", n=number)
    if figure.shows == "samples":
        alt = say("Images with true and predicted label: {pairs}", pairs=alt)
        legend = say(
            "Below each image: the true label, then the predicted one. Wrong predictions have a thick frame and ≠."
        )
        caption = language.join(caption, legend)
    return PageFigure(
        id=f"{PICTURE_ID}{number}",
        title=title,
        type=figure.type,
        data=figure.data,
        width=figure.width,
        height=figure.height,
        alt=alt,
        caption=caption,
        has_small_text=figure.shows == "samples",
    )
