"""What the reader of printed lines knows about what a line says, and how tools add to that.

A *form* is the texts of a line without its numbers (`tokens.Shape`). For each form of line that is met for the first
time, the dialects are asked in order; the first that knows it returns a `Meaning`, which is kept for all lines of that
form. So a dialect costs nothing for lines that look the same.

To add a tool: a module with a function ``dialect_<tool>(shape) -> Meaning | None``, listed in `DIALECTS` of
`printed.line_reader`. Return a `Meaning` whose `read` makes a `Statement` of a line and its numbers. For tables, whose
rows mean nothing without their header, the header's statement has a `Block`; it is offered each following line until
it returns None.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from reportgen.sources.printed.run_labels import RunLabels
from reportgen.sources.printed.tokens import Shape

PrintedSplit = Literal["train", "val", "test", ""]
"""The data set that a name states; empty if it states none. ``test`` becomes validation if it is a curve."""


class Value(NamedTuple):
    """A printed value.

    Attributes:
        name: Its name as printed, without the words of its split: ``Loss`` for ``Train Loss``.
        split: The split of its name, heading or line.
        number: The value as printed; 95.8 for ``95.8%``.
        is_percent: Whether a percent sign follows.
        printed: The name as printed, such as ``Train Loss``.
    """

    name: str
    split: PrintedSplit
    number: float
    is_percent: bool = False
    printed: str = ""


class Block(Protocol):
    """The rows after the header of a printed table."""

    def row(self, line: str) -> "Statement | None":
        """What a row says; a statement without values for a line such as a ruler; None if the table has ended."""


class CallbackFact(NamedTuple):
    """Something that a callback printed.

    Attributes:
        kind: ``stopped``, ``restored``, ``improved``, ``rate``, ``terminated``, ``continues`` or ``patience``.
        epoch: The epoch that it names; None if it names none.
        name: The monitored curve, or empty.
        number: The new value or rate, or None.
    """

    kind: str
    epoch: int | None = None
    name: str = ""
    number: float | None = None


class Statement(NamedTuple):
    """What one line says.

    Attributes:
        epoch: The epoch that it names.
        planned: The number of epochs that it names.
        done: How many epochs have passed, with a fraction, if there is no epoch.
        step: The step or batch that it names, counted within the epoch if there is an epoch.
        n_steps: The number of steps that it names.
        lead: The number that the line begins with; an epoch or a step.
        n_lead: The number after it, as in ``[3/20]``.
        values: The values that it states.
        is_running: Whether the values are running means, so that the last line of an epoch has the epoch's values.
        is_average: Whether each value is the mean of its epoch so far.
        is_episode: Whether the epoch is an episode of reinforcement learning.
        is_bar: Whether the line is a progress bar of Keras, or a line that replaces it (``10/10 - 1s - loss: ...``).
        is_unfinished: Whether a bar is incomplete although it has no numbers that say so.
        heading: The split of the lines that follow.
        new_run: The labels of the run that begins here, such as ``(("fold", 2),)``.
        fact: What a callback printed.
        block: The table that begins here.
        n_unknown: Named numbers that could not be understood.
        tool: The tool that prints such lines, where certain.
        results: Values of a list such as ``[0.05, 0.98]``.
        params: Settings, by name, as text.
        mention: An epoch that the line mentions without stating its values.
        of_fold: The fold that the values are about: "Fold 2: accuracy 0.9".
    """

    epoch: int | None = None
    planned: int | None = None
    step: int | None = None
    n_steps: int | None = None
    lead: int | None = None
    n_lead: int | None = None
    values: tuple[Value, ...] = ()
    is_running: bool = False
    is_bar: bool = False
    is_unfinished: bool = False
    heading: PrintedSplit = ""
    new_run: RunLabels = ()
    fact: CallbackFact | None = None
    block: Block | None = None
    n_unknown: int = 0
    tool: str = ""
    results: tuple[float, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    done: float | None = None
    is_average: bool = False
    is_episode: bool = False
    mention: int | None = None
    of_fold: RunLabels = ()


NOTHING = Statement()


@dataclass(frozen=True)
class Meaning:
    """What lines of one form say.

    Attributes:
        read: Makes the statement of such a line, given the line and its numbers as text. `NOTHING` if it says nothing.
        weight: How much such a line looks like a log of a training run: 2 if it states an epoch or step with values, or
            is a bar with values; 1 if it is a header or has values; 0 otherwise.
        names: The names of the values.
    """

    read: Callable[[str, list[str]], Statement]
    weight: int = 0
    names: tuple[str, ...] = ()


SILENT = Meaning(lambda line, numbers: NOTHING)
Dialect = Callable[[Shape], Meaning | None]
