"""Groups the curves of a JSON document into runs: what belongs to one training run, and the facts beside it."""

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from reportgen.history.facts import RunFacts
from reportgen.history.notes import Note, short_names
from reportgen.metrics import is_loss, is_reward, is_schedule, parse_key, words_of
from reportgen.sources.json_curves import (
    Leaf,
    Leaves,
    Path,
    is_generic,
    is_numeric,
    leaves_of,
    names_metric,
    set_split_of,
    singular,
    split_of,
)
from reportgen.sources.objects.boosters import is_booster_metric, meanings_of_sets
from reportgen.sources.table.naming import EPOCH_NAMES, STEP_NAMES
from reportgen.text import printable

# Parts of one model, trained together: their losses belong to one run.
_PARTS: Final = frozenset(
    [
        "generator",
        "discriminator",
        "critic",
        "actor",
        "encoder",
        "decoder",
        "student",
        "teacher",
        "gen",
        "disc",
        "g",
        "d",
    ]
)
_RUN_WORDS: Final = frozenset(["fold", "seed", "run", "trial", "model", "experiment", "client"])
_BATCHES: Final = frozenset(["batch", "batches", "step", "steps", "iter", "iteration", "iterations"])
_NAMES: Final = ("name", "model", "model_name", "run", "run_name", "fold", "seed", "experiment", "label", "id", "title")
_RESULTS: Final = frozenset(["test", "testing", "evaluation", "eval", "heldout", "holdout"])
_BESIDE_RESULTS: Final = frozenset(["best", "final", "last", "results", "result", "metrics", "scores", "set", "on"])
_SECRET: Final = frozenset(["key", "keys", "token", "secret", "password", "credential", "credentials", "user", "host"])
_AXES: Final = frozenset((*EPOCH_NAMES, *STEP_NAMES))
_PLANNED: Final = frozenset(["epochs", "numepochs", "nepochs", "maxepochs", "totalepochs", "epochsplanned"])
_MODEL_NAMES: Final = frozenset(["model", "modelname", "architecture", "arch", "modeltype", "backbone"])
_FEWEST: Final = 3  # values that show how a curve behaves; our choice
_MAX_PARAMS: Final = 60
_LONGEST_PARAM: Final = 60  # characters
_LONGEST_NAME: Final = 60  # characters of a name of a run
_Scalar = tuple[int, Path, Any]  # its place among all single values, its path and its value


@dataclass(frozen=True)
class JsonRun:
    """One training run in a document.

    Attributes:
        name: Its place in the document, short; empty if it is the only one at the top.
        columns: Values by name, one per epoch; empty if it has rows. A loss that is not a list is kept as it is.
        rows: One object per epoch or step.
        facts: What the document says beside the curves.
    """

    name: str
    columns: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    facts: RunFacts


@dataclass(frozen=True)
class _Placed:
    """A leaf, and what its path says about it.

    Attributes:
        group: Keys that tell runs apart.
        name: Name of the curve, with its split in front; the split of rows.
    """

    leaf: Leaf
    group: Path
    name: str


def json_runs(document: Any, *, any_names: bool = False) -> tuple[list[JsonRun], Leaves]:
    """The runs in a parsed document, in its order, and everything that was found.

    Args:
        document: The document.
        any_names: Whether lists whose names are not those of metrics may be a history, as the user says that it is one.
    """
    leaves = leaves_of(document)
    splits = _splits_by_parent(leaves.found)
    groups, said = _groups([_placed(leaf, splits) for leaf in leaves.found])
    judged = {group: members for group, members in groups.items() if _is_history(members)}
    kept = judged or {
        group: members for group, members in groups.items() if _may_be_history(group, members, any_names=any_names)
    }
    whole = {group: members for group, members in kept.items() if not _is_of_batches(group)}
    kept = whole or kept
    others = [leaf.path for group, members in groups.items() if group not in kept for leaf in _leaves(members)]
    names = _names(list(kept), leaves)
    scalars = _scalars_by_run(leaves, kept)
    losses: dict[Path, list[tuple[str, Any]]] = {}
    for path, value in leaves.scalars:
        if path[-1:] in (("loss",), ("val_loss",)) and is_numeric(value):
            losses.setdefault(path[:-1], []).append((path[-1], value))
    return [
        _found_run(group, members, name, leaves, _scalars_of(group, scalars), losses, others, said.get(group, ()))
        for (group, members), name in zip(kept.items(), names, strict=True)
    ], leaves


def _leaves(members: Sequence[_Placed]) -> list[Leaf]:
    return [placed.leaf for placed in members]


def _splits_by_parent(found: Sequence[Leaf]) -> dict[Path, set[str]]:
    """The splits that the keys of each object name, by the path of the object."""
    made: dict[Path, set[str]] = {}
    for leaf in found:
        for place, key in enumerate(leaf.path):
            if (split := split_of(key)) is not None:
                made.setdefault(leaf.path[:place], set()).add(split)
    return made


def _placed(leaf: Leaf, splits: Mapping[Path, set[str]]) -> _Placed:
    path = list(leaf.path)
    if leaf.rows:
        *containers, last = path or [""]
        if last and not is_generic(last) and split_of(last) is None:
            containers.append(last)
        split = split_of(last) or next(filter(None, map(split_of, containers)), None)
        return _Placed(leaf, _group(containers), split or "")
    *containers, name = path or [""]
    split = None
    if containers and split_of(name) is not None and _is_bare_split(name) and _is_metric_key(containers[-1]):
        # {"loss": {"train": [...], "val": [...]}}
        split, name = split_of(name), containers.pop()
    prefix = ""
    while containers:
        last = containers[-1]
        beside = splits.get(leaf.path[: len(containers) - 1], ())
        found = set_split_of(last) if "train" in beside else split_of(last)  # {"train": ..., "val_seen": ...}
        if split is None and found is not None:
            split = found
            containers.pop()
        elif last.lower() in _PARTS:
            prefix = f"{last}_{prefix}"
            containers.pop()
        elif _is_metric_key(last) and not names_metric(name) and name.lower() not in _AXES:
            name = f"{name}_{singular(last)}"  # {"loss": {"box": [...], "cls": [...]}}
            containers.pop()
        else:
            break
    if split is None:
        place = next((place for place, key in enumerate(containers) if split_of(key) is not None), None)
        if place is not None:
            split = split_of(containers[place])
            is_one_of_several = len(splits.get(leaf.path[:place], ())) > 1
            if is_one_of_several and not any(map(_names_run, containers[place + 1 :])):
                # {"training": {"label": {"loss": [...]}}, "validation": ...}: an output of the model
                outputs = [key for key in containers[place + 1 :] if not is_generic(key) and key != "combined"]
                prefix = "".join(f"{key}_" for key in outputs) + prefix
                containers = containers[:place]
    name = prefix + (name if name.lower() in _AXES else singular(name))
    if name.lower() in _AXES or (split is None) or _has_split(name):
        return _Placed(leaf, _group(containers), name)
    return _Placed(leaf, _group(containers), f"{split}/{name}")


def _names_run(key: str) -> bool:
    """Whether a key is that of a run, such as ``fold_1``."""
    return any(char.isdigit() for char in key) or not _RUN_WORDS.isdisjoint(words_of(key))


def _is_bare_split(name: str) -> bool:
    return len([word for word in words_of(name) if not word.isdigit()]) == 1


def _has_split(name: str) -> bool:
    """Whether the name of a curve says which split it is."""
    words = words_of(name)
    return len(words) > 1 and any(split_of(word) is not None for word in (words[0], words[-1]))


def _is_metric_key(key: str) -> bool:
    return key.lower() in ("loss", "losses") or (names_metric(key) and not is_generic(key))


def _group(containers: Sequence[str]) -> Path:
    """The keys that tell runs apart: those that name neither a split nor only "history" or "metrics"."""
    return tuple(key for key in containers if split_of(key) is None and not is_generic(key))


def _groups(placed: Sequence[_Placed]) -> tuple[dict[Path, list[_Placed]], dict[Path, tuple[Note, ...]]]:
    """Leaves by run, and notes on some of them. If a run would have a name twice, the whole paths tell them apart."""
    said: dict[Path, tuple[Note, ...]] = {}
    groups: dict[Path, list[_Placed]] = {}
    for one in placed:
        groups.setdefault(one.group, []).append(one)
    made: dict[Path, list[_Placed]] = {}
    for group, members in groups.items():
        members, notes = _of_sets(members)
        if notes:
            said[group] = notes
        counted = Counter((one.name, bool(one.leaf.rows)) for one in members)
        if max(counted.values()) == 1:
            for prefix, some in _by_prefix(members).items():
                made[(*group, prefix) if prefix else group] = some
            continue
        for one in members:
            path = one.leaf.path if one.leaf.rows else one.leaf.path[:-1]
            made.setdefault(path, []).append(replace(one, group=path))
    return made, said


def _of_sets(members: list[_Placed]) -> tuple[list[_Placed], tuple[Note, ...]]:
    """Curves of several data sets of one training run, such as ``valid_0`` and ``valid_1``, named as boosters' are.

    The notes say which set is taken for which. Other curves are returned unchanged, without notes.
    """
    sets: dict[str, dict[str, Sequence[Any]]] = {}
    parents = {one.leaf.path[:-2] for one in members if len(one.leaf.path) > 1}
    if len(parents) != 1 or any(one.leaf.rows or len(one.leaf.path) < 2 for one in members):
        return members, ()
    for one in members:
        *_, part, metric = one.leaf.path
        sets.setdefault(part, {})[metric] = one.leaf.values
    splits = Counter(map(set_split_of, sets))
    lengths = {len(one.leaf.values) for one in members}
    are_boosted = all(map(is_booster_metric, itertools.chain.from_iterable(sets.values())))
    if None in splits or max(splits.values()) == 1 or len(lengths) > 1 or not (are_boosted or "train" in splits):
        return members, ()
    known, said = meanings_of_sets(sets)
    named = [replace(one, name=known["/".join(one.leaf.path[-2:])]) for one in members]
    return named, (*([Note("boosting-rounds")] if are_boosted else []), *said)


def _by_prefix(members: list[_Placed]) -> dict[str, list[_Placed]]:
    """Curves by the first word of their names if these are different runs: ``reg_loss`` and ``cls_loss``.

    They are if each word has a loss and lists of one length, and the lengths differ.
    """
    parts: dict[str, list[_Placed]] = {}
    for one in members:
        parts.setdefault(one.name.partition("_")[0], []).append(one)
    lengths = {prefix: {len(one.leaf.values) for one in some} for prefix, some in parts.items()}
    are_runs = (
        len(parts) > 1
        and all(len(found) == 1 for found in lengths.values())
        and len(set.union(*lengths.values())) > 1
        and all(split_of(prefix) is None and _BATCHES.isdisjoint(words_of(prefix)) for prefix in parts)
        and all(any(one.name == f"{prefix}_loss" for one in some) for prefix, some in parts.items())
        and not any(one.leaf.rows for one in members)
    )
    if not are_runs:
        return {"": members}
    return {prefix: [replace(one, name=one.name.partition("_")[2]) for one in some] for prefix, some in parts.items()}


def _names_of(members: Sequence[_Placed]) -> list[str]:
    """Names of curves, and of the values in rows."""
    return [one.name for one in members if not one.leaf.rows] + [
        name for one in members if one.leaf.rows for name in _row_names(one.leaf.rows)
    ]


def _row_names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    found: dict[str, None] = {}
    for row in rows[:50]:
        found |= dict.fromkeys(name for name, value in row.items() if is_numeric(value) or isinstance(value, list))
    return list(found)


def _is_history(members: Sequence[_Placed]) -> bool:
    """Whether curves are surely a training run: they have a loss, or two metrics, or a metric by epoch."""
    names = _names_of(members)
    metrics = [name for name in names if names_metric(name) and not is_schedule(parse_key(name)[0])]
    counted = any(name.lower() in _AXES for name in names)
    return any(is_loss(name) for name in metrics) or len(metrics) > 1 or bool(metrics and counted)


def _may_be_history(group: Path, members: Sequence[_Placed], *, any_names: bool) -> bool:
    """Whether curves at the top of a document may be a training run, although no name is that of a metric."""
    curves = [one for one in members if not one.leaf.rows and one.name.lower() not in _AXES]
    results = [one for one in curves if not is_schedule(parse_key(one.name)[0])]
    counted = any(one.name.lower() in EPOCH_NAMES for one in members if not one.leaf.rows)
    if group or any(one.leaf.rows for one in members):
        return not group
    names = {one.name for one in curves}
    is_validated = any(f"val_{name}" in names or f"val/{name}" in names for name in names)
    return bool(results) and (counted or is_validated or (any_names and _behave(one.leaf.values for one in curves)))


def _behave(curves: Iterable[Sequence[Any]]) -> bool:
    """Whether the numbers of all curves change and have fractions, as losses do."""
    fractions = [(values, {value for value in values if isinstance(value, float) and value % 1}) for values in curves]
    return all(len(values) >= _FEWEST and len(found) > 1 for values, found in fractions)


def _is_of_batches(group: Path) -> bool:
    return bool(group) and not _BATCHES.isdisjoint(words_of(group[-1]))


def _names(groups: Sequence[Path], leaves: Leaves) -> list[str]:
    """A short, unique name for each run."""
    said: dict[tuple[Path, Path], tuple[str, Any]] = {}  # by where they are
    for path, value in leaves.scalars:
        if path and path[-1].lower() in _NAMES:
            said.setdefault((_group(path[:-1]), path[-2:-1]), (path[-1], value))
    names = []
    for group in groups:
        parts = []
        for depth, key in enumerate(group):
            if not key.startswith("#"):
                parts.append(key)
                continue
            own = said.get((group[: depth + 1], (key,)))
            listed = parts.pop() if parts else "run"  # the name of the list
            if own is not None:
                title, value = own
                parts.append(f"{title} {value}" if is_numeric(value) else str(value))
                continue
            kind = listed.removesuffix("s") if listed.isalpha() and listed.islower() else "run"
            parts.append(f"{kind} {key[1:]}")
        names.append(printable("/".join(parts), _LONGEST_NAME))
    counted = Counter(names)
    return [
        name if name and counted[name] == 1 else f"{name or 'run'} ({number})" if len(names) > 1 else name
        for number, name in enumerate(names, 1)
    ]


def _found_run(
    group: Path,
    members: Sequence[_Placed],
    name: str,
    leaves: Leaves,
    scalars: Sequence[_Scalar],
    losses: Mapping[Path, Sequence[tuple[str, Any]]],
    others: Sequence[Path],
    said: Sequence[Note],
) -> JsonRun:
    columns, rows, dropped = _columns(members)
    notes = list(said)
    notes += [Note.of("odd-rows", count=one.leaf.odd[0], row=one.leaf.odd[1]) for one in members if one.leaf.odd[0]]
    lost = [*dropped, *(".".join(path) for path in (*leaves.left_out, *others))]
    if lost:
        notes.append(Note.of("no-curves", columns=short_names(lost)))
    length = max(map(len, columns.values()), default=len(rows))  # epochs
    if any(is_reward(name) and "episode" in words_of(name) for name in columns) and _AXES.isdisjoint(columns):
        notes.append(Note("episodes"))  # a list with one reward per episode
    facts = replace(_facts(scalars, length), tool="boosting" if Note("boosting-rounds") in notes else None)
    for place in dict.fromkeys(one.leaf.path[:-1] for one in members if not one.leaf.rows):
        for key, value in losses.get(place, ()):  # "loss": 0.5 among lists cannot be a setting
            columns.setdefault(key, value)
    return JsonRun(name, columns, rows, replace(facts, notes=tuple(notes)))


def _columns(
    members: Sequence[_Placed],
) -> tuple[dict[str, Any], Sequence[Mapping[str, Any]], list[str]]:
    """The columns or the rows of a run, and the names of lists that do not fit to them."""
    with_rows = [one for one in members if one.leaf.rows]
    curves: dict[str, Any] = {one.name: one.leaf.values for one in members if not one.leaf.rows}
    dropped: list[str] = []
    if with_rows and not any(map(names_metric, curves)) and any(map(_has_metrics, with_rows)):
        dropped, curves = list(curves), {}  # {"encoding": [1, 2], "history": [{"epoch": 1, "loss": 0.5}, ...]}
    if len(with_rows) == 1 and not curves:
        return {}, with_rows[0].leaf.rows, dropped
    if with_rows and not curves:
        together = _together(with_rows)
        if together:
            return {}, together, dropped
    lengths = {len(values) for values in curves.values()}
    for one in with_rows:
        if curves and len(one.leaf.rows) not in lengths:
            dropped.append(".".join(one.leaf.path))
            continue
        curves |= {
            name: [row.get(key) for row in one.leaf.rows]
            for key in _row_names(one.leaf.rows)
            if (name := f"{one.name}/{key}" if one.name and not _has_split(key) else key) not in curves
        }
    main, are_episodes = _main_length(curves), any(map(is_reward, curves))
    for name, values in list(curves.items()):
        is_short = len(values) < main and parse_key(name)[1] != "validation" and not _says_validation(name)
        if len(values) > main or (is_short and not (is_loss(name) and not are_episodes)):
            dropped.append(name)
            del curves[name]
    return curves, (), dropped


def _has_metrics(placed: _Placed) -> bool:
    return any(map(names_metric, _row_names(placed.leaf.rows)))


def _says_validation(name: str) -> bool:
    words = words_of(name.partition("/")[0]) + words_of(name)
    return any(split_of(word) not in (None, "train") for word in words[:1] + words[-1:])


def _together(members: Sequence[_Placed]) -> list[Mapping[str, Any]]:
    """Rows of several splits, in the order of their epochs; side by side if they count none."""
    counted = any(key.lower() in _AXES for one in members for key in _row_names(one.leaf.rows))
    if not counted and len({len(one.leaf.rows) for one in members}) == 1:
        return [
            {
                f"{one.name}/{key}" if one.name and not _has_split(key) else key: value
                for one, row in zip(members, beside, strict=True)
                for key, value in row.items()
            }
            for beside in zip(*(one.leaf.rows for one in members), strict=True)
        ]
    rows: list[tuple[float, dict[str, Any]]] = []
    for one in members:
        for place, row in enumerate(one.leaf.rows):
            named = {
                key if key.lower() in _AXES or not one.name or _has_split(key) else f"{one.name}/{key}": value
                for key, value in row.items()
            }
            axis = next((_as_number(row[key]) for key in row if key.lower() in _AXES and is_numeric(row[key])), place)
            rows.append((axis, named))
    return [named for _, named in sorted(rows, key=lambda pair: pair[0])]


def _as_number(value: Any) -> float:
    """A number, or its text, as a number; infinity if it is out of range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _main_length(curves: Mapping[str, Sequence[Any]]) -> int:
    """The number of epochs: the length of the losses, or that which most lists have."""
    rewards = [len(values) for name, values in curves.items() if is_reward(name)]
    if rewards:
        return max(rewards)  # the first episodes only fill the memory, without a loss
    lengths = [
        len(values)
        for name, values in curves.items()
        if is_loss(name) and _BATCHES.isdisjoint(words_of(name.rpartition("/")[2]))
    ]
    if lengths:
        return max(lengths)
    counted = Counter(len(values) for name, values in curves.items() if names_metric(name)) or Counter(
        map(len, curves.values())
    )
    return max(counted, key=lambda length: (counted[length], length), default=0)


def _scalars_by_run(leaves: Leaves, groups: Collection[Path]) -> dict[Path, list[_Scalar]]:
    """Single values by the innermost run that they are in; by an empty path those outside all runs."""
    made: dict[Path, list[_Scalar]] = {}
    for place, (path, value) in enumerate(leaves.scalars):
        mine = _group(path[:-1])
        run = next((mine[:depth] for depth in range(len(mine), 0, -1) if mine[:depth] in groups), ())
        made.setdefault(run, []).append((place, path, value))
    return made


def _scalars_of(group: Path, by_run: Mapping[Path, Sequence[_Scalar]]) -> list[_Scalar]:
    """The single values of a run, and of the runs and objects around it, in the order of the document."""
    around = (by_run.get(group[:depth], ()) for depth in range(len(group) + 1))
    return sorted(itertools.chain.from_iterable(around), key=lambda scalar: scalar[0])


def _facts(scalars: Sequence[_Scalar], length: int) -> RunFacts:
    """What single values say about a run: settings, and results of tests."""
    params: dict[str, str] = {}
    results: dict[str, float] = {}
    planned = model = optimizer = None
    for _, path, value in scalars:
        result = _result_name(path)
        if result is not None and is_numeric(value) and math.isfinite(_as_number(value)):
            results.setdefault(result, _as_number(value))
            continue
        key = "".join(words_of(path[-1])) if path else ""
        if key in _PLANNED and type(value) is int and length <= value < 10**9:
            planned = planned or value
        if isinstance(value, str) and _is_plain(value):
            model = model or (printable(value, _LONGEST_PARAM) if key in _MODEL_NAMES else None)
            optimizer = optimizer or (printable(value, _LONGEST_PARAM) if key == "optimizer" else None)
        text = _param(path, value)
        if text is not None and len(params) < _MAX_PARAMS:
            shown = [part for part in path if not part.startswith("#")][-2:]
            shown = [part for part in shown[:-1] if not is_generic(part)] + shown[-1:]
            params.setdefault(printable(".".join(shown), _LONGEST_PARAM), text)
    return RunFacts(
        epochs_planned=planned,
        model_name=model,
        optimizer=optimizer,
        params=tuple(params.items()),
        test_results=tuple(results.items()),
    )


def _result_name(path: Path) -> str | None:
    """The name of a result of a test: ``accuracy`` for ``test_accuracy``; None for another value."""
    if not path:
        return None
    words = words_of(path[-1])
    outside = {word for key in path[:-1] for word in words_of(key)}
    if _RESULTS.isdisjoint(words) and _RESULTS.isdisjoint(outside):
        return None
    base = "_".join(word for word in words if word not in _RESULTS and word not in _BESIDE_RESULTS)
    return base if base and names_metric(base) and not {"val", "validation", "train"} & set(words) else None


def _param(path: Path, value: Any) -> str | None:
    """A single value as text; None if it must not be shown or is not a setting."""
    if not path or not _SECRET.isdisjoint(words_of(path[-1])):
        return None
    if isinstance(value, bool | int):
        return str(value) if abs(value) < 10**15 else None
    if isinstance(value, float):
        return f"{value:.6g}"
    return printable(value, _LONGEST_PARAM) if isinstance(value, str) and _is_plain(value) else None


def _is_plain(text: str) -> bool:
    """Whether a text is short and no path, address or sentence."""
    return 0 < len(text) <= _LONGEST_PARAM and not any(mark in text for mark in ("/", "\\", "@", "\n"))
