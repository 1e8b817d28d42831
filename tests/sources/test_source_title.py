"""The title of a run whose log has none comes from its folder and file, and never names a person or a machine."""

from pathlib import Path

import pytest

import reportgen
from reportgen.sources.source_title import title_of


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("/data/resnet50/fold-2.csv", "resnet50 / fold-2"),
        ("/data/resnet50/history.csv", "resnet50"),
        ("/data/resnet50/logs/training_log_3.csv.gz", "resnet50 / training_log_3"),
        ("/data/runs/exp7/version_0/metrics.csv", "exp7 / version_0"),
        ("/data/runs/exp7/version_0/checkpoints/metrics.csv", "exp7 / version_0"),
        ("/data/lightning_logs/version_0/metrics.csv", "metrics.csv"),
        ("/data/signs/runs/train2/results.csv", "signs / train2"),
        *(
            (f"/tmp/{name}/log.txt", "log.txt")
            for name in ("page", "out", "output", "results", "logs", "checkpoints", "train")
        ),
        ("/tmp/page/lenet.txt", "lenet"),
        ("/tmp/a/history.json", "history.json"),
        ("/data/exp7/events.out.tfevents.1795752047.my-laptop.12.0", "exp7"),
        ("/data/exp7/3f2a91bc77d04e1f/metrics.json", "exp7"),
        ("/data/exp7/lr_0.01.csv", "exp7 / lr_0.01"),
        ("/home/ada/history.csv", "history.csv"),
        ("/home/ada/lenet.csv", "lenet"),
        ("/Users/ada/logs/history.csv", "history.csv"),
        ("/root/history.json", "history.json"),
        ("/root/report.html", ""),
        ("/tmp/x1/history.json", "x1"),
        ("/tmp/tmp8f3k2/history.json", "history.json"),
        ("/tmp/tmp8f3k2/3f2a91bc77d04e1f.json", ""),
        ("/tmp/out", ""),
        ("/var/folders/zz/8k2x/T/history.json", "history.json"),
        ("/private/var/folders/zz/8k2x/T/unet/history.json", "unet"),
        ("-", ""),
        ("https://example.org/team/cats%20and%20dogs/history.csv?token=secret", "cats and dogs"),
        ("s3://bucket/unet/seed-3.jsonl", "unet / seed-3"),
        ("/data/x\u202ey/a\nb.csv", None),
        ("~nobody-here/lenet.csv", None),
        ("/" + "long" * 5000 + "/a.csv", None),
        ("bad\0name.csv", None),
    ],
)
def test_the_title_says_what_folder_and_file_say(source: str, title: str | None) -> None:
    found = title_of(source)
    assert title is None or found == title
    assert len(found) <= 130
    assert found.isprintable()


def test_a_report_has_the_title_of_its_run_or_the_users_or_else_of_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "lenet"
    folder.mkdir()
    path = folder / "history.csv"
    path.write_text("epoch,loss\n0,0.9\n1,0.5\n2,0.4\n")
    report = reportgen.build(path)
    assert report._page.title == "lenet"
    assert "<title>lenet: " in report.to_html()
    assert str(report.email("ada@example.org")["Subject"]).startswith("lenet: ")
    assert report.history.run.title is None, "the name of a file is not a title that a user gave"
    assert reportgen.build(path, title="First")._page.title == "First"
    report.save(tmp_path / "other.html")
    again = reportgen.build(tmp_path / "other.html")
    assert again.to_html() == report.to_html(), "a report keeps its title when it is built from another one"
    assert reportgen.build({"loss": [0.9, 0.5]})._page.title == "Training report"
