"""The numbers that tell the runs of a log apart: of a fold, a seed, a repetition, or of several of them at once.

Loops within loops print a heading for each, as in "Outer fold 1" above "Inner fold 3". A number of the outer loop holds
for all runs below it until its heading is printed again.
"""

from collections.abc import Sequence

RunLabels = tuple[tuple[str, int], ...]
"""What is counted and its number, the outermost loop first: ``(("outer fold", 1), ("inner fold", 3))``."""


def labels_below(held: RunLabels, said: RunLabels, *, is_new: bool) -> RunLabels:
    """The labels of what follows a heading.

    Args:
        held: Those that held above it.
        said: Those of the heading.
        is_new: Whether no row followed the heading above it, so that it may be that of an outer loop.
    """
    words = {word for word, _ in said}
    places = [place for place, (word, _) in enumerate(held) if word in words]
    outer = held[: places[0]] if places else held if is_new else ()
    return (*outer, *said)


def names_of_labels(labels: Sequence[RunLabels]) -> list[str]:
    """Names such as ``fold 2``, without the labels that are the same for all of several runs; empty without labels."""
    shared: set[tuple[str, int]] = set()
    if len(set(labels)) > 1:
        shared = set(labels[0]).intersection(*labels)
    return [", ".join(f"{word} {number}" for word, number in each if (word, number) not in shared) for each in labels]


def with_held(labels: Sequence[RunLabels]) -> list[RunLabels]:
    """Labels of runs, with those of the run above for runs without any if each heading is above equally many runs."""
    counts: list[int] = []
    for each in labels:
        if each or not counts:
            counts.append(0)
        counts[-1] += 1
    if not labels or not labels[0] or len(counts) < 2 or len(set(counts)) > 1 or counts[0] == 1:
        return list(labels)
    found: list[RunLabels] = []
    for each in labels:
        found.append(each or found[-1])
    return found
