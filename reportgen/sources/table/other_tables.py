"""Recognises tables that are not training logs, such as a data set or a table with one row per run.

A table that counts epochs or steps is a log. Without such a column, its rows are epochs only if its columns are metrics
of a training run, and no column says that a row is something else.
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name, cited_names
from reportgen.metrics import is_accuracy, is_loss, role, words_of
from reportgen.metrics.roles import is_rate
from reportgen.metrics.split_names import is_of_a_split
from reportgen.sources.table.count_cells import count_cells
from reportgen.sources.table.label_names import split_label
from reportgen.sources.table.naming import counter_rank
from reportgen.sources.table.quantities import number_with_unit
from reportgen.sources.training_signs import has_pair, is_rate_finder, is_rate_sweep, is_specific, is_training_metric
from reportgen.text import cited, printable

_NUMBER: Final = re.compile(
    r"[+-]?(\d[\d ,.]*|[.,]\d+)([eE][+-]?\d+)?\s{0,2}[a-zA-Z%/]{0,4}|nan|[+-]?inf", re.IGNORECASE
)
_VECTOR: Final = re.compile(r"\[[^a-zA-Z]*\]|\[\s*\[.*", re.DOTALL)
_DATE: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}:\d\d(:\d\d.*)?|\d+ days?.*")
_NO_VALUES: Final = frozenset({"", "na", "n/a", "nan", "none", "null", "-"})
_FEWEST: Final = 3  # rows that can show that a column names rows; our choice
_UNIX_TIME: Final = 1e9  # seconds
_MOST_DESCENTS: Final = 0.25  # of the rows; our choice: a column that falls more often counts nothing
_INDEX: Final = "index"  # stands for a column without a name
_SINGLE_ROW: Final = 4  # columns; our choice: a row with text and more columns is the record of a run
_MOST_BELOW: Final = 3  # rows of totals below a table; our choice
_MOST_SHOWN: Final = 2
_LONGEST_NAME: Final = 60  # characters of a metric in a cell
_MANY_METRICS: Final = 3
_SHORT_RUN: Final = 5  # rows; our choice: runs that begin again have more, grids of settings have fewer

# Columns that say what a row is, if their values differ. Our choice, from tables that people publish.
_OF_RUNS: Final = re.compile(
    r"(run|trial|experiment|exp|model|config|study|seed|fold|job|sweep|method|algorithm|approach|architecture|arch|"
    r"backbone|variant|dataset|data_?set|task|optimi[sz]er|activation|classifier|estimator|network|hyper_?parameters?)"
    r"([ _-]?(id|name|no|number|idx|index))?s?"
)
_OF_TRIALS: Final = re.compile(r"params?_.+|split\d+_test_.+|rank_test_.+|config/.+|user_attrs_.+|(mean|std)_fit_time")
_SETTINGS: Final = re.compile(
    r"(batch_?size|bs|dropout(_rate)?|hidden(_(size|dim|units|layers))?|units|n_?layers|num_layers|layers|n_estimators|"
    r"max_depth|min_samples_\w+|num_leaves|kernel(_size)?|filters|embedding_dim|d_model|n_heads|num_heads|gamma|degree|"
    r"n_neighbors|k|alpha|c|l1_ratio|penalty|num_epochs|n_epochs|max_epochs|epochs|window(_size)?|seq(uence)?_len(gth)?|"
    r"learning_rate|lr|weight_decay|momentum|optimizer|seed|random_state)"
)
_LOSSES: Final = frozenset({"loss", "losses"})
_ROUNDS: Final = frozenset(["round", "rounds", "generation"])  # also of games and elections
_SCHEDULED: Final = ("lr", "learning_rate", "momentum", "weight_decay")  # settings that a training changes
_OF_CURVES: Final = re.compile(
    r"thresholds?|confidence|conf_thres(h(old)?)?|tpr|true_positive_rate|recall_level|"
    r"(n_?)?(train(ing)?|samples?|data(set)?)(_?(size|samples|examples))|n_?train|n_?(samples|params)|(model_)?(params|size)|"
    r"parameters|flops|(seq(uence)?_|sentence_)?(len|length)|noise(_?(level|std))?|snr|epsilon|distance|fraction"
)
_OF_CHAINS: Final = re.compile(
    r"(first_|last_|start_|end_)?(slots?|blocks?)(_(height|produced|minted|number|count))?|((total|active|live)_)?stakes?|"
    r"delegat(ors?|ions?)|lovelaces?|lamports?|gwei"
)
_OF_PREDICTIONS: Final = re.compile(
    r"(y_?)?(pred(icted|iction|ictions)?|true|actual|ground_?truth|gt)(_?(label|class|value|prob|score)s?)?|y_?hat|"
    r"label|target|prediction|probability|filename|file_?name|image(_id|_path|_name)?|img|path|passengerid|id"
)


def refuse_other_tables(
    names: Sequence[str], rows: Sequence[Sequence[str]], where: str, *, form: str = "table"
) -> None:
    """Raises a SourceError for a table that is not a training log.

    Args:
        names: The column names; empty for an index.
        rows: The first rows as text, each with one cell per name.
        where: Name of the source, for messages.
        form: The format that reads it all the same.
    """
    if any(map(counter_rank, names)) and not any(map(is_training_metric, names)):
        refuse_bare_splits(names, where)
    reason = reason_against(names, rows)
    if reason is not None:
        raise SourceError(
            f"{where}: this does not look like a training log: {reason}. If it is one, read it with --format {form} "
            f'(in Python: format="{form}").'
        )


def refuse_bare_splits(names: Sequence[str], where: str) -> None:
    """Raises a SourceError if names are only those of splits, such as ``train`` and ``val``."""
    bare = [name for name in names if split_label(name) is not None]
    if len(bare) > 1:
        train, held_out, *_ = sorted(bare, key=lambda name: split_label(name) != "train")
        said = f"{printable(train, 40)}=loss,{printable(held_out, 40)}=val_loss"
        raise SourceError(
            f"{where}: {cited_name(train)} and {cited_name(held_out)} do not say which metric they are. If they are "
            f'losses, pass --columns "{said}" (in Python: columns={{"{printable(train, 40)}": "loss", '
            f'"{printable(held_out, 40)}": "val_loss"}}).'
        )


def reason_against(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    """Why a table is not a training log; None if it may be one."""
    n_numbers = sum(bool(_NUMBER.fullmatch(name)) for name in names)
    if (
        not rows
        or not any(names)
        or n_numbers == len(names)
        or (names[0] and n_numbers > 1 and 2 * n_numbers >= len(names))
    ):
        return None  # the error for a missing header says more
    columns = {
        name or _INDEX: list(count_cells(name, [row[index].strip() for row in rows]))
        for index, name in enumerate(names)
    }
    totals = _rows_below(names, columns)
    if totals:  # such as "best" or "test" below the epochs
        columns = {name: cells[:-totals] for name, cells in columns.items()}
    if _numbers(columns.get(_INDEX, [])) is not None:
        del columns[_INDEX]
    words = {name: re.sub(r"[\W_]+", "_", name.lower()).strip("_")[:200] for name in columns}
    numbers = {name: found for name, cells in columns.items() if (found := _numbers(cells)) is not None}
    texts = [name for name in columns if name not in numbers and _are_texts(columns[name])]
    if any(map(is_loss, texts)):
        return None  # the error for text in a loss says more
    labels = [name for name in texts if not _are_dates(columns[name])]
    times = [name for name, values in numbers.items() if counter_rank(name) and values and min(values) >= _UNIX_TIME]
    counters = [name for name in numbers if counter_rank(name) and name not in times]
    if _is_numbered(names, columns):
        return "its columns are named by numbers"
    trials = [name for name in columns if _OF_TRIALS.fullmatch(name)]
    parts = [cells for name, cells in columns.items() if name in labels or _OF_RUNS.fullmatch(words[name])]
    is_named = any(_names_rows(columns[name]) for name in labels)
    axes = [
        name
        for name in counters
        if _is_axis(numbers[name], parts, is_named) and not (words[name] == "epochs" and (labels or trials))
    ]
    metrics = [name for name in numbers if name not in counters and is_training_metric(name)]
    settings = [name for name in columns if _SETTINGS.fullmatch(words[name]) and _varies(columns[name])]
    if axes:
        if any(is_training_metric(cell[:_LONGEST_NAME]) for name in labels for cell in set(columns[name])):
            return None  # a long table, with the names of metrics in a column
        changing = [name for name in columns if _SETTINGS.fullmatch(words[name]) and len(set(columns[name])) > 1]
        return _reason_against_counted(axes, numbers, metrics, changing, labels)
    evident = [name for name in metrics if _is_of_training(name)]
    varying = [name for name in trials if len(set(columns[name])) > 1]
    if varying:
        return f"it has one row per trial (column {cited_name(varying[0])}), and no column counts epochs or steps"
    first = next(iter(columns))
    if all(text.endswith(":") for text in (first, *columns[first])):
        return f"its lines begin with names such as {cited_name(first)}, as in a file of settings"
    for name in labels:
        if _names_rows(columns[name]) or (_OF_RUNS.fullmatch(words[name]) and len(set(columns[name])) > 1):
            shown = ", ".join(cited(cell) for cell in list(dict.fromkeys(columns[name]))[:_MOST_SHOWN])
            begins = (
                "it has one row per run, named in"
                if _OF_RUNS.fullmatch(words[name]) or evident
                else "its rows are labelled in"
            )
            return f"{begins} column {cited_name(name)} ({shown}), and no column counts epochs or steps"
    for name, values in numbers.items():
        if _OF_RUNS.fullmatch(words[name]) and len(set(values)) == len(values) > 1:
            return f"it has one row per {words[name].replace('_', ' ')}, and no column counts epochs or steps"
    if len(rows) == 1 and labels and len(columns) > _SINGLE_ROW:
        return f"it has a single row, with settings such as {cited_name(labels[0])}"
    settings += [name for name in numbers if name not in settings and _is_swept(words[name], numbers[name])]
    if len(settings) > 1 or any(words[name] not in _SCHEDULED and not counter_rank(name) for name in settings):
        return f"settings such as {cited_name(settings[0])} change from row to row, as in a table with one row per run"
    if times:
        return f"column {cited_name(times[0])} contains times, and no column counts epochs or steps"
    curves = [name for name in numbers if _OF_CURVES.fullmatch(words[name])]
    if curves and (not evident or len(set(numbers[curves[0]])) == len(numbers[curves[0]]) > 1):
        return f"it is a curve over {cited_name(curves[0])}, and no column counts epochs or steps"
    if any(is_rate(name) and is_rate_sweep(values) for name, values in numbers.items()):
        return "every row has another learning rate, as in a table with one row per run"
    if any(is_rate(name) and is_rate_finder(values) for name, values in numbers.items()):
        return "it is the curve of a learning rate finder: the learning rate rises with every row"
    if len(rows) == 1 and metrics and not labels and not any(map(is_loss, metrics)):
        return f"it has a single row of final values ({cited_names(list(numbers))})"
    if not any(any(map(str.isalnum, name)) for name in names):  # the ruler of a Markdown table
        return "its table has no column that counts epochs or steps"
    if not metrics or (labels and not evident):
        return (
            "no column counts epochs or steps, and none of its columns "
            f"({cited_names([name for name in names if name])}) is clearly a training metric"
        )
    foreign = [name for name in numbers if name not in (*metrics, *counters) and role(name) == "result"]
    has_rate = any(is_rate(name) for name in numbers) and any(map(is_loss, metrics))
    is_rich = len(metrics) >= _MANY_METRICS and len(metrics) > len(foreign)
    if has_rate or has_pair(metrics) or (is_rich and any(value % 1 for name in foreign for value in numbers[name])):
        return None
    predictions = [name for name in columns if _OF_PREDICTIONS.fullmatch(words[name])]
    if foreign or predictions:
        return (
            f"no column counts epochs or steps, and column {cited_name([*foreign, *predictions][0])} is not a training "
            "metric"
        )
    return None


def _reason_against_counted(
    axes: Sequence[str],
    numbers: Mapping[str, Sequence[float]],
    metrics: Sequence[str],
    settings: Sequence[str],
    labels: Sequence[str],
) -> str | None:
    """Why a table with columns that count is not a training log; None if it may be one."""
    axis = axes[0]
    others = [name for name in settings if name not in axes]
    if others and all(_is_setting_too(name, numbers[name], others) for name in axes):
        return f"settings such as {cited_name(others[0])} change from row to row, as in a table with one row per run"
    epochs = [name for name in axes if _counts_epochs(name)]
    rest = [name for name in numbers if name not in axes]
    foreign = [name for name in rest if name not in metrics and role(name) == "result"]
    if epochs and not metrics and not labels and rest:
        steady = all(after == before + 1 for before, after in pairwise(numbers[epochs[0]]))
        if steady and all(any(value % 1 for value in numbers[name] if math.isfinite(value)) for name in rest):
            return None  # metrics with names of their own
    if not rest:
        return None  # the error for a log without metrics says more
    chains = [name for name in rest if _OF_CHAINS.fullmatch("_".join(words_of(name)))]
    if chains and not any(is_loss(name) or is_accuracy(name) for name in metrics):
        return f"column {cited_name(chains[0])} belongs to a blockchain, whose epochs are not training epochs"
    if not metrics or (not epochs and foreign and not any(map(is_specific, metrics))):
        return f"column {cited_name(axis)} counts, but no column is a training metric ({cited_names(rest)})"
    if all(_ROUNDS.intersection(words_of(name)) for name in axes) and not any(map(is_specific, metrics)):
        return f"column {cited_name(axis)} counts, but no column is a loss or an accuracy ({cited_names(rest)})"
    return None


def _counts_epochs(name: str) -> bool:
    return (counter_rank(name) or ("", 0))[0] == "epoch" and _ROUNDS.isdisjoint(words_of(name))


def _is_setting_too(name: str, values: Sequence[float], settings: Sequence[str]) -> bool:
    """Whether a column that may count is another setting of runs: ``epochs`` or ``batch``, not in steps of 1."""
    falls = sum(after < before for before, after in pairwise(values))
    if all(setting.lower() in _SCHEDULED for setting in settings) and not 0 < falls <= len(values) < _SHORT_RUN * (
        falls + 1
    ):
        return False
    plural = words_of(name)[-1:] in (["epochs"], ["steps"], ["iterations"], ["batch"], ["rounds"], ["timesteps"])
    return plural and not all(after == before + 1 for before, after in pairwise(values))


def _rows_below(names: Sequence[str], columns: Mapping[str, Sequence[str]]) -> int:
    """How many of the last rows have text in a column that counts, below numbers."""
    for name in filter(counter_rank, names):
        cells = columns[name]
        n_text = next((place for place, cell in enumerate(reversed(cells)) if cell.isdecimal()), 0)
        if 0 < n_text <= _MOST_BELOW and all(cell.isdecimal() for cell in cells[:-n_text]) and len(cells) > 2 * n_text:
            return n_text
    return 0


def _numbers(cells: Sequence[str]) -> list[float] | None:
    """The numbers of a column; None if it has text, or no number. Numbers with commas or units are not converted."""
    found = []
    for cell in cells:
        if cell.lower() in _NO_VALUES:
            continue
        if not _NUMBER.fullmatch(cell) and not _VECTOR.fullmatch(cell[:1000]):
            number, _ = number_with_unit(cell)
            if number is None:
                return None
            found.append(number)
            continue
        try:
            found.append(float(cell.replace("_", "x")))
        except ValueError:
            found.append(float("nan"))
    return found or None


def _are_texts(cells: Sequence[str]) -> bool:
    return any(cell.lower() not in _NO_VALUES for cell in cells)


def _are_dates(cells: Sequence[str]) -> bool:
    return all(_DATE.fullmatch(cell[:100]) for cell in cells if cell.lower() not in _NO_VALUES)


def _is_axis(values: Sequence[float], parts: Sequence[Sequence[str]], is_named: bool) -> bool:
    """Whether numbers count: they mostly rise, and are not all the same.

    Args:
        values: The numbers.
        parts: Columns that may say to which run a row belongs; numbers may start again where one of them changes.
        is_named: Whether another column names each row; then numbers must not fall at all.
    """
    pairs = list(pairwise(values))
    within = [
        (before, after)
        for index, (before, after) in enumerate(pairs)
        if all(cells[index] == cells[index + 1] for cells in parts if index + 1 < len(cells))
    ]
    if is_named and any(after < before for before, after in pairs):
        return False
    return _mostly_rises(pairs, values[0]) or (len(within) > 0 and _mostly_rises(within, values[0]))


def _mostly_rises(pairs: Sequence[tuple[float, float]], first: float) -> bool:
    falls = sum(after < before and after != first for before, after in pairs)
    return not pairs or (any(after > before for before, after in pairs) and falls <= _MOST_DESCENTS * len(pairs))


def _is_of_training(name: str) -> bool:
    """Whether a name is that of a training metric: a loss, an accuracy, or a value of training or validation."""
    return is_loss(name) or is_accuracy(name) or is_of_a_split(name) or not _LOSSES.isdisjoint(words_of(name))


def _names_rows(cells: Sequence[str]) -> bool:
    """Whether texts differ in nearly every row."""
    return len(cells) >= _FEWEST and len(set(cells)) > 0.9 * len(cells)


def _varies(cells: Sequence[str]) -> bool:
    """Whether values differ, and come back after others."""
    changes = [cell for before, cell in zip([None, *cells], cells, strict=False) if cell != before]
    return len(set(changes)) > 1 and len(changes) > len(set(changes))


def _is_swept(word: str, values: Sequence[float]) -> bool:
    """Whether a setting that no training changes has another value in every row."""
    is_setting = _SETTINGS.fullmatch(word) is not None and word not in _SCHEDULED and not counter_rank(word)
    return is_setting and len(set(values)) == len(values) > 1


def _is_numbered(names: Sequence[str], columns: dict[str, list[str]]) -> bool:
    """Whether the columns, except for an index, are named by numbers that count, as those of a matrix."""
    rest = [name for name in names if name]
    return len(rest) > 1 and all(name.isdecimal() for name in rest[1:]) and not counter_rank(rest[0])
