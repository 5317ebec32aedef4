"""Who opens a unit of work: routes, jobs, and the flows that the decision page lists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.source_metrics import PACKAGE, source_files

PAGE = Path("docs/decisions/0002-one-transaction-per-request.md")
ROUTES = re.compile(r"(^|[._])(router|contact_routes|dependencies)$")


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts)


def openers(file: Path) -> Iterator[str]:
    """The functions and methods of a module in which ``database().…`` stands."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = (each for each in ast.walk(node) if isinstance(each, ast.Attribute))
            if any(ast.unparse(call.value) == "database()" for call in calls):
                yield node.name


def test_services_never_open_one_and_the_decision_page_lists_the_flows_that_do() -> None:
    listed = set(re.findall(r"`([a-z_.]+)`", PAGE.read_text().partition("## Flows")[2]))
    opened = {
        module if module in listed else f"{module}.{name}"
        for file in source_files()
        for name in openers(file)
        if not ROUTES.search(module := module_of(file))
    }

    assert opened == listed


def test_a_flow_with_two_says_so_in_its_name_and_docstring() -> None:
    for flow in re.findall(r"^\| `([a-z_.]+)` \| .+ \| .+ \|", PAGE.read_text(), re.MULTILINE):
        module, _, name = flow.rpartition(".")
        if name.endswith("_in_two_transactions"):
            source = ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text())
            (function,) = [
                each
                for each in source.body
                if isinstance(each, ast.FunctionDef) and each.name == name
            ]
            assert "transaction" in (ast.get_docstring(function) or ""), flow
