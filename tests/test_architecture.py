"""The drawing in CONTRIBUTING, checked: which room may import which, and what an import may cost."""

import ast
import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import reportgen

PACKAGE = Path(reportgen.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

_DATA = {"errors", "text", "languages", "metrics", "formatting", "history"}
_JUDGED = _DATA | {"diagnosis", "wording"}
_DRAWN = _JUDGED | {"charts"}
_RENDERED = _DRAWN | {"page", "assets", "render"}
_WALK = _RENDERED | {"options", "gate", "sources", "outputs", "model_facts", "version"}

# The room, and what it may import besides itself.
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "version": set(),
    "text": set(),
    "languages": {"errors", "text"},
    "metrics": {"text", "languages"},
    "formatting": {"languages"},
    "history": {"errors", "text", "metrics", "languages"},
    "journal": {"metrics"},
    "options": {"errors"},
    "sources": {"options", "errors", "text", "metrics", "languages", "history", "journal"},
    "diagnosis": _DATA | {"wording"},
    "wording": _DATA | {"diagnosis"},
    "gate": _JUDGED,
    "charts": _JUDGED,
    "page": _DRAWN,
    "assets": {"errors", "options"},
    "vega": {"errors"},
    "render": {"errors", "options", "languages", "page", "assets", "vega"},
    "outputs": _RENDERED | {"gate", "journal"},
    "settings": {"options", "errors", "text", "languages", "gate", "assets"},
    "model_facts": {"errors", "history"},
    "report": _WALK,
    "ci": {"errors", "text", "languages", "gate", "outputs", "report"},
    "sweep": _WALK | {"report"},
    "live": {"journal", "history", "report"},
    "callback": {
        "errors",
        "languages",
        "history",
        "journal",
        "live",
        "text",
        "model_facts",
        "report",
        "sources",
        "outputs",
    },
    "demo": {"errors", "report", "callback"},
    "cli": {
        "errors",
        "formatting",
        "text",
        "options",
        "sources",
        "languages",
        "history",
        "gate",
        "report",
        "version",
        "outputs",
        "demo",
        "assets",
        "settings",
        "ci",
        "sweep",
    },
    "__main__": {"cli"},
    "__init__": {"errors", "version", "callback", "diagnosis", "history", "report", "gate"},
}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """Dotted names of what a module imports, and whether at its top level."""
    tree = ast.parse(path.read_text("utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from ((f"{node.module}.{alias.name}", id(node) in top) for alias in node.names)


def rooms_imported(path: Path) -> set[str]:
    return {name.split(".")[1] for name, _ in imported(path) if name.startswith("reportgen.")} - {room(path)}


def test_every_module_stands_in_a_room_of_the_table() -> None:
    assert {room(path) for path in MODULES} == set(ALLOWED)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_point_upwards(path: Path) -> None:
    names = {name for name in rooms_imported(path) if name in ALLOWED}
    assert names <= ALLOWED[room(path)]


def test_the_table_itself_has_no_circle() -> None:
    done: list[str] = []
    waiting = dict(ALLOWED) | {"wording": _DATA}  # it still has one, with the diagnosis
    while waiting:
        free = [name for name, needs in waiting.items() if needs <= set(done)]
        assert free, f"a circle among {sorted(waiting)}"
        for name in free:
            done.append(name)
            del waiting[name]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_keras_is_imported_by_the_callback_and_the_demo_only(path: Path) -> None:
    tops = {name.split(".")[0] for name, _ in imported(path)}
    assert not tops & {"keras", "tensorflow", "torch", "jax"} or room(path) in ("callback", "demo")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_too_long_and_each_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 600
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_unpickled_evaluated_or_fetched(path: Path) -> None:
    names = {name for name, _ in imported(path) if not name.startswith("urllib.parse.")}  # it only reads text
    tops = {name.split(".")[0] for name in names}
    assert not tops & {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
    assert not tops & {"urllib", "requests", "http", "socket", "asyncio", "ftplib"}
    assert not tops & {"smtplib", "ssl"} or path == PACKAGE / "outputs" / "smtp.py", "one room sends"
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("eval", "exec", "compile", "__import__"):
            assert isinstance(node.args[0], ast.Constant), f"line {node.lineno} runs text that is not our own"
        said = ast.unparse(node) if isinstance(node, ast.Attribute | ast.alias) else ""
        assert said not in UNPICKLING, f"{said} may run what stands in a file"
        assert getattr(node, "arg", "") != "allow_pickle"


UNPICKLING = {
    *("np.load", "pd.read_pickle", "pd.read_hdf", "pd.eval", "ast.literal_eval", "literal_eval", "torch.load"),
    *("yaml.load", "yaml.load_all", "yaml.full_load", "yaml.unsafe_load"),
}


def loaded_after(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded after running the code."""
    code += "\nimport sys; print('\\n'.join({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_after("import reportgen; reportgen.__version__, reportgen.SourceError, dir(reportgen)")
    assert "reportgen" in loaded
    assert not loaded & {"tensorflow", "keras", "pandas", "altair", "numpy", "jinja2", "vl_convert", "typer"}


def test_a_diagnosis_loads_no_drawing_engine() -> None:
    loaded = loaded_after('import reportgen; reportgen.diagnose({"loss": [3, 2, 1, 1]}).to_dict()')
    assert "pandas" in loaded
    assert not loaded & {"altair", "vl_convert", "jinja2", "keras", "tensorflow"}


@pytest.mark.parametrize("command", ["check {} --fail-on overfitting --baseline {}", "summary {} --baseline {}"])
def test_checking_and_summing_up_load_no_drawing_engine(command: str, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n0,0.9\n1,0.5\n2,0.4\n", "utf-8")
    words = [str(log) if word == "{}" else word for word in command.split()]
    loaded = loaded_after(
        "import contextlib, io, sys\nfrom reportgen.cli import app\n"
        "with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):\n"
        f"    assert not app(args={words!r}, standalone_mode=False)"
    )
    assert "pandas" in loaded
    assert not loaded & {"altair", "vl_convert", "jinja2", "keras", "tensorflow"}


def test_a_report_loads_no_keras_and_nothing_of_mail() -> None:
    loaded = loaded_after('import reportgen; reportgen.build({"loss": [3, 2, 1, 1]}).to_html()')
    assert {"altair", "vl_convert"} <= loaded
    assert not loaded & {"keras", "tensorflow", "smtplib", "css_inline", "PIL"}


def test_all_is_what_is_exported_sorted_and_complete() -> None:
    assert sorted(reportgen.__all__) == sorted(set(reportgen.__all__))
    assert set(reportgen.__all__) <= set(dir(reportgen))
    eager = {
        alias.asname or alias.name
        for node in ast.parse((PACKAGE / "__init__.py").read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reportgen")
        for alias in node.names
    }
    assert set(reportgen.__all__) == eager | set(reportgen._HOMES)


@pytest.mark.parametrize("name", [name for name in reportgen.__all__ if name not in ("__version__", "ReportCallback")])
def test_every_public_name_is_there_and_documented_with_every_public_member(name: str) -> None:
    value = getattr(reportgen, name)
    assert inspect.getdoc(value)
    home = reportgen._HOMES.get(name)
    if home:
        assert getattr(importlib.import_module(home), name) is value
    if inspect.isclass(value):
        for member, thing in vars(value).items():
            if not member.startswith("_") and callable(getattr(thing, "__func__", thing)):
                assert inspect.getdoc(getattr(value, member)), f"{name}.{member}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        reportgen.nonsense  # noqa: B018


def test_every_error_of_ours_is_a_reportgen_error_with_a_familiar_parent() -> None:
    errors = importlib.import_module("reportgen.errors")
    ours = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind)}
    assert {name for name in reportgen.__all__ if name.endswith("Error")} == set(ours)
    assert all(issubclass(kind, errors.ReportgenError) and kind.__doc__ for kind in ours.values())
    familiar = {"SourceError": ValueError, "HistoryError": ValueError, "OutputError": OSError}
    for name, parent in (familiar | {"MissingExtraError": ImportError}).items():
        assert issubclass(ours[name], parent)
        assert name in (errors.__doc__ or "")
