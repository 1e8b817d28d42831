"""A mail lists the worst run first, and says what it leaves out."""

from dataclasses import replace

import histories
import pytest

import reportgen
from reportgen.outputs.email.letter import MAX_DIGEST_CHARTS, MailedReport, sort_by_gravity, write_letter
from reportgen.outputs.email.plain import render_plain


def run(make, title=None):
    report = reportgen.build(make(), title=title or make.__name__)
    return MailedReport(report._page, report.diagnosis, b"<p>")


def titles(runs):
    return [run.page.title for run in runs]


@pytest.fixture(scope="module")
def runs():
    makes = (
        histories.healthy,
        histories.still_improving,
        histories.one_epoch,
        histories.overfit_from_12,
        histories.not_learning,
        histories.diverged_at_7,
    )
    return [run(make) for make in makes]


def with_likelihood(run, verdict, question, probability):
    answers = {**run.diagnosis.answers}
    answers[question] = replace(answers[question], probability=probability)
    title = f"{verdict} {probability}"
    diagnosis = replace(run.diagnosis, verdict=verdict, answers=answers)
    return MailedReport(replace(run.page, title=title), diagnosis, run.html)


def test_the_worst_verdict_comes_first(runs):
    expected = ["diverged_at_7", "not_learning", "overfit_from_12", "one_epoch", "still_improving", "healthy"]
    assert titles(sort_by_gravity(runs)) == expected
    assert titles(sort_by_gravity(runs[::-1])) == expected


@pytest.mark.parametrize(
    ("verdict", "question", "order"),
    [
        ("diverged", "diverged", (0.99, 0.9, 0.85)),
        ("not-learning", "learning", (0.01, 0.1, 0.15)),
        ("overfitting", "overfitting", (0.99, 0.9, 0.85)),
        ("unstable", "overfitting", (0.7, 0.5, 0.3)),
        ("large-gap", "overfitting", (0.7, 0.5, 0.3)),
        ("unclear", "overfitting", (0.7, 0.5, 0.3)),
        ("still-improving", "more_training_helps", (0.99, 0.9, 0.85)),
        ("finished", "overfitting", (0.2, 0.1, 0.01)),
    ],
)
def test_of_equal_verdicts_the_more_certain_one_comes_first_and_the_healthiest_last(runs, verdict, question, order):
    likely = [with_likelihood(runs[0], verdict, question, probability) for probability in order]
    for given in (likely, likely[::-1], [likely[1], likely[0], likely[2]]):
        assert titles(sort_by_gravity(given)) == titles(likely)


def test_equal_runs_keep_their_order(runs):
    same = [MailedReport(replace(runs[0].page, title=name), runs[0].diagnosis, b"") for name in "cab"]
    assert titles(sort_by_gravity(same)) == ["c", "a", "b"]


def test_a_single_run_is_complete_and_names_the_attached_report(runs):
    letter = write_letter([runs[0]], ["healthy-report.html"], 400)
    (section,) = letter.sections
    assert section.page == runs[0].page
    assert letter.headline == runs[0].page.headline
    assert letter.subject == f"healthy: {runs[0].page.headline}"
    assert letter.overview == ()
    assert letter.remarks[0] == "The complete report is attached as healthy-report.html; it opens in any browser."
    assert letter.remarks[-1] == f"Made by reportgen {reportgen.__version__}."
    assert [remark for remark in letter.remarks if "more" in remark] == ["2 more charts are in the attached report."]


def test_charts_findings_and_rows_that_do_not_fit_are_counted():
    many = run(histories.two_outputs)
    letter = write_letter([many], ["x.html"], 2)
    (section,) = letter.sections
    assert section.charts == many.page.charts[:1]
    assert section.page.findings == many.page.findings[:2]
    assert f"{len(many.page.findings) - 2} more findings are in the attached report." in letter.remarks
    assert f"{len(many.page.charts) - 1} more charts are in the attached report." in letter.remarks
    (numbers,) = section.tables
    (values,) = section.full_tables
    for cut, whole in ((numbers, many.page.numbers), (values, many.page.values)):
        assert len(cut.rows) == 2
        assert cut.note == f"{len(whole.rows) - 2} more rows are in the attached report."
    plain = render_plain(letter)
    for note in (*letter.remarks, values.note):
        assert note in " ".join(plain.split())


def test_a_digest_has_a_row_per_run_and_details_of_the_worst(runs):
    ordered = sort_by_gravity(runs)
    files = [f"{place}.html" for place in range(len(runs) - 1)] + [""]
    letter = write_letter(ordered, files, 400, "Tonight")
    assert letter.subject == "Tonight: 3 of 6 runs diverged, failed to learn, are unstable or overfit."
    assert [row.title for row in letter.overview] == titles(ordered)
    assert [row.verdict for row in letter.overview] == [run.page.headline for run in ordered]
    assert [row.attached for row in letter.overview] == [*files[:-1], "Not attached"]
    assert letter.overview[0].certainty == "Certainty: >99%"
    assert letter.overview[3].certainty == "", "of an unclear run nothing is sure"
    assert [section.page.title for section in letter.sections] == titles(ordered)[:3], "those with problems"
    assert [section.remark for section in letter.sections] == [f"Its report is attached as {n}.html." for n in range(3)]
    assert "One report is not attached because the message would be too large." in letter.remarks


def test_only_the_worst_runs_of_a_digest_have_charts(runs):
    worst = [runs[-1]] * (MAX_DIGEST_CHARTS + 2)
    letter = write_letter(worst, [*["x.html"] * (len(worst) - 1), ""], 400)
    assert [len(section.charts) for section in letter.sections] == [1] * MAX_DIGEST_CHARTS + [0, 0]
    assert letter.sections[-1].remark == "Its report is not attached."


def test_a_digest_of_runs_that_went_well_says_so(runs):
    good = [run for run in runs if run.page.title in ("healthy", "still_improving")]
    letter = write_letter(good, ["", ""], 400)
    assert letter.headline == "None of the 2 runs diverged, failed to learn, is unstable or overfits."
    assert letter.sections == ()


def test_a_digest_with_little_space_shows_the_worst_and_counts_the_others(runs):
    letter = write_letter(sort_by_gravity(runs), ["x.html"] * len(runs), 4)
    assert len(letter.overview) == 4
    assert len(letter.sections) == 1
    assert "2 more runs are not listed; these are the worst." in letter.remarks


def test_a_digest_is_in_the_language_of_its_runs_and_has_a_one_line_title(runs):
    letter = write_letter(runs[:2], ["", ""], 400, "a\r\nBcc: b\0")
    assert letter.language.code == "en"
    assert letter.title.isprintable()
    assert write_letter(runs[:2], ["", ""], 400, "  ").title == "Training reports"
