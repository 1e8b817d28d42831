"""Where a sweep finds runs and writes its site: local folders, or any URL that fsspec supports."""

import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, takewhile
from pathlib import Path, PurePosixPath
from typing import Any, Final

from reportgen.errors import OutputError, ReportgenError, SourceError
from reportgen.outputs.files import HEAD, check_target, expand_home, is_own, is_special, write_file
from reportgen.outputs.output_names import check_output_name
from reportgen.portable_names import path_of_url
from reportgen.regular_files import regular_file
from reportgen.sources.opening import open_source
from reportgen.sources.opening.url import error_line, without_secrets
from reportgen.sweep.folder_logs import SITE_FILES, runs_within
from reportgen.sweep.listing import match_url, open_system
from reportgen.sweep.matching import has_wildcard, match_local
from reportgen.text import natural_order, printable

_THREADS: Final = 8  # that look into folders at the same time, as those behind URLs take long
INDEX: Final = "index.html"


@dataclass(frozen=True)
class FoundRun:
    """A run that matches a pattern."""

    path: str  # its path below the first folder of the pattern; unique, and shown to readers
    where: str  # the path or URL that opens it
    title: str  # used if the log has no title
    known_key: str = ""  # the key of its report, if there is one that may be up to date; see `RunResult`
    root: str = ""  # the folder that its files must be in after all links are followed; empty for URLs


@dataclass(frozen=True)
class _Matches:
    """What matches a pattern."""

    base: str  # the first folder of the pattern
    places: tuple[tuple[str, str], ...]  # of each match: its path, and the path or URL that opens it
    folders: frozenset[str] = frozenset()  # the paths that are folders
    site: str = ""  # the path of the site; empty if it cannot be among them


def find_runs(
    patterns: Sequence[str], site: "Site | None" = None, *, follow_links: bool = False, is_chosen: bool = False
) -> list[FoundRun]:
    """All runs that match a pattern or are in a folder that does, sorted by path, without duplicates.

    A folder that a tool wrote as one run is one run. A folder without runs is kept; its error says what it lacks.

    Args:
        patterns: Paths or URLs; ``*``, ``?``, ``[...]`` and ``**`` work as in a shell.
        site: Where reports are written; files that a sweep wrote there are not runs.
        follow_links: Whether links may lead out of the first folder of their pattern.
        is_chosen: Whether an option chooses one of the runs that a tool keeps in one folder; else each is found.

    Raises:
        SourceError: a place cannot be listed, or nothing matches.
        MissingExtraError: fsspec, or its package for this kind of URL, is not installed.
    """
    found: dict[str, FoundRun] = {}
    matches = {pattern: _matches(pattern, site) for pattern in patterns}
    schemes = {_scheme(pattern) for pattern in patterns}
    for pattern, matched in matches.items():
        local = _is_local(pattern)
        alike = [other.base for name, other in matches.items() if _scheme(name) == _scheme(pattern)]
        common = posixpath.commonpath(alike) if local or len(schemes) == 1 else None
        root = Path("/" if follow_links else matched.base).resolve().as_posix() if local else ""
        name = posixpath.basename(without_secrets(pattern).rstrip("/"))
        for place, where, is_sole in _with_folders(matched, root, is_chosen):
            path = without_secrets(where) if common is None else posixpath.relpath(place, common)
            parent = posixpath.dirname(path)
            same_name = posixpath.basename(path) == name  # so all matches have this name
            title = parent if (same_name or is_sole) and parent else posixpath.splitext(path)[0]
            found.setdefault(where, FoundRun(path, where, printable(title), root=root))
    if not found:
        shown = ", ".join(printable(without_secrets(pattern), 200) for pattern in patterns)
        raise SourceError(f"{shown}: no file or folder matches. Check the pattern, and quote it.")
    return sorted(found.values(), key=lambda run: (natural_order(run.path), run.where))


def folder_of(patterns: Sequence[str]) -> str:
    """The name of the last folder before the first wildcard, if patterns are relative and have the same one.

    Others may begin with folders of this machine, such as the name of a user.
    """
    names = set()
    for pattern in patterns:
        parts = PurePosixPath(pattern.replace("\\", "/")).parts
        fixed = [*takewhile(lambda part: not has_wildcard(part), parts)]
        if len(fixed) == len(parts) and PurePosixPath(fixed[-1]).suffix:
            fixed.pop()
        is_relative = "://" not in pattern and not Path(pattern).is_absolute() and not {"..", "~"} & {*fixed[-1:]}
        names.add(fixed[-1] if fixed and is_relative else "")
    return printable(names.pop(), 60) if len(names) == 1 else ""


def _matches(pattern: str, site: "Site | None") -> _Matches:
    shown = printable(without_secrets(pattern), 200)
    try:
        if _is_local(pattern):
            base, paths = match_local(pattern)
            places = [(path, path) for path in paths]
            folders = {path for path in paths if Path(path).is_dir()}
        else:
            base, places, folders = match_url(pattern, shown)
    except ReportgenError:
        raise
    except Exception as error:  # each file system has its own errors
        raise SourceError(
            f"{shown}: cannot be listed ({error_line(error)}). Check the pattern and your access to it."
        ) from None
    own = "" if site is None or _scheme(site.root) != _scheme(pattern) else _site_among(site, base)
    kept = (
        (place, where)
        for place, where in places
        if not posixpath.basename(place).startswith(".") and not (own and _is_of_site(place, own))
    )
    return _Matches(base, tuple(kept), frozenset(folders), own)


def _with_folders(matched: _Matches, root: str, is_chosen: bool) -> Iterable[tuple[str, str, bool]]:
    """The matches, with the runs in a folder instead of the folder.

    Of each: its path, the path or URL that opens it, and whether it is the only run directly in its folder.
    """

    def look_into(match: tuple[str, str]) -> list[tuple[str, str, bool]]:
        place, where = match
        if place not in matched.folders:
            return [(place, where, False)]
        try:
            with open_source(where, root=root) as opened:
                paths = [] if opened.sample.files is None else runs_within(opened, is_chosen=is_chosen)
        except ReportgenError:
            paths = []  # the run's row says why it cannot be read
        inside = [(path, posixpath.join(place, path) if path else place) for path in paths]
        if matched.site:
            inside = [(path, inner) for path, inner in inside if not _is_of_site(inner, matched.site)]
        n_beside = Counter(posixpath.dirname(path) for path, _ in inside)
        found = [
            (
                inner,
                f"{where.rstrip('/')}/{path}" if path else where,
                path != "" and n_beside[posixpath.dirname(path)] == 1,
            )
            for path, inner in inside
        ]
        return found or [(place, where, False)]

    with ThreadPoolExecutor(_THREADS) as pool:
        yield from chain.from_iterable(pool.map(look_into, matched.places))


def _site_among(site: "Site", base: str) -> str:
    """The path of a site, written like the paths found below a folder; empty if it is on another drive."""
    if site.folder is None:
        return str(open_system(site.root, site.shown)[1]).rstrip("/")
    real = os.path.realpath(base)  # found paths are below `base`, which may be a link
    try:
        between = Path(os.path.relpath(os.path.realpath(site.folder), real)).as_posix()
    except ValueError:  # another drive of Windows
        return ""
    return posixpath.normpath(posixpath.join(base, between))


def _is_of_site(place: str, site: str) -> bool:
    """Whether a path is the site, or a file that a sweep writes there; runs may be in the same folder."""
    within = place.removeprefix(f"{site}/")
    return place == site or (within != place and SITE_FILES.fullmatch(within) is not None)


def _scheme(place: str) -> str:
    scheme, mark, _ = place.partition("://")
    return scheme.lower() if mark else "file"


def _is_local(place: str) -> bool:
    return _scheme(place) == "file"


@dataclass(frozen=True)
class Site:
    """The folder of reports and index, writable from any process. Methods raise OutputError on failure."""

    root: str  # an absolute path or a URL
    overwrite: bool = False  # whether files that reportgen did not write may be replaced

    @classmethod
    def at(cls, place: str, *, overwrite: bool = False) -> "Site":
        """The site at a URL or a path, which may be relative to the working directory.

        Links of a path are not followed here: `check` looks at who created them.
        """
        root = str(expand_home(path_of_url(place)).absolute()) if _is_local(place) else place
        return cls(root, overwrite)

    @property
    def folder(self) -> Path | None:
        """The folder, or None for a URL."""
        return Path(self.root) if _is_local(self.root) else None

    @property
    def shown(self) -> str:
        """The path or URL for messages, without passwords."""
        return printable(without_secrets(self.root), 200)

    def check(self) -> None:
        """Checks, before any work, that this may be a folder, and that its index replaces no file of somebody else."""
        check_output_name(self.shown, "folder")
        if self.folder is not None:
            check_target(self.folder / INDEX, overwrite=self.overwrite)
        elif not self.overwrite and not is_own(self._head(INDEX)):
            raise OutputError(
                f"{self.shown}/{INDEX}: reportgen did not write this file, so it is not replaced. Choose another place "
                "with -o, or pass --force."
            )

    def write(self, name: str, data: str | bytes) -> None:
        """Writes a file and creates its folders. The file appears in one step."""
        if self.folder is not None:
            if is_special(self.folder / name):  # which a single report may be written to, after waiting for its reader
                raise OutputError(
                    f"{self.shown}/{name}: this is a pipe or a device. Remove it, or choose another place."
                )
            write_file(self.folder / name, data, overwrite=self.overwrite)
            return
        whole = data if isinstance(data, bytes) else data.encode("utf-8")
        self._ask(name, lambda system, path: system.pipe_file(path, whole))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None if it does not exist."""
        return self._ask(name, lambda system, path: system.cat_file(path) if system.exists(path) else None)

    def has(self, name: str) -> bool:
        """Whether a file exists."""
        if self.folder is not None:
            return (self.folder / name).is_file()
        return bool(self._ask(name, lambda system, path: system.exists(path)))

    def remove(self, name: str) -> None:
        """Removes a file, unless reportgen did not write it. A link is left alone, like a pipe."""
        if self.overwrite or is_own(self._head(name)):
            self._ask(name, lambda system, path: system.rm_file(path))

    def _head(self, name: str) -> bytes:
        """The beginning of a file, enough for `is_own`; empty if it does not exist."""
        if self.folder is None:
            return self._ask(name, lambda system, path: system.head(path, HEAD) if system.exists(path) else b"")
        try:
            with open(self.folder / name, "rb", opener=regular_file) as stream:
                return stream.read(HEAD)
        except FileNotFoundError:
            return b""
        except OSError:
            return b"not a file"

    def _ask(self, name: str, act: Any) -> Any:
        shown = f"{self.shown}/{name}"
        try:
            system, path = open_system(self.root, shown)
            system.invalidate_cache()  # other processes write there too
            return act(system, f"{path.rstrip('/')}/{name}")
        except ReportgenError:
            raise
        except Exception as error:  # each file system has its own errors
            raise OutputError(
                f"{shown}: cannot be written ({error_line(error)}). Check the place and your access to it."
            ) from None
