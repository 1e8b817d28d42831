"""Finds scores of evaluations and losses in printed logs that do not say that they are."""

from typing import Final

from reportgen.metrics import is_schedule, role
from reportgen.sources.printed.epochs import PrintedCurve
from reportgen.sources.printed.names import BARE, plain_key
from reportgen.sources.printed.open_row import Key

_EVALUATED: Final = frozenset({"psnr", "ssim", "lpips", "fid", "niqe", "map", "miou", "bleu", "wer", "cer"})


def move_lone_scores(curves: dict[Key, PrintedCurve], stepped: dict[Key, PrintedCurve]) -> None:
    """Makes scores such as PSNR validation values if they are on other lines than all values of the training."""
    scores = [key for key in stepped if not key[1] and key[0].lower() in _EVALUATED]
    others = [key for key in stepped if key[1] in ("", "train") and key not in scores and not is_schedule(key[0])]
    places = {place for key in others for place in stepped[key].rows}
    for key in scores:
        if not places or not places.isdisjoint(stepped[key].rows):
            continue
        known = {plain_key(name) for name, split in (*curves, *stepped) if split == "val"}
        curve = stepped.pop(key)
        if plain_key(key[0]) not in known:  # otherwise the same value is printed twice
            stepped[key[0], "val"] = curve


def name_bare_losses(curves: dict[Key, PrintedCurve]) -> None:
    """Names the values of ``train 0.52 valid 0.61`` losses if there are no other results and those of training fall."""
    if any(key[0] != BARE and role(key[0]) == "result" for key in curves):
        return
    train, validation = curves.get((BARE, "train")), curves.get((BARE, "val"))
    if train is None or validation is None or min(*train.values, *validation.values) <= 0:
        return
    if len(train.values) > 1 and train.values[-1] < train.values[0]:
        for split in ("train", "val", "test"):
            if (curve := curves.pop((BARE, split), None)) is not None:
                curves["loss", split] = curve
