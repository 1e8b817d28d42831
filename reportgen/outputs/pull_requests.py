"""Keeps one comment of reportgen on a pull request of GitHub or a merge request of GitLab up to date.

Everything comes from the environment that the CI service sets. The token is sent only to the service's own address,
over TLS or to this machine, is never forwarded by a redirect, and appears in no message.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

from reportgen.errors import OutputError
from reportgen.text import printable

_TIMEOUT_S: Final = 30
_TRIES: Final = 3
_LONGEST_WAIT_S: Final = 60
_PER_PAGE: Final = 100  # the most that both services return at once
_MAX_PAGES: Final = 30  # our choice: 3,000 comments
_MAX_BYTES: Final = 20_000_000  # of one answer; our choice: 100 comments of the longest kind are smaller
_RETRIED: Final = (429, 502, 503, 504)
_BOT: Final = "github-actions[bot]"  # the author of what is written with the token of a job
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
NEEDED: Final = {
    "github": "Give the job `permissions: pull-requests: write` and GH_TOKEN: ${{ github.token }}; pull requests from "
    "forks need workflow_run (docs/ci.md).",
    "gitlab": "Set GITLAB_TOKEN to a project access token with the scope api, as a masked variable (docs/ci.md).",
}


@dataclass(frozen=True)
class Thread:
    """The comments of one pull or merge request, and how its service is addressed."""

    service: str  # "github" or "gitlab"
    api: str
    comments: str  # path of the list of comments
    comment: str  # path of one comment, with {id}
    headers: tuple[tuple[str, str], ...]  # with the token
    author: str  # the key of a comment's author
    name: str  # the key of an author's name
    update: str  # the method that changes a comment

    def __repr__(self) -> str:
        return f"Thread({self.service}, {self.comments})"  # without the token


def find_thread(environment: Mapping[str, str]) -> Thread | None:
    """The pull request of this build; None if it has none.

    Raises:
        OutputError: there is one, but the token or an address is missing or unusable.
    """
    if environment.get("GITHUB_ACTIONS", "").lower() == "true":
        return _github_thread(environment)
    return _gitlab_thread(environment) if environment.get("CI_MERGE_REQUEST_IID") else None


def _github_thread(environment: Mapping[str, str]) -> Thread | None:
    number = _pull_request_number(environment.get("GITHUB_EVENT_PATH"))
    if number is None:
        return None
    repository = environment.get("GITHUB_REPOSITORY", "")
    token = environment.get("GH_TOKEN") or environment.get("GITHUB_TOKEN")
    path = f"/repos/{quote(repository)}/issues"
    return Thread(
        "github",
        _checked_api(environment.get("GITHUB_API_URL", "https://api.github.com")),
        f"{path}/{number}/comments",
        f"{path}/comments/{{id}}",
        (
            ("Authorization", f"Bearer {_checked_token(token, 'github')}"),
            ("Accept", "application/vnd.github+json"),
            ("X-GitHub-Api-Version", "2022-11-28"),
        ),
        "user",
        "login",
        "PATCH",
    )


def _pull_request_number(event: str | None) -> int | None:
    """The number in the event that started the job."""
    try:
        document = json.loads(Path(event or "").read_text("utf-8"))
        number = document["pull_request"]["number"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def _gitlab_thread(environment: Mapping[str, str]) -> Thread:
    project, number = environment.get("CI_PROJECT_ID", ""), environment["CI_MERGE_REQUEST_IID"]
    notes = f"/projects/{quote(project, safe='')}/merge_requests/{quote(number, safe='')}/notes"
    return Thread(
        "gitlab",
        _checked_api(environment.get("CI_API_V4_URL", "https://gitlab.com/api/v4")),
        notes,
        f"{notes}/{{id}}",
        (("PRIVATE-TOKEN", _checked_token(environment.get("GITLAB_TOKEN"), "gitlab")),),
        "author",
        "username",
        "PUT",
    )


def _checked_api(address: str) -> str:
    try:
        parts = urlsplit(address)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    except ValueError:
        is_safe = False
    if not is_safe:
        raise OutputError(
            "the comment was not posted: the address of the API is not https, so no token is sent. Correct it."
        )
    return address.rstrip("/")


def _checked_token(token: str | None, service: str) -> str:
    if not token or not token.isascii() or not token.isprintable():
        raise OutputError(f"the comment was not posted: the environment has no usable token. {NEEDED[service]}")
    return token


def post_comment(thread: Thread, text: str, mark: str, *, sleep: Callable[[float], None] = time.sleep) -> str:
    """Changes our comment with this mark in its first line, or adds one.

    Returns:
        "updated" or "posted".

    Raises:
        OutputError: the service cannot be reached, or refuses.
    """
    author = _own_name(thread, sleep)
    body = {"body": text}
    if (found := _find_comment(thread, author, mark, sleep)) is not None:
        _request(thread, thread.update, thread.comment.format(id=found), body, sleep)
        return "updated"
    _request(thread, "POST", thread.comments, body, sleep)
    return "posted"


def _own_name(thread: Thread, sleep: Callable[[float], None]) -> str:
    """Who writes with this token. GitHub does not answer this for the token of a job, which is a bot's."""
    try:
        user = _request(thread, "GET", "/user", None, sleep)
    except OutputError:
        if thread.service != "github":
            raise
        return _BOT
    return str(user.get(thread.name)) if isinstance(user, dict) else _BOT


def _find_comment(thread: Thread, author: str, mark: str, sleep: Callable[[float], None]) -> int | None:
    """Our first comment with the mark. Comments of others are never changed, even if they have it."""
    for page in range(1, _MAX_PAGES + 1):
        items = _request(thread, "GET", f"{thread.comments}?per_page={_PER_PAGE}&page={page}", None, sleep)
        items = items if isinstance(items, list) else []
        for item in items:
            if isinstance(item, dict) and str(item.get("body", "")).startswith(mark):
                writer = item.get(thread.author)
                if isinstance(writer, dict) and writer.get(thread.name) == author and isinstance(item.get("id"), int):
                    return int(item["id"])
        if len(items) < _PER_PAGE:
            return None
    return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        """Follows no redirect: it could lead to a server that must not see the token."""


def _request(
    thread: Thread, method: str, path: str, body: Mapping[str, str] | None, sleep: Callable[[float], None]
) -> Any:
    """One request, tried again while the service is busy; its answer, parsed."""
    data = None if body is None else json.dumps(body).encode()
    headers = {**dict(thread.headers), "User-Agent": "reportgen", "Content-Type": "application/json"}
    request = urllib.request.Request(thread.api + path, data, headers, method=method)  # noqa: S310  # checked
    opener = urllib.request.build_opener(_NoRedirect)
    for attempt in range(1, _TRIES + 1):
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                return json.loads(answer.read(_MAX_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                is_busy = error.code in _RETRIED or (error.code == 403 and error.headers.get("Retry-After"))
                if not is_busy or attempt == _TRIES:
                    raise _refused(thread, error.code) from None
                sleep(_wait_s(error.headers.get("Retry-After"), attempt))
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            if attempt == _TRIES or method == "POST":  # a comment that may have arrived is not posted twice
                reason = printable(str(getattr(error, "reason", None) or type(error).__name__), 100)
                raise OutputError(f"the comment was not posted: {thread.service} did not answer ({reason}).") from None
            sleep(_wait_s(None, attempt))
    raise AssertionError("the last attempt returns or raises")


def _wait_s(stated: str | None, attempt: int) -> float:
    return min(float(stated), _LONGEST_WAIT_S) if stated is not None and stated.isdecimal() else 2.0**attempt


def _refused(thread: Thread, status: int) -> OutputError:
    advice = f" {NEEDED[thread.service]}" if status in (401, 403, 404) else ""
    return OutputError(f"the comment was not posted: {thread.service} answered {status}.{advice}")
