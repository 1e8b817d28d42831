"""Journals of training runs are read back bit for bit, also those that a kill or a power cut left incomplete."""

import json
import math
import struct
import time

import pytest
import sample_logs
from hypothesis import given
from hypothesis import strategies as st

import reportgen
from reportgen.history.facts import EarlyStopping, Layer, RunFacts
from reportgen.history.notes import Note
from reportgen.history.stored import pack_run
from reportgen.journal import SCHEMA, as_line, parse_line

HEAD = {"schema": SCHEMA, "id": "0f", "run": {"epochs_planned": 9}}


def row(epoch, **values):
    return {"epoch": epoch, "seconds": 0.5, "values": values}


def written(path, *records, end=""):
    path.write_text("".join(map(as_line, (HEAD, *records))) + end, "utf-8")
    return path


def bits(value):
    return struct.pack("<d", value)


def test_a_journal_without_an_end_is_an_interrupted_run(tmp_path):
    history = reportgen.load(written(tmp_path / "r.journal", row(1, loss=0.5), row(2, loss=0.25)))
    assert history.run == RunFacts(status="interrupted", epochs_planned=9, durations_s=(0.5, 0.5))
    assert history.series("loss", "train").to_dict() == {1: 0.5, 2: 0.25}
    assert "Interrupted at epoch 2 of 9." in reportgen.build(tmp_path / "r.journal").to_html()


def batches(epoch, steps, **values):
    return {"epoch": epoch, "steps": steps, "values": values}


def at_step(record, step):
    return record | {"step": step}


def test_batches_are_counted_in_steps_and_everything_is_read_back(tmp_path):
    path = written(
        tmp_path / "r.journal",
        batches(1, [1, 2], batch_loss=[0.9, 0.8]),
        batches(1, [3], batch_loss=[0.7], batch_f1=[[0.5, math.inf]]),
        at_step(row(1, loss=0.7, val_loss=0.75), 3),
        batches(2, [4, 5, 6], batch_loss=[0.6, math.nan, -math.inf]),
        at_step(row(2, loss=0.5, val_loss=0.6), 6),
    )
    history = reportgen.load(path)
    assert (history.axis, history.metric_names) == ("step", ("loss", "batch_loss", "batch_f1[0]", "batch_f1[1]"))
    assert history.series("loss", "train").to_dict() == {3: 0.7, 6: 0.5}
    assert history.series("loss", "validation").to_dict() == {3: 0.75, 6: 0.6}
    logged = history.series("batch_loss", "train")
    assert logged.index.tolist() == [1, 2, 3, 4, 5, 6]
    assert list(map(bits, logged)) == list(map(bits, [0.9, 0.8, 0.7, 0.6, math.nan, -math.inf]))
    assert history.series("batch_f1[1]", "train").to_dict() == {3: math.inf}
    assert history.run.notes == (Note("batches"),)


def test_facts_that_count_epochs_count_steps_if_the_history_does(tmp_path):
    facts = {"epochs_planned": 9, "steps_per_epoch": 3, "resumed_at": [2]}
    end = {"end": pack_run(RunFacts(status="stopped-early", early_stopping=EarlyStopping("loss", 2, 1)))}
    records = [HEAD | {"run": facts}, at_step(row(1, loss=0.5), 3), at_step(row(2, loss=0.6), 6), end]
    path = tmp_path / "r.journal"
    path.write_text("".join(map(as_line, records)), "ascii")
    run = reportgen.load(path).run
    assert (run.epochs_planned, run.resumed_at, run.early_stopping) == (27, (4,), EarlyStopping("loss", 2, 3))


def test_batches_without_an_epoch_are_a_history(tmp_path):
    history = reportgen.load(written(tmp_path / "r.journal", batches(1, [10, 20], batch_loss=[0.9, 0.8])))
    assert history.series("batch_loss", "train").to_dict() == {10: 0.9, 20: 0.8}
    assert history.run.status == "interrupted"


def test_batches_without_a_value_are_ignored(tmp_path):
    records = [batches(1, [1, 2]), batches(1, [3, 4], batch_loss=[0.5, None]), at_step(row(1), 5)]
    assert reportgen.load(written(tmp_path / "r.journal", *records)).epochs.tolist() == [3]


def test_epochs_are_counted_without_batches_if_an_epoch_has_no_step(tmp_path):
    path = written(tmp_path / "r.journal", batches(1, [1, 2], batch_loss=[0.9, 0.8]), row(1, loss=1), row(2, loss=0.5))
    history = reportgen.load(path)
    assert (history.axis, history.keys, history.epochs.tolist()) == ("epoch", ("loss",), [1, 2])


LINE = as_line(batches(2, [3, 4], batch_loss=[0.125, 0.25]))


@pytest.mark.parametrize("kept", range(1, len(LINE) - 1))
def test_a_truncated_last_line_of_batches_is_left_out_with_a_note(tmp_path, kept):
    records = [batches(1, [1, 2], batch_loss=[0.9, 0.8]), at_step(row(1, loss=0.8), 2)]
    history = reportgen.load(written(tmp_path / "r.journal", *records, end=LINE[:kept]))
    assert history.epochs.tolist() == [1, 2]
    assert history.run.notes == (Note("last-line"), Note("batches")) or history.run.notes == (
        Note("batches"),
        Note("last-line"),
    )


def test_the_end_record_says_how_training_ended(tmp_path):
    facts = RunFacts(status="stopped-early", early_stopping=EarlyStopping("loss", 2, 1))
    history = reportgen.load(written(tmp_path / "r.journal", row(1, loss=0.5), {"end": pack_run(facts)}))
    assert (history.run.status, history.run.early_stopping) == ("stopped-early", facts.early_stopping)


def test_all_facts_are_read_back(tmp_path):
    facts = RunFacts(
        title="é </script> 😀", status="completed", epochs_planned=2, started_at="2026-11-25T02:41:10+00:00",
        layers=(Layer("a", "Dense", "(None, 4)", 16),), optimizer_settings=(("momentum", "0.5"),),
        resumed_at=(2,), directions=(("loss", "lower"),), tool="keras", notes=(Note.of("text", text="A note."),),
    )  # fmt: skip
    path = tmp_path / "r.journal"
    records = [HEAD | {"run": pack_run(facts)}, {"epoch": 1, "values": {"loss": 1.0}}, row(2, loss=0.5)]
    path.write_text("".join(map(as_line, records)), "ascii")
    assert reportgen.load(path).run == facts  # no durations, as the first epoch has none


@given(st.lists(st.floats(width=64), min_size=1, max_size=30))
def test_every_value_is_read_back_bit_for_bit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("journal") / "r.journal"
    written(path, *(row(number, loss=value) for number, value in enumerate(values, 1)))
    read = reportgen.load(path).series("loss", "train").tolist()
    assert list(map(bits, read)) == [bits(math.nan if math.isnan(value) else value) for value in values]


def test_vectors_with_non_finite_values_are_read(tmp_path):
    history = reportgen.load(written(tmp_path / "r.journal", row(1, loss=1.0, f1=[0.5, math.inf, -math.inf])))
    assert [history.series(f"f1[{part}]", "train")[1] for part in range(3)] == [0.5, math.inf, -math.inf]


@pytest.mark.parametrize("kept", range(1, len(as_line(row(3, loss=0.125))) - 1))
def test_a_truncated_last_line_is_left_out_with_a_note(tmp_path, kept):
    path = written(tmp_path / "r.journal", row(1, loss=0.5), row(2, loss=0.25), end=as_line(row(3, loss=0.125))[:kept])
    history = reportgen.load(path)
    assert history.epochs.tolist() == [1, 2]
    assert history.run.notes == (Note("last-line"),)


def test_a_last_line_without_a_line_end_is_read(tmp_path):
    path = written(tmp_path / "r.journal", row(1, loss=0.5), end=as_line(row(2, loss=0.25)).rstrip("\n"))
    history = reportgen.load(path)
    assert (history.epochs.tolist(), history.run.notes) == ([1, 2], ())


def test_zero_bytes_at_the_end_are_ignored(tmp_path):
    path = written(tmp_path / "r.journal", row(1, loss=0.5), end="\0" * 4096)
    assert reportgen.load(path).epochs.tolist() == [1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema":"reportgen/journal/2","run":{}}\n', 'schema "reportgen/journal/2", not with "reportgen/journal/1"'),
        (as_line(HEAD), "no metric"),
        (as_line(HEAD) + "nonsense\n", "no metric"),
        (as_line(HEAD) + '{"epoch":1,"values":{"loss":"high"}}\n', "no metric"),
    ],
)
def test_a_journal_without_a_sound_value_is_refused_in_one_line(tmp_path, text, said):
    path = tmp_path / "r.journal"
    path.write_text(text, "utf-8")
    with pytest.raises(reportgen.SourceError) as caught:
        reportgen.load(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


COUNTED = HEAD | {"run": {"epochs_planned": 9, "steps_per_epoch": 2}}
SOUND = [COUNTED, *(at_step(row(n, loss=1 / n, f1=[0.5, n / 8]), 2 * n) for n in range(1, 5))]


DAMAGED = [
    b"nonsense", b"\x80\xff", b"\0\0\0\0", b"{", b"[1]", b"7", b"[" * 50_000, b'{"a":' + b"9" * 5000 + b"}",
    b'{"epoch":"x","values":{"loss":1}}', b'{"epoch":1,"values":[1]}', b'{"epoch":-1,"values":{"loss":1}}',
    b'{"epoch":1,"step":"x","values":{"loss":1}}', b'{"steps":7,"values":{}}', b'{"steps":[-1],"values":{}}',
    b'{"end":7}', b"{}",
]  # fmt: skip


@pytest.mark.parametrize("place", range(5))
def test_a_damaged_line_loses_only_that_line(tmp_path, place):
    for damaged in DAMAGED:
        lines = [as_line(record).encode() for record in SOUND]
        lines[place] = damaged + b"\n"
        (tmp_path / "r.journal").write_bytes(b"".join(lines))
        history = reportgen.load(tmp_path / "r.journal")
        left = [epoch for epoch in range(1, 5) if epoch != place]
        assert history.series("loss", "train").to_dict() == {2 * epoch: 1 / epoch for epoch in left}, damaged
        assert history.run.epochs_planned == (18 if place else None), damaged
        zeros = not damaged.strip(b"\0")  # unwritten blocks after a power cut, not a line
        assert zeros or Note.of("damaged-lines", count=1, lines=(str(place + 1),)) in history.run.notes, damaged


@pytest.mark.parametrize("name", ["f1", "other", "f1[0]", "", " ", "\ud800", "x" * 2000])
@pytest.mark.parametrize("where", ["epoch", "batch"])
def test_an_odd_cell_loses_only_itself(tmp_path, name, where):
    path = tmp_path / "r.journal"
    for odd in ["high", {}, {"a": 1}, [], [1], [[1, 2]], ["x", 1.0], [1.0, 2.0, 3.0], 10**400, True]:
        records = [*SOUND[:3], SOUND[3] | {"values": SOUND[3]["values"] | {name: odd}}, SOUND[4]]
        if where == "batch":
            records = [*SOUND[:2], batches(2, [3, 4], batch_loss=[1.0, 0.5], **{name: [0.5, odd]}), *SOUND[2:]]
        path.write_text("".join(json.dumps(record) + "\n" for record in records), "ascii")
        history = reportgen.load(path)
        assert history.series("loss", "train").to_dict() == {2 * epoch: 1 / epoch for epoch in range(1, 5)}, odd
        assert set(history.series("f1[1]", "train").index) >= {2, 4, 8}, odd
        assert odd != "high" or any(note.code == "odd-cells" for note in history.run.notes)


FACTS = [
    {"resumed_at": ["x"]}, {"title": 7}, {"parameters": -1}, {"layers": [7]}, {"early_stopping": 7}, {"status": "won"},
    {"notes": "x"}, {"notes": [7]}, {"directions": [["a"]]}, {"parameters": 10**400}, [], None,
]  # fmt: skip


def test_an_odd_fact_loses_only_itself(tmp_path):
    path = tmp_path / "r.journal"
    for facts in FACTS:
        known = SOUND[0]["run"]
        head = HEAD | {"run": known | facts if isinstance(facts, dict) else facts}
        end = {"end": {"status": "completed"} | facts} if isinstance(facts, dict) else {"end": facts}
        for records in ([head, *SOUND[1:]], [*SOUND, end]):
            path.write_text("".join(json.dumps(record) + "\n" for record in records), "ascii")
            history = reportgen.load(path)
            assert history.epochs.tolist() == [2, 4, 6, 8], facts
            has_known = records[0]["run"] and "epochs_planned" in records[0]["run"]
            assert history.run.epochs_planned == (18 if has_known else None), facts
            assert history.run.notes, facts


@pytest.mark.parametrize("seconds", [10**400, -1, "x", None, [1], 1e999])
def test_odd_seconds_leave_out_the_durations_only(tmp_path, seconds):
    path = tmp_path / "r.journal"
    path.write_text(as_line(HEAD) + json.dumps(row(1, loss=0.5) | {"seconds": seconds}) + "\n", "ascii")
    history = reportgen.load(path)
    assert (history.epochs.tolist(), history.run.durations_s) == ([1], ())


def test_it_is_recognised_by_content_and_not_by_name(tmp_path):
    path = tmp_path / "log.txt"
    path.write_text(sample_logs.JOURNAL, "utf-8")
    assert reportgen.build(path).read_as == "journal of reportgen (journal)"


def test_a_line_is_valid_json():
    line = as_line(row(1, loss=math.nan, acc=math.inf, name="\u2028é"))
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line, parse_constant=lambda _: pytest.fail("no JSON"))["values"]["loss"] == "NaN"


@pytest.mark.parametrize("line", ["", "{", "[1]", "7", "[" * 100_000, '{"a": ' + "9" * 5000 + "}"])
def test_invalid_lines_are_not_records(line):
    assert parse_line(line) is None


def test_repeated_ends_and_seams_are_read_in_linear_time_and_bounded(tmp_path):
    note = {"code": "text", "values": {"text": "n"}}
    head = {**HEAD, "run": {"resumed_at": list(range(1, 20_001))}}
    records = [{**row(epoch, loss=1 / epoch), "step": epoch} for epoch in range(1, 20_001)]
    ends = [{"end": {"status": "completed", "notes": [note]}}] * 20_000
    path = tmp_path / "r.journal"
    path.write_text("".join(map(as_line, (head, *records, *ends))), "utf-8")
    begun = time.process_time()
    once = reportgen.load(written(tmp_path / "few.journal", *records))
    few_s, begun = time.process_time() - begun, time.process_time()
    history = reportgen.load(path)
    assert time.process_time() - begun < 20 * few_s + 1  # it took over 100 times as long
    assert len(history.epochs) == len(once.epochs) == 20_000
    assert len(history.run.notes) <= 101
    assert len(history.run.resumed_at) <= 10_000
