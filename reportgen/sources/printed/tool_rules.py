"""What lines of particular tools say that the line alone does not show: its epoch, its split, which number is a mean.

Rules are tried in order; the first that matches a line reads it. Named groups of a pattern: ``epoch``, ``step``, ``n``
(planned epochs), ``i`` and ``of`` (batch and batches within the epoch), ``rest`` (the text with the values), ``part`` (the
epoch with a fraction), ``global`` (the step, which counts only if no epoch is known), ``pause`` (training values are left
out until the next epoch), ``total`` (batches of the loop; another loop in the same epoch is a validation), ``stated`` (a
word before, which may be a split), ``split`` (the split; without it, that of the last loop).
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

NUMBER: Final = r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,4})?|nan|inf|NaN)"
NAME: Final = r"[A-Za-z][\w@./#+-]{0,80}"
COLONS: Final = re.compile(
    rf"({NAME}(?: [A-Za-z][\w.]{{0,40}}){{0,4}}(?: \([\w/]{{1,20}}\))?):\s{{0,20}}({NUMBER})(?![\w:/%])"
)
EQUALS: Final = re.compile(rf"({NAME})\s?=\s?({NUMBER})(?![\w:/])")
EITHER: Final = re.compile(rf"({NAME}(?: [A-Za-z]\w{{0,40}}){{0,3}})\s?[:=]\s{{0,4}}({NUMBER})(?![\w:/%])")
BLANKS: Final = re.compile(rf"(?:^|[|,])\s{{0,4}}({NAME}(?: [a-z]{{1,20}}){{0,2}}) ({NUMBER})\s{{0,4}}(?=[|,]|$)")
MEANS: Final = re.compile(rf"({NAME}):?\s{{1,20}}{NUMBER}\s{{1,2}}\(\s{{0,8}}({NUMBER})\)")
STARRED: Final = re.compile(rf"({NAME}):? ({NUMBER})(?![\w:/])")

RUNNING: Final = re.compile(rf"({NAME})=(?:{NUMBER} \(\s?)?({NUMBER})(?![\w:/%])")
DASHES: Final = re.compile(rf"(?:^|- )({NAME}(?: \([\w ]{{1,30}}\))?):?\s{{1,4}}({NUMBER})(?=\s|$)")
SPACED: Final = re.compile(rf"([\w@-]{{1,60}}) : ({NUMBER})(?=\s|$)")
ERROR_RATES: Final = re.compile(
    rf"((?:char|word|BCER|BWER) train|(?:BCER|BWER) eval|(?:Char|Word) error rate|[Mm]ean rms)=({NUMBER})"
)
IN_PAIRS: Final = re.compile(rf"\b(L1|PSNR|SSIM|LPIPS) ({NUMBER})")
CURRENT: Final = re.compile(rf"(train)(?: \(curr\))?: ({NUMBER})")

Says = Literal["train", "val", "test", "result", "counts", "inner"]


@dataclass(frozen=True)
class Rule:
    """How lines of one kind are read.

    Attributes:
        pattern: Searched in a line.
        says: The split of its values; ``result`` after training; ``counts`` if it only names an epoch or step; ``inner``
            for lines that are used only if their epoch, or else their step, has no other line.
        values: Finds names and numbers in ``rest``.
        replaces: Whether the last such line of an epoch has the epoch's values.
        names: Other names for some values; empty to leave them out.
    """

    pattern: re.Pattern[str]
    says: Says
    values: re.Pattern[str] = COLONS
    replaces: bool = False
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ToolRules:
    """The lines of one tool.

    Attributes:
        tool: Its key; None for scripts that belong to no tool.
        words: Its logs have one of them; a quick check.
        mark: What only its logs have.
        rules: How its lines are read.
        skips: Names of other values than curves, besides times and sizes.
        has_others: Whether its logs have lines of any form, whose values are read if they state a split.
    """

    tool: str | None
    words: tuple[str, ...]
    mark: str
    rules: tuple[Rule, ...]
    skips: str = r"(?!)"
    has_others: bool = False


def _rule(pattern: str, says: Says, values: re.Pattern[str] = COLONS, *, last: bool = False, **names: str) -> Rule:
    return Rule(re.compile(pattern), says, values, last, tuple(names.items()))


_OF_TESSERACT: Final = (
    ("char train", "CER"),
    ("BCER train", "CER"),
    ("word train", "WER"),
    ("BWER train", "WER"),
    ("Char error rate", "val CER"),
    ("BCER eval", "val CER"),
    ("Word error rate", "val WER"),
    ("BWER eval", "val WER"),
    ("Mean rms", "rms"),
    ("mean rms", "rms"),
)
_REST: Final = r"(?P<rest>.{0,4000})$"
TOOLS: Final = (
    ToolRules(
        "fairseq",
        ("| epoch ", "valid on '"),
        r"valid on '\S{1,40}' subset|\| epoch \d{3} (?:\| (?:train )?loss |\s{1,4}\d{1,9} / \d{1,9} loss=)",
        (
            _rule(rf"epoch (?P<epoch>\d{{1,9}}) \| valid on '(?P<set>\S{{1,40}})' subset \|{_REST}", "val", BLANKS, last=True),
            _rule(r"epoch (?P<epoch>\d{1,9}) \|(?P<rest> (?:train )?loss .{0,4000})$", "train", BLANKS, last=True),
            _rule(rf"epoch (?P<epoch>\d{{1,9}}):?\s{{1,9}}\d{{1,9}} / \d{{1,9}} {_REST}", "inner", RUNNING, last=True),
        ),
        r"words/.{1,9}|s/checkpoint|wps|ups|wpb|bsz|num_updates|clip|oom|loss_scale|wall|train_wall|gb_free|best_.{1,60}",
    ),
    ToolRules(
        "lerobot",
        (" smpl:",),
        r"\bstep:\S{1,12} smpl:\S{1,12} ep:\S{1,12} epch:",
        (_rule(rf"\bstep:\S{{1,12}} smpl:\S{{1,12}} ep:\S{{1,12}} epch:(?P<part>\d{{1,9}}(?:\.\d{{1,9}})?) {_REST}", "train"),),
        r"updt_s|data_s",
    ),
    ToolRules(
        "espnet",
        ("epoch results: [",),
        r"\d{1,9}epoch results: \[",
        (_rule(rf"\b(?P<epoch>\d{{1,9}})epoch results: {_REST}", "train", EQUALS),),
        r"total_count|.{0,40}_cached_mem_GB|optim\d_lr[1-9]|clip|loss_scale",
    ),
    ToolRules(
        "detectron2",
        ("total_loss: ",),
        r"iter: \d{1,15}\s{1,4}total_loss: ",
        (_rule(r"iter: (?P<step>\d{1,15})\s{1,4}(?P<rest>total_loss: .{0,4000})$", "train"),),
        r"max_mem|last_.{1,20}",
    ),
    ToolRules(
        "caffe",
        ("Testing net (", "net output #"),
        r"Testing net \(#\d|Train net output #\d",
        (
            _rule(r"Iteration (?P<step>\d{1,15}), Testing net", "counts"),
            _rule(rf"Test net output #\d{{1,4}}: (?P<rest>[\w/.-]{{1,80}} = {NUMBER})", "val", EQUALS),
            _rule(rf"Iteration (?P<step>\d{{1,15}})(?: \(.{{1,80}}\))?, (?P<rest>(?:loss|lr) = {NUMBER})", "train", EQUALS),
            _rule(rf"Train net output #\d{{1,4}}: (?P<rest>[\w/.-]{{1,80}} = {NUMBER})", "train", EQUALS, last=True),
        ),
    ),
    ToolRules(
        "nnunet",
        ("seudo dice [", "foreground Dice: ["),
        r"Pseudo dice \[|Average global foreground Dice: \[",
        (
            _rule(r"\bEpoch (?P<epoch>\d{1,9})\s{0,4}$|^\s{0,4}epoch:\s{1,4}(?P<epoch2>\d{1,9})", "counts"),
            _rule(rf"\btrain[_ ]loss ?:? (?P<rest>{NUMBER})", "train"),
            _rule(rf"\b(?:val_loss|validation loss(?: \(train=False\))?):? (?P<rest>{NUMBER})", "val"),
            _rule(r"(?P<list>Pseudo dice|Average global foreground Dice):? \[(?P<rest>.{0,2000})\]", "val"),
        ),
    ),
    ToolRules(
        "paddle",
        ("batch_cost", "ppocr INFO", "ppcls INFO"),
        r"batch_cost: |ppocr INFO|ppcls INFO",
        (
            _rule(rf"\[TRAIN\] epoch: \d{{1,9}}, iter: (?P<step>\d{{1,15}})/\d{{1,15}}, {_REST}", "train"),
            _rule(rf"\[EVAL\] #Images: \d{{1,15}},? {_REST}", "val"),
            _rule(rf"epoch: \[(?P<epoch>\d{{1,9}})/(?P<n>\d{{1,9}})\], (?:global_step|iter): (?P<step>\d{{1,15}}), {_REST}", "train"),
            _rule(rf"cur metric, {_REST}", "val"),
            _rule(rf"\[Train\]\[Epoch (?P<epoch>\d{{1,9}})/(?P<n>\d{{1,9}})\]\[Avg\]{_REST}", "train", last=True),
            _rule(rf"\[Eval\]\[Epoch (?P<epoch>\d{{1,9}})\]\[Avg\]{_REST}", "val", last=True),
            _rule(r"\[(?:Train|Eval)\]\[Epoch (?P<epoch>\d{1,9})(?:/\d{1,9})?\]\[Iter", "counts"),
            _rule(rf"Epoch: \[(?P<epoch>\d{{1,9}})\] \[\s{{0,9}}(?P<i>\d{{1,9}})/\s{{0,9}}(?P<of>\d{{1,9}})\] {_REST}", "train"),
        ),
        r"batch_cost|reader_cost|data_cost|ips|avg_reader_cost|avg_batch_cost|avg_samples|samples|best_epoch|max_mem_.{1,20}",
    ),
    ToolRules(
        "mmengine",
        ("Epoch(train)", "Iter(train)", "Epoch [", "Iter ["),
        r"\b(?:Epoch|Iter)(?:\((?:train|val)\))?\s{1,4}\[\s{0,9}\d{1,9}(?:/\d{1,9})?\](?:\[\s{0,9}\d{1,9}/\d{1,9}\])?\s{1,9}(?:base_)?lr: ",
        (
            _rule(rf"\bEpoch(?:\(train\))?\s{{1,4}}\[(?P<epoch>\d{{1,9}})\]\[\s{{0,9}}(?P<i>\d{{1,9}})/(?P<of>\d{{1,9}})\]{_REST}", "train"),
            _rule(rf"\bIter(?:\(train\))?\s{{1,4}}\[\s{{0,9}}(?P<step>\d{{1,15}})/\d{{1,15}}\]{_REST}", "train"),
            _rule(rf"\bEpoch\((?:val|test)\)\s{{1,4}}\[(?P<epoch>\d{{1,9}})\](?:\[\s{{0,9}}\d{{1,9}}(?:/\d{{1,9}})?\])?{_REST}", "val", last=True),
            _rule(rf"\bIter\((?:val|test)\)\s{{1,4}}\[\s{{0,9}}\d{{1,15}}(?:/\d{{1,15}})?\]{_REST}", "val", last=True),
        ),
        r"memory|eta|base_lr|.{0,40}_copypaste",
    ),
    ToolRules(
        "coqui",
        ("STEP: ", "| > avg_loss: ", "EVAL PERFORMANCE"),
        r"GLOBAL_STEP: \d|\| > avg_loss: \S{1,40} \(|EVAL PERFORMANCE",
        (
            _rule(r"GLOBAL_STEP: (?P<global>\d{1,15})", "counts"),
            _rule(r"EPOCH: (?P<epoch>\d{1,9})/(?P<n>\d{1,9})", "counts"),
            _rule(r"(?P<pause>\bEVALUATION\b)", "counts"),
            _rule(rf"(?P<rest>avg_[\w/-]{{1,80}}: {NUMBER}) \([+-]", "val"),
            _rule(rf"\| > (?P<rest>[\w/-]{{1,80}}: {NUMBER}\s{{1,4}}\(\s?{NUMBER}\))", "train", MEANS, last=True),
        ),
        r"avg_loader_time|loader_time|step_time",
    ),
    ToolRules(
        "megatron",
        ("| consumed", "| elapsed time per iteration", "validation loss at iteration"),
        r"iteration\s{1,20}\d{1,15}/\s{0,20}\d{1,15} \| (?:consumed|elapsed time per iteration)|validation loss at iteration ",
        (
            _rule(rf"iteration\s{{1,20}}(?P<step>\d{{1,15}})/\s{{0,20}}\d{{1,15}} \|{_REST}", "train"),
            _rule(rf"validation loss at iteration (?P<step>\d{{1,15}})[^|]{{0,60}}\|{_REST}", "val"),
            _rule(rf"(?:validation|test) loss at the end of training[^|]{{0,60}}\|{_REST}", "result"),
        ),
        r"consumed .{1,20}|usage.{0,60}|tokens per GPU.{0,40}|.{0,40} mem usage.{0,60}|num zeros|global batch size|batch size|number of .{1,40}|loss scale|throughput .{0,60}|TFLOPs.{0,20}|actual seqlen|curriculum seqlen",
    ),
    ToolRules(
        "mlx",
        (": Train loss ", ": Val loss "),
        r"Iter \d{1,15}: (?:Train|Val) loss \S{1,20}, (?:Learning Rate|It/sec|Val took)",
        (
            _rule(rf"Iter (?P<step>\d{{1,15}}): (?P<rest>Train loss {NUMBER}(?:, Learning Rate {NUMBER})?)", "train", BLANKS),
            _rule(rf"Iter (?P<step>\d{{1,15}}): (?P<rest>Val loss {NUMBER})", "val", BLANKS),
            _rule(rf"^(?P<rest>Test loss {NUMBER}, Test ppl {NUMBER})", "result", BLANKS),
        ),
    ),
    ToolRules(
        None,
        (", time ",),
        r"iter \d{1,15}: loss \S{1,20}, time ",
        (
            _rule(rf"step (?P<step>\d{{1,15}}): (?P<rest>train loss {NUMBER}, val loss {NUMBER})", "train", BLANKS),
            _rule(rf"iter (?P<step>\d{{1,15}}): (?P<rest>loss {NUMBER}), ", "inner", BLANKS),
        ),
    ),
    ToolRules(
        None,
        ("ms | mfu",),
        r"(?m:^)\s{0,4}\d{1,15} \| loss \S{1,20} \| lr \S{1,20} \| [\d.]{1,20}ms",
        (
            _rule(rf"step (?P<step>\d{{1,15}}): (?P<rest>train loss {NUMBER}, val loss {NUMBER})", "train", BLANKS),
            _rule(rf"^\s{{0,4}}(?P<step>\d{{1,15}}) \| (?P<rest>loss {NUMBER}) \| ", "inner", BLANKS),
        ),
    ),
    ToolRules(
        "icefall",
        ("tot_loss[",),
        r"Epoch \d{1,9}, batch \d{1,15}, .{1,400}tot_loss\[",
        (
            _rule(r"Epoch (?P<epoch>\d{1,9}), batch \d{1,15}, .{1,400}tot_loss\[(?P<rest>[^\]]{1,400})\]", "train", EQUALS, last=True),
            _rule(rf"Epoch (?P<epoch>\d{{1,9}}), validation: {_REST}", "val", EQUALS, last=True),
        ),
    ),
    ToolRules(
        "sockeye",
        ("Checkpoint [",),
        r"Checkpoint \[\d{1,9}\]\s{1,4}(?:Updates=|Train-perplexity=)",
        (
            _rule(rf"Epoch\[\d{{1,9}}\] Batch \[(?P<step>\d{{1,15}})\].{{1,200}}\s(?P<rest>perplexity={NUMBER})", "train", EQUALS),
            _rule(r"Checkpoint \[\d{1,9}\]\s{1,4}Updates=(?P<step>\d{1,15})", "counts"),
            _rule(rf"Checkpoint \[\d{{1,9}}\]\s{{1,4}}Train-(?P<rest>[\w-]{{1,60}}={NUMBER})", "train", EQUALS, last=True),
            _rule(rf"Checkpoint \[\d{{1,9}}\]\s{{1,4}}Validation-(?P<rest>[\w-]{{1,60}}={NUMBER})", "val", EQUALS, last=True),
        ),
    ),
    ToolRules(
        "opennmt",
        ("; acc:",),
        r"\d{1,15}/\s{0,9}\d{1,15}; acc: ",
        (
            _rule(rf"poch\s{{1,3}}(?P<epoch>\d{{1,9}}),\s{{0,4}}(?P<i>\d{{1,15}})/\s{{0,9}}(?P<of>\d{{1,15}}); {_REST}", "inner"),
            _rule(rf"Step (?P<step>\d{{1,15}})/\s{{0,9}}\d{{1,15}}; {_REST}", "train"),
            _rule(rf"Train (?P<rest>(?:perplexity|accuracy): {NUMBER})", "train", last=True, perplexity="ppl", accuracy="acc"),
            _rule(rf"Validation (?P<rest>(?:perplexity|accuracy): {NUMBER})", "val", perplexity="ppl", accuracy="acc"),
        ),
    ),
    ToolRules(
        "tensorflow",
        ("global step ", ", step = ", "per-step time"),
        r"loss = \S{1,40}, step = \d|Saving dict for global step \d|Step \d{1,15} per-step time ",
        (
            _rule(rf"(?P<rest>loss = {NUMBER}, step = (?P<step>\d{{1,15}}).{{0,400}})$", "train", EQUALS),
            _rule(rf"Saving dict for global step (?P<step>\d{{1,15}}): {_REST}", "val", EQUALS, last=True),
            _rule(rf"Step (?P<step>\d{{1,15}}) per-step time \S{{1,20}} (?P<rest>loss={NUMBER})", "train", EQUALS),
            _rule(r"Step (?P<step>\d{1,15}) per-step time ", "counts"),
            _rule(rf"'(?P<rest>(?:Loss/|learning_rate)[\w/]{{0,80}}': {NUMBER})", "train", re.compile(rf"([\w/]{{1,90}})': ({NUMBER})")),
            _rule(rf"Loss for final step: {NUMBER}", "counts"),
        ),
        r"global_step|step",
    ),
    ToolRules(
        "marian",
        (" : Up. ",),
        r"Ep\. [\d.]{1,15} : Up\. \d{1,15} : ",
        (
            _rule(rf"Up\. (?P<step>\d{{1,15}}) : Sen\. [\d,]{{1,20}} : (?P<rest>Cost {NUMBER})", "train", STARRED),
            _rule(rf"Up\. (?P<step>\d{{1,15}}) : (?P<rest>[\w-]{{1,40}} : {NUMBER})", "val", SPACED),
        ),
    ),
    ToolRules(
        "recbole",
        (" training [time",),
        r"epoch \d{1,9} training \[time",
        (
            _rule(rf"epoch (?P<epoch>\d{{1,9}}) training \[{_REST}", "train"),
            _rule(rf"epoch (?P<epoch>\d{{1,9}}) evaluating \[{_REST}", "val"),
            _rule(rf"^(?P<rest>\w{{1,20}}@\d{{1,4}} : {NUMBER}.{{0,2000}})$", "val", SPACED),
        ),
    ),
    ToolRules(
        "speechbrain",
        ("train_logger - ", " - valid loss: "),
        r"(?:train_logger - |(?m:^))[Ee]poch: \d{1,9},? .{0,200}- train loss: ",
        (
            _rule(r"[Ee]poch: (?P<epoch>\d{1,9}),?(?P<rest> .{0,400}- train loss: .{1,400})$", "train"),
            _rule(r"Epoch loaded: \d{1,9} - (?P<rest>test .{1,400})$", "result"),
        ),
    ),
    ToolRules(
        "torchtune",
        ("|Loss: ",),
        r"\d{1,9}\|\d{1,15}\|Loss: \d",
        (_rule(rf"^(?P<epoch>\d{{1,9}})\|(?P<step>\d{{1,15}})\|(?P<rest>Loss: {NUMBER})", "train", last=True),),
    ),
    ToolRules(
        "tabnet",
        ("val_0_",),
        r"epoch \d{1,9}\s{1,4}\| loss: \S{1,20}\s{1,4}\| (?:train_\w{1,30}: \S{1,20}\s{1,4}\| )?val_0_",
        (_rule(rf"epoch (?P<epoch>\d{{1,9}})\s{{1,4}}\|{_REST}", "train"),),
    ),
    ToolRules(
        "flair",
        (" done: loss ", " - iter "),
        r"EPOCH \d{1,9} done: loss |epoch \d{1,9} - iter \d{1,9}/\d{1,9} - loss ",
        (
            _rule(rf"EPOCH (?P<epoch>\d{{1,9}}) done: {_REST}", "train", DASHES, last=True),
            _rule(r"epoch (?P<epoch>\d{1,9}) - iter \d{1,9}/\d{1,9} - (?P<rest>.{1,400})$", "inner", DASHES, last=True),
            _rule(rf"^DEV\s{{1,4}}: {_REST}", "val", DASHES, last=True),
        ),
        r"samples/sec",
    ),
    ToolRules(
        "darknet",
        (" rate, ",),
        r"\d{1,15}: [\d.na-]{1,20}, [\d.na-]{1,20} avg(?: loss)?, [\d.]{1,12} rate",
        (
            _rule(rf"^\s{{0,4}}(?P<step>\d{{1,15}}): {NUMBER}, (?P<rest>{NUMBER}) avg(?: loss)?, ", "train", loss="avg loss"),
            _rule(rf"mean average precision \((?P<rest>mAP@[\d.]{{1,6}}\) = {NUMBER})", "val", re.compile(rf"(mAP@[\d.]{{1,6}})\) = ({NUMBER})")),
        ),
    ),
    ToolRules(
        "litgpt",
        ("loss train",),
        r"iter \d{1,15} .{1,20}\d:? (?:\| )?loss train",
        (
            _rule(rf"iter (?P<step>\d{{1,15}}) .{{1,20}}\d:? (?:\| )?loss {_REST}", "train", CURRENT, train="loss"),
            _rule(rf"iter (?P<step>\d{{1,15}})\s{{0,20}}[:|] val[_ ]loss:? (?P<rest>{NUMBER})", "val"),
        ),
    ),
    ToolRules(
        "allennlp",
        ("Training |",),
        r"Training \| {1,4}Validation",
        (
            _rule(r"\bEpoch (?P<epoch>\d{1,9})/(?P<n>\d{1,9})", "counts"),
            _rule(r"(?P<block>Training \| {1,4}Validation)", "counts"),
            _rule(rf"(?P<name>[\w./@-]{{1,80}})\s{{0,60}}\|\s{{1,20}}(?P<rest>{NUMBER}|N/A)\s{{1,20}}\|\s{{1,20}}(?P<other>{NUMBER}|N/A)", "train"),
        ),
        r".{0,40}_memory_MB",
    ),
    ToolRules(
        None,  # Tesseract: iterations that learned, all iterations, samples
        ("At iteration ",),
        r"At iteration \d{1,15}/\d{1,15}/\d{1,15}, [Mm]ean rms=",
        (
            Rule(
                re.compile(r"At iteration \d{1,15}/(?P<step>\d{1,15})/\d{1,15}, (?P<rest>[Mm]ean rms=.{0,2000})$"),
                "train",
                ERROR_RATES,
                names=_OF_TESSERACT,
            ),
            Rule(
                re.compile(r"At iteration \d{1,15}, stage \d{1,3}, (?P<rest>.{0,400})$"),
                "train",
                ERROR_RATES,
                names=_OF_TESSERACT,
            ),
        ),
    ),
    ToolRules(
        None,  # PyTorch's tutorials on sequences: time, remaining time, steps, loss
        ("%) ",),
        r"(?m:^\s{0,4}(?:\d{1,4}h )?\d{1,4}m \d{1,2}s \(- [\dhms ]{4,20}\) \(\d{1,15} \d{1,3}%\) [\d.]{1,20}\s{0,4}$)",
        (_rule(rf"m \d{{1,2}}s \(- [\dhms ]{{4,20}}\) \((?P<step>\d{{1,15}}) \d{{1,3}}%\) (?P<rest>{NUMBER})", "train"),),
    ),
    ToolRules(
        None,  # Gaussian splatting
        ("[ITER ",),
        r"\[ITER \d{1,15}\] Evaluating (?:test|train): L1 ",
        (
            _rule(rf"\[ITER (?P<step>\d{{1,15}})\] Evaluating test: {_REST}", "val", IN_PAIRS),
            _rule(rf"\[ITER (?P<step>\d{{1,15}})\] Evaluating train: {_REST}", "train", IN_PAIRS),
            _rule(
                rf"Training progress: .{{1,300}}\| (?P<step>\d{{1,15}})/\d{{1,15}} \[.{{1,80}}(?P<rest>\bLoss={NUMBER})", "train", EQUALS
            ),
        ),
    ),
    ToolRules(
        None,  # YOLACT
        ("|| ETA: ",),
        r"\]\s{1,9}\d{1,15} \|\| [A-Z]: .{1,400} \|\| ETA: ",
        (
            _rule(
                r"\]\s{1,9}(?P<step>\d{1,15}) \|\| (?P<rest>[A-Z]: .{1,400}) \|\| ETA: ",
                "train",
                B="box_loss",
                C="class_loss",
                M="mask_loss",
                P="prototype_loss",
                S="segmentation_loss",
                T="loss",
            ),
        ),
    ),
    ToolRules(
        "keras-rl",
        (": episode: ",),
        r"\d{1,15}/\d{1,15}: episode: \d{1,15}, duration: ",
        (_rule(rf"(?P<step>\d{{1,15}})/\d{{1,15}}: episode: \d{{1,15}}, {_REST}", "train"),),
        r"duration|episode steps|steps per second|mean action|mean observation|mean reward",
    ),
    ToolRules(
        "sklearn",
        ("-- Epoch ", ", loss = ", " leaves,"),
        r"-- Epoch \d{1,9}\s{1,4}Norm: |(?m:Iteration \d{1,9}, loss = [\d.e+-]{1,40}\s{0,4}$)|\d trees?, \d{1,9} leaves",
        (
            _rule(r"-- Epoch (?P<epoch>\d{1,9})\s{0,4}$", "counts"),
            _rule(rf"NNZs: .{{1,100}}(?P<rest>Avg\. loss: {NUMBER})", "train", re.compile(rf"(loss): ({NUMBER})")),
            _rule(rf"Iteration (?P<epoch>\d{{1,9}}), (?P<rest>loss = {NUMBER})", "train", EQUALS),
            _rule(rf"Validation (?P<rest>score: {NUMBER})", "val"),
            _rule(r"\[(?P<epoch>\d{1,9})/(?P<n>\d{1,9})\] \d{1,9} trees?, .{1,80}, (?P<rest>train .{1,200}), in", "train"),
        ),
    ),
    ToolRules(
        None,
        ("poch",),
        r"(?m:^(?![^\n]{0,300}(?:step|iter|batch|update))[^\n{]{0,60}\b[Ee]poch[ :=]{1,3}\d{1,6}\.\d{1,20}\b(?!s)[^\n]{0,80}\b[Ll]oss)",
        (
            _rule(
                r"(?:\b(?P<split>Train(?:ing)?|Val(?:id|idation)?|Eval(?:uation)?|Test(?:ing)?)\b[^{]{0,12})?"
                rf"\b[Ee]poch[ :=]{{1,3}}(?P<part>\d{{1,6}}(?:\.\d{{1,20}})?)\b{_REST}",
                "train",
                EITHER,
            ),
        ),
        r"(?i:time|eta|speed|.{0,20}/s)",
        has_others=True,
    ),
    ToolRules(
        None,
        ("Epoch: [", "Epoch [", "Train: "),
        r"(?:Epoch:?\s{1,2}\[\d{1,9}(?:/\d{1,9})?\]\s{0,2}|Train: \d{1,9} |Train: \[\d{1,9}/\d{1,9}\])\[\s{0,9}\d{1,9}/\d{1,9}.{1,80}\(",
        (
            _rule(
                r"(?:\b(?P<stated>[A-Za-z]{2,10})\W{1,3})?"
                r"(?:Epoch:?\s{1,2}\[(?P<epoch>\d{1,9})(?:/(?P<n>\d{1,9}))?\]\s{0,2}|Train: (?P<epoch2>\d{1,9}) |Train: \[(?P<epoch3>\d{1,9})/\d{1,9}\])"
                rf"\[\s{{0,9}}\d{{1,9}}/\s{{0,9}}(?P<total>\d{{1,9}})[^\]]{{0,20}}\]{_REST}",
                "train",
                MEANS,
                last=True,
            ),
            _rule(rf"(?P<split>Test|Val|Valid|Validation)(?P<ema> \(EMA\))?:\s{{1,2}}(?:\[\d{{1,9}}\])?\[\s{{0,9}}\d{{1,9}}/\s{{0,9}}\d{{1,9}}\]{_REST}", "val", MEANS, last=True),
            _rule(rf"(?:\b(?P<split>[A-Za-z]{{2,10}})\]?:?\s{{1,4}})?\b[Aa]veraged stats:{_REST}", "val", MEANS, last=True),
            _rule(r"(?:^|\bINFO)\s{0,4}\*\s{1,4}(?P<rest>(?:Acc|Prec)@1:? .{1,200})$", "val", STARRED, last=True),
        ),
        r"(?i:batch_?time|data_?time|data|mem|max mem|speed|eta)",
        has_others=True,
    ),
)  # fmt: skip
