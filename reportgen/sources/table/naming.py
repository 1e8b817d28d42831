"""Finds the meaning of columns: turns ``train_loss``, ``valid_loss`` and ``Loss/val`` into names as Keras logs them."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.citing import cited_name, cited_names
from reportgen.history.notes import Note, short_pairs
from reportgen.metrics import parse_key, split_names, words_of
from reportgen.options import DEFAULT_READ, ReadOptions
from reportgen.sources.format import may_skip
from reportgen.sources.table.limits import check_columns
from reportgen.text import quoted

EPOCH: Final = "epoch"
STEP: Final = "step"
LEFT_OUT: Final = ""  # the meaning of a column that is left out
EPOCH_NAMES: Final = (
    "epoch", "epochs", "epoch_number", "epoch_num", "epoch_no", "epoch_id", "epoch_idx", "epoch_index", "current_epoch",
    "cur_epoch", "trainer_epoch", "train_epoch", "episode", "episodes", "episode_number", "episode_num", "generation",
    "round", "rounds", "round_number", "round_num", "round_id", "round_idx", "server_round", "global_round", "fl_round",
    "communication_round", "comm_round",
)  # fmt: skip
STEP_NAMES: Final = (
    "step", "steps", "global_step", "global_steps", "train_global_step", "trainer_global_step", "iteration",
    "iterations", "iter", "iters", "iter_num", "num_iter", "num_iters", "training_iteration", "train_step",
    "training_step", "current_steps", "num_updates", "timestep", "timesteps", "total_timesteps", "num_timesteps",
    "time_total_timesteps", "timesteps_total", "total_steps", "total_env_steps", "env_steps", "env_step", "itr", "it",
    "number_of_trees", "n_iter", "global_iter", "global_iteration", "iteration_number", "iter_idx", "iter_id",
    "num_episodes", "total_episodes", "episodes_so_far", "episodes_total", "num_frames", "total_frames", "env_frames",
    "learner_steps", "actor_steps", "batches_seen", "update", "updates", "batch", "batch_idx", "batch_id",
    "batch_number", "batch_num",
)  # fmt: skip
TRAIN_WORDS: Final = split_names.TRAIN_WORDS
VALIDATION_WORDS: Final = split_names.VALIDATION_WORDS
_HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")  # NumIters
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_LONGEST: Final = 200  # characters of a name that may be that of a counter
_SAYS_SPLIT: Final = {word: word in TRAIN_WORDS for word in (*TRAIN_WORDS, *VALIDATION_WORDS, "vali")}
_TESTS: Final = frozenset(["test", "testing"])  # that a test set was used for validation is a guess
_SAY_NOTHING: Final = ("avg", "average", "mean")


def name_columns(
    names: Iterable[str], options: ReadOptions = DEFAULT_READ, *, known: Mapping[str, str] | None = None, where: str
) -> tuple[dict[str, str], tuple[Note, ...]]:
    """Finds the meanings of the columns of a log.

    Args:
        names: The names in the log.
        options: The options of the user; ``columns`` takes precedence.
        known: Meanings known from the format; None to guess from the names.
        where: Name of the source, for messages.

    Returns:
        The name as Keras logs it, ``epoch`` or ``step``, by name in the log, without columns that are left out; and a
        note about guesses.

    Raises:
        SourceError: the options name a column that does not exist, or two columns have the same meaning.
    """
    found, said = list(names), options.columns
    check_columns(len(found), where)
    strange = [name for name in said if name not in found]
    if strange and not may_skip(options, "columns"):
        raise SourceError(
            f"{where}: it has no column {quoted(strange[0])}, only {cited_names(found)}. Correct the name before "
            "the = sign."
        )
    meanings = {**(known or {}), **said}
    keys = {name: meanings.get(name, name) for name in found if meanings.get(name) != LEFT_OUT}
    guessed = []
    if known is None:
        open_names = [name for name in keys if name not in said]
        taken = {key for name, key in keys.items() if name in said}
        for name, key in _guesses(open_names, taken).items():
            if key != name:
                keys[name] = key
                if key not in (EPOCH, STEP):
                    guessed.append((name, key))
    first: dict[str, str] = {}
    for name, key in keys.items():
        if key in first:
            raise SourceError(
                f"{where}: columns {cited_name(first[key])} and {cited_name(name)} are both {cited_name(key)}. "
                f'Leave one out: --columns {cited_name(name + "=")} (in Python: columns={{{cited_name(name)}: ""}}).'
            )
        first[key] = name
    return keys, notes_on_guesses(guessed)


def notes_on_guesses(pairs: Iterable[tuple[str, str]]) -> tuple[Note, ...]:
    """A note on the names whose meaning was guessed, without those that say it themselves, such as ``train_loss``.

    Args:
        pairs: Names in the log, and their meanings.
    """
    guessed = [(name, key) for name, key in pairs if not _says(name, key)]
    return (Note.of("guessed-columns", pairs=short_pairs(guessed)),) if guessed else ()


def _says(name: str, key: str) -> bool:
    """Whether a name has the words of its meaning, and names its split if that is validation."""
    base, split = parse_key(key)
    words, expected = words_of(name.replace("/", " ")), words_of(base.replace("/", " "))
    if not _TESTS.isdisjoint(words):
        return False
    of_train = {_SAYS_SPLIT[word] for word in words if word in _SAYS_SPLIT and word not in expected}
    rest = [word for word in words if word in expected or word not in (*_SAYS_SPLIT, *_SAY_NOTHING)]
    return rest == expected and of_train in (({False},) if split == "validation" else ({True}, set()))


def is_counter_name(name: str) -> bool:
    """Whether a name is that of a column that counts epochs or steps."""
    return counter_rank(name) is not None


def counter_rank(name: str) -> tuple[str, int] | None:
    """What a column counts by its name, ``epoch`` or ``step``, and how indirectly it says so; None for others."""
    counter = _counter_name(name)
    if counter in EPOCH_NAMES:
        return EPOCH, EPOCH_NAMES.index(counter)
    if counter in STEP_NAMES:
        return STEP, STEP_NAMES.index(counter) + (len(STEP_NAMES) if name.startswith("_") else 0)
    return None


def _counter_name(name: str) -> str:
    """A name as in `EPOCH_NAMES` and `STEP_NAMES`: lower case, with ``_`` between words."""
    return _BETWEEN_WORDS.sub("_", _HUMPS.sub("_", name[:_LONGEST]).lower()).strip("_")


def _guesses(names: list[str], taken: set[str]) -> dict[str, str]:
    """A key for each name. If several suggest the same key, the most direct one gets it; the others keep their name."""
    taken = set(taken)
    found: dict[str, str] = {}
    wishes = sorted((*_wish(name), position, name) for position, name in enumerate(names))
    for _, key, _, name in wishes:
        found[name] = key if key not in taken else name
        taken.add(found[name])
    return {name: found[name] for name in names}


def _wish(name: str) -> tuple[int, str]:
    """How indirectly a name suggests a key (0 if it is the key), and that key."""
    if counted := counter_rank(name):
        return counted[1], counted[0]
    return split_names.keras_name(name)
