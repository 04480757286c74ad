"""Step 1 of the check of an evidence package: every file is one that the manifest lists, and as it lists it.

Needs Python 3.9 or later and `signed_ends.py` beside it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

try:
    from gateway.auditing.evidence.signed_ends import Files, Wrong, reading
except ImportError:  # in a package, beside this program
    from signed_ends import Files, Wrong, reading  # type: ignore[import-not-found, no-redef]

_LEFT_BY_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")
_UNLISTED = (
    " is not listed in the manifest, so it is none of the package: unpack that into an empty folder and check again"
)


def read_folder(folder: Path) -> Files:
    """The files of a package, by their names."""
    paths = [path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()]
    strange = sorted(path.name for path in paths if path.is_symlink() or not path.is_file())
    if strange:  # a link leads elsewhere; a pipe is waited at for ever
        raise Wrong(strange[0] + " is a link, pipe or device, not a file")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def is_systems(name: str) -> bool:
    """Whether a file is what macOS or Windows puts into folders that somebody looks at. No package is made with one."""
    last = name.rpartition("/")[2]
    return last in _LEFT_BY_SYSTEMS or last.startswith("._")


def leave_out_systems(files: Files) -> Files:
    """The files that may be of a package: at the others nothing looks."""
    return {name: content for name, content in files.items() if not is_systems(name)}


def check_files(files: Files) -> str:
    """Step 1."""
    with reading("manifest.json"):
        listed = dict(json.loads(files["manifest.json"])["files"])
    there = set(files) - {"manifest.json"}
    for name in sorted(set(listed) | there):
        if name not in listed or name not in there:
            raise Wrong(name + (_UNLISTED if name in there else " is missing"))
        if hashlib.sha256(files[name]).hexdigest() != listed[name]:
            raise Wrong(name + " is not the file that the manifest lists")
    return f"Files: {len(listed)} files are as the manifest lists them"
