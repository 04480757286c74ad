"""What a receiver refuses is told in runs."""

from gateway.shipping.formats import Record
from gateway.shipping.refused_runs import RefusedRuns
from gateway.shipping.watch import FINDING_EVENT
from tests.shipping.samples import OUTCOME, lines


def test_a_run_has_no_gap_and_is_recorded_unless_all_of_it_are_records_of_findings():
    found = OUTCOME | {"event_type": FINDING_EVENT}
    first, second, third, _taken, fifth = map(Record.read, lines([OUTCOME, found, OUTCOME, OUTCOME, found]))
    runs = RefusedRuns()
    runs.add([first, second])
    runs.add([third, fifth])
    assert [(run.first, run.last, run.is_to_record) for run in runs.take()] == [(1, 3, True), (5, 5, False)]
    assert runs.take() == []
