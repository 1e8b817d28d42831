"""Reports of runs with many metrics, outputs, findings and notes have a bounded size, and say what they leave out."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from html_check import check_html

import reportgen
from reportgen.charts import chart_all
from reportgen.charts.choice import MAX_ALL, MAX_CARDS, MAX_CARDS_OF_GROUPS, MAX_SINGLE, by_importance, carded_metrics
from reportgen.charts.metric_groups import grouped_metrics, stem_of
from reportgen.charts.small_chart import MAX_SMALL
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CUT, Note
from reportgen.outputs.email.letter import MailedReport, write_letter
from reportgen.outputs.email.plain import render_plain
from reportgen.outputs.terminal_text import render_text
from reportgen.page.statements import MAX_STATEMENTS
from reportgen.page.value_tables import MAX_VALUE_ROWS
from reportgen.page.words import word_report
from reportgen.wording import word_judgement

LINE = np.linspace(1.0, 0.4, 12)
SENTENCE = "small charts show groups of similar ones"


def run_of(*names: str, run: RunFacts | None = None) -> TrainingHistory:
    return TrainingHistory.from_columns(range(1, len(LINE) + 1), dict.fromkeys(names, LINE), run)


def judged_among(n: int) -> TrainingHistory:
    """``n`` metrics: the judged loss and its accuracy, logged last, and others of every kind."""
    others = [f"{name}{place}" for place in range(n) for name in ("probe_", "tone_", "recall_")][: n - 3]
    return run_of(*others, "val_recall_0", "aux_loss", "accuracy", "val_accuracy", "loss", "val_loss", "learning_rate")


def many_outputs(n: int) -> TrainingHistory:
    return run_of("loss", "val_loss", *(f"{split}head{place}_loss" for place in range(n) for split in ("", "val_")))


def many_notes(n: int) -> TrainingHistory:
    notes = tuple(Note.of("restarted", row=place, epoch=place) for place in range(n))
    return run_of("loss", run=RunFacts(notes=(*notes, Note.of(CUT, kept=1, all=2))))


def test_the_judged_metric_comes_first_then_scores_losses_validated_and_known_metrics_in_the_order_of_the_log() -> None:
    history = run_of(
        "odd", "recall", "precision", "val_precision", "aux_loss", "batch_loss", "mAP50", "val_mAP50", "accuracy",
        "loss", "val_loss",
    )  # fmt: skip
    expected = ["loss", "accuracy", "mAP50", "precision", "aux_loss", "recall", "odd", "batch_loss"]
    assert by_importance(history, reportgen.diagnose(history)) == expected
    assert by_importance(judged_among(500), reportgen.diagnose(judged_among(500)))[:5] == [
        "loss", "accuracy", "recall_0", "aux_loss", "recall_1",
    ]  # fmt: skip


def test_metrics_of_single_layers_and_unscaled_ones_come_after_those_they_repeat() -> None:
    names = ("loss", "loss_ce_0", "loss_ce", "loss_ce_unscaled", "loss_ce_0_unscaled", "class_error", "top_5")
    history = run_of(*names, *(f"val_{name}" for name in names))
    ranked = by_importance(history, reportgen.diagnose(history))
    assert ranked[:4] == ["loss", "class_error", "top_5", "loss_ce"], "top_5 repeats no other metric"


def test_the_judged_metric_has_the_first_chart() -> None:
    history = run_of("accuracy", "head_loss", "val_head_loss")
    diagnosis = reportgen.diagnose(history)
    assert diagnosis.monitor == "val_head_loss"
    assert chart_all(history, diagnosis)[0].name == "head_loss"


LOSSES = "box_loss cls_loss dfl_loss"
BOXES = "precision(B) recall(B) mAP50(B) mAP50-95(B)"
COCO = " ".join(f"bbox/{name}" for name in ("AP", "AP50", "AP75", "APs", "APm", "APl", "AP-cat", "AP-dog"))
HEADS = "loss age_loss sex_loss tone_loss age_mae sex_accuracy sex_auc tone_accuracy tone_top_5_accuracy"


@pytest.mark.parametrize(
    ("train", "validation", "large"),
    [
        (f"loss {LOSSES}", f"loss {LOSSES} {BOXES}", "loss mAP50-95(B) mAP50(B) precision(B) recall(B)"),
        (LOSSES, f"{LOSSES} precision recall mAP_0.5 mAP_0.5:0.95", "mAP_0.5 mAP_0.5:0.95 precision recall box_loss"),
        ("total_loss loss_cls loss_box_reg", COCO, "bbox/AP total_loss bbox/AP50 loss_cls loss_box_reg"),
        ("loss decode.loss_ce", "loss aAcc mIoU mAcc IoU.road IoU.car Acc.road", "loss aAcc mIoU mAcc decode.loss_ce"),
        ("loss", "loss accuracy f1 precision recall roc_auc log_loss", "loss accuracy f1 roc_auc precision"),
        ("loss", "loss wer cer exact_match rouge1 rouge2 gain", "loss wer cer exact_match rouge1"),
        (HEADS, HEADS, "loss sex_accuracy tone_accuracy sex_auc age_mae"),
        ("loss tp fp", "loss accuracy recall tp fp tn fn", "loss accuracy recall tp fp"),
    ],
)
def test_what_is_looked_at_first_is_large(train: str, validation: str, large: str) -> None:
    """Quality on validation data before parts of the loss, means over thresholds before single ones."""
    history = run_of(*train.split(), *(f"val_{name}" for name in validation.split()))
    assert " ".join(carded_metrics(history, reportgen.diagnose(history))) == large


@pytest.mark.parametrize("n", [MAX_ALL, MAX_ALL + 1, MAX_SINGLE, MAX_SINGLE + 1, 400])
def test_a_report_has_few_large_charts_and_small_ones_for_other_metrics_or_groups_of_them(n: int) -> None:
    history = judged_among(n)
    report = reportgen.build(history)
    page = report._page
    carded = carded_metrics(history, report.diagnosis)
    assert carded[0] == "loss"
    assert len(carded) == (n if n <= MAX_ALL else MAX_CARDS if n <= MAX_SINGLE else MAX_CARDS_OF_GROUPS)
    assert {"loss", "accuracy"} <= {chart.title for chart in page.charts}
    assert len(carded) < len(page.charts) <= len(carded) + 2  # and the gap and the learning rate
    single = n <= MAX_SINGLE
    rest = set(by_importance(history, report.diagnosis)) - set(carded)
    if single:
        assert {chart.title for chart in page.small_charts} == rest
    assert len(page.small_charts) <= MAX_SMALL
    for look in ({}, {"static": True}):
        words = check_html(report.to_html(**look))
        assert (f"{n} metrics: {SENTENCE}" in words) is (n > MAX_SINGLE)
        assert (f"{len(page.numbers.rows) - 8} more metric" in words) is (n > 12)


@pytest.mark.parametrize(
    ("stem", "names"),
    [
        ("loss_ce", ["loss_ce", "loss_ce_0", "loss_ce_11"]),
        ("loss_ce_unscaled", ["loss_ce_unscaled", "loss_ce_3_unscaled"]),
        ("bbox_AP", ["bbox_AP", "bbox_AP50", "bbox_APs", "bbox_APl"]),
        ("metrics/mAP", ["metrics/mAP50", "metrics/mAP75"]),
        ("top_accuracy", ["top5_accuracy", "top1_accuracy"]),
        ("head/loss", ["head/0/loss", "head/1/loss"]),
        ("7", ["7"]),
        ("接近", ["接近", "接近_2"]),
    ],
)
def test_metrics_are_grouped_by_what_their_names_have_in_common(stem: str, names: list[str]) -> None:
    assert {stem_of(name) for name in names} == {stem}
    assert list(grouped_metrics(names).values()) == [names]


def test_a_page_of_sixty_metrics_is_small() -> None:
    """As DETR logs them: losses of each layer, scaled and not, and the scores of COCO."""
    random = np.random.default_rng(1)
    parts = [f"loss_{part}{layer}" for part in ("ce", "bbox", "giou") for layer in ("", *(f"_{n}" for n in range(5)))]
    scores = [f"bbox_{kind}{size}" for kind in ("AP", "AR") for size in ("", "50", "75", "s", "m", "l")]
    names = ["loss", *parts, *(f"{part}_unscaled" for part in parts), *scores]
    columns = {f"{split}{name}": random.random(50).round(4) for name in names for split in ("", "val_")}
    html = reportgen.build(TrainingHistory.from_columns(range(1, 51), columns)).to_html()
    history = re.search('id="reportgen-history">(.*?)</script>', html)
    assert history is not None
    assert len(html.encode()) - len(history[1].encode()) < 110_000
    assert html.count("<figure") <= MAX_CARDS + 2 + MAX_SMALL
    assert "Thick: loss_ce. Thin: loss_ce_0, loss_ce_1 and 3 more." in html
    assert html.count(' stroke-width="2"/>') == html.count('<figure id="small-')


def test_a_small_chart_names_its_lines_and_says_where_they_begin_and_end() -> None:
    columns = {f"{split}m{n}": np.linspace(9, n, 12) for n in range(8) for split in ("", "val_")}
    columns |= {"val_only": np.linspace(0, 1, 12), "odd": np.r_[np.nan, np.linspace(2, 3, 11)]}
    history = TrainingHistory.from_columns(range(3, 15), columns)
    page = reportgen.build(history, directions={f"m{n}": "lower" for n in range(8)})._page
    both, odd = page.small_charts[0], page.small_charts[-1]
    assert (both.title, both.about) == ("m5", "Thick: validation. Thin: train.")
    assert (both.first, both.last) == ("epoch 3: 9", "14: 5")
    assert [(line.series, line.is_thick) for line in both.lines] == [(1, False), (0, True)]
    assert (odd.title, odd.about, odd.first) == ("odd", "train", "epoch 3: NaN")
    geometry = dict(both.geometry)
    position = [history.position("m5", "validation")], [history.position("m5", "train")]
    assert json.loads(geometry["data-curves"]) == list(position)
    assert json.loads(geometry["data-names"]) == ["validation", "train"]


def test_every_metric_has_a_chart_in_python() -> None:
    report = reportgen.build(judged_among(60))
    assert len(report.charts) == 62
    assert set(report.charts) == {*by_importance(report.history, report.diagnosis), "gap", "learning_rate"}
    assert list(report.charts)[:3] == ["loss", "accuracy", "recall_0"]
    assert report.charts["tone_17"].to_dict()["title"]["text"] == "tone_17"
    assert repr(report.charts).endswith(" and 50 more>")


def test_tables_have_a_bounded_number_of_rows_and_say_so() -> None:
    history = judged_among(900)
    report = reportgen.build(history, baseline=history)
    page = report._page
    assert len(page.values.rows) == MAX_VALUE_ROWS
    assert page.values.note.startswith("400 of 903 curves are listed")
    assert page.comparison is not None
    assert len(page.comparison.rows) <= MAX_VALUE_ROWS + 1
    for words in (check_html(report.to_html()), report.summary()):
        assert page.values.note in words
    letter = write_letter([MailedReport(page, report.diagnosis, b"")], ["report.html"], 25)
    assert page.values.note in render_plain(letter).replace("\n", " ")
    assert {"loss", "val_loss", "accuracy", "aux_loss", "val_recall_0"} <= {row[0] for row in page.values.rows}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (many_outputs, "{} more parts of the loss"),
        (many_notes, "{} more notes are not shown."),
        (judged_among, "{} metrics are shown but not judged"),
    ],
)
def test_text_of_any_kind_does_not_grow_with_the_run(make: Callable[[int], TrainingHistory], said: str) -> None:
    sizes = []
    for n in (600, 1200):
        report = reportgen.build(make(n))
        words = word_report(report.history, report.diagnosis)
        assert max(len(words.outputs), len(words.findings), len(words.notes)) <= MAX_STATEMENTS + 2
        letter = write_letter([MailedReport(report._page, report.diagnosis, b"")], ["report.html"], 25)
        texts = (render_text(words), render_plain(letter), report.summary(), check_html(report.to_html()))
        found = [re.search(said.format(r"(\d+)"), re.sub(r"\s+", " ", text)) for text in texts]
        assert len({match[1] for match in found if match}) == 1
        assert None not in found
        sizes.append([len(text) for text in texts])
    assert all(large < 1.1 * small + 100 for small, large in zip(*sizes, strict=True))


def test_a_note_that_values_are_missing_is_shown_however_many_notes_there_are() -> None:
    assert "contains 1 of its 2 values" in word_report(many_notes(99), reportgen.diagnose(many_notes(99))).notes[0]


@pytest.mark.parametrize(
    ("n", "named", "counted"), [(3, 3, ""), (4, 3, "1 more {one} did"), (9, 3, "6 more {several} did")]
)
@pytest.mark.parametrize(
    ("beside", "words"),
    [
        ({}, {"one": "part of the loss", "several": "parts of the loss", "named": r"The head\d part of the loss"}),
        ({"good_accuracy": True}, {"one": "output", "several": "outputs", "named": r"Output head\d: "}),
    ],
)
def test_the_verdict_names_the_first_outputs_that_did_worse(
    n: int, named: int, counted: str, beside: dict[str, bool], words: dict[str, str]
) -> None:
    learning, broken = np.linspace(1.0, 0.4, 12), np.full(12, np.nan)
    broken[:3] = 1.0
    columns = {"loss": learning} | {f"head{place}_loss": broken for place in range(n)} | {"good_loss": learning}
    columns |= dict.fromkeys(beside, 1 - learning)
    diagnosis = reportgen.diagnose(columns)
    if diagnosis.verdict == "diverged":  # a broken curve of an output breaks the run
        diagnosis = replace(diagnosis, verdict="finished")
    text = word_judgement(diagnosis).verdict_words.text
    assert len(re.findall(words["named"], text)) == named
    assert counted.format(**words) in text


def test_a_mail_about_a_run_with_many_notes_and_outputs_fits() -> None:
    for history in (many_notes(400), many_outputs(60)):
        text = reportgen.build(history).email("ada@example.org").get_body(("plain",))
        assert text is not None
        assert "more" in text.get_content()


@pytest.mark.parametrize("kind", ["probe{}/tone", "head{}_loss"])
def test_2000_metrics_cost_at_most_8_times_as_much_as_24(kind: str) -> None:
    def seconds(n: int) -> float:
        history = run_of("loss", "val_loss", *(kind.format(place) for place in range(n - 1)))
        started = time.process_time()
        reportgen.build(history).to_html()
        return time.process_time() - started

    seconds(1)  # starts the engine
    few = min(seconds(24) for _ in range(2))
    assert min(seconds(2000) for _ in range(2)) < 8 * few  # neither has more than a few large charts
