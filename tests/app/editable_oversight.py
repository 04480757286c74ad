"""An installation whose folder of oversight may be edited."""

import shutil

from tests.auditing.installation import Installation
from tests.oversight.scene import FOLDER


def make_editable(folder):
    """The installation, and its folder of oversight."""
    made, tables = Installation(folder).set_up(), folder / "own" / "oversight"
    shutil.copytree(FOLDER.path, tables)
    made.config.write_text(f'{made.config.read_text()}[oversight]\ndirectory = "{tables}"\n')
    return made, tables


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
