"""Which layer may import which: `definitions -> defs -> orchestration -> {models, lake, sources} -> contracts`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import reporting_assets

ROOT = Path(reporting_assets.__file__).parent

# What each module or folder of the package may import of the others. `periods` and `progress` belong to no layer.
MAY_IMPORT = {
    "contracts": set(),
    "periods": {"contracts"},
    "progress": set(),
    "settings": {"models"},  # the defaults of the SQL's parameters are said there, once
    "sources": {"contracts", "periods"},
    "lake": {"contracts", "periods"},
    "models": {"contracts", "periods"},
    "sandbox": {"contracts"},
    "orchestration": {"contracts", "periods", "progress", "settings", "sources", "lake", "models", "sandbox"},
    "defs": {"contracts", "periods", "settings", "orchestration"},
    "definitions": {"settings", "defs", "orchestration"},
    "commands": {
        *("contracts", "periods", "progress", "settings", "sources", "lake", "models"),
        *("sandbox", "orchestration", "definitions"),
    },
    "cli": {"commands", "lake", "periods", "settings", "sources"},
}
MAY_IMPORT_DAGSTER = {"definitions", "defs", "orchestration", "commands"}

Imported = tuple[str, bool]  # dotted name, and whether it is imported when the module is


def imports(path: Path) -> Iterator[Imported]:
    """What a file imports, relative imports resolved; those for type checkers alone are left out."""
    yield from _imports(ast.parse(path.read_text(encoding="utf-8")), at_top=True)


def _imports(node: ast.AST, *, at_top: bool) -> Iterator[Imported]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((name.name, at_top) for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute here"
            yield from ((f"{child.module}.{name.name}", at_top) for name in child.names)
        else:
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from _imports(child, at_top=at_top and not is_function)


def layer(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


MODULES = [path for path in sorted(ROOT.rglob("*.py")) if layer(path) != "__init__"]


def test_every_layer_is_known() -> None:
    assert {layer(path) for path in MODULES} == set(MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_layers(path: Path) -> None:
    own = layer(path)
    found = {name.split(".")[1] for name, _ in imports(path) if name.startswith("reporting_assets.")}
    assert found - {own} <= MAY_IMPORT[own]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_dagster_and_the_sandbox_stay_where_they_belong(path: Path) -> None:
    own, relative = layer(path), path.relative_to(ROOT).as_posix()
    for name, at_top in imports(path):
        if name.split(".")[0].startswith("dagster"):
            assert own in MAY_IMPORT_DAGSTER
            assert own != "commands" or not at_top, "commands import Dagster inside functions, so that help is quick"
        if name.startswith("reporting_assets.sandbox"):
            assert own in ("sandbox", "commands") or relative == "orchestration/vendors.py"


def test_work_without_dagster_stays_without_it() -> None:
    """`ingest` and `derive` do the work; what they import, Dagster or not, is loaded with them."""
    for name in (
        "ingest",
        "derive",
        "work",
        "vendors",
        "journal",
        "lander",
        "landings",
        "items",
        "partials",
        "attachments",
    ):
        assert not [found for found, _ in imports(ROOT / "orchestration" / f"{name}.py") if found.startswith("dagster")]


def test_the_walk_sees_every_kind_of_import(tmp_path: Path) -> None:
    code = "import a.b\nfrom c import d\ndef f():\n    from e import g\nclass H:\n    import i\n"
    (tmp_path / "some.py").write_text(code)
    assert set(imports(tmp_path / "some.py")) == {("a.b", True), ("c.d", True), ("e.g", False), ("i", True)}
