#!/usr/bin/env python3
"""Builds the embedded engine's wheel from Microsoft's own sources, with cargo: see docs/supply-chain.md.

    python3 .ci/build_regorus.py --out FOLDER [--source CHECKOUT] [--commit COMMIT]

Needs git, cargo and Python 3.10 or later, and nothing else. Cargo fetches the libraries that the sources' own lock file
pins by digest. The wheel holds the one shared library that cargo made and what pip needs to install it.
"""

import argparse
import base64
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REPOSITORY = "https://github.com/microsoft/regorus"
COMMIT = "39f535e91392bc77a5f8367e35466be2366a2738"
_INIT = b"from .regorus import *\n\n__doc__ = regorus.__doc__\nif hasattr(regorus, '__all__'):\n    __all__ = regorus.__all__\n"
_TRY = (
    "import regorus; e = regorus.Engine(); e.add_policy('t.rego', 'package t\\nimport rego.v1\\ndefault a := false\\n"
    "a if input.x == 1'); e.set_input_json('{\"x\": 1}'); assert e.eval_rule('data.t.a') is True; "
    "regorus.Program.compile_from_modules; regorus.Rvm()"
)


def run(*command: str | Path, **options) -> None:
    if subprocess.run([str(part) for part in command], check=False, **options).returncode:
        sys.exit(f"build_regorus: this failed: {' '.join(str(part) for part in command)}")


def build(source: str, commit: str, work: Path) -> tuple[str, bytes]:
    """The version that the sources give themselves, and the shared library made of them."""
    tree = work / "regorus"
    run("git", "clone", "--quiet", "--no-checkout", source, tree)
    run("git", "-C", tree, "checkout", "--quiet", "--detach", commit)
    bindings = tree / "bindings" / "python"
    [version] = re.findall(r'^version = "([0-9.]+)"$', (bindings / "Cargo.toml").read_text(), re.MULTILINE)
    target = Path(os.environ.get("CARGO_TARGET_DIR", work / "target"))
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target), "PYO3_PYTHON": sys.executable}
    run("cargo", "build", "--release", "--locked", cwd=bindings, env=environment)
    return version, (target / "release" / "libregoruspy.so").read_bytes()


def write_wheel(out: Path, version: str, commit: str, library: bytes) -> Path:
    """The wheel: the library, its package, and what pip reads. The same library gives the same bytes."""
    tag, info = f"cp310-abi3-linux_{platform.machine()}", f"regorus-{version}.dist-info"
    local = f"{version}+{commit[:12]}"
    info = f"regorus-{local}.dist-info"
    files = {
        "regorus/__init__.py": _INIT,
        "regorus/regorus.abi3.so": library,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: regorus\nVersion: {local}\n"
        f"Summary: Rego policy engine, built from {REPOSITORY} at {commit}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: build_regorus\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
    }
    listed = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*listed, f"{info}/RECORD,,", ""]).encode()
    path = out / f"regorus-{local}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return path


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def prove(wheel: Path, work: Path) -> None:
    """Load what was built, and let it decide something."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(work / "tried")
    run(sys.executable, "-c", _TRY, env={**os.environ, "PYTHONPATH": str(work / "tried")})


def main() -> None:
    parser = argparse.ArgumentParser(description="Builds the embedded engine's wheel from Microsoft's sources.")
    parser.add_argument("--out", type=Path, required=True, help="where the wheel goes")
    parser.add_argument("--source", default=REPOSITORY, help="a checkout, or another address of the repository")
    parser.add_argument("--commit", default=COMMIT, help="what to build; give a digest that you have reviewed")
    given = parser.parse_args()
    if not shutil.which("cargo") or not shutil.which("git"):
        sys.exit("build_regorus: install git and Rust's cargo first")
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        version, library = build(given.source, given.commit, Path(folder))
        wheel = write_wheel(given.out, version, given.commit, library)
        prove(wheel, Path(folder))
    print(f"{hashlib.sha256(wheel.read_bytes()).hexdigest()}  {wheel}")


if __name__ == "__main__":
    main()
