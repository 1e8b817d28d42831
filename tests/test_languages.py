"""Reports in other languages have no English words left, and differ in words only."""

import importlib.util
import io
import itertools
import re
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import histories
import pytest
from all_runs import ALL
from babel.messages.pofile import read_po
from html_check import check_html
from rich.cells import cell_len

import reportgen
from reportgen import LanguageError, TrainingHistory
from reportgen.diagnosis.settings_compared import run_settings
from reportgen.formatting import duration
from reportgen.history.facts import RunFacts
from reportgen.history.notes import Note
from reportgen.languages import ENGLISH, available, language
from reportgen.outputs.terminal_text import WIDTH, render_text, wrapped
from reportgen.page.words import word_report
from reportgen.wording.notes import SENTENCES, word_note

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / ".ci" / "translations.py"
CHINESE = language("zh-CN")
SAMPLES = sorted((ROOT / "sample_reports" / "histories").glob("*.json"))
RUNS = {name: make for name, make in ALL.items() if name != "hostile_names"}
# Words that stay as they are: code, file names, symbols.
CODE = frozenset(
    re.findall(
        "[A-Za-z_]+",
        "EarlyStopping(monitor=val_loss, mode=max, patience=3, restore_best_weights=True) clipnorm validation_data fit "
        "validation_split class_weight direction higher lower reportgen.load report.html Python NaN LR UTC ms Keras "
        "BackupAndRestore TerminateOnNaN History dropout validation_freq monitor run docs/verdicts.md",
    )
)


WORDED = frozenset({"title", "text", "headline", "detail", "advice"})


def judged(make, lang="zh-CN", **options):
    return reportgen.build(make(), language=lang, **options)


def english_left(text: str, *histories: TrainingHistory) -> set[str]:
    """The English words in a text, without code, codes and names of rules, names from the logs and of settings."""
    text = re.sub(r"\bRG\d{3}\b(?: [a-z-]+)?", "", text)
    names = [[*history.keys, str(astuple(history.run)), *run_settings(history)] for history in histories]
    known = " ".join([*CODE, *itertools.chain(*names)]).lower()
    return {word for word in re.findall(r"[A-Za-z_]{2,}", text) if word.lower() not in known}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("translations", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_text_is_translated_into_every_language_with_the_same_placeholders():
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("said", "fault"),
    [("", "is not translated"), ("第 {best} 轮", "has other placeholders"), ("第 {epoch} 轮", None)],
)
def test_a_missing_translation_and_a_wrong_placeholder_are_found(script, said, fault):
    wanted = script.Catalog()
    wanted.add("Epoch {epoch}.")
    own = read_po(io.StringIO(f'msgid "Epoch {{epoch}}."\nmsgstr "{said}"\n'))
    found = script.faults(own, wanted)
    assert (fault is None) == (found == [])
    assert fault is None or fault in found[0]


@pytest.mark.parametrize("name", RUNS)
def test_no_english_is_left_on_a_chinese_page(name):
    report = judged(RUNS[name], title="")
    html = report.to_html()
    words = check_html(html) + " ".join(re.findall(r'aria-label="([^"]*)"', html))
    assert english_left(words, report.history) == set()
    assert '<html lang="zh-CN">' in html


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_no_english_is_left_in_a_real_report_with_a_baseline_or_in_the_terminal(path):
    report = reportgen.build(path, language="zh-CN", baseline=SAMPLES[-2])
    words = check_html(report.to_html()) + render_text(word_report(report.history, report.diagnosis))
    assert english_left(words, report.history, reportgen.load(SAMPLES[-2])) == set()


@pytest.mark.parametrize("name", RUNS)
def test_only_words_change_with_the_language(name):
    def facts(said):
        if isinstance(said, dict):
            return {key: facts(value) for key, value in said.items() if key not in WORDED}
        return list(map(facts, said)) if isinstance(said, list) else said

    pair = [facts(judged(RUNS[name], lang).diagnosis.to_dict()) for lang in ("en", "zh-CN")]
    assert pair[0] == pair[1]


def test_chinese_sentences_have_the_numbers_of_the_english_ones():
    for make in RUNS.values():
        pair = [judged(make, lang).diagnosis for lang in ("en", "zh-CN")]
        for one, other in zip(*([*d.finding_words, d.verdict_words] for d in pair), strict=True):
            figures = [sorted(re.findall(r"\d+(?:\.\d+)?", words.title + words.text)) for words in (one, other)]
            assert set(figures[0]) <= set(figures[1]) | {"1"}, (one, other)


@pytest.mark.parametrize("code", ["zh-CN", "zh-cn", "zh_CN", " ZH-CN "])
def test_language_codes_ignore_case_and_separators(code):
    assert language(code) is not ENGLISH
    assert language(code).code == "zh-CN"


def test_an_unknown_language_is_refused_in_one_line():
    with pytest.raises(LanguageError, match='"xx" is not a report language; one of "en", "zh-CN" is needed') as caught:
        reportgen.build({"loss": [1.0, 0.5]}, language="xx")
    assert "\n" not in str(caught.value)
    assert available() == ["en", "zh-CN"]


def test_a_text_without_a_translation_appears_in_english():
    assert CHINESE.say("Not in any {thing}.", thing="catalogue") == "Not in any catalogue."


def test_chinese_letters_have_a_space_beside_latin_letters_and_numbers():
    values = {"code": "fit()", "value": "−0.5", "share": "<0.1%", "option": "--direction", "key": "val_loss"}
    said = CHINESE.say("在{code}中为{value}，差{share}，用{option}或（{key}）", **values)
    assert said == "在 fit() 中为 −0.5，差 <0.1%，用 --direction 或（val_loss）"


def test_names_that_look_like_placeholders_do_not_change():
    name = "loss {0} {epoch} %s"
    report = reportgen.build({name: [1.0, 0.5, 0.4]}, language="zh-CN")
    assert "{0} {epoch} %s" in check_html(report.to_html())


@pytest.mark.parametrize("name", ["overfit_from_12", "two_outputs", "surer"])
def test_chinese_lines_keep_to_the_width_of_the_terminal(name):
    report = judged(RUNS[name])
    words = word_report(report.history, report.diagnosis)
    for width in range(40, WIDTH + 1, 3):
        lines = render_text(words, width=width).splitlines()
        paragraphs = [line.strip() for line in lines if line.startswith(" ")]
        assert max(map(cell_len, paragraphs)) <= width
        assert not [line for line in paragraphs if line[0] in "，。、；：？！）”" or line[-1] in "（“"]
    assert max(map(cell_len, lines)) <= WIDTH


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("损失下降了，精度上升", ["损失下降", "了，精度上", "升"]),
        ("已达到最佳值，之后", ["已达到最佳", "值，之后"]),
        ("训练损失（loss）", ["训练损失", "（loss）"]),
        ("在 fit() 中传入", ["在 fit() 中", "传入"]),
        ("one two  three", ["one two ", "three"]),
        ("abcdefghijklmn", ["abcdefghijkl", "mn"]),
    ],
)
def test_chinese_punctuation_stays_with_its_words(text, lines):
    assert wrapped(text, width=12 if text.isascii() else 11).split("\n") == [line.rstrip() for line in lines]


def test_no_space_is_before_a_wide_bracket():
    report = judged(RUNS["overfit_from_12"])
    for text in (str(report.diagnosis), render_text(word_report(report.history, report.diagnosis))):
        assert "（" in text
        assert " （" not in text


@pytest.mark.parametrize("code", SENTENCES)
def test_a_note_on_how_a_log_was_read_is_translated_with_its_numbers(code):
    places = sorted(set(re.findall(r"{(\w+)}", SENTENCES[code])))
    note = Note.of(code, **{place: number for number, place in enumerate(places, start=71)})
    translated = word_note(note, CHINESE)
    assert translated != word_note(note, ENGLISH)
    assert not set(re.findall(r"[A-Za-z_]{3,}", re.sub(r"--[a-z-]+", "", translated))) - CODE
    assert sorted(re.findall(r"\d+", translated)) == sorted(str(value) for _, value in note.values)


def test_a_note_that_the_user_wrote_is_not_translated():
    run = RunFacts(notes=(Note.of("text", text="Trained on my laptop."),))
    of = TrainingHistory(histories.healthy().frame, run)
    assert "Trained on my laptop." in check_html(reportgen.build(of, language="zh-CN").to_html())


def test_time_spans_are_translated():
    assert duration(200, CHINESE) != duration(200)
    assert not re.search("[a-z]", duration(90_000, CHINESE))
