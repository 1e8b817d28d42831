"""Finds scores of evaluations in printed logs that do not say that they are."""

from typing import Final

from reportgen.metrics import is_schedule
from reportgen.sources.printed.epochs import PrintedCurve
from reportgen.sources.printed.names import plain_key
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
