from gateway.auditing.stated_places import is_displaced, is_sound, lines_as_stated
from gateway.ledger.segments import lines_in, segments
from tests.auditing.ledgers import Ask


def test_a_record_behind_a_line_that_was_put_in_is_read_under_the_number_that_it_states(ledger):
    ledger.write([Ask()])
    [segment] = segments(ledger.directory, "w0")
    before = list(lines_in(segment))
    segment.path.write_bytes(b"no record\n" + segment.path.read_bytes())
    assert all(map(is_displaced, lines_in(segment)))
    found = list(lines_as_stated(segment))
    assert [(line.seq, line.raw) for line in found] == [(line.seq, line.raw) for line in before]
    assert all(map(is_sound, found))
