"""One comment on a pull or merge request, against a local server that answers as the services document it."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import histories
import pytest
import yaml
from command_line import call

import reportgen
from reportgen.errors import OutputError
from reportgen.outputs.build_log import build_link
from reportgen.outputs.pull_requests import NEEDED, find_thread, post_comment

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "s3cret-token"
MARK = "<!-- reportgen comment 12 -->"


class Service:
    """The comments of one request, and what the server was asked; ``faults`` are statuses to answer first."""

    def __init__(self, kind):
        self.kind, self.comments, self.asked, self.faults, self.user = kind, [], [], [], "us"
        service = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                status, document, headers = service.handle(self.command, self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                data = json.dumps(document).encode()
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_PUT = answer  # noqa: N815  # names of the standard library

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def handle(self, method, path, headers, body):
        self.asked.append((method, path))
        given = headers["Authorization"] if self.kind == "github" else headers["PRIVATE-TOKEN"]
        if given != (f"Bearer {TOKEN}" if self.kind == "github" else TOKEN):
            return 401, {"message": "Bad credentials"}, {}
        if urlsplit(path).path == "/user":
            bot = self.user is None
            key = "login" if self.kind == "github" else "username"
            return (
                (403, {"message": "Resource not accessible by integration"}, {}) if bot else (200, {key: self.user}, {})
            )
        if self.faults:
            status, extra = self.faults.pop(0)
            return status, {"message": "no"}, extra
        if method == "GET":
            query = parse_qs(urlsplit(path).query)
            start = (int(query["page"][0]) - 1) * int(query["per_page"][0])
            return 200, self.comments[start : start + int(query["per_page"][0])], {}
        if method == "POST":
            self.add(body["body"], self.user or "github-actions[bot]")
            return 201, self.comments[-1], {}
        (found,) = (item for item in self.comments if item["id"] == int(path.rsplit("/", 1)[1]))
        assert method == {"github": "PATCH", "gitlab": "PUT"}[self.kind]
        found["body"] = body["body"]
        return 200, found, {}

    def add(self, body, author):
        key, name = ("user", "login") if self.kind == "github" else ("author", "username")
        self.comments.append({"id": 100 + len(self.comments), "body": body, key: {name: author}})


def environment_of(service, folder, **changed):
    """What the CI service sets for a build of pull request 7."""
    if service.kind == "gitlab":
        values = {"GITLAB_CI": "true", "CI_API_V4_URL": service.url, "CI_PROJECT_ID": "4", "CI_MERGE_REQUEST_IID": "7"}
        return values | {"GITLAB_TOKEN": TOKEN, "CI_JOB_URL": "https://gitlab.example/a/-/jobs/5"} | changed
    event = folder / "event.json"
    event.write_text(json.dumps({"action": "synchronize", "pull_request": {"number": 7}}))
    values = {"GITHUB_ACTIONS": "true", "GITHUB_API_URL": service.url, "GITHUB_REPOSITORY": "a/b", "GH_TOKEN": TOKEN}
    return (
        values
        | {"GITHUB_EVENT_PATH": str(event), "GITHUB_RUN_ID": "5"}
        | {"GITHUB_SERVER_URL": "https://github.com"}
        | changed
    )


@pytest.fixture(params=["github", "gitlab"])
def service(request):
    made = Service(request.param)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize("before", [0, 1, 250])
def test_our_comment_is_posted_once_and_then_updated(service, before, tmp_path):
    for number in range(before):
        service.add(f"Comment {number}", "somebody")
    service.add(f"{MARK}\nnot ours", "somebody")
    thread = find_thread(environment_of(service, tmp_path))
    assert post_comment(thread, f"{MARK}\nfirst", MARK) == "posted"
    assert post_comment(thread, f"{MARK}\nsecond", MARK) == "updated"
    assert [item["body"] for item in service.comments[before:]] == [f"{MARK}\nnot ours", f"{MARK}\nsecond"]
    listed = "/repos/a/b/issues/7/comments" if service.kind == "github" else "/projects/4/merge_requests/7/notes"
    assert {urlsplit(path).path for method, path in service.asked if method == "POST"} == {listed}


def test_the_token_of_a_job_writes_as_the_bot_of_github(tmp_path):
    service = Service("github")
    service.user = None
    thread = find_thread(environment_of(service, tmp_path))
    assert [post_comment(thread, MARK, MARK) for _ in range(2)] == ["posted", "updated"]
    service.server.shutdown()
    service.server.server_close()


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([(503, {})], [2.0]),
        ([(429, {"Retry-After": "7"}), (502, {})], [7.0, 4.0]),
        ([(403, {"Retry-After": "900"})], [60.0]),
    ],
)
def test_a_busy_service_is_asked_again(service, faults, waits, tmp_path):
    service.faults, waited = list(faults), []
    thread = find_thread(environment_of(service, tmp_path))
    assert post_comment(thread, MARK, MARK, sleep=waited.append) == "posted"
    assert waited == waits


@pytest.mark.parametrize("status", [302, 401, 403, 404, 422, 500, 503])
def test_a_refusal_is_one_line_with_the_remedy_and_without_the_token(service, status, tmp_path):
    service.faults = [(status, {"Location": "http://127.0.0.1:9/"})] * 3
    thread = find_thread(environment_of(service, tmp_path))
    with pytest.raises(OutputError) as caught:
        post_comment(thread, MARK, MARK, sleep=lambda _: None)
    text = str(caught.value)
    assert text.startswith(f"the comment was not posted: {service.kind} answered {status}.")
    assert (NEEDED[service.kind] in text) == (status in (401, 403, 404))
    assert TOKEN not in text + repr(thread)


def test_no_token_leaves_without_tls_and_a_build_without_a_request_has_no_thread(service, tmp_path):
    right = environment_of(service, tmp_path)
    api = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}[service.kind]
    token = {"github": "GH_TOKEN", "gitlab": "GITLAB_TOKEN"}[service.kind]
    for wrong in ({api: "http://api.example"}, {api: "ftp://127.0.0.1"}, {token: ""}, {token: "a\nb"}):
        with pytest.raises(OutputError, match=r"^the comment was not posted: "):
            find_thread(right | wrong)
    nowhere = {"GITHUB_EVENT_PATH": str(tmp_path / "gone.json"), "CI_MERGE_REQUEST_IID": ""}
    assert find_thread(right | nowhere) is None
    assert find_thread({}) is None
    assert build_link(right).startswith("https://git")
    assert build_link({"CI_JOB_URL": "https://a.example/) [x](y"}) == build_link({}) == ""


def write_log(folder):
    history = histories.overfit_from_12()
    columns = {key: history.series(*reportgen.metrics.parse_key(key)).tolist() for key in history.keys}
    (folder / "history.json").write_text(json.dumps(columns))
    (folder / "main.html").write_text(reportgen.build(histories.healthy()).to_html(), "utf-8")


def test_ci_comments_with_verdict_gate_and_comparison_open_and_the_rest_folded(service, tmp_path):
    write_log(tmp_path)
    environment = environment_of(service, tmp_path)
    arguments = ("ci", "history.json", "--comment", "--baseline", "main.html", "--fail-on", "overfitting")
    done = [call(*arguments, cwd=tmp_path, **environment) for _ in range(2)]
    assert [each.returncode for each in done] == [1, 1]
    assert [re.findall("^Comment: (.*)$", each.stdout, re.MULTILINE) for each in done] == [["posted"], ["updated"]]
    (posted,) = (item["body"] for item in service.comments)
    assert posted == (tmp_path / "report" / "comment.md").read_text("utf-8")
    opened, folded = posted.split("<details>")
    assert "The model overfits" in opened
    assert "| Baseline's best |" in opened
    assert "overfitting" in opened.split("Compared with")[0]
    assert build_link(environment) in opened
    assert "### Five answers" in folded
    assert "### Five answers" not in opened
    assert TOKEN not in posted + done[0].stdout + done[0].stderr
    again = call(*arguments[:3], cwd=tmp_path, **(environment | {"GITHUB_EVENT_PATH": "", "CI_MERGE_REQUEST_IID": ""}))
    assert again.stderr.splitlines()[-1].endswith("no comment was posted.")
    assert again.returncode == 0


def test_the_action_is_valid_and_its_script_passes_its_inputs(tmp_path):
    path = ROOT / "action.yml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", path]
    assert subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0
    action = yaml.safe_load(path.read_text("utf-8"))
    documented = re.findall(r"^\| `([a-z-]+)` \| .*$", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.MULTILINE)
    assert set(action["inputs"]) <= set(documented)
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "ci")
    assert "${{" not in step["run"]  # inputs are never part of the script
    fake = tmp_path / "reportgen" / "bin" / "reportgen"
    fake.parent.mkdir(parents=True)
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    fake.chmod(0o755)
    (tmp_path / "main.html").touch()
    given = {
        "SOURCE": "a b.csv\n$(touch x)",
        "BASELINE": "main.html",
        "FAIL_ON": "overfitting",
        "REQUIRE": "loss<1\nf1>=.5",
    }
    environment = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "COMMENT": "true"}
    for values, expected in (
        (
            given,
            [
                "ci",
                "--baseline=main.html",
                "--fail-on=overfitting",
                "--require=loss<1",
                "--require=f1>=.5",
                "--comment",
                "--",
            ],
        ),
        (given | {"BASELINE": "gone.html", "FAIL_ON": "", "REQUIRE": "", "COMMENT": "false"}, ["ci", "--"]),
    ):
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]],
            env=environment | values, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert done.stdout.splitlines() == [*expected, "a b.csv", "$(touch x)"]
    assert not (tmp_path / "x").exists()
