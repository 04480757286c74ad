import os

import pytest

from gateway.auditing.copy import export_copy
from gateway.auditing.evidence import DecisionContext, make_evidence
from gateway.auditing.export import export_parquet
from gateway.auditing.private import fresh_folder
from gateway.auditing.reports import Period, page, weekly, write_report
from gateway.auditing.search import Criteria
from gateway.errors import ConfigurationError
from tests.auditing.ledgers import AUDITOR, START, Ask


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def assert_private(folder, *, made):
    found = [path for path in folder.rglob("*") if path != folder]
    assert found
    for path in [*found, *([folder] if made else [])]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
@pytest.mark.parametrize("what", ["parquet", "copy", "report", "evidence", "index"])
def test_what_is_given_out_is_private_whatever_the_umask_and_the_folder(
    ledger, reading, access, tmp_path, what, existing
):
    ledger.max_bytes = 4096
    ledger.write([Ask() for _ in range(8)])
    ledger.sign()
    out = tmp_path / "deep" / "out"
    if existing:
        out.mkdir(parents=True, mode=0o777)
        out.chmod(0o777)
    if what == "parquet":
        export_parquet(reading(), out, access)
    elif what == "copy":
        export_copy(ledger.directory, out, access)
    elif what == "index":
        reading(index=out)
    elif what == "report":
        made = weekly(reading(), access, period=Period(since=START, until=ledger.clock.now), made_at=START)
        write_report(made, page(made), out)
    else:
        context = DecisionContext(policies=tmp_path)
        make_evidence(
            reading(), Criteria(person="u01"), out, access, context=context, private_key=AUDITOR.private,
            links=True, now=START,
        )  # fmt: skip
    assert_private(out, made=not existing)
    assert existing or (tmp_path / "deep").stat().st_mode & 0o777 == 0o700


def test_a_link_in_the_place_of_a_report_is_not_written_through(ledger, reading, access, tmp_path):
    ledger.write([Ask()])
    made = weekly(reading(), access, period=Period(since=START, until=ledger.clock.now), made_at=START)
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").write_text("theirs")
    (tmp_path / "out" / "weekly.html").symlink_to(tmp_path / "elsewhere")
    write_report(made, page(made), tmp_path / "out")
    assert (tmp_path / "elsewhere").read_text() == "theirs"
    assert not (tmp_path / "out" / "weekly.html").is_symlink()


def test_nothing_is_given_out_into_the_folder_of_a_ledger(tmp_path):
    (tmp_path / "audit" / "checkpoints").mkdir(parents=True)
    (tmp_path / "audit" / "keys").mkdir()
    (tmp_path / "audit" / "keys" / "installation").write_text("lpr-gateway-1\n")
    with pytest.raises(ConfigurationError, match="would lie in the ledger"):
        fresh_folder(tmp_path / "audit" / "w0" / "out")
    assert not (tmp_path / "audit" / "w0").exists()
    fresh_folder(tmp_path / "out")
