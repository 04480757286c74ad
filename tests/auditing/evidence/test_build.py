import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.auditing.evidence import DecisionContext, make_evidence
from gateway.auditing.evidence.check import check_package
from gateway.auditing.evidence.checked_page import page
from gateway.auditing.evidence.signed_ends import KnownKeys, SignedEnds, tell_witnesses
from gateway.auditing.plate_hashes import look_up
from gateway.auditing.search import Criteria
from gateway.canonical import canonical
from gateway.cli import main
from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.keys import CheckpointKeys, read_published_keys
from gateway.ledger.compression import compress_closed
from gateway.ledger.verification.trust import NO_TRUST
from tests.auditing.ledgers import AUDITOR, START, Ask

FILES = [["lpr/decision.rego", "package lpr\n"], ["tables/usage/data.yaml", "daily: 200\n"]]
POLICY = hashlib.sha256(canonical(FILES).encode()).hexdigest()
FACTS = {"20261122-1-abcdefabcdef": {"content_sha256": "abcdefabcdef" + "0" * 52}}


@pytest.fixture
def agency(ledger):
    """Searches of three persons in two chains, over several segments, with checkpoints between; the last is unsigned."""
    ledger.max_bytes, ledger.policy = 8192, POLICY
    for slot in ("w0", "w1"):
        for number in range(4):
            ledger.write([Ask(person=f"u0{one}", plate=f"AAA{number}0{one}") for one in (1, 2, 3)], slot=slot)
            ledger.sign()
    compress_closed(ledger.directory, disk=RealDisk())
    ledger.write([Ask(person="u03")])
    for path, text in FILES:
        file = ledger.folder / "revisions" / POLICY / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return ledger


@pytest.fixture
def make(agency, reading, access, tmp_path):
    def make_(criteria, out="evidence", **options):
        context = DecisionContext(policies=agency.folder / "revisions", facts=FACTS)
        defaults = {"context": context, "private_key": None, "links": True, "now": START}
        return make_evidence(reading(), criteria, tmp_path / out, access, **defaults | options)

    return make_


def checked(folder, *arguments):
    """What the package's own program says, run as a stranger would: no packages, no environment."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(folder / "verify.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def records(folder):
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def test_a_stranger_can_check_a_package_with_nothing_but_python(make, tmp_path):
    made = make(Criteria(person="u01"))
    code, said = checked(tmp_path / "evidence")
    assert code == 0, said
    assert made.records == made.signed == 16
    assert "16 of 16 records are in 8 unbroken runs" in said
    assert "RESULT: everything checks out" in said
    assert {record["user_id"] for record in records(tmp_path / "evidence")} == {"u01"}


def test_checking_leaves_nothing_in_the_package_so_it_can_be_checked_again_and_a_page_for_its_owner_alone(
    make, tmp_path
):
    make(Criteria(person="u01"))
    folder, page = tmp_path / "evidence", tmp_path / "checked.html"
    before = {path.name for path in folder.iterdir()}
    for place in (page, tmp_path / "again.html"):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(folder / "verify.py"), "--page", str(place)],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
    assert {path.name for path in folder.iterdir()} == before
    assert page.stat().st_mode & 0o777 == 0o600
    inside = [sys.executable, "-I", "-S", str(folder / "verify.py"), "--page", str(folder / "checked.html")]
    assert b"outside the package" in subprocess.run(inside, capture_output=True, check=False).stderr


def by_its_program(folder, page):
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), "--page", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def by_the_product(folder, page):
    result = CliRunner().invoke(main, ["audit", "check-package", str(folder), "--page", str(page)])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("check", [by_its_program, by_the_product])
def test_a_page_is_made_with_its_folder_takes_the_place_of_nothing_and_where_it_cannot_be_made_the_place_is_named(
    make, tmp_path, check
):
    make(Criteria(person="u01"))
    folder, page, notes = tmp_path / "evidence", tmp_path / "new" / "folder" / "checked.html", tmp_path / "notes.html"
    notes.write_text("what I found")
    code, said, errors = check(folder, page)
    assert (code, "RESULT: everything checks out" in said, errors) == (0, True, "")
    assert [path.stat().st_mode & 0o777 for path in (page, *page.parents[:2])] == [0o600, 0o700, 0o700]
    for there in (notes, page):
        before = there.read_text()
        code, said, errors = check(folder, there)
        assert (code, said, there.read_text()) == (2, "", before)
        assert f"{there} exists already, and a page takes the place of nothing" in " ".join(errors.split())
    for barred in (notes / "checked.html", tmp_path / ("long" * 99)):
        code, said, errors = check(folder, barred)
        assert (code, "RESULT: everything checks out" in said) == (2, True)
        assert errors.startswith("error: ")
        assert str(barred.parent) in errors
        assert "Traceback" not in errors


def test_the_present_folder_is_no_place_for_a_page(make, tmp_path):
    make(Criteria(person="u01"))
    code, said, errors = by_its_program(tmp_path / "evidence", ".")
    assert (code, said) == (2, "")
    assert ". exists already" in errors


def test_the_key_known_from_elsewhere_must_have_signed(make, agency, tmp_path):
    make(Criteria(person="u01"))
    [key] = read_published_keys(agency.directory)
    assert checked(tmp_path / "evidence", "--key", str(key))[0] == 0
    (tmp_path / "x").mkdir()
    other = CheckpointKeys(tmp_path / "x", tmp_path / "y", disk=RealDisk()).list_held()[0].key.verifier
    code, said = checked(tmp_path / "evidence", "--key", str(other))
    assert code == 1
    assert "no good signature" in said
    assert "give the key that was published then" in said


def _rotate(ledger):
    """The checkpoint key before and after a rotation without overlap; a search is signed by each."""
    [old] = read_published_keys(ledger.directory)
    new = ledger.rotate_key()
    for _ in range(2):  # the first after the rotation is signed by both, for it names the new key
        ledger.write([Ask(person="u01"), Ask(person="u05")])
        ledger.sign()
    return str(old), str(new)


def test_to_a_reader_of_a_later_key_alone_what_only_the_earlier_one_signed_is_not_proved(make, agency, tmp_path):
    old, new = _rotate(agency)
    make(Criteria(person="u01"))
    code, said = checked(tmp_path / "evidence", "--key", new, "--page", str(tmp_path / "checked.html"))
    assert code == 2, said
    assert "from before it signed first, by a key that was not given" in said
    assert "give the key that was published then, too" in said
    page = (tmp_path / "checked.html").read_text()
    assert (page.count("<td>NO</td>"), page.count("<td>yes</td>")) == (
        14,
        6,
    )  # a chain's end is named again by later ones
    for keys in (["--key", old], ["--key", old, "--key", new]):
        code, said = checked(tmp_path / "evidence", *keys)
        assert code == 0, said


def test_what_a_later_key_signed_is_proved_by_it_alone_though_earlier_checkpoints_are_in_the_package(
    make, agency, tmp_path
):
    _, new = _rotate(agency)
    made = make(Criteria(person="u05"))
    code, said = checked(tmp_path / "evidence", "--key", new)
    assert (made.records, code) == (4, 0), said


def test_a_key_that_signed_none_of_the_ends_is_named_as_no_signer_of_them(make, agency, tmp_path):
    agency.write([Ask(person="u09")])
    agency.sign()
    agency.write([Ask(person="u05")])
    old, new = _rotate(agency)
    make(Criteria(person="u09"))
    code, said = checked(tmp_path / "evidence", "--key", old, "--key", new)
    assert code == 0, said
    [signatures] = [line for line in said.splitlines() if "Signatures:" in line]
    assert ["+".join(key.split("+")[:2]) in signatures for key in (old, new)] == [True, False]


def test_after_the_first_text_of_a_key_that_counts_none_may_be_without_its_signature(make, agency, tmp_path):
    _, new = _rotate(agency)
    make(Criteria(person="u01"))
    folder = tmp_path / "evidence"
    last = max((folder / "checkpoints").iterdir(), key=lambda path: int(path.stem))
    text, _, below = last.read_text().partition("\n\n")
    last.write_text(f"{text}\n\n{below.replace(' lpr-', ' other-')}")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][f"checkpoints/{last.name}"] = hashlib.sha256(last.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    code, said = checked(folder, "--key", new)
    assert code == 1
    assert f"checkpoints/{last.name} has no good signature of a key that counts" in said


def test_a_key_that_is_mistyped_is_no_fault_of_the_package(make, tmp_path):
    make(Criteria(person="u01"))
    program = str(tmp_path / "evidence" / "verify.py")
    done = subprocess.run([sys.executable, program, "--key", "nonsense"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "argument --key: invalid published_key value: 'nonsense'" in done.stderr


def _change_record(folder):
    path = folder / "records.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"decision":"allow"', b'"decision":"deny"', 1))
    return path


def _change_link(folder):
    path = min((folder / "ledger").iterdir())
    path.write_bytes(path.read_bytes().replace(b"u02", b"u09", 1))
    return path


def _drop_link(folder):
    path = min((folder / "ledger").iterdir())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1] + lines[2:]))
    return path


def _cut_run(folder):
    path = min((folder / "ledger").iterdir())
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    return path


def _change_note(folder):
    path = min((folder / "checkpoints").iterdir())
    path.write_text(path.read_text().replace("time 2026", "time 2025"))
    return path


def _change_policy(folder):
    path = next((folder / "policies").rglob("*.rego"))
    path.write_text("package lpr\n\nallow := true\n")
    return path


@pytest.mark.parametrize("harm", [_change_record, _change_link, _drop_link, _cut_run, _change_note, _change_policy])
def test_any_change_is_found_even_where_the_manifest_was_made_to_fit(make, tmp_path, harm):
    make(Criteria(person="u01"))
    folder = tmp_path / "evidence"
    path = harm(folder)
    code, said = checked(folder)
    assert (code, "not the file that the manifest lists" in said) == (1, True)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    code, said = checked(folder)
    assert code == 1, said
    assert "does NOT check out" in said


def test_a_file_added_or_removed_is_found(make, tmp_path):
    make(Criteria(person="u01"))
    (tmp_path / "evidence" / "more.txt").touch()
    assert "more.txt is not listed" in checked(tmp_path / "evidence")[1]
    (tmp_path / "evidence" / "more.txt").unlink()
    (tmp_path / "evidence" / "facts.json").unlink()
    assert "facts.json is missing" in checked(tmp_path / "evidence")[1]
    manifest = tmp_path / "evidence" / "manifest.json"
    told = json.loads(manifest.read_text())
    del told["files"]["facts.json"]
    manifest.write_text(json.dumps(told))
    assert "facts.json, which names the revisions of the facts, is missing" in checked(tmp_path / "evidence")[1]


@pytest.mark.parametrize("content", [b"", b"[" * 200_000, b"[]", b'{"files": 7}', b"\xff"])
def test_a_manifest_that_cannot_be_read_is_named_by_the_package_and_by_the_product(make, tmp_path, content):
    make(Criteria(person="u01"))
    (tmp_path / "evidence" / "manifest.json").write_bytes(content)
    told = "manifest.json is not what a package holds there: it cannot be read"
    assert told in checked(tmp_path / "evidence")[1]
    assert check_package(tmp_path / "evidence", NO_TRUST) == told


@pytest.mark.parametrize("name", ["facts.json", "keys/1.vkey", "checkpoints/1", "policies/x", "opened.jsonl"])
def test_any_file_of_a_package_that_cannot_be_read_is_named(make, tmp_path, name):
    make(Criteria(person="u01"), private_key=AUDITOR.private)
    folder = tmp_path / "evidence"
    path = folder / name
    if not path.is_file():
        path = min((each for each in path.parent.rglob("*") if each.is_file()), default=path)
    path.write_bytes(b"\xff\n")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert path.name in str(check_package(folder, NO_TRUST))


def test_records_that_are_not_signed_yet_are_named_as_such(make, tmp_path):
    made = make(Criteria(person="u03"))
    assert (made.records, made.signed) == (18, 16)
    assert made.shortcomings == ("2 records are newer than the last signed checkpoint",)
    code, said = checked(tmp_path / "evidence")
    assert code == 2
    assert "not every record is connected" in said
    assert "newer than the last signed checkpoint" in (tmp_path / "evidence" / "README.html").read_text()


@pytest.mark.parametrize("harm", [lambda path: path.write_bytes(path.read_bytes()[:-40]), Path.unlink])
def test_what_a_damaged_or_missing_segment_cuts_off_from_its_signature_is_told_and_the_rest_is_proved(
    make, agency, tmp_path, harm
):
    for number in range(12):
        agency.write([Ask(person="u09", plate=f"BBB{number:03}")], slot="w2")
    agency.sign()
    agency.write([Ask(person="u08")], slot="w2")
    agency.sign()
    compress_closed(agency.directory, disk=RealDisk())
    _first, second, *_ = sorted(agency.directory.glob("w2/*.zst"))
    harm(second)
    made = make(Criteria(person="u09"))
    cut_off = made.records - made.signed
    assert 0 < cut_off < made.records < 24
    assert f"{cut_off} records are not connected with a signature" in " ".join(made.shortcomings)
    code, said = checked(tmp_path / "evidence")
    assert code == 2, said
    assert f"{made.signed} of {made.records} records are in 1 unbroken runs" in said


def test_where_a_line_of_somebody_else_was_removed_all_that_is_left_is_in_the_package_and_proved_as_far_as_it_goes(
    make, agency, tmp_path
):
    agency.max_bytes = 1 << 20
    agency.write([Ask(person=f"u0{one}") for one in (9, 8, 9, 8, 9)], slot="w2")
    agency.sign()
    agency.write([Ask(person="u08")], slot="w2")
    [file] = agency.directory.glob("w2/*.jsonl")
    lines = file.read_bytes().splitlines(keepends=True)
    gone = next(at for at, line in enumerate(lines) if b'"user_id":"u08"' in line)
    file.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
    made = make(Criteria(person="u09"))
    assert made.records == 6
    assert made.signed == 4, "those behind the gap"
    assert "2 records are not connected with a signature" in " ".join(made.shortcomings)
    code, said = checked(tmp_path / "evidence")
    assert code == 2, said
    assert "4 of 6 records are in 1 unbroken runs" in said


def test_without_links_nothing_of_others_is_given_out(make, tmp_path):
    made = make(Criteria(person="u01"), links=False)
    assert (made.others, made.signed) == (0, 0)
    given = b"".join(path.read_bytes() for path in (tmp_path / "evidence").rglob("*.jsonl"))
    assert b'"u02"' not in given
    code, said = checked(tmp_path / "evidence")
    assert code == 2
    assert "none of the records is connected with one" in said
    assert "signed by" not in said


def test_the_step_of_the_witnesses_says_what_was_asked_of_whom():
    nobody, given = KnownKeys(), KnownKeys(witnesses=("w+1+a", "v+2+b"))
    none, one = SignedEnds(*[set()] * 5), SignedEnds(set(), set(), set(), {"w"}, set())
    told = [
        tell_witnesses(*asked) for asked in ((none, 3, nobody), (none, 0, given), (none, 3, given), (one, 3, given))
    ]
    assert told == [
        "Witnesses: none was asked for, since no key of one was given",
        "Witnesses: none could be asked for, for there are no runs whose ends one cosigns",
        "Witnesses: none of the 2 whose keys were given cosigned all of it",
        "Witnesses: w cosigned all of it",
    ]


def test_the_links_hold_no_plate_or_written_reason_of_anybody(make, tmp_path):
    made = make(Criteria(person="u01"), private_key=AUDITOR.private)
    assert made.others > 0
    plates = [f"AAA{number}0{person}".encode() for number in range(4) for person in (2, 3)]
    for path in (tmp_path / "evidence").rglob("*"):
        assert not path.is_file() or not [plate for plate in plates if plate in path.read_bytes()]


def test_with_an_auditors_key_what_was_sealed_is_opened_beside_the_records(make, reads, tmp_path):
    make(Criteria(person="u01"), private_key=AUDITOR.private)
    opened = [json.loads(line) for line in (tmp_path / "evidence" / "opened.jsonl").read_text().splitlines()]
    assert sorted({item["plate"] for item in opened}) == ["AAA001", "AAA101", "AAA201", "AAA301"]
    assert "AAA301" not in (tmp_path / "evidence" / "README.html").read_text()
    assert [event for event, _ in reads.entries] == ["audit.read", "audit.opened"]


def test_a_plate_brings_decisions_and_their_outcomes_and_is_not_named_without_a_key(make, agency, tmp_path):
    plates = look_up("AAA202", directory=agency.directory, secrets=agency.secrets)
    made = make(Criteria(plates=plates.hashes))
    assert made.records == 4
    assert {record["event_type"] for record in records(tmp_path / "evidence")} == {"decision", "outcome"}
    for path in (tmp_path / "evidence").rglob("*"):
        assert not path.is_file() or b"AAA202" not in path.read_bytes()


def test_holds_the_text_of_the_policies_and_the_digests_of_the_facts(make, tmp_path):
    make(Criteria(case="25-001234"))
    folder = tmp_path / "evidence"
    assert (folder / "policies" / POLICY / "lpr" / "decision.rego").read_text() == "package lpr\n"
    assert json.loads((folder / "facts.json").read_text()) == FACTS


def test_says_what_it_could_not_hold(make, agency):
    shutil.rmtree(agency.folder / "revisions")
    made = make(Criteria(person="u01"), context=DecisionContext(policies=agency.folder / "revisions"))
    assert made.shortcomings == (
        f"the text of policy {POLICY} is not kept on this host",
        "facts revision 20261122-1-abcdefabcdef is not known on this host",
    )


@pytest.mark.parametrize("name", ["evidence.zip", "EVIDENCE.ZIP"])
def test_a_zip_file_holds_the_same_and_is_private(make, tmp_path, name):
    make(Criteria(person="u01"), out=name)
    assert (tmp_path / name).stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(tmp_path / name) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert checked(tmp_path / "unpacked")[0] == 0
    with pytest.raises(ConfigurationError, match="exists already"):
        make(Criteria(person="u01"), out=name)


def test_of_nothing_no_package_is_made(make, tmp_path):
    with pytest.raises(ConfigurationError, match="no record answers"):
        make(Criteria(person="nobody"))
    assert not (tmp_path / "evidence").exists()


def test_the_package_is_on_record_before_it_is_made(make, reads, access):
    make(Criteria(case="25-001234"))
    [(event_type, fields)] = reads.entries
    assert (event_type, fields["what"], fields["why"]) == ("audit.read", "evidence", access.why)
    assert fields["filter"] == {"case": "25-001234", "links": True, "opened": False}


def test_the_programs_signature_check_agrees_with_a_second_implementation():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.auditing.evidence.ed25519 import is_signed

    for number in range(5):
        private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public, text = private.public_key().public_bytes_raw(), b"checkpoint %d\n" % number
        signature = private.sign(text)
        assert is_signed(public, text, signature)
        assert not is_signed(public, text + b"x", signature)
        assert not is_signed(public, text, bytes([signature[0] ^ 1]) + signature[1:])
        assert not is_signed(public, text, signature[:-1] + bytes([signature[-1] ^ 1]))
        assert not is_signed(bytes(32), text, signature)


def test_the_program_is_plain_enough_to_be_read():
    from gateway.auditing.evidence import verify_package

    assert len(Path(verify_package.__file__).read_text().splitlines()) <= 300


def test_the_page_of_a_package_says_which_decision_was_only_asked_for(agency, make, tmp_path):
    agency.write([Ask(person="u09", explain=True, answered=False)])
    agency.sign()
    make(Criteria(person="u09"))
    assert checked(tmp_path / "evidence", "--page", str(tmp_path / "checked.html"))[0] == 0
    page = (tmp_path / "checked.html").read_text()
    assert "<td>allow, only asked</td>" in page
    assert "nothing was sent to a vendor" in page


def test_the_page_of_a_checked_package_names_each_record_by_the_ids_that_it_has(make, tmp_path):
    make(Criteria(person="u01"))
    code, _, _ = by_the_product(tmp_path / "evidence", tmp_path / "checked.html")
    text = (tmp_path / "checked.html").read_text()
    ids = {record["decision_id"] for record in records(tmp_path / "evidence")}
    assert (code, [one for one in ids if f"decision {one}" not in text]) == (0, [])


def test_a_finding_and_the_approvals_that_an_allow_rested_on_are_named_on_the_page_by_kind_and_id():
    record = {"finding_id": "D9-1", "supervisor_approval_id": ["a1", "a2"], "event_id": "e1", "event_type": "decision"}
    text = page([record | {"chain": {"id": "w0", "seq": 1}}], set(), {}, "")
    assert "<td>finding D9-1, supervisor approval a1, supervisor approval a2</td>" in text
