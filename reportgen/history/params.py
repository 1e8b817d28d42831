"""Settings of a run from nested dictionaries: flat, as short text, with secrets masked."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reportgen.errors import SettingsError
from reportgen.text import quoted

MASK: Final = "(masked)"
_MOST: Final = 1_000  # settings of a run; our choice: more than any program has, and a page can hold
_DEEPEST: Final = 10  # dictionaries inside each other; our choice
_LONGEST_TEXT: Final = 1_000  # characters of a value; our choice
_LONGEST_SETTING: Final = 200  # characters of a name; our choice
_PARTS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")  # of secretKey, API_KEY and api-key
_SECRET: Final = frozenset(
    ["password", "passwd", "pwd", "passphrase", "secret", "secrets", "credential", "credentials", "apikey", "bearer"]
)
_SECRET_TEXT: Final = frozenset(["key", "token", "auth", "authorization"])  # unless key_dim=64
_IN_URL: Final = re.compile(r"(://[^/@\s:]{1,200}:)[^/@\s]{1,200}@")  # https://ada:PASSWORD@example.org


def flat_params(params: Any) -> tuple[tuple[str, str], ...]:
    """Settings as text by name; those in dictionaries have the names of both: ``optimizer.beta``.

    Values whose name says that they are secret, such as ``api_key`` or ``db.password``, are masked, and so are
    passwords in URLs.

    Args:
        params: A dictionary, or an object that has its settings as attributes, such as an `argparse.Namespace`; None
            for no settings.

    Raises:
        SettingsError: it is something else, or has too many entries.
    """
    if params is None:
        return ()
    entries = _entries(params)
    if entries is None:
        raise SettingsError(f"params is {quoted(params)}; a dictionary of settings is needed. Pass a dictionary.")
    flat: dict[str, str] = {}
    for name, value in _flattened(entries, "", 1):
        flat[name] = value
        if len(flat) > _MOST:
            raise SettingsError(f"params has more than {_MOST:,} settings, which is the maximum. Leave some out.")
    return tuple(flat.items())


def _entries(value: Any) -> Mapping[Any, Any] | None:
    """The settings in a value by name; None if it is a single value."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type) or hasattr(value, "shape"):
        return None
    if hasattr(value, "__dataclass_fields__") or type(value).__name__ in ("Namespace", "SimpleNamespace"):
        return vars(value) if hasattr(value, "__dict__") else None
    return dict(value.items()) if callable(getattr(value, "items", None)) else None  # such as a DictConfig


def _flattened(entries: Mapping[Any, Any], before: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, value in entries.items():
        name = _clean(f"{before}{key}", _LONGEST_SETTING)
        inner = _entries(value)
        if inner and depth < _DEEPEST:
            yield from _flattened(inner, f"{name}.", depth + 1)
        else:
            yield name, MASK if _is_secret(name, value) else setting_text(value)


def is_secret_name(name: str) -> bool:
    """Whether a name says that its text is secret: ``--api-key``."""
    return not (_SECRET | _SECRET_TEXT).isdisjoint(part.lower() for part in _PARTS.findall(name))


def _is_secret(name: str, value: Any) -> bool:
    words = {part.lower() for part in _PARTS.findall(name)}
    if not _SECRET.isdisjoint(words):
        return value is not None and value != ""
    is_single = value is None or value == "" or isinstance(value, bool | int | float)
    return not is_single and not _SECRET_TEXT.isdisjoint(words)


def setting_text(value: Any) -> str:
    """The value of a setting as text of one line, the same in each run."""
    if isinstance(value, float):
        text = f"{float(value):.12g}"
    elif isinstance(value, type) or (callable(value) and hasattr(value, "__name__")):
        text = str(value.__name__)
    elif isinstance(value, list | tuple | set | frozenset):
        parts = [setting_text(part) for part in list(value)[:_MOST]]
        text = f"[{', '.join(sorted(parts) if isinstance(value, set | frozenset) else parts)}]"
    else:
        text = str(value)
        if " object at 0x" in text:  # an address, which differs in each run
            text = type(value).__name__
    return _clean(_IN_URL.sub(rf"\1{MASK}@", text), _LONGEST_TEXT)


def _clean(text: str, limit: int) -> str:
    shown = " ".join(text.encode("utf-8", "replace").decode().split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
