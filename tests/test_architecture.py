"""The two houses: `streams` is pure, `agents` moves data, `config` knows neither."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "streams": {
        "agents",
        "config",
        "faust",
        "aiokafka",
        "kafka",
        "confluent_kafka",
        "time",
        "random",
        "socket",
        "os",
        "secrets",
        "threading",
        "asyncio",
        "pathlib",
        "uuid",
    },
    "agents": {"tests"},
    "config": {"streams", "agents"},
}
CLOCKS = {"now", "utcnow", "today"}


def modules(house: str) -> list[Path]:
    return sorted((ROOT / house).rglob("*.py"))


def imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("house", FORBIDDEN)
def test_a_house_imports_only_what_its_purpose_allows(house: str) -> None:
    trespassers = {
        str(path.relative_to(ROOT)): sorted(wrong)
        for path in modules(house)
        if (wrong := imports(ast.parse(path.read_text(encoding="utf-8"))) & FORBIDDEN[house])
    }

    assert trespassers == {}


def test_streams_never_asks_a_clock() -> None:
    askers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules("streams")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "self")
    ]

    assert askers == []


def test_every_folder_of_code_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for house in FORBIDDEN
        for path in modules(house)
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []
