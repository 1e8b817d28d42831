"""The page's tables of values as headers and rows, for places that set every table alike: mail and plain text.

In: a `ReportPage`. Out: `Table`s, in the page's language.
"""

from dataclasses import dataclass

from reportgen import formatting
from reportgen.page.parts import ReportPage


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        title: Its heading.
        headers: Names of the columns; the first column names the rows.
        rows: One cell per header.
        note: What was left out; empty for nothing.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def value_tables(page: ReportPage) -> tuple[Table, ...]:
    """Best values beside those of the baseline, if there is one; first, best and last value of every curve."""
    say, tables = page.language.say, []
    if page.comparison:
        tables.append(
            Table(
                say("Compared with the baseline"),
                (
                    say("Metric"),
                    say("Best here"),
                    say("Best of the baseline"),
                    say("Difference"),
                    say("Reached the baseline's best"),
                ),
                tuple((row.metric, row.best, row.baseline, row.difference, row.reached) for row in page.comparison),
            )
        )
    tables.append(
        Table(
            say("Best and last values"),
            (say("Metric"), say("First"), say("Best"), say("in epoch"), say("Last")),
            tuple((row.metric, row.first, row.best, row.best_epoch, row.last) for row in page.metric_rows),
        )
    )
    return tuple(tables)


def layer_table(page: ReportPage) -> Table:
    """The layers of the model; without rows where none are known."""
    say = page.language.say
    return Table(
        say("Layers of the model"),
        (say("Layer"), say("Type"), say("Output"), say("Weights")),
        tuple((row.name, row.kind, row.output_shape, formatting.count(row.parameters)) for row in page.layers),
    )
