"""What the settings name and is read only later is looked for before the start."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.app.oversight import make_detector_runner
from gateway.app.oversight_faults import find_oversight_faults
from gateway.errors import ConfigurationError
from gateway.settings import load_settings
from tests.http.installation import POLICIES, Installation, Place
from tests.pdp.policies import write_policy


@pytest.fixture
def checked(tmp_path):
    """What `config check` says with these lines in the settings."""

    def check(lines):
        made = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")], lines)
        return made.run("config", "check")

    return check


@pytest.mark.parametrize(
    ("section", "key"), [("facts", "manifest_key_file"), ("audit", "trust_file"), ("telemetry", "ca_file")]
)
def test_a_file_that_is_not_there_is_told_with_its_setting_and_path(checked, tmp_path, section, key):
    told = checked(f'[{section}]\n{key} = "none.pem"')
    assert told.exit_code == 2
    assert f"error: [{section}] {key}: there is no file {tmp_path}/none.pem" in told.stderr


@pytest.mark.parametrize("written", ["text", "private"])
def test_a_key_of_the_feed_that_is_no_public_key_is_told_before_the_start(checked, tmp_path, written):
    private = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "feed.pem").write_bytes(private if written == "private" else b"no key")
    told = checked('[facts]\nmanifest_key_file = "feed.pem"')
    assert told.exit_code == 2
    assert f"{tmp_path}/feed.pem is not a readable Ed25519 public key (PEM)" in told.stderr


def test_the_authorities_of_an_identity_provider_that_are_not_there_are_told(checked, tmp_path):
    told = checked('[[oidc]]\nissuer = "https://login.agency.example"\naudience = "lpr"\nca_file = "none.pem"')
    assert told.exit_code == 2
    assert f"error: [[oidc]] ca_file: there is no file {tmp_path}/none.pem" in told.stderr


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('[[oidc]]\nissuer = "https://login.agency.example"\naudience = "lpr"\nca_file = "ca.pem"', "[[oidc]] ca_file"),
        (
            '[[audit.sinks]]\nname = "siem"\nkind = "syslog"\ntarget = "tls://siem.test:6514"\nca_file = "ca.pem"',
            '[[audit.sinks]] "siem" ca_file',
        ),
        (
            '[[audit.witnesses]]\nkind = "http"\ntarget = "https://witness.test/notes"\nca_file = "ca.pem"',
            "[[audit.witnesses]] ca_file",
        ),
    ],
)
def test_a_file_of_authorities_that_holds_no_certificate_is_told_before_anybody_is_distrusted_by_it(
    checked, tmp_path, lines, told
):
    (tmp_path / "ca.pem").write_text("no certificate")
    found = checked(lines)
    assert found.exit_code == 2
    assert f"error: {told}: {tmp_path}/ca.pem holds no certificate (PEM)" in found.stderr


def test_one_file_for_two_sinks_is_told(checked, tmp_path):
    sink = '[[audit.sinks]]\nname = "{}"\nkind = "jsonl"\ntarget = "one.jsonl"\n'
    told = checked(sink.format("first") + sink.format("second"))
    assert (told.exit_code, f"{tmp_path}/one.jsonl is written by 2 sinks" in told.stderr) == (2, True)


def test_a_candidate_that_is_not_there_is_warned_of_and_keeps_nobody_from_starting(checked, tmp_path):
    told = checked('[engine]\nshadow = "none"')
    assert (told.exit_code, told.stdout) == (0, "the configuration is sound\n")
    assert f"warning: [engine] shadow: there is no folder {tmp_path}/none: nothing is tried beside" in told.stderr


@pytest.mark.parametrize("lacks", ["folder", "oversight"])
def test_policies_without_detectors_beside_them_are_warned_of_for_nobody_looks_for_misuse_then(
    checked, tmp_path, lacks
):
    checked("")  # the policy in force is kept, and no longer read from its folder
    there = tmp_path / "policies"
    if lacks == "oversight":
        write_policy(there)
    (tmp_path / "gateway.toml").write_text(
        (tmp_path / "gateway.toml").read_text().replace(f'policies = "{POLICIES}"', f'policies = "{there}"')
    )
    settings = load_settings(tmp_path / "gateway.toml", {})
    told = f"[paths] policies: there is no folder {there}/oversight: nobody looks for misuse"
    assert find_oversight_faults(settings) == [told]
    runner = make_detector_runner(settings, lambda _body: None)
    with pytest.raises(ConfigurationError, match="there are no detectors"):
        runner.round()


def test_a_folder_of_oversight_that_is_not_there_is_warned_of_for_nobody_looks_for_misuse_then(checked, tmp_path):
    told = checked('[oversight]\ndirectory = "none"')
    assert f"warning: [oversight] directory: there is no folder {tmp_path}/none: nobody looks for misuse" in told.stderr
