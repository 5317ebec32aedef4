"""Translates `template.yaml` as CloudFormation would, for the linters that want plain resources.

Runs in the environment of the SAM toolchain: `.tools/sam/bin/python -m infra.gates.translate`.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

_CODE_DEPLOY: Final = "AWSCodeDeployRoleForLambda"
_POLICIES: Final = {_CODE_DEPLOY: f"arn:aws:iam::aws:policy/service-role/{_CODE_DEPLOY}"}


def translate(template: Path, parameters: dict[str, str]) -> dict[str, Any]:
    """The template without SAM's own types."""
    document = yaml_parse(template.read_text())
    for resource in document["Resources"].values():
        for code in {"CodeUri", "ContentUri"} & set(resource.get("Properties", {})):
            resource["Properties"][code] = "s3://packaged/later"
    session = boto3.session.Session(region_name="us-east-1")
    translator = Translator(_POLICIES, Parser(), None, session)
    translated: dict[str, Any] = translator.translate(document, parameter_values=parameters)
    return translated


def main() -> None:
    template, folder = Path(sys.argv[1]), Path(sys.argv[2])
    parameters = dict(each.split("=", 1) for each in sys.argv[3:])
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        template.parent / "infra", folder / "infra", dirs_exist_ok=True, ignore=_only_templates
    )
    translated = json.dumps(translate(template, parameters), indent=1)
    (folder / "template.json").write_text(translated)


def _only_templates(folder: str, names: list[str]) -> set[str]:
    del folder
    return {name for name in names if not name.endswith(".yaml")}


if __name__ == "__main__":
    main()
