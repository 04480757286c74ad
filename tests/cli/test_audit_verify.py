import csv
import gzip
import io
import json
import os
import shutil
from datetime import timedelta
from types import SimpleNamespace

import duckdb
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.auditing.copy import export_copy
from gateway.cli import main
from gateway.cli.audit_verify import trust_of, verify_ledger
from gateway.durable import RealDisk
from gateway.ledger.checkpoints.checkpoint import note_files, parse_checkpoint, read_stored_notes
from gateway.ledger.checkpoints.cosignature import Cosigner
from gateway.ledger.checkpoints.keys import CheckpointKeys, read_published_keys
from gateway.ledger.checkpoints.note import SigningKey, parse
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record
from gateway.ledger.segments import read_records
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
    given = ((), trust_of((), trust), {}, 1, lambda _done, _total: None)
    assert verify_ledger(folder / "copy", *given, own=False).ok
    assert not verify_ledger(folder / "copy", *given, own=True).ok, "the ledger of the settings, whatever lies in it"


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
def test_a_row_of_a_parquet_export_without_a_records_line_is_a_break(parquet, column):
    result = parquet(f"{column} AS raw, seq")
    assert result.exit_code == 1
    assert "BREAK    export:" in result.stdout
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
