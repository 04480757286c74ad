"""Somebody who watches, a ledger to ship from, and couriers that do not dawdle."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.shipping.options import SinkOptions, Timing
from gateway.shipping.shipper import Shipper
from gateway.shipping.watch import Lag, ShippingFinding, Trouble
from tests.shipping.samples import Writer

BRISK = Timing(
    poll_s=0.02,
    backoff_s=0.02,
    longest_backoff_s=0.2,
    longest_asked_s=2,
    cursor_s=0,
    report_s=0.02,
    take_over_s=0.05,
    refused_s=0.02,
)


def until(condition: Callable[[], object], deadline_s: float = 20) -> None:
    """Wait for a condition, looking often; fail where it does not come true in time."""
    end = time.monotonic() + deadline_s
    look = threading.Event()
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        look.wait(0.01)


class Watching:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.lags: list[Lag] = []
        self.findings: list[ShippingFinding] = []
        self.troubles: list[Trouble | None] = []

    def lag(self, _sink: str, lag: Lag) -> None:
        self.lags.append(lag)

    def finding(self, _sink: str, finding: ShippingFinding) -> None:
        self.findings.append(finding)

    def trouble(self, _sink: str, trouble: Trouble | None) -> None:
        self.troubles.append(trouble)

    def found(self) -> list[tuple[str, str | None, int | None, int | None]]:
        return [(item.what.value, item.chain, item.first, item.last) for item in self.findings]


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
def ledger(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "audit")


Ship = Callable[..., Shipper]


@pytest.fixture
def ship(tmp_path: Path, watching: Watching) -> Iterator[Ship]:
    """Starts a shipper for these sinks; all are stopped at the end."""
    started: list[Shipper] = []

    def begin(*sinks: SinkOptions, timing: Timing = BRISK) -> Shipper:
        shipper = Shipper(
            directory=tmp_path / "audit", folder=tmp_path / "shipping", sinks=sinks, watch=watching, timing=timing
        )
        shipper.start()
        started.append(shipper)
        return shipper

    yield begin
    for shipper in started:
        shipper.stop(15)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Where a file sink writes."""
    return tmp_path / "siem.jsonl"


def lines_of(path: Path) -> list[bytes]:
    """The complete lines of a file that may not be there yet."""
    return path.read_bytes().split(b"\n")[:-1] if path.exists() else []
