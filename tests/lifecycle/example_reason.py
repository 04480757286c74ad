"""The reason and the number of one's own that policies/README.md adds as examples, put into copies of the shipped policy."""

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


def read_section(heading: str) -> str:
    """What the page says under a heading."""
    return _PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def read_blocks(heading: str = "Add a reason of your own") -> dict[str, str]:
    """What the page puts into which file."""
    section = re.sub(r"in place of the `\{\}`|or below what is there", "", read_section(heading))
    return {found["file"]: found["text"] for found in _BLOCK.finditer(section)}


def write_example(folder: Path) -> Path:
    """The shipped policy and its cases in this folder, with the page's reason, as the page says; the policy's folder."""
    copy_shipped(folder)
    blocks = read_blocks()
    cases = folder / "cases" / "case.yaml"
    before = cases.read_text()
    assert _OPPOSITE in before
    cases.write_text(before.replace(_OPPOSITE, blocks.pop("cases/case.yaml")))
    for name, text in blocks.items():
        append(folder / "policies" / name, text)
    return folder / "policies"


def write_number(folder: Path) -> Path:
    """The shipped policy and its cases in this folder, with the page's rule and its number, as the page says."""
    copy_shipped(folder)
    heading = "Add a rule with a number of your own"
    for name, text in read_blocks(heading).items():
        append(folder / ("" if name.startswith("cases/") else "policies") / name, text)
    [whole] = re.findall(r"```rego\n(satisfied if \{\n.*?\n\}\n)```", read_section(heading), re.DOTALL)
    rules = folder / "policies" / "lpr" / "retention" / "retention.rego"
    rules.write_text(
        re.sub(r"^satisfied if \{\n.*?\n\}\n", whole, rules.read_text(), count=1, flags=re.DOTALL | re.MULTILINE)
    )
    return folder / "policies"


def copy_shipped(folder: Path) -> None:
    """The shipped policy and its cases in this folder."""
    shutil.copytree(ROOT / "policies", folder / "policies")
    skipped = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(ROOT / "tests" / "cases", folder / "cases", ignore=skipped)


def append(path: Path, text: str) -> None:
    """A block of the page at the end of a file, in place of an empty table."""
    kept = path.read_text().removesuffix("{}\n").rstrip("\n")
    path.write_text(f"{kept}\n\n{text}" if path.parent.name != "cases" else f"{kept}\n{text}")
