"""Whoever passes an evidence package on, and may change everything in it, its program and its manifest included."""

import hashlib
import json
import os

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.cli import main
from gateway.clock import now
from gateway.durable import RealDisk
from gateway.ledger.checkpoints.checkpoint import note_files, read_stored_notes
from gateway.ledger.checkpoints.cosignature import Cosigner
from gateway.ledger.checkpoints.cosignatures import keep_cosignature
from gateway.ledger.checkpoints.keys import read_published_keys
from gateway.ledger.checkpoints.note import SigningKey, parse
from tests.auditing.installation import Installation
from tests.auditing.ledgers import Ask


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("agency")).set_up()
    made.search(Ask(plate="FNA579", text="seen near the warehouse"), Ask(person="u02", plate="KLM482"))
    return made


@pytest.fixture
def package(installation, tmp_path):
    installation.run(
        "audit",
        "evidence",
        "--person",
        "u01",
        "--key",
        installation.key,
        "--out",
        tmp_path / "p",
        "--why",
        "Complaint 7",
    )
    return tmp_path / "p"


def check(package, *arguments):
    result = CliRunner().invoke(main, ["audit", "check-package", str(package), *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout + result.stderr


def change(package, name, old, new):
    """Change a file and make the manifest fit; the program that came along says whatever its owner likes."""
    path = package / name
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    refit(package)


def refit(package):
    (package / "verify.py").write_text("print('RESULT: everything checks out.')\n")
    manifest = json.loads((package / "manifest.json").read_text())
    manifest["files"] = {
        path.relative_to(package).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in package.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    (package / "manifest.json").write_text(json.dumps(manifest))


def known_key(installation):
    return str(read_published_keys(installation.settings.audit.directory)[0])


def test_an_untouched_package_checks_out_and_shows_what_was_proved(package, installation, tmp_path):
    code, said = check(package, "--trust", known_key(installation), "--page", tmp_path / "checked.html")
    assert code == 0, said
    page = (tmp_path / "checked.html").read_text()
    assert "FNA579" in page
    assert "seen near the warehouse" in page
    assert (tmp_path / "checked.html").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("opened.jsonl", b"FNA579", b"XYZ111"),
        ("opened.jsonl", b"seen near the warehouse", b"my former wife's car..."),
        ("records.jsonl", b'"user_id":"u01"', b'"user_id":"u02"'),
    ],
)
def test_a_plate_a_reason_or_a_person_changed_in_the_readable_files_is_found(package, name, old, new):
    change(package, name, old, new)
    code, said = check(package)
    assert code == 1
    assert "does NOT check out" in said


def test_a_value_given_with_a_salt_of_ones_own_is_not_what_was_sealed(package):
    path = package / "opened.jsonl"
    items = [json.loads(line) for line in path.read_text().splitlines()]
    for item in items:
        item["plate"], item["salts"] = "XYZ111", dict.fromkeys(item["salts"], "00" * 32)
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    refit(package)
    assert check(package)[0] == 1


def test_a_value_that_no_commitment_holds_is_not_shown_and_the_result_says_so(package, tmp_path):
    path = package / "opened.jsonl"
    outcome = next(
        json.loads(line) for line in (package / "records.jsonl").read_text().splitlines() if '"outcome"' in line
    )
    path.write_text(path.read_text() + json.dumps({"event_id": outcome["event_id"], "plate": "XYZ111"}) + "\n")
    refit(package)
    code, said = check(package, "--page", tmp_path / "checked.html")
    assert code == 2
    assert "not proved" in said
    assert "XYZ111" not in (tmp_path / "checked.html").read_text()


def test_the_page_that_came_with_a_package_holds_nothing_that_could_be_changed(package):
    readme = (package / "README.html").read_text()
    for word in ("FNA579", "warehouse", "u01", "25-001234", "Complaint"):
        assert word not in readme


def test_a_package_signed_anew_with_an_own_key_is_refused_by_who_knows_the_key(package, installation):
    forger = SigningKey(
        read_published_keys(installation.settings.audit.directory)[0].name, Ed25519PrivateKey.generate()
    )
    assert check(package, "--trust", str(forger.verifier))[0] == 1
    assert check(package, "--trust", known_key(installation))[0] == 0


def trusting(installation, tmp_path, cosigner):
    directory = installation.settings.audit.directory
    path = tmp_path / "trust.toml"
    origin = (directory / "keys" / "installation").read_text().strip()
    witness = f'[[witnesses]]\nkey = "{cosigner.key}"\n'
    path.write_text(f'origin = "{origin}"\nkeys = ["{known_key(installation)}"]\n{witness}')
    return path


def cosign_all(installation, cosigner):
    directory = installation.settings.audit.directory
    for path in note_files(directory):
        for number, stored in enumerate(read_stored_notes(path), int(path.stem)):
            keep_cosignature(directory, number, cosigner.cosign(parse(stored.whole).text, now()), disk=RealDisk())


def test_as_many_witnesses_as_the_trust_file_asks_for_must_have_cosigned_the_package(installation, package, tmp_path):
    cosigner = Cosigner("witness.example", Ed25519PrivateKey.generate())
    trust = trusting(installation, tmp_path, cosigner)
    code, said = check(package, "--trust-file", trust)
    assert code == 1
    assert "0 witnesses cosigned it, and 1 must: of records that are newer" in said
    cosign_all(installation, cosigner)
    out = tmp_path / "cosigned.zip"
    result = installation.invoke("audit", "evidence", "--person", "u02", "--out", out, "--why", "again")
    assert result.exit_code == 0, result.output
    code, said = check(out, "--trust-file", trust)
    assert code == 0
    assert "witness.example cosigned all of it" in said


def test_what_is_newer_than_a_witness_has_taken_is_not_proved_and_nothing_is_said_to_be_wrong(installation, tmp_path):
    cosigner = Cosigner("witness.example", Ed25519PrivateKey.generate())
    trust, made = (
        trusting(installation, tmp_path, cosigner),
        ("audit", "evidence", "--person", "u05", "--why", "to see"),
    )
    installation.search(Ask(person="u05"))
    installation.run(*made, "--out", tmp_path / "first")
    cosign_all(installation, cosigner)
    installation.search(Ask(person="u05", text="the newest of all"))
    told = installation.run(*made, "--out", tmp_path / "second", "--trust-file", trust)
    code, said = check(tmp_path / "second", "--trust-file", trust, "--page", tmp_path / "page.html")
    lacking = "2 of 4 records are not cosigned by 1 witnesses, and are not proved"
    assert (code, lacking in said, lacking in told.stderr) == (2, True, True)
    assert "Witnesses: 1 of 2 runs are cosigned by as many as must (1)" in said
    assert (tmp_path / "page.html").read_text().count("<tr class=no>") == 2


def test_a_link_in_a_package_is_not_followed(package):
    (package / "more").symlink_to("/etc/hostname")
    code, said = check(package)
    assert code == 1
    assert "is a link" in said


def test_a_pipe_in_a_package_is_not_waited_at(package):
    os.mkfifo(package / "more")
    code, said = check(package)
    assert (code, "is a link, pipe or device" in said) == (1, True)


def test_what_is_no_package_is_an_error(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    assert check(tmp_path / "empty")[0] == 2
    assert check(tmp_path / "x.zip")[0] == 2
