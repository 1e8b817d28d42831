"""The names of printed values: all their words, the split that they state, and the keys that they get in a history."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final, NamedTuple

from reportgen.metrics import direction, is_known, is_loss, is_schedule, words_of
from reportgen.sources.printed.dialects import PrintedSplit
from reportgen.sources.table.foreign_names import english_names


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TRAIN: Final = _words(
    "train training trn tr treino treinamento entrenamiento entra\u00eenement "
    "\u043e\u0431\u0443\u0447\u0435\u043d\u0438\u0438 \u043e\u0431\u0443\u0447\u0435\u043d\u0438\u044f "
    "\u8bad\u7ec3 \u8bad\u7ec3\u96c6"
)
_VALIDATION: Final = _words(
    "val valid validation validating verify va vld dev eval evaluation holdout heldout vali valida\u00e7\u00e3o "
    "validaci\u00f3n validazione validierung \u0432\u0430\u043b\u0438\u0434\u0430\u0446\u0438\u0438 "
    "\u0432\u0430\u043b\u0438\u0434\u0430\u0446\u0438\u044f "
    "\u9a8c\u8bc1 \u9a8c\u8bc1\u96c6"
)
_TEST: Final = _words("test testing tst te \u6d4b\u8bd5 \u6d4b\u8bd5\u96c6")
SPLITS: Final[Mapping[str, PrintedSplit]] = {
    **dict.fromkeys(_TRAIN, "train"),
    **dict.fromkeys(_VALIDATION, "val"),
    **dict.fromkeys(_TEST, "test"),
}
_SPLIT: Final = "|".join(sorted(SPLITS, key=lambda word: (-len(word), word))) + "|held[ -]out"
# The split as a word of its own, also with an underscore or in camel case: val_loss, acc_val, valLoss, Validation set.
_STATED: Final = re.compile(
    rf"(?<![^\W_])(?P<split>(?i:{_SPLIT}))(?=[\W_]|$|[A-Z])(?:[\s_-]?(?i:set|data|dataset|split|phase))?(?![a-z])"
    r"|(?P<cjk>\u8bad\u7ec3|\u9a8c\u8bc1|\u6d4b\u8bd5)\u96c6?"
)
_AVERAGES: Final = _words("average avg mean running overall ave final total_avg epoch current cur mini-batch minibatch")
_STOP: Final = _words(
    "and with the of is at has an a in for on current this was are got = -> => your our to && & its by after de "
    "\u043d\u0430"
)
_IGNORED_WORDS: Final = _words(
    """
    time times eta elapsed remaining speed seconds second secs sec duration mem memory gpu cpu ram fps throughput
    batch_time data_time seed workers params parameters patience counter took left cost_time it iters size shape samples
    sps images examples batches layers cuda device version vram gb mb ms hours minutes mins min port pid rank worker
    num_workers total_time wall_time walltime runtime s/it it/s usage tokens/s tok/s samples/s
    """
)
_IGNORED_NAMES: Final = _words(
    """
    batch_size bs n num number count total left max_epoch max_epochs epochs num_epochs n_epochs global_batch_size
    batch_id acc_iter cur_iter iter_id jan feb mar apr may jun jul aug sep oct nov dec
    bad_epochs bad_epochs_no_improvement lr_mult data batch time max_mem
    hidden dim dropout input output class fold line page gpu_mem world_size epoch step
    iter iteration best_epoch step_time best_iteration port id job year day month v_num global_step time_cost
    wps ups wpb bsz wall train_wall loss_scale num_updates oom found phrases pairs sent sents reader_cost batch_cost
    time_data ips mpirank progress total_weights updt_s data_s
    smpl epch network client member
    """
)
_NUMBER_OF: Final = re.compile(r"[Nn]um[A-Z_]")  # "numImages"
_FILE: Final = re.compile(r"[\w./ -]{0,100}\.(?:py|cc|cpp|cu|java|scala|go|rs|jl|lua|js|ts|R)")  # "train.py:123"
_KNOWN_WORDS: Final = _words(
    """
    loss losses acc accuracy error err lr perplexity ppl score reward return cost objective psnr ssim dice iou miou map
    rewards recall precision f1 auc mae mse rmse bleu wer cer elbo kl
    nll grad_norm gnorm grad norm top1 top5 prec@1 prec@5
    acc@1 acc@5 top-1 top-5 bpc bpb \u635f\u5931 \u51c6\u786e\u7387 \u7cbe\u5ea6 perda acur\u00e1cia
    p\u00e9rdida exactitud
    """
)
_EDGE: Final = "% \t-*+>=~#.\u2022\u00b7:|,;'\"`_!?\u2192\u2014\u2013/\\([{<\u2502\u2503\U0001f449\u2705"
_CUT: Final = re.compile(
    r"[,;|\t\[\]{}<>\u2502\u2503\u2551]|\s-{1,3}\s|\s{2,}|\.{2,}|\s/\s|\)\s|^\)|\s\(|\*{2,}|={2,}|-{3,}|\s\u2014\s|\s\u2013\s|(?<!\b[Vv]al)(?<!\b[Aa]cc)(?<!\b[Aa]vg)(?<!\b[Vv]alid)\.\s"
)
_FOREIGN: Final = re.compile(
    "\u635f\u5931|\u51c6\u786e|\u7cbe\u5ea6|\u640d\u5931|\u6b63\u78ba|\uc190\uc2e4|\uc815\ud655\ub3c4|"
    "\u043f\u043e\u0442\u0435\u0440|\u0442\u043e\u0447\u043d\u043e\u0441\u0442"
)
BARE: Final = "value"  # of a number whose name is only a split, as in "train: 0.5, val: 0.6"
_MAX_WORDS: Final = 4
_WIDEST: Final = 3  # words
_CALL: Final = re.compile(r"(?:^|\s)\w{1,30}$")  # before brackets: "loss(x, y) = "
_SINGULAR: Final = {"accuracies": "accuracy", "losses": "loss", "errors": "error", "scores": "score"}
_MEASURED: Final = re.compile(rf"\b({'|'.join(_SINGULAR)})\b", re.IGNORECASE)
_GROUP: Final = re.compile(r"\[([A-Za-z]\w{0,15})\]\s?(?=[A-Za-z])")
_LONGEST_KNOWN: Final = 5
_LONGEST_NAME: Final = 120


class NamePart(NamedTuple):
    """A name in the text before a number.

    Attributes:
        name: The name without the words of its split; empty for a bare split ("Test: 0.3").
        split: The split that it states.
        printed: The name as printed.
        leads: Whether the split comes first or in the text before the name, so that it may hold for the names after it.
        before: The split in the text before the name, such as "Test set:" in front of "Average loss".
        wide: The name with the words before it, which tell two values of one name apart.
    """

    name: str
    split: PrintedSplit
    printed: str
    leads: bool = False
    before: PrintedSplit = ""
    wide: str = ""


@cache
def is_metric_word(word: str) -> bool:
    """Whether a word alone is the name of a common result or setting."""
    low = word.lower().strip(".:")
    if low in _KNOWN_WORDS or is_known(low) or is_schedule(low) or is_loss(low) or direction(low) != "unknown":
        return True
    return english_names([low])[0] in ("loss", "accuracy")  # "Verlust 0.4"


def split_in(text: str) -> PrintedSplit:
    """The last split that a text names; "evaluation" is one only if there is no other."""
    found: PrintedSplit = ""
    for match in _STATED.finditer(text):
        word = match["split"] or match["cjk"]
        if not (found and word.lower() in ("eval", "evaluation")):
            found = _split_of(word)
    return found


def split_between(texts: Iterable[str]) -> PrintedSplit:
    """The split that the texts between numbers name alone, as in "epoch 3 (valid): 100%|"."""
    words = (text.strip(_EDGE + ")]}>").lower() for text in texts)
    return next((SPLITS[word] for word in words if word in SPLITS), "")


def _split_of(word: str) -> PrintedSplit:
    return SPLITS.get(word.lower(), "val")


def name_before(text: str) -> NamePart | None:
    """The name that a text before a number ends with; None if it ends with none.

    A name with a colon or an equals sign may be any few words; before a blank, its last word must be the name of a
    common metric.
    """
    body = text[_end_of_unit(text) :][-_LONGEST_NAME * 2 :].rstrip(" \t")
    strong = body[-1:] in (":", "=") or body.endswith(("->", "=>", "\u2192"))
    if strong and body.rstrip(" \t:=>\u2192").endswith('"'):
        return None  # JSON
    body = body.rstrip(" \t:=>\u2192'`") if strong else body
    if '"' in body[-40:] and body.rfind('"') > body.rfind(" "):
        return None
    body = _EACH_EPOCH.sub("", body.rstrip("*_"))
    if not strong:
        body = re.sub(r"(?:\s(?:of|is|was|at|to|-{1,2}|\|)|[|\t\[(~])\s{0,3}$", "", body).rstrip(" \t")
    # "Accuracy (top-1):" and "Loss(train):": the brackets belong to the name
    suffix = ""
    if body.endswith((")", "]")) and (match := re.search(r"[(\[]([^()\[\]]{1,30})[)\]]$", body)):
        suffix, body = match[1], body[: match.start()].rstrip(" \t")
        if _is_unit(suffix) or ("," in suffix and _CALL.search(body)):
            suffix = ""
    pieces = _CUT.split(body)
    last = pieces[-1]
    if not last.strip(_EDGE) and len(pieces) > 1 and not suffix:
        return None
    heads, _, own = last.rpartition(": ")
    own = own if heads else last
    own = own.strip(_EDGE).removeprefix("END ")
    if heads and is_a_count(own) and (measured := _MEASURED.search(heads)) is not None:
        own = f"{_SINGULAR[measured[1].lower()]} {own}"  # "Accuracies on val: class : 96.4"
    context = (heads + " " + " ".join(pieces[:-1])) if heads or len(pieces) > 1 else ""
    words = [word for word in own.split() if word.isascii() or any(map(str.isalnum, word))]  # no pictures
    stops = [place for place, word in enumerate(words) if word != "A" and word.lower().strip(",.") in _STOP]
    if stops and (not strong or stops[-1] == 0 or is_metric_word(words[-1])):
        words = words[stops[-1] + 1 :]
    if len(words) > (_MAX_WORDS if strong else 1):
        words = _known_tail(words, strong)
    if not words and not suffix:
        return None
    printed = " ".join(words)
    if (
        "$" in printed
        or not (any(ch.isascii() and ch.isalpha() for ch in printed) or _FOREIGN.search(printed))
        or len(printed) > _LONGEST_NAME
    ):
        return None
    found = _parted(printed, suffix, context, strong)
    return found._replace(wide=_wide(own, found.name)) if found is not None else None


def _wide(own: str, name: str) -> str:
    """The last words of a text, without those that say nothing."""
    words = [word.strip(_EDGE) for word in own.split()[-_WIDEST:]]
    stops = [place for place, word in enumerate(words) if word.lower() in _STOP]
    kept = words[stops[-1] + 1 :] if stops else words
    return " ".join(word for word in kept if word.lower() not in SPLITS) or name


@cache
def label_in(text: str) -> str:
    """The label of the group of values that begins in a text, such as "D" in "[D] real "."""
    match = _GROUP.search(text)
    return "" if match is None or match[1].lower() in SPLITS else match[1]


def name_parts(text: str) -> NamePart:
    """A name by itself, such as that of a column."""
    return _parted(text.strip(), "", "", True) or NamePart(text.strip(), "", text.strip())


_GLUED_UNIT: Final = re.compile(
    r"(?:s|ms|us)(?=[A-Z][a-z])|\s{0,2}[a-z]{1,12}/s(?:ec|econd)?\s{1,4}(?=[A-Za-z])"
)  # "ETA: 0sTest score: 0.6", "181.2 samples/sec accuracy=0.4"


def _end_of_unit(text: str) -> int:
    """Where the unit of the number before a text ends, if nothing separates it from the text."""
    glued = _GLUED_UNIT.match(text)
    return glued.end() if glued else 0


_EACH_EPOCH: Final = re.compile(
    r"\s(?:over|per|for|in|of|at)\s(?:(?:the|this|each|last|an?)\s)?epoch$|\sof\s(?:the\s)?best\smodel$", re.IGNORECASE
)


def _is_unit(text: str) -> bool:
    return text.strip() in ("%", "s", "ms", "sec", "dB", "db") or text.strip().startswith("%")


def _known_tail(words: list[str], strong: bool) -> list[str]:
    """The last words as far as they are known: "training loss" of "finished with a training loss"."""
    for length in range(min(len(words), _LONGEST_KNOWN), 1, -1):
        if is_known(" ".join(words[-length:])):
            return words[-length:]
    start = len(words)
    while start and (
        is_metric_word(words[start - 1])
        or words[start - 1].lower().strip("():") in SPLITS
        or (start < len(words) and words[start - 1].lower() in _AVERAGES)
        or (start < len(words) and words[start - 1].lower() in ("set", "data"))
    ):
        start -= 1
    tail = words[start:]
    return tail if any(map(is_metric_word, tail)) or (strong and tail) else []


def _parted(printed: str, suffix: str, context: str, strong: bool) -> NamePart | None:
    whole = f"{printed} {suffix}" if suffix else printed
    split: PrintedSplit = ""
    leads = False
    base = whole
    if match := _STATED.search(whole):
        split = _split_of(match["split"] or match["cjk"])
        rest_before, rest_after = whole[: match.start()], whole[match.end() :]
        if rest_after.strip(_EDGE + " )") or not rest_before.strip(_EDGE + " "):
            leads = not rest_before.strip(_EDGE)
        base = f"{rest_before.rstrip(_EDGE + ' ')} {rest_after.lstrip(_EDGE + ' )')}".strip()
        base = base if not (rest_before and rest_after) else re.sub(r"\s{2,}", " ", base)
        if rest_before.endswith("/") and rest_after.startswith("/"):
            base = base.replace(" ", "/", 1)
    base = base.strip(_EDGE + " )")
    while split and " " in base and base.rpartition(" ")[2].lower() in _STOP:  # "Accuracy on test"
        base = base.rpartition(" ")[0].rstrip(_EDGE)
    while split and " " in base and SPLITS.get(base.rpartition(" ")[2].lower()) == split:  # "val_loss valid"
        base = base.rpartition(" ")[0].rstrip(_EDGE)
    while split and " " in base and SPLITS.get(base.partition(" ")[0].lower()) == split:  # "valid=dev loss"
        base = base.partition(" ")[2]
    before = split_in(context) if context else ""
    words = base.split()
    if len(words) > 1 and not is_known(base):
        kept = [word for word in words if word.lower().strip(".") not in _AVERAGES]
        base = " ".join(kept) or words[-1]
    last = (printed if suffix else base).split()[-1:]
    if not strong and base and not any(map(is_metric_word, last)):
        return None
    return NamePart(base or BARE, split, whole, leads, before)


@cache
def is_a_count(name: str) -> bool:
    """Whether a name is that of a time, a size or a count, which is never a curve."""
    low = name.lower().strip(_EDGE)
    if low.endswith(("_cost", "_cost_sum", " count", "time")) or low.startswith(("ms/", "s/", "sec/")):
        return True
    if _FILE.fullmatch(name[:_LONGEST_NAME]) or _NUMBER_OF.match(name) or low.endswith((" best", "_best")):
        return True
    if low.startswith("save best "):
        return True
    if re.sub(r"\s", "_", low) in _IGNORED_NAMES or low.startswith(
        ("best", "initial ", "max_", "num_", "n_", "min_", "--")
    ):
        return True
    words = re.split(r"[\s_/]+", low)
    if low.endswith(("/s", "/sec", "/second", "/device", "/gpu", " in s", " in ms")) or "timing" in words:
        return True
    if low in _IGNORED_WORDS or words[-1] in _IGNORED_WORDS or words[0] in ("eta", "elapsed", "total_time", "gpu"):
        return not is_loss(low)
    return False


def plain_key(name: str) -> str:
    """What two spellings of one name have in common: ``acc.`` and ``Acc``, ``Avg loss`` and ``loss``."""
    return "".join(words_of(name)) or name.lower()


def _paired_accuracies(names: Iterable[tuple[str, PrintedSplit]]) -> dict[str, str]:
    """One spelling for the accuracies of training and validation if one is only ``accuracy`` and the other ``acc``."""
    trained: dict[str, str] = {}
    held: dict[str, str] = {}
    for name, split in names:
        (held if split in ("val", "test") else trained)[plain_key(name)] = name
    for one, other in (("accuracy", "acc"), ("acc", "accuracy")):
        if one in trained and other in held and other not in trained and one not in held:
            return {other: trained[one].strip(".")}
    return {}


def history_keys(
    names: Iterable[tuple[str, PrintedSplit]], tested_is_validation: bool
) -> dict[tuple[str, PrintedSplit], str]:
    """The key in a history for each name and split, as Keras logs it: ``val_loss`` for ("Loss", "val").

    The first spelling of a name is used for all; ``loss`` is always lower-case, and names in other languages are
    English.

    Args:
        names: The names and splits, in order.
        tested_is_validation: Whether values of the split ``test`` are the run's validation values.
    """
    spelled: dict[str, str] = {}
    found: dict[tuple[str, PrintedSplit], str] = {}
    taken: set[str] = set()
    every = list(names)
    printed = list(dict.fromkeys(name for name, _ in every))
    english = dict(zip(printed, english_names(printed), strict=True))
    spelled |= _paired_accuracies(every)
    for stated, split in every:
        name = english[stated]
        base = spelled.setdefault(plain_key(name), "loss" if name.lower() in ("loss", "losses") else name.strip("."))
        if split == "val" or (split == "test" and tested_is_validation):
            key = f"val_{base}"
        elif split == "test":
            key = f"test_{base}"
        else:
            key = base
        if key in taken:
            key = f"train_{base}" if split == "train" else f"{name} ({split or 'again'})"
        number = 2
        unique = key
        while unique in taken:
            unique, number = f"{key} {number}", number + 1
        taken.add(unique)
        found[stated, split] = unique
    return found
