"""Lists the files and folders at a URL that match a pattern, within limits: what a server answers is not trusted."""

import posixpath
import re
from typing import Any, Final

from reportgen.errors import MissingExtraError, SourceError
from reportgen.sources.opening.deadline import Deadline
from reportgen.sources.opening.url import error_line, patience

INSTALL: Final = "Run: pip install 'keras-reportgen[sweep]'"
_TOTAL_S: Final = 300  # for all listings of a pattern together, as for reading a log
_MAX_MATCHES: Final = 1_000_000  # our choice: ten times the largest sweep that is tested
_MAX_PAGES: Final = 10_000  # folders of a web server that are listed; our choice, as for files in a folder
_MAX_PAGE: Final = 16 << 20  # bytes of the page that lists a folder; our choice: 100,000 names
_MAX_DEPTH: Final = 32  # folders within each other on a web server; our choice: runs are a few folders deep
_SPACE: Final = re.compile(r"\s+")
_NO_TAG: Final = re.compile(r"<(?![^<>]{0,4096}>)")  # fsspec's search for links would take hours on many of these


def open_system(place: str, shown: str, **options: Any) -> tuple[Any, str]:
    """The file system of a place, and the path in it.

    Raises:
        SourceError: the place cannot be opened.
        MissingExtraError: fsspec, or its package for this kind of URL, is not installed.
    """
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError(f"A sweep needs fsspec, which is not installed. {INSTALL}") from None
    try:
        system, path = fsspec.core.url_to_fs(place, **options)
    except ImportError as error:
        raise MissingExtraError(
            f"{shown}: this URL needs a package that is not installed ({error_line(error)}). {INSTALL}"
        ) from None
    except Exception as error:
        raise SourceError(f"{shown}: cannot be opened ({error_line(error)}). Check the path or URL.") from None
    return system, path


def match_url(pattern: str, shown: str) -> tuple[str, list[tuple[str, str]], set[str]]:
    """The first folder of a URL, its matches: (path, URL), and the paths that are folders, which web servers lack.

    Raises:
        SourceError: a limit is exceeded, or the place cannot be opened.
        MissingExtraError: fsspec, or its package for this kind of URL, is not installed.
    """
    deadline = Deadline(shown, _TOTAL_S)
    system, path = deadline.call(_limited_system, pattern, shown)
    from fsspec.core import has_magic

    is_web = _is_web(pattern)
    if has_magic(path):
        entries = deadline.call(system.glob, path, detail=True)
        names = list(entries)
        folders = {_bare(name) for name, facts in entries.items() if facts["type"] == "directory"}
        parts = path.split("/")
        fixed = next(number for number, part in enumerate(parts) if has_magic(part))
        base = "/".join(parts[:fixed])
    else:
        names = [path] if deadline.call(system.exists, path) else []
        folders = {_bare(name) for name in names if not is_web and deadline.call(system.isdir, name)}
        base = posixpath.dirname(path.rstrip("/"))
    if len(names) > _MAX_MATCHES:
        raise _too_much(shown, f"more than {_MAX_MATCHES:,} matches")
    places = [(_bare(name), system.unstrip_protocol(_bare(name))) for name in names]
    return base or "/", places, set() if is_web else folders


def _is_web(place: str) -> bool:
    return place.lower().startswith(("http://", "https://"))


def _bare(name: str) -> str:
    return name.rstrip("/") or name


def _too_much(shown: str, found: str) -> SourceError:
    return SourceError(f"{shown}: the server lists {found}, which is the limit. Use a narrower pattern.")


def _limited_system(pattern: str, shown: str) -> tuple[Any, str]:
    """The file system of a pattern; that of a web server stops at the limits."""
    scheme = pattern.partition("://")[0].lower()
    try:
        options = patience(scheme)
    except ImportError:
        return open_system(pattern, shown)  # says what is missing
    if _is_web(pattern):
        options["client_kwargs"]["response_class"] = _page_class(shown)
    return open_system(pattern, shown, **options)


def _page_class(shown: str) -> type[Any]:
    """The class of a server's answers to one listing."""
    import aiohttp

    n_pages = 0

    class ListedPage(aiohttp.ClientResponse):  # type: ignore[misc]  # aiohttp is optional
        """A page that lists a folder. fsspec asks for its text."""

        async def text(self, encoding: str | None = None, errors: str = "strict") -> str:
            """The page as text, prepared for fsspec's search for links."""
            nonlocal n_pages
            n_pages += 1
            if n_pages > _MAX_PAGES:
                raise _too_much(shown, f"more than {_MAX_PAGES:,} folders")
            if self.url.path.rstrip("/").count("/") > _MAX_DEPTH:
                raise _too_much(shown, f"folders more than {_MAX_DEPTH} deep")
            body = bytearray()
            async for part in self.content.iter_any():
                body += part
                if len(body) > _MAX_PAGE:
                    raise _too_much(shown, f"a folder on a page of more than {_MAX_PAGE >> 20} MB")
            whole = body.decode("utf-8", "replace")
            return _NO_TAG.sub(" ", _SPACE.sub(" ", whole))

    return ListedPage
