"""The reason of one's own that policies/README.md adds as an example, put into a copy of the shipped policy."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = "case_of_another_office"
SENTENCE = "This case is kept by another office."
REMEDY = "Ask the office that keeps the case to search."
_PAGE = (ROOT / "policies" / "README.md").read_text()
_BLOCK = re.compile(r"`(?P<file>[a-z_/]+\.(?:yaml|rego))`[^`]*:\n\n```(?:yaml|rego)\n(?P<text>.*?)```", re.DOTALL)
_OPPOSITE = """- name: A case of another office is the person's where the person is assigned.
  set: {facts.case.same_office: false}
  expect: {allow: true}
"""


def read_blocks() -> dict[str, str]:
    """What the page puts into which file."""
    section = _PAGE.partition("## Add a reason of your own")[2].replace("in place of the `{}`", "")
    return {found["file"]: found["text"] for found in _BLOCK.finditer(section)}


def write_example(folder: Path) -> Path:
    """The shipped policy and its cases in this folder, with the page's reason, as the page says; the policy's folder."""
    shutil.copytree(ROOT / "policies", folder / "policies")
    skipped = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(ROOT / "tests" / "cases", folder / "cases", ignore=skipped)
    blocks = read_blocks()
    cases = folder / "cases" / "case.yaml"
    before = cases.read_text()
    assert _OPPOSITE in before
    cases.write_text(before.replace(_OPPOSITE, blocks.pop("cases/case.yaml")))
    for name, text in blocks.items():
        path = folder / "policies" / name
        kept = path.read_text().removesuffix("{}\n").rstrip("\n")
        path.write_text(f"{kept}\n\n{text}")
    return folder / "policies"
