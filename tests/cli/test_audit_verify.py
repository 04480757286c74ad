import base64
import csv
import gzip
import io
import json
import os
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.auditing.copy import export_copy
from gateway.cli import main
from gateway.cli.audit_verify import trust_of, verify_ledger
from gateway.clock import format_instant, parse_instant
from gateway.durable import RealDisk
from gateway.ledger.checkpoints.checkpoint import note_files, parse_checkpoint, read_stored_notes
from gateway.ledger.checkpoints.cosignature import Cosigner
from gateway.ledger.checkpoints.cosignatures import keep_cosignature
from gateway.ledger.checkpoints.keys import CheckpointKeys, read_published_keys
from gateway.ledger.checkpoints.note import SigningKey, parse
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record
from gateway.ledger.segments import read_records
from gateway.ledger.slots import hold_directory
from gateway.ledger.verification.witnessing import OverHttp
from gateway.shipping.formats import FORMATS
from gateway.shipping.formats.record import Record
from tests.ledger.ledgers import ledger_runtime
from tests.shipping.certificates import Authority
from tests.witness.programs import running


def audit_verify(*arguments):
    result = CliRunner().invoke(main, ["audit", "verify", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def directory(tmp_path):
    audit = ledger_runtime(tmp_path, keygen())
    audit.ledger.record(admin_record("key.issued"))
    audit.close()
    return tmp_path / "audit"


def sent_lines(directory, form):
    return [FORMATS[form].encode(Record.read(line.raw), embed=True) for line in read_records(directory)]


def as_csv(lines):
    out = io.StringIO()
    csv.writer(out).writerows([["_raw"], *([line] for line in lines)])
    return out.getvalue()


def as_one_document(lines):
    return json.dumps([json.loads(line) for line in lines], indent=2)


def trust_file(folder, directory, *, keys=None, more=""):
    (key,) = keys or read_published_keys(directory)
    path = folder / "trust.toml"
    path.write_text(f'origin = "{(directory / "keys" / "installation").read_text().strip()}"\nkeys = ["{key}"]\n{more}')
    return path


def test_a_folder_that_holds_no_ledger_is_an_error_and_not_verified(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("nothing of ours")
    for folder in (tmp_path, tmp_path / "other"):
        result = audit_verify(folder)
        assert result.exit_code == 2
        assert "holds no ledger" in result.stderr
        assert "verified" not in result.stdout


def test_an_export_that_holds_no_record_is_an_error_and_not_verified(tmp_path):
    (tmp_path / "export.jsonl").write_text("")
    result = audit_verify("--from-export", tmp_path / "export.jsonl")
    assert result.exit_code == 2
    assert "holds no record" in result.stderr


def test_the_verdict_says_what_was_proved_and_up_to_when(directory, tmp_path):
    bare = json.loads(audit_verify(directory, "--json").stdout)["proof"]
    assert bare["signed_until"] is None
    assert "not proved who signed it" in bare["sentences"][1]
    known = json.loads(audit_verify(directory, "--trust-file", trust_file(tmp_path, directory), "--json").stdout)[
        "proof"
    ]
    assert known["signed_until"] is not None
    assert known["signed_until"] in known["sentences"][1]


def test_a_witness_of_the_agencys_own_authority_is_asked_with_ca_file_and_else_named_by_its_certificate(tmp_path):
    authority = Authority(tmp_path)
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key, pair=authority.issue("witness", server=True)) as (url, _):
        audit = ledger_runtime(tmp_path, keygen(), witnesses=(("witness", url, authority.file),))
        audit.ledger.record(admin_record("key.issued"))
        audit.close()
        result = audit_verify(tmp_path / "audit", "--against", url)
        assert (result.exit_code, result.stderr) == (
            2,
            f"error: {url} cannot be read: its certificate is not trusted: unable to get local issuer certificate\n",
        )
        result = audit_verify(tmp_path / "audit", "--against", url, "--ca-file", authority.file)
        assert (result.exit_code, f"it is what {url} took then" in result.stdout) == (0, True), result.output


@pytest.fixture(params=["same key", "key changed"])
def witnessed(tmp_path, request):
    """A ledger that goes on after a copy of it was made, also with another key, and what to give `audit verify` to ask its witness."""
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key) as (url, own):
        audit = ledger_runtime(tmp_path, keygen(), witnesses=(("witness", url),))
        for number in range(3):
            audit.ledger.record(admin_record("key.issued", n=number))
            audit.checkpointer.write()
        export_copy(tmp_path / "audit", tmp_path / "copy", SimpleNamespace(record=lambda *_: None))
        shutil.copytree(tmp_path / "audit", tmp_path / "earlier")
        known = read_published_keys(tmp_path / "audit")
        if request.param == "key changed":
            audit.checkpointer.rotate_key(timedelta(0), audit.ledger.record)
        for number in range(2):
            audit.ledger.record(admin_record("key.issued", n=number))
            audit.checkpointer.write()
        audit.close()
        more = f'[[witnesses]]\nkey = "{own}"\nplace = "{url}"\n'
        yield tmp_path, url, trust_file(tmp_path, tmp_path / "audit", keys=known, more=more)


def told_of_end(result):
    document = json.loads(result.stdout)
    [finding] = [item for item in document["findings"] if item["kind"] == "ends_earlier"]
    return result.exit_code, document["break"], finding["sentence"], " ".join(document["proof"]["sentences"])


def test_a_copy_that_ends_before_what_the_witness_holds_now_is_told_where_it_ends_and_is_no_break(witnessed):
    folder, _, trust = witnessed
    held = [*read_stored_notes(note_files(folder / "audit")[-1])]
    last = parse_checkpoint(parse(held[-1].whole).text)
    code, broken, finding, proof = told_of_end(audit_verify(folder / "copy", "--trust-file", trust, "--json"))
    assert (code, broken) == (0, None)
    assert f"this copy ends with checkpoint 3, of {parse_checkpoint(parse(held[2].whole).text).time}" in finding
    assert f"holds {last.number}, of {last.time}" in finding
    assert "its end was cut off or rolled back" in finding
    assert "it ends with checkpoint 3" in proof
    assert "holds more: what was recorded since is not here" in proof


def test_a_copy_whose_end_was_cut_off_says_so_at_the_checkpoint_that_it_was_cut_to(witnessed):
    folder, _, trust = witnessed
    (notes,) = note_files(folder / "copy")
    notes.write_text("".join(f"{stored.whole}\n" for stored in [*read_stored_notes(notes)][:2]))
    code, broken, finding, proof = told_of_end(audit_verify(folder / "copy", "--trust-file", trust, "--json"))
    assert (code, broken) == (0, None)
    assert "this copy ends with checkpoint 2" in finding
    assert "it ends with checkpoint 2" in proof


def test_the_folder_that_a_gateway_worked_in_is_rolled_back_where_a_copy_only_ends(witnessed):
    folder, _, trust = witnessed
    result = audit_verify(folder / "earlier", "--trust-file", trust)
    assert (result.exit_code, "rolled_back" in result.stdout, "BROKEN" in result.stdout) == (1, True, True)
    assert "--copy` judges it as one" in result.stdout
    given = ((), trust_of((), trust), OverHttp(), 1, lambda _done, _total: None)
    assert verify_ledger(folder / "copy", *given, own=False).ok
    assert not verify_ledger(folder / "copy", *given, own=True).ok, "the ledger of the settings, whatever lies in it"


def test_what_the_auditor_says_is_a_copy_may_end_before_the_witness_whatever_lock_files_lie_in_it(witnessed):
    folder, _, trust = witnessed
    code, broken, finding, _ = told_of_end(audit_verify(folder / "earlier", "--copy", "--trust-file", trust, "--json"))
    assert (code, broken) == (0, None)
    assert "this copy ends with checkpoint 3" in finding


def test_neither_the_gateways_own_ledger_nor_one_that_a_gateway_is_using_is_taken_for_a_copy(directory):
    assert audit_verify(directory, "--copy").exit_code == 0
    with closing(hold_directory(directory, disk=RealDisk())):
        held = audit_verify(directory, "--copy")
    own, export = audit_verify("--copy"), audit_verify("--copy", "--from-export", directory)
    assert (held.exit_code, "is using" in held.stderr) == (2, True)
    assert (own.exit_code, "--copy: name the DIRECTORY of the copy" in own.stderr) == (2, True)
    assert (export.exit_code, "--copy: no meaning with --from-export" in export.stderr) == (2, True)


def test_a_copy_of_whose_end_a_witness_shows_nothing_is_a_break_that_names_both_causes(witnessed):
    folder, url, trust = witnessed
    result = audit_verify(folder / "copy", "--against", url)
    assert result.exit_code == 1
    assert "older copy" in result.stdout
    beside = audit_verify(folder / "copy", "--against", url, "--trust-file", trust)
    assert (beside.exit_code, "holds no checkpoint of this ledger" in beside.stdout) == (1, False), beside.stdout
    for path in (folder / "copy" / "checkpoints").glob("*.cosignatures"):
        path.unlink()
    assert "This is an older copy, or another history" in audit_verify(folder / "copy", "--trust-file", trust).stdout


@pytest.fixture
def joined(tmp_path):
    """A ledger to which a second witness was added after a copy of it was made; both witnesses as a trust file names them."""
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with (
        running(tmp_path / "first", key, name="first.example") as (url, own),
        running(tmp_path / "second", key, name="second.example") as (other_url, other),
    ):
        witnesses = [("witness", url), ("witness", other_url)]
        for given, rounds in ((witnesses[:1], 3), (witnesses, 3)):
            audit = ledger_runtime(tmp_path, keygen(), witnesses=tuple(given))
            for number in range(rounds):
                audit.ledger.record(admin_record("key.issued", n=number))
                audit.checkpointer.write()
            audit.close()
            if given != witnesses:
                export_copy(tmp_path / "audit", tmp_path / "copy", SimpleNamespace(record=lambda *_: None))
                began = last_of(tmp_path / "copy").time
        after = format_instant(parse_instant(began) + timedelta(milliseconds=1))
        yield SimpleNamespace(folder=tmp_path, first=(own, url), second=(other, other_url), after=after)


def last_of(directory):
    return parse_checkpoint(parse([*read_stored_notes(note_files(directory)[-1])][-1].whole).text)


def named(witness, *, place=True, since=None):
    key, url = witness
    lines = ["[[witnesses]]", f'key = "{key}"', *([f'place = "{url}"'] if place else [])]
    return "\n".join([*lines, *([f'since = "{since}"'] if since else [])]) + "\n"


def verdict(joined, directory, *witnesses, agree=1):
    trust = trust_file(joined.folder, joined.folder / "audit", more="".join([f"agree = {agree}\n", *witnesses]))
    return json.loads(audit_verify(directory, "--trust-file", trust, "--json").stdout)


def test_a_witnesss_file_that_the_trust_file_names_and_is_not_there_is_an_error_that_names_it(joined):
    key, _ = joined.second
    trust = trust_file(joined.folder, joined.folder / "audit", more=named((key, "held.notes")))
    result = audit_verify(joined.folder / "audit", "--trust-file", trust)
    told = f"the trust file names as a witness's place {trust.parent / 'held.notes'}, and there is no such file"
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_a_copy_of_before_a_witness_began_is_proved_by_the_others_and_the_verdict_says_who_cannot_speak_of_it(joined):
    told = verdict(joined, joined.folder / "copy", named(joined.first), named(joined.second, since=joined.after))
    assert (told["ok"], told["proof"]["witnesses"]) == (True, ["first.example"])
    assert told["proof"]["witnessed_until"] == last_of(joined.folder / "copy").time
    proof = " ".join(told["proof"]["sentences"])
    assert "second.example began after it ended (checkpoint 3, " in proof
    assert "first.example holds more: what was recorded since is not here" in proof
    ends = [item["sentence"] for item in told["findings"] if item["kind"] == "ends_earlier"]
    assert [joined.after in sentence for sentence in ends] == [False, True]


def test_without_its_beginning_in_the_trust_file_the_break_says_to_ask_the_keeper_and_what_to_write(joined):
    told = verdict(joined, joined.folder / "copy", named(joined.first), named(joined.second))
    assert "no cosignature beside the copy shows that this witness took its last checkpoint" in told["break"]
    assert "write `since` beside its key" in told["break"]
    assert len(told["breaks"]) == 1


def test_a_copy_of_before_is_broken_where_only_the_witness_that_came_later_must_agree(joined):
    told = verdict(joined, joined.folder / "copy", named(joined.second, since=joined.after))
    assert "0 witnesses hold a checkpoint of this ledger, and 1 must" in told["break"]
    assert "second.example began after this copy ended: give the trust file of that time" in told["break"]


def test_a_roll_back_is_found_by_a_witness_that_came_later_and_by_none_excused(joined):
    later = named(joined.second, since=joined.after)
    cut = joined.folder / "cut"
    shutil.copytree(joined.folder / "audit", cut)
    (cut / "w0.lock").touch()
    (notes,) = note_files(cut)
    for count, which in (
        (5, [later]),
        (2, [named(joined.first), later]),
        (2, [named(joined.first, place=False), later]),
    ):
        notes.write_text(
            "".join(
                f"{stored.whole}\n" for stored in [*read_stored_notes(note_files(joined.folder / "audit")[-1])][:count]
            )
        )
        assert "rolled_back" in verdict(joined, cut, *which)["break"], "the folder that a gateway worked in"


@pytest.mark.parametrize("lost", [1, 6], ids=["the new witness holds more", "the new witness holds less"])
def test_after_a_restore_one_trust_file_proves_copies_of_what_was_lost_and_the_ledger_that_goes_on(tmp_path, lost):
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier

    def write(url):
        audit = ledger_runtime(tmp_path, keygen(), witnesses=(("witness", url),))
        audit.ledger.record(admin_record("key.issued"))
        audit.checkpointer.write()
        audit.close()

    with (
        running(tmp_path / "old", key, name="old.example") as (url, old),
        running(tmp_path / "new", key, name="new.example") as (new_url, new),
    ):
        write(url)
        shutil.copytree(tmp_path / "audit", tmp_path / "backup")
        for _ in range(lost):
            write(url)
        export_copy(tmp_path / "audit", tmp_path / "copy", SimpleNamespace(record=lambda *_: None))
        shutil.rmtree(tmp_path / "audit")
        shutil.copytree(tmp_path / "backup", tmp_path / "audit")
        began = format_instant(parse_instant(last_of(tmp_path / "copy").time) + timedelta(milliseconds=1))
        write(new_url)
        write(new_url)
        given = SimpleNamespace(folder=tmp_path)
        witnesses = named((old, ""), place=False), named((new, new_url), since=began)
        of_before, restored = (verdict(given, tmp_path / name, *witnesses) for name in ("copy", "audit"))
    for told, by, until in ((of_before, "old.example", "copy"), (restored, "new.example", "audit")):
        assert (told["ok"], told["proof"]["witnesses"]) == (True, [by]), told["breaks"]
        assert told["proof"]["witnessed_until"] == last_of(tmp_path / until).time
    assert "witness_ends" in [item["kind"] for item in restored["findings"]]
    assert all(item["count"] > 0 for item in of_before["findings"])
    assert any("before the witness new.example began" in item["sentence"] for item in of_before["findings"]) is (
        lost > 1
    )


def forked(joined, witness):
    """Another history from the copy's second checkpoint on, signed by the gateway's own key, which only this witness took."""
    fork = shutil.copytree(joined.folder / "copy", joined.folder / "fork" / "audit")
    shutil.copytree(joined.folder / "secrets", joined.folder / "fork" / "secrets")
    (notes,) = note_files(fork)
    notes.write_text("".join(f"{stored.whole}\n" for stored in [*read_stored_notes(notes)][:2]))
    for path in (fork / "checkpoints").glob("*.cosignatures"):
        path.unlink()
    audit = ledger_runtime(joined.folder / "fork", keygen())
    audit.ledger.record(admin_record("key.issued", n=99))
    audit.checkpointer.write()
    audit.close()
    out = joined.folder / "forked"
    export_copy(fork, out, SimpleNamespace(record=lambda *_: None))
    for number, stored in enumerate(read_stored_notes(note_files(out)[-1]), 1):
        keep_cosignature(out, number, witness.cosign(parse(stored.whole).text, datetime.now(UTC)), disk=RealDisk())
    return out


def test_a_witness_of_the_administrators_own_excuses_no_other_from_what_it_holds(joined):
    own = Cosigner("mine.example", Ed25519PrivateKey.generate())
    out = forked(joined, own)
    told = verdict(joined, out, named(joined.first), named((own.key, ""), place=False))
    assert (told["ok"], told["proof"]["witnesses"]) == (False, [])
    assert any("rolled_back" in one or "witness_differs" in one for one in told["breaks"]), told["breaks"]


def test_of_a_witness_whose_place_was_struck_out_it_is_told_where_its_word_ends(joined):
    (cosignatures,) = (joined.folder / "audit" / "checkpoints").glob("*.cosignatures")
    lines = cosignatures.read_text().splitlines(keepends=True)
    cosignatures.write_text("".join(line for line in lines if "first.example" not in line or int(line.split()[0]) <= 3))
    told = verdict(joined, joined.folder / "audit", named(joined.first, place=False), named(joined.second))
    [finding] = [item["sentence"] for item in told["findings"] if item["kind"] == "witness_ends"]
    assert "the witness first.example end with checkpoint 3, of " in finding
    assert "Ask its keeper, not the operator" in finding


def test_checkpoints_that_are_there_and_do_not_hold_are_not_said_to_be_gone(joined):
    (notes,) = note_files(joined.folder / "copy")
    text = notes.read_text()
    at = text.index("\n\n\u2014 ") + 60  # within the first signature
    notes.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
    told = verdict(joined, joined.folder / "copy", named(joined.first))
    sentence = " ".join(told["breaks"])
    assert (
        "checkpoint_signature" in sentence,
        "of this copy's checkpoints none holds: they were changed here" in sentence,
    ) == (True, True)
    assert "no checkpoint is in this copy" not in sentence


def test_a_ledger_of_another_installation_is_said_to_be_that_and_not_to_lack_its_checkpoints(joined, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    with running(
        other / "witness",
        CheckpointKeys(other / "audit", other / "secrets", disk=RealDisk()).list_held()[0].key.verifier,
        name="third.example",
    ) as (url, _):
        audit = ledger_runtime(other, keygen(), witnesses=(("witness", url),))
        audit.ledger.record(admin_record("key.issued"))
        audit.checkpointer.write()
        audit.close()
    export_copy(other / "audit", other / "copy", SimpleNamespace(record=lambda *_: None))
    told = verdict(joined, other / "copy", named(joined.first))
    sentence = " ".join(told["breaks"])
    assert ("wrong_origin" in sentence, "gone here" in sentence, "changed here" in sentence) == (True, False, False)


@pytest.mark.parametrize("left", ["no folder", "empty folder", "empty files"])
def test_where_checkpoints_were_taken_away_the_copy_is_said_to_lack_them_and_no_witness(joined, left):
    copy = joined.folder / "copy"
    files = note_files(copy)
    shutil.rmtree(copy / "checkpoints")
    if left != "no folder":
        (copy / "checkpoints").mkdir()
    if left == "empty files":
        [path.touch() for path in files]
    told = verdict(joined, copy, named(joined.first), named(joined.second), agree=2)
    sentence = " ".join(told["breaks"])
    last = last_of(joined.folder / "audit")
    assert "no checkpoint is in this copy: they are gone here, and not at a witness" in sentence
    assert f"first.example holds checkpoint {last.number}, of {last.time}" in sentence
    assert "hold a checkpoint of this ledger" not in sentence
    assert "foreign_notes" not in [item["kind"] for item in told["findings"]]
    asked = audit_verify(copy, "--against", joined.first[1])
    assert "holds no checkpoint of this ledger" not in asked.stdout
    assert f"{joined.first[1]} holds checkpoint {last.number}, of {last.time}" in asked.stdout


def test_a_checkpoint_that_was_changed_is_no_reason_to_say_that_a_witness_holds_another_history(joined):
    copy, last = joined.folder / "copy", last_of(joined.folder / "audit")
    (notes,) = note_files(copy)
    wholes = [stored.whole for stored in read_stored_notes(notes)]
    notes.write_text("".join(f"{whole}\n" for whole in wholes[1:]))
    told = verdict(joined, copy, named(joined.first))
    assert [one.split(": ")[1] for one in told["breaks"]] == ["checkpoint_chain", "not_witnessed"], told["breaks"]
    assert f"first.example holds checkpoint {last.number}" in told["breaks"][1]


@pytest.fixture
def syslogged(tmp_path):
    """A ledger with the lines that a syslog receiver would have kept of its checkpoints."""
    audit = ledger_runtime(tmp_path, keygen())
    for number in range(3):
        audit.ledger.record(admin_record("key.issued", n=number))
        audit.checkpointer.write()
    audit.close()
    notes = [stored.whole for stored in read_stored_notes(note_files(tmp_path / "audit")[-1])]
    head = b"<109>1 - - lpr-gateway - checkpoint - lpr-checkpoint "
    return tmp_path / "audit", [head + base64.b64encode(note.encode()) for note in notes]


def test_a_torn_line_of_a_syslog_witness_is_named_and_the_rest_is_held_against_the_ledger(syslogged, tmp_path):
    directory, lines = syslogged
    kept = tmp_path / "syslog.log"
    for spoilt, said in ((lines[2][:-25], "cut off"), (b"lpr-checkpoint foreign", "is none")):
        kept.write_bytes(b"\n".join([*lines[:2], spoilt]))
        result = audit_verify(directory, "--against", kept)
        assert (result.exit_code, result.stderr) == (0, ""), result.output
        assert f"{kept}:3" in result.stdout
        assert said in result.stdout
        assert "(checkpoint 2) it is what " in result.stdout


def test_a_syslog_witness_of_which_every_line_was_cut_vouches_for_nothing_and_no_key_is_blamed(syslogged, tmp_path):
    directory, lines = syslogged
    kept = tmp_path / "syslog.log"
    kept.write_bytes(b"".join(line[:480] + b"\n" for line in lines))
    result = audit_verify(directory, "--against", kept)
    assert (result.exit_code, result.stderr) == (1, "")
    assert (
        "no checkpoint of this ledger that is whole: 3 that should be one cannot be read, the first in line 1"
        in result.stdout
    )
    assert "let it take those of 8 kB whole" in result.stdout


@pytest.mark.parametrize("name", ["a", "ab", "abc"], ids=["one", "two", "three"])
def test_a_fork_is_found_in_frames_that_a_receiver_kept_without_line_ends(tmp_path, name):
    def write(rounds):
        audit = ledger_runtime(tmp_path, keygen(), witnesses=(("file", str(tmp_path / name)),))
        for _ in range(rounds):
            audit.ledger.record(admin_record("key.issued"))
            audit.checkpointer.write()
        audit.close()
        return [stored.whole for stored in read_stored_notes(note_files(tmp_path / "audit")[-1])]

    notes = write(3)
    note_files(tmp_path / "audit")[-1].write_text(f"{notes[0]}\n")
    notes += write(1)[1:]
    lines = [
        b"<109>1 - - lpr-gateway - checkpoint - lpr-checkpoint " + base64.b64encode(note.encode()) for note in notes
    ]
    (tmp_path / "frames").write_bytes(b"".join(b"%d %b" % (len(line), line) for line in lines))
    told = audit_verify(tmp_path / "audit", "--against", tmp_path / "frames")
    assert (told.exit_code, "the witness holds another checkpoint 2" in told.stdout) == (1, True), told.output


def test_the_ledgers_own_checkpoints_are_taken_for_no_witness(directory, tmp_path):
    (tmp_path / "by_a_link").symlink_to(directory)
    for place in (directory, note_files(directory)[-1], tmp_path / "by_a_link"):
        result = audit_verify(directory, "--against", place)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{place} lies in this ledger itself and is no witness" in result.stderr


def test_where_no_public_key_lies_beside_the_ledger_that_is_told_and_what_to_give(directory):
    (path,) = (directory / "keys").glob("*.vkey")
    path.unlink()
    result = audit_verify(directory)
    assert (result.exit_code, "no public key lies beside the ledger (keys/*.vkey)" in result.stdout) == (1, True)


@pytest.mark.parametrize("text", ["nonsense", "", None])
def test_a_public_key_that_is_none_is_named_by_its_file_and_nothing_proved_on_a_trust_file_rests_on_it(
    directory, tmp_path, text
):
    trusted = trust_file(tmp_path, directory)
    (path,) = (directory / "keys").glob("*.vkey")
    key = path.read_text().strip()
    path.write_text(key[:-1] + ("0" if key[-1] == "1" else "1") if text is None else text)
    told = (
        f"{path.name}: a public key beside the ledger is not written as name+id+key, or the id is not that of the key"
    )
    alone, proved = audit_verify(directory), audit_verify(directory, "--trust-file", trusted)
    assert (alone.exit_code, proved.exit_code) == (1, 0), proved.output
    assert all(told in result.stdout.replace(": keys_differ", "") for result in (alone, proved)), alone.stdout


def test_a_trust_file_of_another_key_or_an_absent_witness_is_a_break(directory, tmp_path):
    origin = read_published_keys(directory)[0].name
    other = SigningKey(origin, Ed25519PrivateKey.generate()).verifier
    result = audit_verify(directory, "--trust-file", trust_file(tmp_path, directory, keys=[other]))
    assert result.exit_code == 1
    assert "checkpoint_signature" in result.stdout
    witness = Cosigner("witness.example", Ed25519PrivateKey.generate()).key
    listed = trust_file(tmp_path, directory, more=f'[[witnesses]]\nkey = "{witness}"\n')
    result = audit_verify(directory, "--trust-file", listed)
    assert result.exit_code == 1
    assert "0 witnesses hold a checkpoint of this ledger, and 1 must" in result.stdout


def test_a_copy_in_which_nothing_is_signed_is_never_called_verified(directory):
    shutil.rmtree(directory / "checkpoints")
    told = audit_verify(directory).stdout
    assert told.splitlines()[-1].startswith("not proved: ")
    assert "finding  no checkpoint is here: no record of this copy is signed" in told
    assert "verified" not in told


def test_what_can_be_checked_otherwise_is_told_with_the_command_for_it(directory, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    for name in ("manifest.json", "records.jsonl"):
        (package / name).write_text("{}")
    (tmp_path / "export" / "day=2026-11-22").mkdir(parents=True)
    (tmp_path / "export" / "day=2026-11-22" / "records.parquet").write_bytes(b"")
    assert (
        f"It is a ledger, or a copy of one: audit verify {directory}" in audit_verify("--from-export", directory).stderr
    )
    assert f"It is an evidence package: audit check-package {package}" in audit_verify("--from-export", package).stderr
    packed = tmp_path / "export.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"event_type":"decision"}\n' * 3))
    result = audit_verify("--from-export", packed)
    assert (result.exit_code, "is packed; nothing was verified: unpack it first" in result.stderr) == (2, True)
    assert f"It is an evidence package: audit check-package {package}" in audit_verify(package).stderr
    export = tmp_path / "export"
    assert f"It is an export: audit verify --from-export {export}" in audit_verify(export).stderr


def test_what_is_near_what_was_meant_is_told_with_the_place_to_name(directory, tmp_path):
    state = tmp_path / "state"
    shutil.copytree(directory, state / "audit")
    assert f"One lies in it: audit verify {state / 'audit'}" in audit_verify(state).stderr
    (tmp_path / "inst").mkdir()
    shutil.copytree(state, tmp_path / "inst" / "state")
    (tmp_path / "inst" / "vendor.log").write_text("")
    assert (
        f"One lies in it: audit verify {tmp_path / 'inst' / 'state' / 'audit'}"
        in audit_verify(tmp_path / "inst").stderr
    )
    assert f"It is one chain of a ledger: audit verify {directory}" in audit_verify(directory / "w0").stderr
    packed = tmp_path / "copy.zip"
    packed.write_bytes(b"PK")
    assert f"{packed} is a file: unpack it, and name the folder" in audit_verify(packed).stderr
    siem = tmp_path / "siem"
    siem.mkdir()
    (siem / "events.jsonl").write_bytes(b"")
    told = f"Of a SIEM's copy name the file: {siem / 'events.jsonl'}"
    assert told in " ".join(audit_verify("--from-export", siem).stderr.split())


def test_a_second_copy_is_refused_for_the_last_alone_would_be_read(directory, tmp_path):
    (tmp_path / "copy").write_bytes(b"\n".join(line.raw for line in read_records(directory)))
    told = audit_verify("--from-export", tmp_path / "copy", "--from-export", tmp_path / "copy")
    assert (told.exit_code, "--from-export is given more than once" in told.stderr) == (2, True)


def test_a_trust_file_in_the_place_of_a_package_is_no_package(directory, tmp_path):
    file = trust_file(tmp_path, directory)
    result = CliRunner().invoke(main, ["audit", "check-package", str(file)])
    assert result.exit_code == 2
    assert "is no evidence package: one is a folder or a zip file" in result.stderr
    assert "a trust file is given beside it, with --trust-file" in result.stderr


def test_typographic_quotation_marks_in_a_trust_file_are_named_by_their_line(directory, tmp_path):
    file = tmp_path / "trust.toml"
    file.write_text("# keys\norigin = \u201clpr-gateway-102c64d7f553f75b\u201d\n")
    result = audit_verify(directory, "--trust-file", file)
    assert result.exit_code == 2
    assert "line 2: the quotation marks in this line are typographic ones" in result.stderr


def test_a_copy_without_any_line_of_the_ledger_is_not_proved(directory, tmp_path):
    records = [Record.read(line.raw) for line in read_records(directory)]
    for embed, state in ((True, "verified: "), (False, "not proved: ")):
        (tmp_path / "copy").write_bytes(b"\n".join(FORMATS["ecs"].encode(one, embed=embed) for one in records))
        result = audit_verify("--from-export", tmp_path / "copy")
        assert (result.exit_code, result.stdout.splitlines()[-1].startswith(state)) == (0, True)


def test_of_a_copy_in_part_without_lines_of_the_ledger_the_verdict_says_how_many_are_not_proved(directory, tmp_path):
    records = [Record.read(line.raw) for line in read_records(directory)]
    lines = [FORMATS["ecs"].encode(one, embed=number >= 2) for number, one in enumerate(records)]
    (tmp_path / "copy").write_bytes(b"\n".join(lines))
    last = audit_verify("--from-export", tmp_path / "copy").stdout.splitlines()[-1]
    assert last.startswith(f"verified: {len(records)} records, 2 of them NOT proved in ")
    assert json.loads(audit_verify("--from-export", tmp_path / "copy", "--json").stdout)["not_proved"] == 2


def test_a_copy_may_come_out_of_an_open_pipe_and_a_named_one_is_not_waited_at(directory, tmp_path):
    (tmp_path / "day=2026-11-26").mkdir()
    for pipe, named in (
        (tmp_path / "pipe", tmp_path / "pipe"),
        (tmp_path / "day=2026-11-26" / "records.parquet", tmp_path),
    ):
        os.mkfifo(pipe)
        result = audit_verify("--from-export", named)
        assert (result.exit_code, f"{pipe} is a pipe or device, not a file" in result.stderr) == (2, True)
    told, telling = os.pipe()
    os.write(telling, b"\n".join(line.raw for line in read_records(directory)))
    os.close(telling)
    result = audit_verify("--from-export", f"/dev/fd/{told}")
    os.close(told)
    assert (result.exit_code, "verified: " in result.stdout) == (0, True)


@pytest.mark.parametrize("option", ["", "--against", "--ca-file", "--trust", "--trust-file", "--jobs"])
def test_what_says_nothing_of_a_siems_copy_is_refused_beside_it_and_not_passed_over(directory, tmp_path, option):
    trusted, value = trust_file(tmp_path, directory), "7"
    (tmp_path / "copy").write_bytes(b"\n".join(line.raw for line in read_records(directory)))
    if option in ("", "--against", "--ca-file", "--trust-file"):
        value = str(directory if option in ("", "--against") else trusted)
    result = audit_verify("--from-export", tmp_path / "copy", *([option, value] if option else [value]))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{option or 'DIRECTORY'}: no meaning with --from-export" in result.stderr
    assert "audit verify DIRECTORY --trust-file FILE" in result.stderr


def test_a_form_of_export_is_refused_where_a_ledger_is_verified(directory):
    result = audit_verify(directory, "--format", "ecs")
    assert (result.exit_code, "--format: no meaning without --from-export" in result.stderr) == (2, True)


@pytest.fixture
def parquet(directory, tmp_path):
    """An export of one file, as a table that the test writes anew: `parquet(columns)` gives the verdict on it."""
    rows = [(line.raw.decode(), line.seq) for line in read_records(directory)]

    def verify(columns, where="TRUE"):
        with duckdb.connect(":memory:") as connection:
            connection.execute("CREATE TABLE lines (raw VARCHAR, seq BIGINT)")
            connection.executemany("INSERT INTO lines VALUES (?, ?)", rows)
            connection.execute(f"COPY (SELECT {columns} FROM lines WHERE {where}) TO '{tmp_path / 'one.parquet'}'")
        return audit_verify("--from-export", tmp_path / "one.parquet")

    return verify


@pytest.mark.parametrize(
    "column",
    [
        "NULL",
        "CASE WHEN seq = 2 THEN NULL ELSE raw END",
        "''",
        "' '",
        "seq",
        "[raw]",
        "{'a': raw}",
        "now()",
        "TRUE",
        "1.5",
    ],
)
def test_a_row_of_a_parquet_export_without_a_records_line_is_a_break(parquet, tmp_path, column):
    result = parquet(f"{column} AS raw, seq")
    assert result.exit_code == 1
    assert f"{tmp_path}/one.parquet row " in result.stdout
    assert "the line holds no record of ours" in result.stdout


@pytest.mark.parametrize("columns", ["raw", "raw::BLOB AS raw", "raw, NULL AS seq", "raw, 'x' AS seq, NULL AS ts"])
def test_a_parquet_export_is_verified_by_its_lines_alone(parquet, columns):
    result = parquet(columns)
    assert (result.exit_code, "verified: " in result.stdout) == (0, True)


@pytest.mark.parametrize("columns", ["seq", "raw AS line", "NULL AS chain_id"])
def test_a_parquet_file_without_the_column_of_lines_is_an_error_in_words(parquet, columns):
    result = parquet(columns)
    assert result.exit_code == 2
    assert "has no column `raw` with the records' own lines" in result.stderr


def test_a_parquet_file_without_rows_is_an_error_and_not_verified(parquet):
    result = parquet("raw", "FALSE")
    assert (result.exit_code, "holds no record; nothing was verified" in result.stderr) == (2, True)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 40 + b"PAR1", b"\0" * 100, b"{}\n"])
def test_what_is_called_parquet_and_is_none_is_an_error_in_words(tmp_path, content):
    file = tmp_path / "out" / "day=2026-11-26" / "records.parquet"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    for given in (file, tmp_path / "out"):
        result = audit_verify("--from-export", given)
        assert result.exit_code == 2
        assert f"{file} is no whole Parquet file; nothing was verified" in result.stderr


@pytest.mark.parametrize("begin", [4, 40, 400])
def test_a_parquet_file_that_is_damaged_in_its_lines_is_never_verified(parquet, tmp_path, begin):
    parquet("raw")
    content = bytearray((tmp_path / "one.parquet").read_bytes())
    content[begin : begin + 40] = b"\xff" * 40
    (tmp_path / "one.parquet").write_bytes(content)
    assert audit_verify("--from-export", tmp_path / "one.parquet").exit_code in (1, 2)


@pytest.mark.parametrize("form", [None, *FORMATS])
@pytest.mark.parametrize(
    "line",
    [
        "null",
        "[]",
        "{}",
        '"x"',
        "1",
        '{"schema":"lpr.audit.v1"}',
        '{"schema":"lpr.audit.v1","chain":null}',
        "CEF:0|",
        "\0",
    ],
)
def test_a_line_of_a_siems_copy_that_is_no_record_is_a_break_in_every_form(tmp_path, directory, form, line):
    (tmp_path / "copy").write_bytes(b"\n".join([*sent_lines(directory, form or "native"), line.encode()]))
    result = audit_verify("--from-export", tmp_path / "copy", *(["--format", form] if form else []))
    assert (result.exit_code, "the line holds no record of ours" in result.stdout) == (1, True)


@pytest.mark.parametrize("write", [as_csv, as_one_document])
def test_a_copy_in_a_form_that_holds_no_event_a_line_is_an_error_that_says_how_to_export_and_no_break(
    tmp_path, directory, write
):
    (tmp_path / "copy").write_text(write([line.decode() for line in sent_lines(directory, "native")]))
    result = audit_verify("--from-export", tmp_path / "copy")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        "can be read as a record; nothing was verified: let the SIEM export JSON with one event a line" in result.stderr
    )


def test_a_copy_in_utf_16_is_told_to_be_saved_otherwise(tmp_path, directory):
    lines = b"\n".join(sent_lines(directory, "native")).decode()
    (tmp_path / "copy").write_bytes(lines.encode("utf-16"))
    result = audit_verify("--from-export", tmp_path / "copy")
    assert (result.exit_code, "it is in UTF-16" in result.stderr, "save it as UTF-8" in result.stderr) == (
        2,
        True,
        True,
    )


def test_who_has_no_settings_is_told_to_name_the_folder_and_how_one_looks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = audit_verify()
    assert (result.exit_code, "gateway.toml does not exist" in result.stderr) == (2, True)
    assert "name the folder of the ledger, or of a copy of it" in result.stderr
    assert "audit verify /var/lib/lpr-gateway/audit" in result.stderr


@pytest.mark.parametrize(
    "write", [lambda text: text.replace(b'"ts":"20', b'"ts":"21', 1), lambda text: text.replace(b"\n", b"\r\n")]
)
def test_a_chain_that_is_broken_where_it_begins_is_not_said_to_be_gone(directory, write):
    [chain] = [path for path in directory.iterdir() if path.name.startswith("w")]
    [segment] = chain.glob("*.jsonl")
    segment.write_bytes(write(segment.read_bytes()))
    result = audit_verify(directory)
    assert ("it ends as Windows ends lines" in result.stdout) is (b"\r" in segment.read_bytes())
    told = f"0 chains (none of {chain.name} could be verified, for the break is at the beginning), "
    assert (result.exit_code, told in result.stdout, "is left" in result.stdout) == (1, True, False)


def test_a_chain_that_is_gone_is_named_in_the_last_line_and_counted_as_none(directory):
    [chain] = [path for path in directory.iterdir() if path.name.startswith("w")]
    shutil.rmtree(chain)
    result = audit_verify(directory)
    assert result.exit_code == 1
    assert f"BROKEN: 0 records in 0 chains (nothing is left of {chain.name}), " in result.stdout
