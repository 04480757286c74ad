import orjson
import pytest

from gateway.auditing.epoch_proofs import find_altered
from gateway.auditing.plate_hashes import look_up
from gateway.auditing.search import Criteria
from gateway.auditing.unsearched import tell_unsearched
from gateway.ledger.encryption import wrap
from gateway.ledger.epoch_keys import Epoch, read_present, write_epoch
from gateway.ledger.verification.verify import verify
from tests.auditing.ledgers import AUDITOR, START, STRANGER, Ask

_KEY = bytes(range(32))


@pytest.fixture
def ended(ledger):
    """An epoch that ended, whose wrapped key's digest is on record, and the one after it."""
    ledger.write([Ask()])
    ledger.clock.on(days=31)
    ledger.write([Ask()])
    return ledger


@pytest.fixture
def older(ledger):
    """The same as an earlier version left it: no digest is kept, so none is recorded."""
    ledger.write([Ask()])
    forget_digests(ledger)
    ledger.clock.on(days=31)
    ledger.write([Ask()])
    forget_digests(ledger)
    return ledger


def forget_digests(ledger):
    for path in (ledger.secrets / "epochs").glob("*.key"):
        kept = orjson.loads(path.read_bytes())
        del kept["wrapped_sha256"]
        path.write_bytes(orjson.dumps(kept))


def wrapped(ledger, epoch="e000001"):
    return ledger.directory / "keys" / "epochs" / f"{epoch}.age"


def put(ledger, what):
    other = {
        "another key": lambda: wrap(write_epoch(Epoch("e000001", START, _KEY)), [AUDITOR.public]),
        "another epoch's": lambda: wrapped(ledger, "e000002").read_bytes(),
        "junk": lambda: b"junk",
        "a random value": lambda: wrap(_KEY, [AUDITOR.public]),
        "a list": lambda: wrap(b'["e000001"]', [AUDITOR.public]),
        "a short key": lambda: wrap(write_epoch(Epoch("e000001", START, b"")), [AUDITOR.public]),
        "a key that is a number": lambda: wrap(
            b'{"epoch":"e000001","began":"2026-01-01T00:00:00Z","key":7}', [AUDITOR.public]
        ),
        "a stranger's": lambda: wrap(write_epoch(Epoch("e000001", START, _KEY)), [STRANGER.public]),
    }
    wrapped(ledger).write_bytes(other[what]())


EVERY = ("another key", "another epoch's", "junk", "a random value", "a list", "a short key", "a key that is a number")


def altered(ledger, source, access, key=AUDITOR.private):
    return find_altered(source, read_present(ledger.secrets), key, access)


@pytest.mark.parametrize("what", [*EVERY, "a stranger's"])
@pytest.mark.parametrize("key", [AUDITOR.private, None], ids=["key", "none"])
def test_a_wrapped_key_other_than_the_one_on_record_is_named_with_a_key_and_without(
    ended, reading, access, reads, what, key
):
    assert altered(ended, reading(), access, key) == {}
    put(ended, what)
    told = altered(ended, reading(), access, key)
    assert list(told) == ["e000001"]
    assert "(keys/epochs/e000001.age) was altered: it is not the one on record" in told["e000001"]
    assert reads.entries == [], "the digest shows it: no plate was opened"


@pytest.mark.parametrize("what", EVERY)
def test_where_no_digest_is_on_record_an_auditors_key_shows_it_by_a_sealed_plate(older, reading, access, reads, what):
    assert altered(older, reading(), access) == {}
    assert [kind for kind, _ in reads.entries] == ["audit.opened"], "a plate was opened to compare, which is on record"
    put(older, what)
    told = altered(older, reading(), access)
    assert list(told) == ["e000001"]
    assert "FNA579" not in str(told) + str(reads.entries)


def test_one_wrapped_to_a_stranger_where_no_digest_is_on_record_is_told_as_not_proved(older, reading, access):
    put(older, "a stranger's")
    source = reading()
    assert altered(older, source, access) == {}
    plates = look_up("FNA579", directory=older.directory, secrets=older.secrets, private_key=STRANGER.private)
    assert plates.epochs == ("e000001", "e000002"), "the stranger opens it"
    plates = look_up("FNA579", directory=older.directory, secrets=older.secrets)
    told = tell_unsearched(source, Criteria(plates=plates.hashes, epochs=plates.epochs))
    [sentence] = told
    assert sentence.endswith("no record or key shows whether they are still the keys of their epochs: epochs e000001")


def test_an_altered_key_is_not_used_and_its_epoch_is_told_as_altered_alone(ended, reading, access):
    put(ended, "another key")
    source = reading()
    told = altered(ended, source, access)
    where = {"directory": ended.directory, "secrets": ended.secrets, "private_key": AUDITOR.private}
    plates = look_up("FNA579", **where, altered=told)
    assert plates.epochs == ("e000002",)
    assert tell_unsearched(source, Criteria(plates=plates.hashes, epochs=plates.epochs, altered=told)) == tuple(
        told.values()
    )


@pytest.mark.parametrize("forget", [False, True])
def test_the_present_epoch_is_followed_by_the_hosts_own_key_whatever_is_put_beside_it(ledger, reading, access, forget):
    ledger.write([Ask()])
    if forget:
        forget_digests(ledger)
    where = {"directory": ledger.directory, "secrets": ledger.secrets}
    true = look_up("FNA579", **where)
    put(ledger, "another key")
    told = altered(ledger, reading(), access)
    assert list(told) == ["e000001"]
    assert "the gateway's own key of it was used" in told["e000001"]
    assert look_up("FNA579", **where, private_key=AUDITOR.private) == true
    assert look_up("FNA579", **where, private_key=AUDITOR.private, altered=told) == true


def test_a_folder_in_its_place_is_told_and_no_error(ended, reading, access):
    wrapped(ended).unlink()
    wrapped(ended).mkdir()
    assert list(altered(ended, reading(), access)) == ["e000001"]


@pytest.mark.parametrize("what", ["another key", "junk", "a stranger's"])
def test_verification_breaks_at_a_wrapped_key_that_is_not_the_one_on_record(ended, what):
    ended.sign()
    assert verify(ended.directory).ok
    kept = wrapped(ended).read_bytes()
    put(ended, what)
    report = verify(ended.directory)
    [broken] = report.breaks
    assert (broken.file, str(broken.reason)) == ("keys/epochs/e000001.age", "epoch_key_altered")
    wrapped(ended).write_bytes(kept)
    assert verify(ended.directory).ok
