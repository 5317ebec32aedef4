"""How Sphinx builds the documentation: `make docs`, with every warning an error."""

import importlib
import pkgutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "layers/kith"))

# Autodoc imports modules a second time with TYPE_CHECKING switched on: Pydantic cannot build
# FastAPI's models so, and SQLAlchemy refuses a table that is declared twice. What is imported
# already stays as it is.
for module in pkgutil.walk_packages([str(Path(sys.path[0]) / "kith")], "kith."):
    if not module.name.startswith(("kith.migrations.env", "kith.migrations.versions.")):
        importlib.import_module(module.name)

project = "Kith"
author = "The Kith authors"
copyright = "2026, The Kith authors"  # noqa: A001 - Sphinx's name for it
extensions = [
    "myst_parser",
    "sphinx.ext.apidoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
html_theme = "furo"
html_title = "Kith"
exclude_patterns = ["_build"]
# A page for every module, made anew at each build: docs/code/ is not in the repository.
apidoc_modules = [
    {
        "path": "../layers/kith/kith",
        "destination": "code",
        "exclude_patterns": ["../layers/kith/kith/migrations/versions", "**/migrations/env.py"],
        "separate_modules": True,
        "module_first": True,
        "implicit_namespaces": True,
    }
]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
# Names of other projects are not ours to link: there is no inventory of them without the network.
# What stands inside an ``Annotated`` is a function, not a class.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!kith\.).*"),
    (r"py:class", r"kith\..*\.([a-z_]\w*|_\w+|Annotated)"),
    (r"py:(class|obj)", r"kith\..*\.(_\w+|[A-Z]\w*T)"),  # type variables
]
napoleon_use_ivar = True  # else an attribute would be described twice
# SQLAlchemy's docstrings link to pages of its own.
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    "show-inheritance": True,
    "exclude-members": "cache_ok, metadata",
}
autodoc_typehints = "signature"
copybutton_prompt_text = "$ "
suppress_warnings = ["ref.python"]  # several packages have a `router`
