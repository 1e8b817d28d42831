"""Opens ``s3://``, ``gs://``, ``https://`` and any other URL that fsspec supports.

Messages never contain a URL's passwords or signatures, and servers that stop responding time out.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from reportgen.errors import MissingExtraError, ReportgenError, SourceError
from reportgen.sources.opening.deadline import Deadline
from reportgen.sources.opening.opened import MAX_FILES, Opened, Sample, opened_stream, too_many_files
from reportgen.text import printable, quoted

_EXTRAS: Final = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}  # all others: http
_CONNECT_S: Final = 10  # to reach a server
_READ_S: Final = 30  # without receiving a byte
_TOTAL_S: Final = 300  # to read everything; our choice: a gigabyte at 30 megabits per second
_NOT_FOUND: Final = 404
_HTTP: Final = ("http", "https")
# One GET, read in pieces. For a range, fsspec would keep whatever the server answers in memory, however long it is.
# Any size makes fsspec 2026.6 skip the HEAD request; it is not used for anything else.
_STREAMED: Final = {"block_size": 0, "size": 1}


@contextmanager
def open_url(url: str) -> Iterator[Opened]:
    """Opens a file or a folder at a URL.

    Raises:
        SourceError: it cannot be opened or read.
        MissingExtraError: fsspec, or its package for this URL scheme, is not installed.
    """
    where = printable(without_secrets(url), 200)
    scheme = url.partition("://")[0].lower()
    install = f"Run: pip install 'keras-reportgen[{_EXTRAS.get(scheme, 'http')}]'"
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError(f"{where}: URLs need fsspec, which is not installed. {install}") from None
    try:
        deadline = Deadline(where, _TOTAL_S)
        if scheme in _HTTP:
            system, path = deadline.call(fsspec.filesystem, scheme, **patience(scheme)), url
        elif "::" in url:  # fsspec would open the inner URL without these limits
            raise SourceError(
                f"{where}: this URL is a chain of several, which is not supported. Download the log first."
            )
        else:
            system, path = deadline.call(fsspec.core.url_to_fs, url, **patience(scheme))
        if scheme not in _HTTP and deadline.call(system.isdir, path):
            found = deadline.call(system.find, path, maxdepth=None)
            root = path.rstrip("/") + "/"
            if len(found) > MAX_FILES:
                raise too_many_files(where)
            files = tuple(sorted(name.removeprefix(root) for name in found))
            name = path.rstrip("/").rpartition("/")[2]
            yield Opened(
                where,
                Sample(name, files=files),
                open_within=lambda file: _open_file(system, root + file, where, deadline),
            )
            return
        with _open_file(system, path, where, deadline, **(_STREAMED if scheme in _HTTP else {})) as opened:
            yield opened
    except ReportgenError:
        raise
    except ImportError as error:
        raise MissingExtraError(
            f"{where}: this URL needs a package that is not installed ({error_line(error)}). {install}"
        ) from None
    except Exception as error:  # each file system has its own errors
        cause = error.__cause__  # fsspec reports any HTTP error as a missing file
        if isinstance(error, FileNotFoundError) and (cause is None or getattr(cause, "status", None) == _NOT_FOUND):
            raise SourceError(f"{where}: there is no such file. Check the URL.") from None
        found = error_line(cause if isinstance(cause, Exception) else error)
        raise SourceError(f"{where}: it cannot be read ({found}). Check the URL and your access to it.") from None


@contextmanager
def _open_file(system: Any, path: str, where: str, deadline: Deadline, **options: Any) -> Iterator[Opened]:
    with closing(deadline.stream(deadline.call(system.open, path, "rb", **options))) as stream:
        yield opened_stream(stream, where, without_secrets(path).rpartition("/")[2])


def patience(scheme: str) -> dict[str, Any]:
    """Options for the file systems of a scheme: time limits, and no caching between calls."""
    options: dict[str, Any] = {"skip_instance_cache": True, "use_listings_cache": False}
    if scheme in _HTTP:
        import aiohttp

        limits = aiohttp.ClientTimeout(total=_TOTAL_S, sock_connect=_CONNECT_S, sock_read=_READ_S)
        plain = {"auto_decompress": False, "headers": {"Accept-Encoding": "identity"}}  # `Decompressed` has limits
        return options | {"client_kwargs": {"timeout": limits} | plain}
    if scheme in ("s3", "s3a"):
        retries = {"max_attempts": 2}
        return options | {"config_kwargs": {"connect_timeout": _CONNECT_S, "read_timeout": _READ_S, "retries": retries}}
    return options


def without_secrets(url: str) -> str:
    """A URL without user name, password, query or fragment."""
    return re.sub(r"[?#].*", "", re.sub(r"(?<=://)[^/?#]*@", "", url), flags=re.DOTALL)


def error_line(error: Exception) -> str:
    """An error on one line, without passwords."""
    text = " ".join(without_secrets(str(error)).split())
    return quoted(f"{type(error).__name__}: {text}" if text else type(error).__name__, 120)[1:-1]
