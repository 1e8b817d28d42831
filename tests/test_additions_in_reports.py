"""Notes, figures and tables on the page, in mail, in Markdown, and in the reports of runs in progress."""

import base64
import contextlib
import email
import email.policy
import json
import re
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import histories
import numpy as np
import pytest
from command_line import call
from html_check import check_html
from mail_check import check_mail
from pictures import SVG, jpeg, png

import reportgen
from reportgen.history.additions import AddedNote, AddedTable
from reportgen.history.facts import RunFacts
from reportgen.lightning import _LightningHooks
from reportgen.live import recording
from reportgen.live.targets import Targets
from reportgen.page.markdown_text import render_note
from reportgen.transformers import _TrainerHooks

CHART = SVG.format("<path d='M0 0L9 9' stroke='#000'/>").encode()
NOTE = "# Why\n\nWe tried **two** [models](https://example.org/models).\n\n| a | b |\n|---|--:|\n| x | 1 |\n"


def full() -> reportgen.Report:
    """A report with one addition of each kind."""
    report = reportgen.build(histories.healthy(), title="First try", tags=("resnet", "baseline"))
    report.add_note(NOTE)
    report.add_figure(CHART, title="Curve", caption="Drawn later.")
    report.add_figure(jpeg(300, 200), alt="A photo of a cat")
    report.add_table({"model": ["a", "b"], "accuracy": [0.5, 0.25]}, title="Rivals", caption="On the same data.")
    return report.add_samples(np.zeros((2, 8, 8)), ["cat", "dog"], ["cat", "cat"], title="Samples")


def test_a_page_shows_all_additions_and_is_still_sound() -> None:
    report = full()
    html = report.to_html()
    words = check_html(html)
    for text in (
        "Notes and figures",
        "Why",
        "We tried",
        "Curve",
        "Drawn later.",
        "Rivals",
        "On the same data.",
        "0.25",
    ):
        assert text in words
    assert "resnet, baseline" in words
    assert html.count('src="data:image/') == 3
    assert 'alt="Curve"' in html
    assert 'alt="A photo of a cat" width="300" height="200"' in html
    assert "cat → cat; dog → cat" in html
    assert '<a href="https://example.org/models" rel="noopener noreferrer">models</a>' in html
    assert '<td align="right">1</td>' in html
    assert html == report.to_html()


def test_a_page_without_additions_has_none_of_their_style() -> None:
    html = reportgen.build(histories.healthy()).to_html()
    assert "Notes and figures" not in html
    assert ".written" not in html


@pytest.mark.parametrize("static", [False, True])
def test_what_was_added_survives_in_the_page_without_pictures_twice(tmp_path: Path, static: bool) -> None:
    report = full().add_figure(png(3, 2, text="x"))
    path = report.save(tmp_path / "report.html", static=static)
    loaded = reportgen.load(path)
    assert loaded == report.history
    picture = report.history.run.additions[1].data  # type: ignore[union-attr]
    assert path.read_text("utf-8").count(picture) == 1
    again = reportgen.build(loaded)
    assert again.to_html() == report.to_html()


def test_a_page_that_lacks_a_picture_says_so_when_it_is_read(tmp_path: Path) -> None:
    path = full().save(tmp_path / "report.html")
    html = path.read_text("utf-8")
    hidden = base64.b64encode(SVG.format("<script>alert(1)</script>").encode()).decode()
    for old, new in (
        (r'(id="added-picture-1" src="data:image/svg\+xml;base64,)[^"]*', rf"\g<1>{hidden}"),
        (r'<img id="added-picture-2"[^>]*>', ""),
    ):
        html = re.sub(old, new, html)
    path.write_text(html, "utf-8")
    report = reportgen.build(path)
    assert len(report.history.run.additions) == 3
    assert "lacks pictures of its figures: 2." in check_html(report.to_html())


ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//example.org/x)",
    "[x](../secret.html)",
    "[x](#findings)",
    "![x](https://example.org/x.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '[x](https://example.org "onclick=alert(1)")',
    '<https://example.org/"onclick=alert(1)>',
    "[x]: javascript:alert(1)\n\n[x]",
    "</section></main><style>body { display: none }</style>",
    "</template></script><script>alert(1)</script>",
    "```html onclick=alert(1)\n</code></pre><script>alert(1)</script>\n```",
    "<!-- --><iframe srcdoc='<script>alert(1)</script>'>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;script&#62;",
    "\x1b[31m \u202e \u2028 ##vso[task.complete] \x00",
    "{{ 7 * 7 }} {% include 'x' %}",
    "| a |\n|---|\n| <img src=x> ![y](https://example.org/y) |",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_a_note_or_a_title_runs_loads_or_breaks_the_page(attack: str) -> None:
    report = reportgen.build(histories.one_epoch())
    report.add_note(attack).add_table({attack: [attack]}, title=attack, caption=attack)
    report.add_figure(png(), title=attack, caption=attack, alt=attack)
    html = report.to_html()
    check_html(html)
    shown = html[html.index('id="additions"') : html.index("</main>")]
    assert not re.search(r"<(script|style|iframe|template)\b", shown)
    assert set(re.findall(r'<img [^>]*?src="([^"]{10})', shown)) == {"data:image"}
    assert all(link.startswith("https://example.org") for link in re.findall(r'href="([^"]*)"', shown))
    assert "49" not in re.sub(r'src="[^"]*"', "", shown)
    check_mail(report.email("ada@example.org"))


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# A\n\n##### B", "<h3>A</h3>\n<h6>B</h6>\n"),
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>\n"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("![a *b*](x.png) c", "<p>a b c</p>\n"),
        (
            "[a](x.md) [b *c*](https://x.org) d",
            '<p>a <a href="https://x.org" rel="noopener noreferrer">b <em>c</em></a> d</p>\n',
        ),
        ("> a  \n> b", "<blockquote>\n<p>a<br>\nb</p>\n</blockquote>\n"),
        ("    a < b", "<pre><code>a &lt; b\n</code></pre>\n"),
    ],
)
def test_markdown_is_shown_as_written(markdown: str, html: str) -> None:
    assert render_note(markdown) == html


@pytest.mark.parametrize(
    "part",
    ["[", "*a ", "`", "![](", "> ", "- ", "| a ", "_a_*", "[a](", "<", "&", "\\", "#", "    x\n", "~~", "a|b\n-|-\n"],
)
def test_no_note_takes_long(part: str) -> None:
    begun = time.perf_counter()
    render_note(part * (20_000 // len(part)))
    assert time.perf_counter() - begun < 8


@pytest.mark.parametrize("text", ["> " * 90 + "deep", "- " * 90 + "deep", "- a\n\n" + "  " * 60 + "> deep"])
def test_a_note_that_is_nested_deeply_loses_nothing(text: str) -> None:
    assert "deep" in str(render_note(text))


def test_a_small_table_does_not_become_a_huge_one() -> None:
    few_bars = "|" * 800 + "\n" + "|-" * 799 + "|\n" + "|\n" * 20_000
    assert len(str(render_note(few_bars))) < 3 * len(few_bars)
    assert str(render_note("|a|b|\n|-|-|\n" + "|1|2|\n" * 900)).count("<tr>") == 901


HOSTILE_NOTES = [
    "<script>alert(1)</script>",
    "<iframe src=https://evil.example></iframe><img src=https://evil.example/x.png onerror=alert(1)>",
    "![x](https://evil.example/x.png) ![y][z]\n\n[z]: https://evil.example/y.png",
    "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](&#106;avascript:alert(1)) <javascript:alert(1)>",
    "[a](data:text/html,x) [b](vbscript:x) [c](//evil.example/x) [d](file:///etc/passwd)",
    "</div></section></main></body></html><!-- <style> <textarea> <plaintext> <svg><style>",
    "<p style='position:fixed;inset:0'>x</p>\n\n<style>* { display: none }</style>",
    '[x](https://example.org "t\\" onmouseover=alert(1) ")',
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "{{ 7 * 7 }} {% include 'x' %} a\0b \x1b[31m \u202e",
]


def test_nothing_of_a_hostile_note_runs_loads_or_breaks_the_page() -> None:
    report = reportgen.build(histories.one_epoch())
    for text in HOSTILE_NOTES:
        report.add_note(text)
        html = str(render_note(text))
        tags = dict.fromkeys(re.findall(r"</?([a-z0-9]+)", html))
        assert set(tags) <= {"p", "a", "pre", "code"}
        for attribute, value in re.findall(r'<[^>]*? (\w+)="([^"]*)"', html):
            assert attribute in ("href", "title", "rel")
            assert attribute != "href" or value.startswith("https://example.org")
    check_html(report.to_html())


def test_a_grid_of_samples_scrolls_on_a_narrow_page_as_its_labels_would_be_too_small() -> None:
    report = reportgen.build(histories.one_epoch()).add_figure(np.zeros((4, 4)), title="Plain")
    report.add_samples(np.zeros((9, 8, 8)), list("abcabcabc"), list("abcabcabb"), title="Grid")
    html = report.to_html()
    assert re.findall(r'class="scroll" tabindex="0" role="group" aria-label="(Plain|Grid)">\s*<img', html) == ["Grid"]
    check_html(html)


def test_without_its_packages_a_note_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nh3", None)
    report = reportgen.build(histories.one_epoch())
    with pytest.raises(reportgen.MissingExtraError, match=r"keras-reportgen\[sections\]"):
        report.add_note(NOTE)
    run = replace(report.history.run, additions=(AddedNote("# A <b>\n\nB"),))
    html = reportgen.build(report.history.with_run(run)).to_html()
    check_html(html)
    assert '<p class="written plain" dir="auto"># A &lt;b&gt;\n\nB</p>' in html


def test_a_mail_shows_notes_as_text_and_figures_as_pictures() -> None:
    message = full().email("ada@example.org")
    words = check_mail(message)
    for text in ("Notes and figures", "We tried **two**", "Curve", "Drawn later.", "Rivals", "0.25", "thick frame"):
        assert text in words
    plain = "\n".join(message.get_body(("plain",)).get_content().splitlines())  # type: ignore[union-attr]
    for text in ("We tried **two**", "- Curve", "- A photo of a cat", "Rivals\nmodel  accuracy"):
        assert text in plain
    pictures = {part.get_filename(): part.get_content_type() for part in message.walk() if part.get_filename()}
    assert [pictures[f"figure-{n}.{kind}"] for n, kind in ((1, "png"), (2, "jpg"), (3, "png"))] == [
        "image/png",
        "image/jpeg",
        "image/png",
    ]


def test_a_mail_says_what_it_leaves_out() -> None:
    report = reportgen.build(histories.healthy())
    for number in range(6):
        report.add_figure(png(3, 2 + number), alt=f"Figure {number}")
    report.add_note("word " * 9_000).add_note("no space is left")
    words = check_mail(report.email("ada@example.org"))
    assert "The rest is in the attached report." in words
    assert "3 more notes, figures and tables are in the attached report." in words
    report = reportgen.build(histories.healthy()).add_table({"a": range(1_000)})
    assert re.search(r"\d{3} more rows are in the attached report\.", check_mail(report.email("ada@example.org")))


def test_the_body_of_a_mail_stays_small_whatever_is_added() -> None:
    report = reportgen.build(histories.one_epoch())
    for number in range(5):
        report.add_figure(jpeg(), title="x" * 200, alt="x" * 2_000, caption=f"{number}" * 2_000)
    wide = {f"column {n} {'x' * 280}": ["x" * 300] * 9 for n in range(50)}
    for _ in range(4):
        report.add_table(wide, title="x" * 200, caption="x" * 2_000)
        report.add_table({"a": ["1"] * 500}).add_note("&<>\"'\n\n" * 900)
    check_mail(report.email("ada@example.org"))


def test_a_summary_in_markdown_has_the_texts_and_tables() -> None:
    text = full().summary()
    assert "### Notes and figures" in text
    assert "- Curve" in text
    assert "### Rivals" in text
    assert "| b | 0.25 |" in text


def test_adding_keeps_the_verdict_and_returns_the_report() -> None:
    report = reportgen.build(histories.healthy())
    verdict, before = report.verdict, report.to_html()
    assert report.add_note("x") is report
    assert report.verdict == verdict
    assert report.to_html() != before
    assert report.to_dict().keys() == reportgen.build(histories.healthy()).to_dict().keys()
    assert full().to_dict()["tags"] == ["resnet", "baseline"]


def test_a_stored_report_with_a_hostile_addition_is_refused() -> None:
    run = RunFacts(additions=(AddedTable(("a",), (("1",),)),))
    text = histories.one_epoch().with_run(run).to_json().replace('"kind":"table"', '"kind":"figure"')
    with pytest.raises(reportgen.HistoryError, match="is damaged"):
        reportgen.TrainingHistory.from_json(text)


class NoWatcher:
    """A watcher that writes nothing."""

    def __init__(self, job: str) -> None:
        pass

    def leave(self) -> None:
        pass

    def finish(self) -> None:
        pass


@pytest.fixture
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "Watcher", NoWatcher)


def log(run: reportgen.Recorder, epochs: int = 3, first: int = 1) -> None:
    for epoch in range(first, first + epochs):
        run.log(epoch=epoch, loss=1 / epoch, val_loss=1 / epoch)


@pytest.mark.usefixtures("drawn_once")
def test_a_recorder_takes_additions_before_during_and_after_the_training(tmp_path: Path) -> None:
    run = reportgen.Recorder(tmp_path / "report.html", tags="a", verbose=0)
    run.add_note("before")
    with run:
        run.add_note("at the beginning")
        log(run)
        run.add_table({"a": [1]})
        text = (tmp_path / "report.journal").read_text()
        assert [json.loads(line)["add"]["kind"] for line in text.splitlines() if '"add"' in line] == [
            "note",
            "note",
            "table",
        ]
    run.add_figure(png())
    history = reportgen.load(tmp_path / "report.html")
    assert run.report is not None
    assert history == run.report.history
    assert [type(each).__name__ for each in history.run.additions] == [
        "AddedNote",
        "AddedNote",
        "AddedTable",
        "AddedFigure",
    ]
    assert history.run.tags == ("a",)
    assert len(history.epochs) == 3


@pytest.mark.usefixtures("drawn_once")
def test_additions_may_come_between_the_parts_of_an_epoch(tmp_path: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), reportgen.Recorder(tmp_path / "report.html", verbose=0) as run:
        for epoch in (1, 2):
            run.log(epoch=epoch, loss=1.0)
            run.add_note(f"epoch {epoch}")
            run.log(epoch=epoch, val_loss=2.0)
        raise KeyboardInterrupt
    for source in ("report.html", "report.journal"):
        history = reportgen.load(tmp_path / source)
        assert history.epochs.tolist() == [1, 2]
        assert history.series("loss", "validation").tolist() == [2.0, 2.0]
        assert len(history.run.additions) == 2


@pytest.mark.parametrize("hooks", [_LightningHooks, _TrainerHooks])
def test_callbacks_of_other_frameworks_take_additions(tmp_path: Path, hooks: type) -> None:
    callback = hooks(tmp_path / "report.html", tags=("a", "b"))
    assert callback.add_note("x").add_table({"a": [1]}) is callback
    assert len(callback._session._added) == 2


@pytest.mark.usefixtures("drawn_once")
@pytest.mark.parametrize("kept", ["report.html", "report.journal"])
def test_a_resumed_training_has_what_was_added_before_and_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    path = tmp_path / "report.html"
    with contextlib.suppress(KeyboardInterrupt), reportgen.Recorder(path, verbose=0) as run:
        run.add_note("of the program").add_figure(png())
        log(run)
        raise KeyboardInterrupt
    (path if kept != path.name else path.with_suffix(".journal")).unlink()
    defaults = Targets.__init__.__defaults__ or ()
    monkeypatch.setattr(Targets.__init__, "__defaults__", (*defaults[:-1], time.time() + 60))  # another process
    with reportgen.Recorder(path, verbose=0) as run:
        run.add_note("of the program").add_note("later")
        log(run, first=4)
    history = reportgen.load(path)
    assert len(history.epochs) == 6
    assert [getattr(each, "markdown", "figure") for each in history.run.additions] == [
        "of the program",
        "figure",
        "later",
    ]


def test_a_damaged_addition_in_a_journal_is_left_out_with_a_note(tmp_path: Path) -> None:
    lines = [
        {"schema": "reportgen/journal/1", "id": "1", "run": {}},
        {"add": {"kind": "note", "markdown": "sound"}},
        {"add": {"kind": "figure", "type": "image/svg+xml", "data": "PHNjcmlwdD4=", "width": 1, "height": 1}},
        {"epoch": 1, "seconds": 1.0, "values": {"loss": 1.0}},
    ]
    path = tmp_path / "report.journal"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = reportgen.load(path).run
    assert run.additions == (AddedNote("sound"),)
    assert [(note.code, note.get("names")) for note in run.notes] == [("odd-cells", ("additions",))]


@pytest.mark.usefixtures("drawn_once")
def test_what_cannot_be_added_is_one_warning_and_training_goes_on(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught, reportgen.Recorder(tmp_path / "report.html", verbose=0) as run:
        warnings.simplefilter("always")
        log(run)
        run.add_figure(None).add_figure(b"GIF89a").add_table(5)
    assert [str(each.message).partition(";")[0] for each in caught] == [
        "reportgen could not add a figure: the figure is of type NoneType",
        "reportgen could not add a table: the table is of type int, which pandas cannot turn into a table "
        "(ValueError). Pass a DataFrame.",
    ]
    assert run.report is not None
    assert run.report.history.run.additions == ()


def test_the_example_in_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[1] / "docs" / "notes.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    run = reportgen.load("report.html").run
    assert [type(each).__name__ for each in run.additions] == ["AddedNote", "AddedTable", "AddedFigure", "AddedFigure"]
    assert run.tags == ("resnet", "baseline")


def test_the_command_line_adds_files_and_tags(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n1,0.9,0.9\n2,0.5,0.6\n3,0.4,0.5\n")
    (tmp_path / "notes.md").write_text(NOTE)
    (tmp_path / "roc.png").write_bytes(png())
    done = call(
        "build", "log.csv", "--note", "notes.md", "--figure", "roc.png", "--tag", "a", "--tag", "b", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    history = reportgen.load(tmp_path / "report.html")
    assert [type(each).__name__ for each in history.run.additions] == ["AddedNote", "AddedFigure"]
    assert history.run.additions[1].title == "roc"  # type: ignore[union-attr]
    assert history.run.tags == ("a", "b")


def test_ci_and_email_add_files_to_the_report_of_one_source(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n1,0.9,0.9\n2,0.5,0.6\n3,0.4,0.5\n")
    (tmp_path / "notes.md").write_text(NOTE)
    (tmp_path / "roc.png").write_bytes(png())
    files = ["--note", "notes.md", "--figure", "roc.png"]
    mail = ["email", "log.csv", "--to", "ada@example.org", "--force", "--eml"]
    done = call("ci", "log.csv", *files, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(reportgen.load(tmp_path / "report" / "report.html").run.additions) == 2
    done = call(*mail, "mail.eml", *files, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    message = email.message_from_bytes((tmp_path / "mail.eml").read_bytes(), policy=email.policy.default)
    html = next(part.get_content() for part in message.walk() if part.get_content_type() == "text/html")
    assert re.search(r"<h3[^>]*>\s*roc\s*</h3>", html)
    for words in (["ci", "log.csv"], [*mail, "two.eml"]):
        said = call(*words, "log.csv", *files, cwd=tmp_path).stderr
        assert "--note is added to one report, but 2 sources were given" in " ".join(said.split())
    assert call(*mail, "notes.md", *files, cwd=tmp_path).returncode == 2
    assert (tmp_path / "notes.md").read_text() == NOTE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--note", "missing.md"], "missing.md: it cannot be read"),
        (["--figure", "log.csv"], "log.csv: it is not a PNG, JPEG or SVG picture"),
        (["--tag", " "], 'tags is "'),
    ],
)
def test_the_command_line_says_what_cannot_be_added(tmp_path: Path, arguments: list[Any], words: str) -> None:
    (tmp_path / "log.csv").write_text("epoch,loss\n1,0.9\n2,0.5\n")
    done = call("build", "log.csv", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "report.html").exists()
