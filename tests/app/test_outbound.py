"""What `config check` and `doctor` say of the forward proxy: through what a vendor is reached, and who is at fault."""

import pytest

from gateway.app.doctor import examine
from gateway.app.outbound import find_proxy, unused_variables
from gateway.app.symptom import FAILURE, OK, WARNING
from gateway.settings import load_settings
from tests.forward_proxies import LittleProxy
from tests.http.installation import Installation, Place
from tests.shipping.certificates import Authority
from tests.test_forward_proxy import HOST, REFUSED, authority, host
from tests.upstream.conftest import answer

__all__ = ["authority", "host"]
VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


@pytest.fixture
def proxy(host):
    with LittleProxy({HOST: host.port}) as running:
        yield running


@pytest.fixture
def installed(tmp_path, authority, proxy, monkeypatch):
    """One whose vendor, hook, issuer, sink and witness only the proxy reaches."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    made = Installation(
        tmp_path,
        [Place(profile="flock", at="/flock", upstream=f"https://{HOST}")],
        f'[outbound]\nproxy = "{proxy.url}"\n',
    )
    (tmp_path / "secrets" / "token").write_text("t-1\n")
    text = made.config.read_text().replace(
        f'upstream = "https://{HOST}"', f'upstream = "https://{HOST}"\nca_file = "{authority.file}"'
    )
    made.config.write_text(text)
    return made


def add(installed, text):
    installed.config.write_text(f"{installed.config.read_text()}\n{text}")


def found(installed, topic, state):
    symptoms = examine(load_settings(installed.config, {}))
    return [one.sentence for one in symptoms if (one.topic, one.state) == (topic, state)]


def test_a_vendor_is_said_to_be_reached_through_the_proxy(installed, proxy, host):
    host.says(answer(b'{"access_token": "t1", "token_type": "Bearer", "expires_in": 60}'))
    told = f"{HOST} can be reached through the proxy 127.0.0.1:{proxy.port}, and accepts the log-in"
    assert found(installed, "vendor flock", OK) == [told]


def test_a_vendor_that_the_proxy_gives_no_way_to_is_the_proxys_fault(installed, proxy):
    proxy.mood = REFUSED
    [sentence] = found(installed, "vendor flock", FAILURE)
    blamed = f"{HOST} cannot be reached: the proxy 127.0.0.1:{proxy.port} does not let this gateway reach it"
    assert sentence.startswith(blamed)


def test_a_log_in_that_the_proxy_keeps_away_is_the_proxys_fault(installed, proxy, host):
    host.says(answer(b"{}"))
    other = 'kind = "oauth2"\ntoken_url = "https://log-in.vendor.example/token"'
    installed.config.write_text(installed.config.read_text().replace('kind = "oauth2"', other))
    [sentence] = found(installed, "vendor flock", FAILURE)
    told = f"the proxy 127.0.0.1:{proxy.port} gives no way there (proxy_answered_503)"
    assert sentence.endswith(f"no log-in is answered at log-in.vendor.example: {told}")


def test_a_vendor_behind_the_proxy_that_refuses_the_log_in_is_at_fault_itself(installed, host):
    host.says(answer(b"{}", head="HTTP/1.1 401 No"))
    [sentence] = found(installed, "vendor flock", FAILURE)
    assert "the log-in fails (vendor_credential_refused)" in sentence
    assert "gives no way" not in sentence


def test_a_certificate_that_may_be_the_proxys_own_is_told_as_such(installed, tmp_path, authority):
    file = Authority(tmp_path, "Another CA").file
    installed.config.write_text(installed.config.read_text().replace(str(authority.file), str(file)))
    [sentence] = found(installed, "vendor flock", FAILURE)
    assert "answers, but its certificate is not trusted: " in sentence
    assert "is the certificate its own? Have it pass TLS to this host unopened" in sentence


def test_sinks_witnesses_hooks_and_issuers_are_reached_through_it_too(installed, proxy, host, authority):
    host.says(answer(b'{"keys": []}'))
    add(
        installed,
        f"""[[oidc]]
issuer = "https://{HOST}"
audience = "a"
jwks_url = "https://{HOST}/keys"
ca_file = "{authority.file}"
[telemetry]
endpoint = "https://{HOST}:4318/v1/traces"
ca_file = "{authority.file}"
[[audit.witnesses]]
kind = "http"
target = "https://{HOST}:8443/notes"
ca_file = "{authority.file}"
[[audit.sinks]]
name = "splunk"
kind = "splunk_hec"
target = "https://{HOST}:8088"
token_file = "secrets/token"
ca_file = "{authority.file}"
""",
    )
    symptoms = {one.topic: one for one in examine(load_settings(installed.config, {}))}
    assert f"through the proxy 127.0.0.1:{proxy.port}" in symptoms["sink splunk"].sentence
    assert symptoms["[telemetry] endpoint"].state == OK
    assert symptoms[f"witness https://{HOST}:8443/notes"].state == OK
    assert "it has no key" in symptoms[f"identity provider https://{HOST}"].sentence
    assert {f"{HOST}:{port}" for port in (443, 4318, 8443, 8088)} == set(proxy.hosts())


def test_who_is_direct_is_not_looked_for_through_the_proxy(installed, proxy):
    installed.config.write_text(
        installed.config.read_text().replace("[outbound]\n", f'[outbound]\ndirect = ["{HOST}"]\n')
    )
    assert found(installed, "vendor flock", FAILURE) == [f"{HOST} cannot be reached: its name is not known here"]
    assert proxy.heads == []


def test_credentials_that_cannot_be_used_are_a_mistake(installed):
    installed.import_facts()
    file = installed.folder / "secrets" / "proxy"
    text = installed.config.read_text().replace("[outbound]\n", '[outbound]\nproxy_auth_file = "secrets/proxy"\n')
    installed.config.write_text(text)
    assert f"[outbound] proxy_auth_file: {file} cannot be read (No such file" in installed.run("config", "check").stderr
    file.write_text("s3cret")
    file.chmod(0o640)
    told = installed.run("config", "check").stderr
    assert f"[outbound] proxy_auth_file: {file} must hold one line, user:password" in told
    assert "s3cret" not in told
    file.write_text("gateway:s3cret\n")
    assert installed.run("config", "check").exit_code == 0
    assert f"{file} can be read by others; chmod 600 it" in found(installed, "configuration", WARNING)


@pytest.mark.parametrize("name", [*VARIABLES, "https_proxy"])
def test_variables_that_name_a_proxy_in_vain_are_told_with_the_setting(installed, monkeypatch, name):
    monkeypatch.setenv(name, "http://gw:s3cret@proxy.agency.example:3128")
    installed.import_facts()
    told = f"{name} in the environment is not used, by design: "
    assert told not in installed.run("config", "check").stderr, "there is a proxy in the settings"
    installed.config.write_text(installed.config.read_text().replace("proxy = ", "# proxy = "))
    checked = installed.run("config", "check")
    assert f"note: {told}" in checked.stderr
    assert "set [outbound] proxy (operators.md, Behind a forward proxy)" in checked.stderr
    assert (checked.exit_code, "s3cret" in checked.stderr) == (0, False)
    [sentence] = [one for one in found(installed, "configuration", WARNING) if "environment" in one]
    assert sentence.startswith(told)


def test_several_variables_are_told_in_one_sentence_and_empty_ones_not_at_all(installed):
    installed.config.write_text(installed.config.read_text().replace("proxy = ", "# proxy = "))
    settings = load_settings(installed.config, {})
    [told] = unused_variables(settings, {"HTTPS_PROXY": "http://p:1", "http_proxy": "http://p:1", "NO_PROXY": "x"})
    assert told.startswith("HTTPS_PROXY, http_proxy in the environment are not used")
    assert unused_variables(settings, {"HTTPS_PROXY": "", "NO_PROXY": "x"}) == []
    assert find_proxy(settings) is None
