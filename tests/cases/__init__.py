"""The cases of the shipped policy, one YAML file a topic; `gateway.pdp.check.cases` says how they are written."""

import json
from pathlib import Path
from typing import Any

from gateway.pdp.check.case_files import BASE, read_cases
from gateway.pdp.check.cases import DecisionCase
from gateway.pdp.check.usual_obligations import read_base

FOLDER = Path(__file__).parent
BASE_TEXT = (FOLDER / BASE).read_text()


def all_cases() -> list[DecisionCase]:
    """Every case of every file, in the order of their files."""
    return read_cases(FOLDER)


def base() -> Any:
    """A fresh copy of the allowed request that cases change."""
    return json.loads(read_base(BASE_TEXT).request)
