"""A witness that shows a certificate of the agency's own authority, as the real program on loopback."""

import pytest

from gateway.call_faults import explain_call
from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.ledger.alarms import Alarm
from gateway.ledger.checkpoints.checkpoint import latest
from gateway.ledger.checkpoints.cosignatures import read_cosignatures
from gateway.ledger.checkpoints.http_witnesses import ask_kept
from gateway.ledger.checkpoints.keys import CheckpointKeys
from gateway.ledger.checkpoints.witnesses import WitnessAddress, witness
from gateway.ledger.encryption import keygen
from gateway.ledger.records.event import admin_record
from tests.forward_proxies import LittleProxy
from tests.ledger.ledgers import ledger_runtime, watching
from tests.shipping.certificates import Authority
from tests.witness.programs import running


def write(folder, *witnesses):
    """One checkpoint; what was told of the witnesses."""
    audit = ledger_runtime(folder, keygen(), witnesses=witnesses)
    audit.ledger.record(admin_record("key.issued"))
    audit.checkpointer.write()
    audit.close()
    return [detail for alarm, detail in watching(audit).alarms if alarm is Alarm.WITNESS_FAILING]


def test_a_certificate_of_the_agencys_own_authority_is_trusted_by_ca_file_and_else_named_as_the_cause(tmp_path):
    authority = Authority(tmp_path)
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key, pair=authority.issue("witness", server=True)) as (url, _):
        untrusted = write(tmp_path, ("witness", url))
        assert untrusted
        assert all("its certificate is not trusted: unable to get local issuer" in detail for detail in untrusted)
        assert write(tmp_path, ("witness", url, authority.file)) == []
    assert max(read_cosignatures(tmp_path / "audit")) == latest(tmp_path / "audit")[0].number


def test_a_witness_that_lost_what_it_held_is_told_as_that(tmp_path):
    key = CheckpointKeys(tmp_path / "audit", tmp_path / "secrets", disk=RealDisk()).list_held()[0].key.verifier
    with running(tmp_path / "witness", key) as (url, _):
        assert write(tmp_path, ("witness", url)) == []
        assert write(tmp_path, ("witness", url)) == []
        for path in (tmp_path / "witness").glob("lpr-gateway-*.json"):
            path.unlink()
        assert all(
            "it holds checkpoint 0, and took later ones" in detail for detail in write(tmp_path, ("witness", url))
        )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (("syslog", "tcp://127.0.0.1:601", "here"), "only a witness with an https URL shows a certificate"),
        (("witness", "http://127.0.0.1:9", "here"), "only a witness with an https URL shows a certificate"),
        (("witness", "https://127.0.0.1:9", "nowhere"), "there is no file"),
    ],
)
def test_authorities_that_would_count_for_nothing_are_refused(tmp_path, address, sentence):
    (tmp_path / "here").write_text("PEM")
    kind, target, name = address
    with pytest.raises(ConfigurationError, match=sentence):
        witness(WitnessAddress(kind, target, tmp_path / name), ledger=tmp_path, disk=RealDisk())


@pytest.mark.parametrize("kind", ["http", "witness"])
def test_through_a_proxy_a_witness_is_reached_by_a_tunnel_and_is_off_this_host(tmp_path, kind):
    with LittleProxy({}) as proxy:
        url = "https://witness.invalid/notes"
        reached = witness(WitnessAddress(kind, url, None, proxy.way()), ledger=tmp_path, disk=RealDisk())
        assert reached.off_host, "its name is known to the proxy alone"
        with pytest.raises(OSError, match=r".") as raised:
            reached.give("lpr-gateway\ncheckpoint 1\n\n")
        assert "the proxy 127.0.0.1" in explain_call(raised.value)
        with pytest.raises(OSError, match="cannot reach it either"):
            ask_kept(url, None, proxy.way())
        assert proxy.hosts() == ["witness.invalid:443"] * 2
