"""How the package is organised: what may import what, names that mean one thing, and what an import may cost."""

import ast
import functools
import importlib
import inspect
import subprocess
import sys
from collections import defaultdict
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
_REPORTED = (
    _RENDERED | {"evaluation", "additions"} | {"options", "gate", "sources", "outputs", "model_facts", "version"}
)

# The parts of the package in the order data passes through them, and what each may import besides itself: only parts
# above it.
STAGES: dict[str, set[str]] = {
    "version": set(),
    "text": set(),
    "regular_files": set(),
    "shared_files": set(),
    "portable_names": {"shared_files"},
    "errors": {"text"},
    "languages": {"errors", "text"},
    "metrics": {"text", "languages"},
    "formatting": {"languages"},
    "options": {"errors", "text"},
    "history": {"errors", "text", "metrics", "languages"},
    "journal": {"errors", "metrics", "history", "regular_files"},
    "keras_versions": {"errors", "text"},
    "model_facts": {"errors", "history", "keras_versions"},
    "sources": {"options", "errors", "text", "metrics", "languages", "history", "journal", "portable_names"}
    | {"model_facts"},
    "evaluation": {"errors", "text", "formatting", "history", "sources"},
    "additions": {"errors", "text", "formatting", "history"},
    "diagnosis": _DATA - {"formatting"},
    "wording": _DATA | {"diagnosis"},
    "gate": _JUDGED,
    "charts": _JUDGED,
    "page": _DRAWN,
    "assets": {"errors", "text", "formatting", "options"},
    "vega": {"errors"},
    "render": {"errors", "text", "options", "languages", "page", "assets", "vega"},
    "outputs": _RENDERED | {"gate", "journal", "portable_names", "regular_files", "shared_files"},
    "settings": {"options", "errors", "text", "languages", "diagnosis", "gate", "assets"},
    "model_scores": {"errors", "text", "history", "evaluation", "keras_versions", "model_facts"},
    "formats": {"errors", "text", "history", "options", "sources"},
    "rules": {"history", "diagnosis"},
    "report": _REPORTED,
    "comparison": _RENDERED | {"options", "gate", "sources", "outputs", "regular_files", "version"},
    "ci": {"errors", "text", "languages", "gate", "outputs", "report", "version"},
    "sweep": _REPORTED | {"regular_files", "portable_names", "shared_files", "report", "journal", "comparison"},
    "live": {"errors", "regular_files", "text", "metrics", "options", "history", "journal", "sources", "outputs"}
    | {"report", "languages", "assets", "diagnosis", "additions", "evaluation", "portable_names", "shared_files"},
    "recorder": {"errors", "text", "options", "history", "live", "report", "model_facts"},
    "lightning": {"errors", "history", "live", "report", "model_facts"},
    "transformers": {"errors", "history", "live", "report", "model_facts"},
    "callback": {"options", "history", "live", "model_facts", "model_scores", "report", "keras_versions"},
    "demo": {"errors", "options", "report", "callback", "keras_versions"},
    "cli": {"errors", "formatting", "text", "options", "sources", "languages", "history", "gate", "report", "version"}
    | {"diagnosis", "page", "outputs", "demo", "assets", "settings", "ci", "comparison", "sweep"},
    "__main__": {"cli"},
    "__init__": {"errors", "version", "options", "callback", "comparison", "recorder", "diagnosis", "evaluation"}
    | {"wording", "gate", "history", "report"},
}  # fmt: skip
# Names that may occur twice. Do not add one without a good reason.
SHARED_FUNCTIONS = {"certainty", "main", "forecast"}
SHARED_FILES = {
    "__init__": "packages",
    **dict.fromkeys(
        ("advice", "answers", "comparison", "notes", "verdict"), "wording/ words what diagnosis/ and history/ hold"
    ),
    **dict.fromkeys(
        ("generalisation", "learning_rate", "resources", "shapes", "status"), "wording/ has the words for each rule"
    ),
    **dict.fromkeys(("report", "journal"), "the format reads what the module of this name writes"),
    **dict.fromkeys(("ci", "options"), "the commands call the module of this name"),
    "checks": "of a history, of a gate",
    "lightning": "the format reads what Lightning's own loggers write",
    "rules": "of a gate; what authors of rules for the entry point group of this name import",
    "evaluation": "each stage has its part of it",
}
MAX_LINES = 600


def relative(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def dotted(path: Path) -> str:
    """``sources/opening.py`` as "sources.opening", a package by its own name."""
    return relative(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def stage(name: str) -> str:
    return name.split(".")[0]


def imported(path: Path) -> set[str]:
    """Dotted names of all that a module imports, also inside functions and for type checkers."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own_imports(path: Path) -> set[str]:
    """The modules of this package that a module imports, dotted, without itself."""
    known = {dotted(module) for module in MODULES}
    found = set()
    for name in imported(path):
        top, _, rest = name.partition(".")
        if top == "reportgen" and rest:
            found.add(rest if rest in known else rest.rpartition(".")[0] or "__init__")
    return found - {dotted(path)}


def test_every_module_belongs_to_a_stage() -> None:
    assert {stage(dotted(path)) for path in MODULES} == set(STAGES)


def test_a_module_imports_only_from_the_stages_its_own_stage_may_import() -> None:
    faults = [
        f"{relative(path)} imports {name}"
        for path in MODULES
        for name in sorted(own_imports(path))
        if stage(name) not in {"__init__", stage(dotted(path)), *STAGES[stage(dotted(path))]}
    ]
    assert faults == []


def test_the_stages_that_a_stage_may_import_are_earlier_ones() -> None:
    order = list(STAGES)
    later = [
        (name, other) for name, others in STAGES.items() for other in others if order.index(other) >= order.index(name)
    ]
    assert later == []


def test_there_are_no_circular_imports() -> None:
    waiting = {dotted(path): own_imports(path) for path in MODULES if dotted(path) != "__init__"}
    while free := [name for name, needs in waiting.items() if not needs & set(waiting)]:
        for name in free:
            del waiting[name]
    while outside := set(waiting) - set().union(*waiting.values()):  # import modules of the circle, but are not in it
        for name in outside:
            del waiting[name]
    assert {name: needs & set(waiting) for name, needs in waiting.items()} == {}


def test_keras_is_loaded_for_the_callback_and_the_demo_only() -> None:
    frameworks = {"keras", "tf_keras", "tensorflow", "torch", "jax"}
    assert [
        relative(path) for path in MODULES if {name.split(".")[0] for name in imported(path)} & frameworks
    ] == []  # which Keras is decided when it is needed
    asking = {relative(path) for path in MODULES if "import_keras(" in path.read_text("utf-8")}
    assert asking == {"keras_versions.py", "callback.py", "demo.py"}


def test_no_module_is_too_long() -> None:
    lengths = {relative(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_every_module_has_a_docstring() -> None:
    assert [relative(path) for path in MODULES if not ast.get_docstring(tree(path))] == []


def shared(places: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    """Names that occur in several places, given pairs of a name and its place."""
    found = defaultdict(list)
    for name, place in places:
        found[name].append(place)
    return {name: where for name, where in found.items() if len(where) > 1}


def test_no_two_classes_share_a_name() -> None:
    classes = shared(
        (node.name.lstrip("_"), relative(path))
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    )
    assert classes == {}


def test_no_two_public_functions_share_a_name() -> None:
    functions = shared(
        (node.name, relative(path))
        for path in MODULES
        if stage(dotted(path)) != "cli"  # a command has the name of the function that it runs
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    )
    assert {name: where for name, where in functions.items() if name not in SHARED_FUNCTIONS} == {}


def test_no_public_constant_is_defined_twice() -> None:
    constants = shared(
        (f"{target.id} = {ast.unparse(node.value)}", relative(path))
        for path in MODULES
        for node in tree(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_")
    )
    assert constants == {}


def test_no_two_files_share_a_name_unless_they_mirror_each_other() -> None:
    files = shared((path.stem, relative(path)) for path in MODULES)
    assert {name: where for name, where in files.items() if name not in SHARED_FILES} == {}


UNPICKLING = {
    *("np.load", "pd.read_pickle", "pd.read_hdf", "pd.eval", "ast.literal_eval", "literal_eval", "torch.load"),
    *("yaml.load", "yaml.load_all", "yaml.full_load", "yaml.unsafe_load"),
}
UNPICKLERS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
NETWORK = {"urllib", "requests", "http", "socket", "asyncio", "ftplib"}


def test_nothing_is_unpickled() -> None:
    faults = []
    for path in MODULES:
        faults += [f"{relative(path)} imports {name}" for name in imported(path) if name.split(".")[0] in UNPICKLERS]
        for node in ast.walk(tree(path)):
            text = ast.unparse(node) if isinstance(node, ast.Attribute | ast.alias) else getattr(node, "arg", "")
            if text in UNPICKLING or text == "allow_pickle":
                faults.append(f"{relative(path)} uses {text}, which may run code from a file")
    assert faults == []


def test_no_text_is_evaluated() -> None:
    faults = [
        f"{relative(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("eval", "exec", "compile", "__import__")
        and not isinstance(node.args[0], ast.Constant)
    ]
    assert faults == []


CONNECTED = {"outputs/smtp.py", "outputs/smtp_session.py", "outputs/pull_requests.py", "outputs/webhook.py"}


def test_only_mails_comments_and_webhooks_open_a_connection() -> None:
    faults = [
        f"{relative(path)} imports {name}"
        for path in MODULES
        for name in imported(path)
        if name.split(".")[0] in NETWORK | {"smtplib", "ssl"}
        and not name.startswith("urllib.parse.")  # it only reads text
        and relative(path) not in CONNECTED
    ]
    assert faults == []


PRINTING = {"print", "pprint", "echo", "secho", "showwarning", "warn_explicit"}
LOGGING = {"debug", "info", "warning", "error", "critical", "exception", "log"}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__", "buffer"}
# Calls that print something else than text for people: commands that `build_log` makes, a whole file, an order to the
# watcher, and an answer to the process of a sweep.
NOT_TEXT = {
    "cli/terminal.py: click.echo(line)",
    "cli/terminal.py: sys.stdout.buffer.write(content)",
    "live/watcher.py: print(job, file=self._process.stdin, flush=True)",
}


def printing_calls(path: Path) -> Iterator[ast.Call]:
    """Calls that print, warn or log."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            owner, _, name = ast.unparse(node.func).rpartition(".")
            if (
                name in PRINTING
                or (owner, name) == ("warnings", "warn")
                or (name in LOGGING and "log" in owner.lower())
                or (name in ("write", "writelines") and owner.rpartition(".")[2] in STREAMS)
            ):
                yield node


def test_all_that_is_printed_passes_the_one_function_that_makes_it_harmless() -> None:
    """Or are constants. A test with hostile names over all commands is in test_hostile_names.py."""
    faults = []
    for path in MODULES:
        for call in printing_calls(path):
            first = call.args[0] if call.args else ast.Constant("")
            if isinstance(first, ast.BinOp):  # harmless(text) + end
                first = first.left
            safe = isinstance(first, ast.Constant) or ast.unparse(getattr(first, "func", first)) == "harmless"
            line = f"{relative(path)}: {ast.unparse(call)}"
            if not safe and line not in NOT_TEXT:
                faults.append(line)
    assert faults == []


def test_only_the_terminal_module_has_a_console() -> None:
    using = {relative(path) for path in MODULES if {"rich.console.Console", "rich.print"} & imported(path)}
    assert using == {"cli/terminal.py"}


def loaded_after(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded after running the code."""
    code += "\nimport sys; print('\\n'.join({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_after("import reportgen; reportgen.__version__, reportgen.SourceError, dir(reportgen)")
    assert "reportgen" in loaded
    assert not loaded & {"tensorflow", "keras", "pandas", "altair", "numpy", "jinja2", "vl_convert", "click"}


def test_a_diagnosis_loads_no_drawing_engine() -> None:
    loaded = loaded_after('import reportgen; reportgen.diagnose({"loss": [3, 2, 1, 1]}).to_dict()')
    assert "pandas" in loaded
    assert not loaded & {"altair", "vl_convert", "jinja2", "keras", "tensorflow"}


@pytest.mark.parametrize("command", ["check {} --fail-on overfitting --baseline {}", "summary {} --baseline {}"])
def test_check_and_summary_load_no_drawing_engine(command: str, tmp_path: Path) -> None:
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


def test_all_lists_every_public_name_in_order() -> None:
    assert sorted(reportgen.__all__) == sorted(set(reportgen.__all__))
    assert set(reportgen.__all__) <= set(dir(reportgen))
    eager = {
        alias.asname or alias.name
        for node in ast.parse((PACKAGE / "__init__.py").read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("reportgen")
        for alias in node.names
    }
    assert set(reportgen.__all__) == eager | set(reportgen._HOMES)


PUBLIC = sorted(set(reportgen.__all__) - {"__version__", "ReportCallback"})  # importing the callback loads Keras


def test_every_public_name_is_exported_from_its_module() -> None:
    homes = {name: home for name, home in reportgen._HOMES.items() if name in PUBLIC}
    wrong = {
        name
        for name, home in homes.items()
        if getattr(importlib.import_module(home), name) is not getattr(reportgen, name)
    }
    assert wrong == set()


def test_every_public_name_and_member_is_documented() -> None:
    values = {name: getattr(reportgen, name) for name in PUBLIC}
    members = {
        f"{name}.{member}": getattr(value, member)
        for name, value in values.items()
        if inspect.isclass(value)
        for member, thing in vars(value).items()
        if not member.startswith("_") and callable(getattr(thing, "__func__", thing))
    }
    assert [name for name, value in (values | members).items() if not inspect.getdoc(value)] == []


def test_an_unknown_name_raises_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        reportgen.nonsense  # noqa: B018


def test_every_public_error_is_a_reportgen_error_with_a_builtin_parent() -> None:
    errors = importlib.import_module("reportgen.errors")
    ours = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind)}
    assert {name for name in reportgen.__all__ if name.endswith("Error")} == set(ours)
    assert all(issubclass(kind, errors.ReportgenError) and kind.__doc__ for kind in ours.values())
    familiar = {"SourceError": ValueError, "HistoryError": ValueError, "OutputError": OSError}
    for name, parent in (familiar | {"MissingExtraError": ImportError}).items():
        assert issubclass(ours[name], parent)
        assert name in (errors.__doc__ or "")
