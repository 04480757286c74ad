import random
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner

from gateway.auditing.evidence import DecisionContext, make_evidence
from gateway.auditing.search import Criteria
from gateway.cli import main
from tests.auditing.ledgers import START, Ask

NOT = "RESULT: this package does NOT check out: "
SEED = 20261122


@pytest.fixture
def package(ledger, reading, access, tmp_path):
    """A package of one person's records, as a zip file."""
    ledger.write([Ask(person="u01"), Ask(person="u02")])
    ledger.sign()
    context = DecisionContext(policies=ledger.folder / "revisions", facts={})
    out = tmp_path / "e.zip"
    make_evidence(
        reading(), Criteria(person="u01"), out, access, context=context, private_key=None, links=True, now=START
    )
    return out


def told(package):
    result = CliRunner().invoke(main, ["audit", "check-package", str(package)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def unfold(content, place):
    place.write_bytes(content)
    with zipfile.ZipFile(place) as archive:
        return {item.filename: archive.read(item) for item in archive.infolist()}


def test_a_zip_file_with_any_bit_flipped_is_told_as_a_package_that_does_not_check_out(package, tmp_path):
    whole, files, draw = package.read_bytes(), unfold(package.read_bytes(), package), random.Random(SEED)
    directory = whole.index(b"PK\x01\x02")
    places = [*draw.sample(range(directory), 250), *draw.sample(range(directory, len(whole)), 250), 0, 1, 2, 3]
    sound = 0
    for place in places:
        content = bytearray(whole)
        content[place] ^= 1 << draw.randrange(8)
        package.write_bytes(content)
        code, said = told(package)
        if code == 0:  # as of the time that a file was packed at
            sound += 1
            assert unfold(content, tmp_path / "again.zip") == files, place
        else:
            assert (code, NOT in said) == (1, True), (place, said)
    assert sound < len(places) / 2


@pytest.mark.parametrize("part", [0.01, 0.3, 0.9, 0.999])
def test_a_zip_file_that_was_cut_short_is_told_as_a_package_that_does_not_check_out(package, part):
    whole = package.read_bytes()
    package.write_bytes(whole[: int(len(whole) * part)])
    assert told(package) == (1, f"{NOT}the list of what is in the zip file cannot be read: it was damaged or altered\n")


@pytest.mark.parametrize(
    ("at", "value"), [(8, 99), (8, 12), (8, 14), (6, 1), (6, 0x20), (6, 0x40)],
    ids=["no method", "bzip2", "lzma", "encrypted", "patched", "strongly encrypted"],
)  # fmt: skip
def test_a_file_that_is_said_to_be_packed_otherwise_is_named(package, at, value):
    content = bytearray(package.read_bytes())
    listed = content.rindex(b"manifest.json") - 46
    begins = content.index(b"manifest.json") - 30
    for start, shift in ((listed, 2), (begins, 0)):
        content[start + at + shift] = value
    package.write_bytes(content)
    code, said = told(package)
    assert code == 1
    assert f"{NOT}manifest.json cannot be read: the zip file was damaged or altered" in said


def repack(package, files):
    with zipfile.ZipFile(package, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("deep", ["evidence/", "case 7/evidence/"], ids=["one folder", "two folders"])
def test_a_package_whose_folder_was_packed_again_is_read_whatever_the_system_put_beside_it(package, tmp_path, deep):
    files = unfold(package.read_bytes(), package)
    left = {"__MACOSX/evidence/._manifest.json": b"x", ".DS_Store": b"x", "case 7/desktop.ini": b"x"}
    repack(package, {f"{deep}{name}": content for name, content in files.items()} | left)
    assert told(package)[0] in (0, 2), told(package)
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert told(tmp_path / "unpacked") == told(package)


def test_what_a_system_left_within_a_package_is_not_looked_at_by_either_program(package, tmp_path):
    files = unfold(package.read_bytes(), package)
    whole = told(package)
    left = {".DS_Store": b"x", "ledger/Thumbs.db": b"x", "policies/.DS_Store": b"x", "checkpoints/._a": b"x"}
    repack(package, files | left)
    assert told(package) == whole
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "unpacked")
    program = [sys.executable, tmp_path / "unpacked" / "verify.py"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode in (0, 2), NOT in done.stdout) == (True, False), done.stdout


def test_a_package_that_was_altered_in_its_folder_does_not_check_out_either(package):
    files = unfold(package.read_bytes(), package)
    repack(package, {f"evidence/{name}": content for name, content in files.items()} | {"evidence/more.txt": b"x"})
    assert (told(package)[0], NOT in told(package)[1]) == (1, True)


def test_of_a_package_beside_other_files_and_of_several_the_folders_are_named(package):
    files = unfold(package.read_bytes(), package)
    inside = {f"evidence/{name}": content for name, content in files.items()}
    repack(package, inside | {"letter.txt": b"x"})
    assert "one lies in the folder evidence in it beside other files (letter.txt); give that folder" in told(package)[1]
    repack(package, inside | {f"second/{name}": content for name, content in files.items()})
    assert "one lies in the folder evidence and second in it; give that folder, unpacked" in told(package)[1]
