import orjson
import pytest

from gateway.auditing.access import Access
from gateway.auditing.plate_hashes import look_up
from gateway.auditing.search import Criteria, search
from gateway.clock import parse_instant
from gateway.durable import RealDisk
from gateway.errors import Refusal
from gateway.ledger.compression import compress_closed
from gateway.reasons import Reason
from tests.auditing.ledgers import AUDITOR, STRANGER, Ask

ASKS = [
    Ask(),
    Ask(person="u02", denied=("training_lapsed",)),
    Ask(person="u02", case="26-000410", plate="RVT208", purpose="civil_immigration_enforcement"),
    Ask(case=None, denied=("case_missing", "target_unknown")),
]


def records(found):
    return [orjson.loads(line.raw) for line in found]


def decisions(found):
    return [record["decision_id"] for record in records(found) if record["event_type"] == "decision"]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (Criteria(person="u02"), ["d-000003", "d-000002"]),
        (Criteria(case="25-001234"), ["d-000002", "d-000001"]),
        (Criteria(purpose="civil_immigration_enforcement"), ["d-000003"]),
        (Criteria(verdict="deny"), ["d-000004", "d-000002"]),
        (Criteria(reason="target_unknown"), ["d-000004"]),
        (Criteria(decision_id="d-000001"), ["d-000001"]),
        (Criteria(person="u02", verdict="allow"), ["d-000003"]),
        (Criteria(person="u02' OR 'a' = 'a"), []),
        (Criteria(), ["d-000004", "d-000003", "d-000002", "d-000001"]),
    ],
)
def test_finds_the_records_that_answer_to_all_criteria_newest_first(ledger, reading, access, criteria, expected):
    ledger.write(ASKS)
    assert decisions(search(reading(), criteria, access)) == expected


@pytest.mark.parametrize("reason", ["case_unknown", "case_not_assigned"])
def test_a_refusal_is_found_by_its_true_reason_and_by_the_one_that_was_told(ledger, reading, access, reason):
    ledger.write([Ask(), Ask(denied=("case_unknown",), told=("case_not_assigned",))])
    assert decisions(search(reading(), Criteria(reason=reason), access)) == ["d-000002"]


def test_since_is_included_and_until_is_not(ledger, reading, access):
    ledger.write(ASKS)
    times = [record["ts"] for record in records(search(reading(), Criteria(event_type="decision"), access))]

    within = Criteria(event_type="decision", since=parse_instant(times[2]), until=parse_instant(times[0]))
    assert decisions(search(reading(), within, access)) == ["d-000003", "d-000002"]


def test_finds_a_plate_however_it_was_typed_without_any_key_in_the_present_epoch(ledger, reading, access):
    ledger.write([*ASKS, Ask(plate="B0Y120"), Ask(plate="BOY12O")])
    plates = look_up("boy-12o", directory=ledger.directory, secrets=ledger.secrets)
    assert plates.epochs == ("e000001",)
    assert decisions(search(reading(), Criteria(plates=plates.hashes), access)) == ["d-000006", "d-000005"]


def test_finds_a_plate_of_an_ended_epoch_only_with_an_auditors_key(ledger, reading, access):
    ledger.write(ASKS[:1])
    ledger.clock.on(days=31)
    ledger.write(ASKS[:1])
    without = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets)
    assert without.epochs == ("e000002",)
    assert decisions(search(reading(), Criteria(plates=without.hashes), access)) == ["d-000002"]
    newcomers = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets, private_key=STRANGER.private)
    assert newcomers == without, "an auditor who came after still finds what the host does"
    opened = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets, private_key=AUDITOR.private)
    assert opened.epochs == ("e000001", "e000002")
    assert decisions(search(reading(), Criteria(plates=opened.hashes), access)) == ["d-000002", "d-000001"]


def test_no_hash_at_all_finds_nothing(ledger, reading, access):
    ledger.write(ASKS)
    assert decisions(search(reading(), Criteria(plates=()), access)) == []


def test_finds_the_same_in_live_and_ended_and_compressed_segments(ledger, reading, access, tmp_path):
    ledger.max_bytes = 4096
    ledger.write([Ask(person=f"u{number % 3:02d}") for number in range(40)])
    plain = list(search(reading(), Criteria(person="u01"), access))
    assert compress_closed(ledger.directory, disk=RealDisk()) > 2
    for _ in range(2):  # the index made, then used
        again = search(reading(index=tmp_path / "index"), Criteria(person="u01"), access)
        assert [line.raw for line in again] == [line.raw for line in plain]
    assert len(decisions(plain)) == 13


def test_a_limit_gives_the_newest(ledger, reading, access):
    ledger.write(ASKS)
    assert len(list(search(reading(), Criteria(), access, limit=2))) == 2
    assert decisions(search(reading(), Criteria(event_type="decision"), access, limit=1)) == ["d-000004"]


def test_whole_records_come_back_as_they_were_written(ledger, reading, access):
    ledger.write(ASKS)
    lines = (ledger.directory / "w0" / f"{1:016d}.jsonl").read_bytes().splitlines()
    found = search(reading(), Criteria(), access)
    assert [line.raw for line in sorted(found, key=lambda line: line.seq)] == lines


def test_the_reading_is_on_record_before_anything_is_given_out_and_names_no_plate(ledger, reading, access, reads):
    ledger.write(ASKS)
    plates = look_up("FNA579", directory=ledger.directory, secrets=ledger.secrets)
    search(reading(), Criteria(plates=plates.hashes, person="u01"), access)
    [(event_type, fields)] = reads.entries
    assert event_type == "audit.read"
    assert fields == {
        "reader": "alex",
        "what": "search",
        "why": "inquiry 12",
        "filter": {"person": "u01", "plates": True},
    }


def test_nothing_is_given_out_where_the_reading_cannot_be_recorded(ledger, reading):
    def full(_event_type, **_fields):
        raise Refusal(Reason.AUDIT_UNAVAILABLE)

    ledger.write(ASKS)
    with pytest.raises(Refusal):
        search(reading(), Criteria(), Access(reader="alex", why="inquiry 12", recorder=full))


def test_refusals_that_were_counted_are_found_by_each_of_their_reasons(ledger, reading, access):
    counted = [{"key_unknown": 1, "credential_invalid": 2}, {"key_unknown": 4}]
    ledger.events(*(("refusals.counted", {"src_ip": "192.0.2.7", "counts": counts}) for counts in counted))
    source = reading()
    for reason, number in (("credential_invalid", 1), ("key_unknown", 2), ("key", 0)):
        assert len(records(search(source, Criteria(reason=reason), access))) == number
