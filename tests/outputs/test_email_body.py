"""The HTML of mails uses only what clients show, and the checker for that finds faults."""

import io
import re

import histories
import pytest
from mail_check import body_faults, check_mail
from PIL import Image

import reportgen
from reportgen.charts.png import render_png
from reportgen.history.notes import Note

TO = "ada@example.org"
GOOD = '<!doctype html><html lang="en"><head></head><body>{}</body></html>'


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_every_run_makes_a_mail_that_clients_show(make):
    report = reportgen.build(make(), title=make.__name__, baseline=histories.healthy())
    words = check_mail(report.email(TO))
    assert report.diagnosis.verdict_words.title in words
    answers = [row.answer for row in report._page.answers]
    for said in (report.diagnosis.verdict_words.text, *report.diagnosis.verdict_words.advice, *answers):
        assert " ".join(said.split()) in words
    assert not re.search(r"\b(None|nan|undefined)\b", words)


def test_a_digest_is_a_mail_that_clients_show():
    makes = (histories.healthy, histories.two_outputs, histories.diverged_at_7, histories.one_epoch)
    reports = [reportgen.build(make(), title=make.__name__) for make in makes]
    words = check_mail(reportgen.email_reports(reports, TO))
    for report in reports:
        assert report.diagnosis.verdict_words.title in words


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        "<svg></svg>",
        '<a href="#x">x</a>',
        '<a href="https://example.org">x</a>',
        '<p id="x">x</p>',
        '<p onclick="x()">x</p>',
        '<img src="data:image/png;base64,AA" alt="x" width="1">',
        '<img src="https://example.org/x.png" alt="x" width="1">',
        '<img src="cid:x" width="1">',
        '<img src="cid:x" alt="x">',
        '<td background="x.png">x</td>',
        "<style>p { color: red }</style>",
        "<form></form>",
        "<details><summary>x</summary></details>",
        "<div>x</div>",
        "<iframe></iframe>",
        "<p>x",
        "<!-- x -->",
        *(
            f'<p style="{style}">x</p>'
            for style in (
                "display:flex", "display:grid", "position:absolute", "background-image:url(x.png)", "color:var(--ink)",
                "background:url(x)", "margin:-1px", "margin:0 auto", "padding:1px", "float:left", "width:calc(1px)",
                "color:rgb(0,0,0)", "height:10px", "behavior:x", "font-family:'X'", "transform:none", "opacity:0",
            )
        ),
    ],
)  # fmt: skip
def test_the_checker_finds_faults_in_the_body(bad):
    assert body_faults(GOOD.format("<p>x</p>"))[0] == []
    assert body_faults(GOOD.format(bad))[0]


@pytest.mark.parametrize(
    "head",
    [
        "p { color: #000000 }",
        "@media screen { p { background: url(x) } }",
        "@import 'x';",
        "@media screen { p { display: flex } }",
        "@media screen { " + "p { color: #000000 } " * 500 + "}",
    ],
)
def test_the_checker_finds_faults_in_the_head(head):
    html = GOOD.replace("<head></head>", f"<head><style>{head}</style></head>")
    assert body_faults(html.replace("{}", "x"))[0]


def test_hostile_text_stays_text_in_every_place():
    bad = "</td><script>alert(1)</script>\"'&<!--"
    run = reportgen.RunFacts(
        title=bad, model_name=bad, optimizer=bad, loss=bad, optimizer_settings=((bad, bad),), versions=((bad, bad),),
        started_at=bad, notes=(Note.of("text", text=bad), Note.of(bad, a=bad)),
    )  # fmt: skip
    columns = {bad: [3.0, 2.0, 1.0], "val_" + bad: [3.0, 2.0, 1.5], "loss": [3.0, 2.0, 1.0]}
    history = reportgen.TrainingHistory.from_columns([1, 2, 3], columns, run)
    report = reportgen.build(history, baseline=history)
    for message in (report.email(TO, subject=bad), reportgen.email_reports([report, report], TO, title=bad)):
        assert bad in check_mail(message)


@pytest.mark.parametrize("make", [histories.overfit_from_12, histories.diverged_at_7], ids=lambda make: make.__name__)
def test_a_picture_shows_the_chart_on_white_in_few_colours_and_at_twice_the_size(make):
    report = reportgen.build(make())
    message = report.email(TO)
    chart = report._page.charts[0]
    width = float(re.search(r'width="([\d.]+)"', chart.svg)[1])
    part = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert f'width="{width:g}"' in message.get_body(("html",)).get_content()
    with Image.open(io.BytesIO(part.get_content())) as small, Image.open(io.BytesIO(render_png(chart.svg, 2))) as whole:
        assert small.width == 2 * width
        assert small.mode == "P"
        assert len(small.getcolors()) <= 64
        pixels, wanted = small.convert("RGB"), whole.convert("RGB")
        assert pixels.getpixel((1, 1)) == (255, 255, 255)
        exact, kept = ({colour: n for n, colour in image.getcolors(100_000)} for image in (wanted, pixels))
        for colour in ((111, 143, 168), (10, 79, 143)):  # the two curves keep their colours
            assert kept[colour] >= exact[colour]
    assert len(part.get_content()) < 40_000


def test_a_shaded_range_keeps_its_colour():
    """vl-convert 1.9 turns it grey on a transparent background."""
    report = reportgen.build(histories.overfit_from_12())
    with Image.open(io.BytesIO(render_png(report._page.charts[0].svg, 2))) as picture:
        colours = sorted(picture.convert("RGB").getcolors(100_000), reverse=True)
    shade, white = sorted(colour for _, colour in colours[:2])
    assert white == (255, 255, 255)
    assert shade[0] > shade[1] > shade[2], "a tint of orange"
