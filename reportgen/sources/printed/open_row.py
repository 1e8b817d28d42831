"""The row of a printed log that is being read: an epoch or step with the values that were printed so far."""

from dataclasses import dataclass, field

from reportgen.sources.printed.dialects import PrintedSplit, Value

Key = tuple[str, PrintedSplit]


@dataclass
class OpenRow:
    """The row that is being read."""

    number: int | None
    kind: str
    values: dict[Key, Value] = field(default_factory=dict)
    loose: dict[Key, Value] = field(default_factory=dict)
    steps: list[tuple[int, dict[Key, Value]]] = field(default_factory=list)
    repeats: list[dict[Key, Value]] = field(default_factory=list)
    evaluations: list[dict[Key, Value]] = field(default_factory=list)
    n_steps: int | None = None
    total: int | None = None  # of its progress bar
    bar_keys: frozenset[Key] = frozenset()
    is_done: bool = False
    is_partial: bool = False
    again: dict[Key, Value] = field(default_factory=dict)  # of a complete bar that was printed once more
    evaluates: bool = False  # whether the bar of an evaluation is incomplete
    planned: int = 0
    averages: set[Key] = field(default_factory=set)  # the values that are means of the epoch so far
    running: set[Key] = field(default_factory=set)  # the values of batches so far
    is_restated: bool = False  # whether a header followed them that names the epoch once more
    is_of_epochs: bool = False  # whether a bar that counts epochs ended it

    def has_values(self) -> bool:
        """Whether it is more than a header."""
        return bool(self.values or self.loose or self.steps or self.evaluations or self.repeats)
