"""What people add to a report: makes notes, figures and tables of what they pass in."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from reportgen.history.additions import Addition


class TakesAdditions:
    """What reports, callbacks and recorders have in common: notes, figures and tables can be added."""

    def add_note(self, markdown: str | os.PathLike[str]) -> Self:
        """Adds a text.

        Args:
            markdown: The text in Markdown, or a path object of a file with it. HTML in it is shown as text; pictures
                in it are replaced by their descriptions.

        Raises:
            AdditionError: it is not text, or too long.
            MissingExtraError: nh3 or markdown-it-py is not installed.
        """
        from reportgen.additions.notes_and_tables import make_note

        return self._take_addition("a note", lambda: make_note(markdown))

    def add_figure(self, figure: Any, *, title: str = "", caption: str = "", alt: str = "") -> Self:
        """Adds a figure.

        Args:
            figure: An Altair chart, a matplotlib figure or axes, a Pillow image, an array of pixels, the content of a
                PNG, JPEG or SVG file as bytes, or its path.
            title: Heading of the figure.
            caption: A sentence below it.
            alt: What it shows, for people who cannot see it (default: title or caption).

        Raises:
            AdditionError: it is something else, cannot be drawn, or is too large.
        """
        from reportgen.additions.figures import make_figure

        return self._take_addition("a figure", lambda: make_figure(figure, title=title, caption=caption, alt=alt))

    def add_table(self, table: Any, *, title: str = "", caption: str = "") -> Self:
        """Adds a table.

        Args:
            table: A DataFrame, or anything else that ``pandas.DataFrame`` accepts.
            title: Heading of the table.
            caption: A sentence below it.

        Raises:
            AdditionError: it is not a table, or too large.
        """
        from reportgen.additions.notes_and_tables import make_table

        return self._take_addition("a table", lambda: make_table(table, title=title, caption=caption))

    def add_samples(
        self,
        images: Any,
        true: Sequence[Any],
        predicted: Any,
        *,
        labels: Sequence[Any] | Mapping[Any, Any] | None = None,
        title: str = "",
        caption: str = "",
    ) -> Self:
        """Adds a grid of images with their true and predicted labels.

        Args:
            images: An array or tensor of shape (n, height, width), or with 1, 3 or 4 channels as the last or second
                axis: bytes, or floats from 0 to 1, from 0 to 255, or of any range below 0.
            true: The true label or class id of each image.
            predicted: The predicted one, or one row of class probabilities for each image.
            labels: Names of the classes, in the order of their ids, or by id.
            title: Heading of the grid.
            caption: A sentence below it.

        Raises:
            AdditionError: the images or labels have another form, or are too many.
        """
        from reportgen.additions.samples import make_samples

        return self._take_addition(
            "samples", lambda: make_samples(images, true, predicted, labels=labels, title=title, caption=caption)
        )

    def _take_addition(self, what: str, make: Callable[[], Addition]) -> Self:
        """Adds what ``make`` returns."""
        raise NotImplementedError
