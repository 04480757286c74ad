import threading
import time
from datetime import UTC, datetime

import pytest

from gateway.durable import RealDisk
from gateway.ledger.alarms import Alarm
from gateway.ledger.edge import Edge, EdgeLimits
from gateway.ledger.records.event import refusal_record
from gateway.ledger.segments import segments
from gateway.ledger.verification.verify import verify
from tests.clocks import Clock
from tests.ledger.ledgers import SEGMENT, Watching, of_type, records, together


def refusal(source="192.0.2.1", reason="credential_missing"):
    return refusal_record(request_id="r", reasons=[reason], disclosed=[reason], status=401, src_ip=source)


def edge(directory, **more):
    limits = more.pop("limits", EdgeLimits(singles_per_source=3, singles=10, sources=20))
    return Edge(
        directory,
        disk=more.pop("disk", RealDisk()),
        observer=more.pop("observer", Watching()),
        limits=limits,
        segment=SEGMENT,
        **more,
    )


def test_the_first_of_a_source_are_recorded_singly_and_the_rest_counted_by_reason(tmp_path):
    chain = edge(tmp_path)
    for number in range(10):
        chain.note_refusal(refusal(reason="credential_missing" if number % 2 else "credential_invalid"))
    chain.note_refusal(refusal("192.0.2.2"))
    chain.close()
    assert [record["src_ip"] for record in of_type(tmp_path, "refusal")] == ["192.0.2.1"] * 3 + ["192.0.2.2"]
    (counted,) = of_type(tmp_path, "refusals.counted")
    assert counted["src_ip"] == "192.0.2.1"
    assert counted["counts"] == {"credential_missing": 4, "credential_invalid": 3}
    assert counted["from"] <= counted["to"]
    assert verify(tmp_path).ok


def test_a_flood_from_many_sources_costs_a_bounded_number_of_records_and_every_refusal_is_counted(tmp_path):
    chain = edge(tmp_path)
    for number in range(20_000):
        chain.note_refusal(refusal(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    chain.close()
    found = records(tmp_path)
    assert len(found) <= 1 + 10 + 20 + 1
    counted = sum(sum(record["counts"].values()) for record in of_type(tmp_path, "refusals.counted"))
    assert counted + len(of_type(tmp_path, "refusal")) == 20_000
    assert of_type(tmp_path, "refusals.counted")[-1]["src_ip"] == "*"


def test_a_segment_of_refusals_ends_by_its_age_though_each_flush_opens_the_chain_anew(tmp_path):
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
    chain = edge(tmp_path, clock=clock)
    for _ in range(4):
        chain.note_refusal(refusal())
        chain.flush()
        clock.on(hours=9)
    chain.close()
    assert len(segments(tmp_path, "edge")) == 2
    assert verify(tmp_path).ok


def test_addresses_of_one_ipv6_network_are_one_source(tmp_path):
    chain = edge(tmp_path)
    for number in range(10):
        chain.note_refusal(refusal(f"2001:db8:1:2::{number:x}"))
    chain.close()
    (counted,) = of_type(tmp_path, "refusals.counted")
    assert (counted["src_ip"], counted["counts"]) == ("2001:db8:1:2::/64", {"credential_missing": 7})


def test_workers_share_the_chain(tmp_path):
    chains = [edge(tmp_path) for _ in range(4)]

    def work(number):
        for _ in range(3):
            chains[number].note_refusal(refusal(f"192.0.2.{number}"))
            chains[number].flush()

    together(4, work)
    for chain in chains:
        chain.close()
    assert len(of_type(tmp_path, "refusal")) == 12
    assert verify(tmp_path).ok


def test_a_thread_flushes_by_itself(tmp_path):
    chain = edge(tmp_path, limits=EdgeLimits(flush_s=0.01))
    chain.start()
    chain.note_refusal(refusal())
    end = time.monotonic() + 10
    while not of_type(tmp_path, "refusal"):
        assert time.monotonic() < end
        time.sleep(0.005)
    chain.close()


def test_counts_are_written_when_their_time_is_over(tmp_path):
    chain = edge(tmp_path, limits=EdgeLimits(singles_per_source=1, count_s=0.0))
    for _ in range(3):
        chain.note_refusal(refusal())
    chain.flush()
    assert [record["counts"] for record in of_type(tmp_path, "refusals.counted")] == [{"credential_missing": 2}]
    chain.close()


class Stuck(RealDisk):
    def __init__(self):
        self.go = threading.Event()
        self.fail = True

    def sync(self, descriptor):
        self.go.wait(10)
        if self.fail:
            raise OSError(5, "input/output error")
        super().sync(descriptor)


def test_a_stuck_or_failing_disk_holds_up_no_request_and_loses_nothing_once_it_works(tmp_path):
    disk, watching = Stuck(), Watching()
    chain = edge(tmp_path, disk=disk, observer=watching)
    chain.note_refusal(refusal())
    flusher = threading.Thread(target=chain.flush)
    flusher.start()
    began = time.monotonic()
    for _ in range(100):
        chain.note_refusal(refusal("192.0.2.9"))
    assert time.monotonic() - began < 1
    disk.go.set()
    flusher.join(10)
    assert watching.kinds == {Alarm.EDGE_FAILING}
    disk.fail = False
    chain.close()
    assert watching.ended == {(Alarm.EDGE_FAILING, "")}, "it is over once they are written"
    assert {record["src_ip"] for record in of_type(tmp_path, "refusal")} == {"192.0.2.1", "192.0.2.9"}
    assert verify(tmp_path).ok


@pytest.mark.parametrize("address", ["", "nonsense", "::::", "2001:db8::1%eth0"])
def test_any_address_is_taken(tmp_path, address):
    chain = edge(tmp_path)
    for _ in range(5):
        chain.note_refusal(refusal(address))
    chain.close()
    assert len(of_type(tmp_path, "refusal")) == 3


def test_ipv4_clients_that_a_dual_stack_listener_sees_are_told_apart():
    from gateway.ledger.edge import _source

    clothed = [_source({"src_ip": f"::ffff:192.0.2.{number}"}) for number in (7, 8)]
    assert clothed == ["192.0.2.7", "192.0.2.8"]
    assert _source({"src_ip": "2001:db8::1"}) == _source({"src_ip": "2001:db8::2"}) == "2001:db8::/64"


def test_what_is_beyond_a_credentials_budget_is_counted_under_the_credential():
    from gateway.ledger.edge import _name_source, _source

    assert _name_source(_source({"key_id": "kabc", "src_ip": "192.0.2.7"})) == {"key_id": "kabc"}
    assert _name_source(_source({"src_ip": "192.0.2.7"})) == {"src_ip": "192.0.2.7"}
