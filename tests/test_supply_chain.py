"""What the project is made of: the bill of materials from the lock, and the engine's wheel from its sources."""

import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[1]


def loaded(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    out = tmp_path_factory.mktemp("sbom") / "sbom.cdx.json"
    command = [sys.executable, ".ci/make_sbom.py", "requirements.lock", "pyproject.toml", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return out.read_text()


def test_the_bill_of_materials_is_cyclonedx_in_its_strict_form(bill):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None


def test_every_pin_of_the_lock_is_in_the_bill_with_all_its_digests_and_nothing_else(bill):
    lock = (ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock, re.MULTILINE))
    components = json.loads(bill)["components"]
    assert {(item["name"], item["version"]) for item in components} == pinned
    digests = {digest["content"] for item in components for digest in item["hashes"]}
    assert digests == set(re.findall(r"sha256:([0-9a-f]{64})", lock))


def test_what_only_tests_need_is_marked_as_excluded(bill):
    scopes = {item["name"]: item["scope"] for item in json.loads(bill)["components"]}
    assert (scopes["gordon-to-regorus"], scopes["cryptography"], scopes["pytest"]) == (
        "required",
        "required",
        "excluded",
    )


def test_a_line_that_is_no_pin_makes_no_bill():
    with pytest.raises(ValueError, match="not a pin"):
        list(loaded("make_sbom").components("left-pad\n"))
    with pytest.raises(ValueError, match="not a pin"):
        list(loaded("make_sbom").components("left-pad==1.0 \\\n    --hash=md5:00\n"))


def test_the_engine_is_built_from_a_commit_named_in_full():
    assert re.fullmatch("[0-9a-f]{40}", loaded("build_regorus").COMMIT)


def test_the_same_library_gives_the_same_wheel_and_pip_reads_it(tmp_path):
    build = loaded("build_regorus")
    wheels = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        wheels.append(build.write_wheel(tmp_path / name, "0.11.0", build.COMMIT, b"\x7fELF library"))
    assert wheels[0].read_bytes() == wheels[1].read_bytes()
    target = ["--target", str(tmp_path / "installed"), "--no-deps", "--no-index", "--quiet", str(wheels[0])]
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *target], check=True, timeout=120
    )
    assert (tmp_path / "installed" / "regorus" / "regorus.abi3.so").read_bytes() == b"\x7fELF library"
    with zipfile.ZipFile(wheels[0]) as archive:
        assert archive.testzip() is None
