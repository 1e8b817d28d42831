"""The mail of the callback in real training runs: it is sent when training ends, and a failure is one warning."""

import os
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
from mail_check import check_mail
from mail_server import Mailbox, free_port, serve, talk

import reportgen
from reportgen import ReportCallback
from reportgen.outputs import smtp

pytestmark = pytest.mark.keras


@pytest.fixture
def fit(monkeypatch):
    """Trains for two epochs with callbacks; returns the warnings, which must be at the line that calls fit."""
    for name in ("REPORTGEN_SMTP_URL", "REPORTGEN_SMTP_USER", "REPORTGEN_SMTP_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REPORTGEN_MAIL_FROM", "ci@example.org")
    keras.utils.set_random_seed(7)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")

    def train(*callbacks):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            line = sys._getframe().f_lineno + 1
            history = model.fit(np.ones((16, 3)), np.ones((16, 1)), epochs=2, verbose=0, callbacks=list(callbacks))
        assert len(history.history["loss"]) == 2
        assert {(warning.filename, warning.lineno) for warning in caught} <= {(__file__, line)}
        assert {warning.category for warning in caught} <= {RuntimeWarning}
        return [str(warning.message) for warning in caught]

    return train


def test_the_report_is_mailed_when_training_ends(tmp_path, fit, monkeypatch):
    mailbox = Mailbox()
    callback = ReportCallback(tmp_path / "r.html", title="Night", email=["ada@example.org", "Bob <bob@example.org>"])
    with serve(mailbox) as port:
        monkeypatch.setenv("REPORTGEN_SMTP_URL", f"smtp://localhost:{port}")
        assert fit(callback) == []
    assert mailbox.envelopes == [("ci@example.org", ["ada@example.org", "bob@example.org"])]
    message = mailbox.read()
    assert message["Subject"] == f"Night: {callback.report.diagnosis.verdict_words.title}"
    attached = [part for part in message.walk() if part.get_content_disposition() == "attachment"]
    assert [part.get_payload(decode=True) for part in attached] == [callback.report.to_html(static=True).encode()]
    assert (tmp_path / "r.html").read_text("utf-8") == callback.report.to_html()


def test_a_second_training_is_mailed_again(tmp_path, fit, monkeypatch):
    mailbox, callback = Mailbox(), ReportCallback(tmp_path / "r.html", email="ada@example.org")
    with serve(mailbox) as port:
        monkeypatch.setenv("REPORTGEN_SMTP_URL", f"smtp://localhost:{port}")
        assert fit(callback) == []
        (said,) = fit(callback)
        assert "goes to r-2.html" in said
    assert len(mailbox.messages) == 2


@pytest.mark.parametrize("failure", ["nobody", "unset", "nonsense", "refused", "silent", "no sender"])
def test_a_failure_causes_one_warning_and_the_report_is_written(tmp_path, fit, monkeypatch, failure):
    monkeypatch.setitem(smtp.send.__kwdefaults__, "timeout_s", 0.3)
    callback = ReportCallback(tmp_path / "r.html", email="ada@example.org")
    mailbox = Mailbox(data_answers=("550 no",))
    with serve(mailbox) as port, talk(b"220 here", hang=True) as silent:
        url = {"nobody": free_port(), "refused": port, "silent": silent, "no sender": port}.get(failure)
        if failure != "unset":
            monkeypatch.setenv("REPORTGEN_SMTP_URL", f"smtp://localhost:{url}" if url else "nonsense")
        if failure == "no sender":
            monkeypatch.delenv("REPORTGEN_MAIL_FROM")
        said = fit(callback)
    words = {
        "nobody": "cannot be reached",
        "unset": "REPORTGEN_SMTP_URL is not set",
        "nonsense": "REPORTGEN_SMTP_URL is not the URL of a mail server",
        "refused": "550 no",
        "silent": "did not reply",
        "no sender": "has no sender",
    }
    assert len(said) == 1
    assert said[0].startswith("reportgen could not email the report: ")
    assert words[failure] in said[0]
    assert reportgen.load(tmp_path / "r.html") == callback.report.history
    assert mailbox.messages == []


def test_a_missing_server_causes_a_warning_before_the_first_epoch(tmp_path, fit):
    seen = []

    class Listen(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append(callback._session._mail_server)

    callback = ReportCallback(tmp_path / "r.html", email="ada@example.org")
    begin = keras.callbacks.LambdaCallback(on_train_begin=lambda logs: seen.append("began"))
    with pytest.warns(RuntimeWarning, match="REPORTGEN_SMTP_URL is not set"):
        callback.on_train_begin()
    assert len(fit(callback, begin, Listen())) == 1
    assert seen == ["began", None, None]


def test_a_report_that_cannot_be_written_is_still_mailed(tmp_path, fit, monkeypatch):
    (tmp_path / "file").touch()
    mailbox = Mailbox()
    (tmp_path / "file").touch()
    with serve(mailbox) as port:
        monkeypatch.setenv("REPORTGEN_SMTP_URL", f"smtp://localhost:{port}")
        (said,) = fit(ReportCallback(tmp_path / "file" / "r.html", email="ada@example.org"))
    assert "could not write the report" in said
    assert len(mailbox.messages) == 1


def test_an_invalid_address_is_refused_before_the_training(tmp_path):
    for wrong in ("ada", ["ada@example.org", "eve"], []):
        with pytest.raises(reportgen.OutputError):
            ReportCallback(tmp_path / "r.html", email=wrong)


INTERRUPTED = """
import sys
import keras, numpy as np
from reportgen import ReportCallback
def stop(epoch, logs):
    if epoch == 1:
        raise RuntimeError("on purpose")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 3)), np.ones((16, 1)), epochs=8, verbose=0, callbacks=[
    ReportCallback(sys.argv[1], email="ada@example.org"), keras.callbacks.LambdaCallback(on_epoch_end=stop)])
"""


def test_the_report_of_a_failed_training_is_mailed(tmp_path):
    mailbox = Mailbox()
    with serve(mailbox) as port:
        done = subprocess.run(
            [sys.executable, "-c", INTERRUPTED, tmp_path / "r.html"],
            capture_output=True,
            text=True,
            timeout=180,
            env={
                **os.environ,
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "REPORTGEN_SMTP_URL": f"smtp://localhost:{port}",
                "REPORTGEN_MAIL_FROM": "ci@example.org",
            },
        )
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("RuntimeError: on purpose")
    assert "Interrupted at epoch 2 of 8." in mailbox.read().get_body(("plain",)).get_content()
    assert "Interrupted at epoch 2 of 8." in (tmp_path / "r.html").read_text("utf-8")
    check_mail(mailbox.read())
