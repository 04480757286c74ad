"""Addresses in the settings are such that something can be reached there; each mistake is told with its setting."""

import pytest

from gateway.settings import SettingsFault, load_settings


def read(folder, table, line):
    (folder / "gateway.toml").write_text(f"[{table}]\n{line}\n")
    return load_settings(folder / "gateway.toml", {})


@pytest.mark.parametrize(
    ("table", "line", "told"),
    [
        (
            "audit",
            'notify_url = "alerts.agency.example"',
            "[audit] notify_url: must be an http(s) URL; write it as https://",
        ),
        ("audit", 'notify_url = "mailto:duty@agency.example"', "write it as https://alerts.agency.example/path"),
        (
            "audit",
            'notify_url = "https://alerts agency"',
            "[audit] notify_url: must be without character 15 (SPACE, U+0020)",
        ),
        ("engine", 'opa_url = "localhost:8181"', "[engine] opa_url: must be http(s)://host:port or unix:///path"),
        ("telemetry", 'endpoint = "https://collector:431800"', "[telemetry] endpoint: must name a host, and a port"),
        ("notices", 'webhook_url = "https://chat..example/x"', "[notices] webhook_url: must name a host"),
        ("server", 'bind = "here or there:8080"', "[server] bind: must be address:port"),
        ("server", 'bind = "::1:8080"', "[server] bind: must be address:port, as 127.0.0.1:8080 or [::1]:8080"),
        ("admin", 'bind = "10.0.0.256:9090"', "[admin] bind: must be address:port"),
    ],
)
def test_where_nothing_can_be_reached_is_told_at_the_setting(tmp_path, table, line, told):
    with pytest.raises(SettingsFault) as fault:
        read(tmp_path, table, line)
    assert any(told in problem for problem in fault.value.problems), fault.value.problems


@pytest.mark.parametrize("bind", ["127.0.0.1:0", "[::1]:8080", "localhost:8080", "0.0.0.0:443"])
def test_an_address_and_a_port_can_be_listened_at(tmp_path, bind):
    assert read(tmp_path, "server", f'bind = "{bind}"').server.bind == bind
