"""`[outbound]`: what may stand there, and each mistake in plain words."""

import pytest

from gateway.settings import SettingsFault, load_settings

PROXY = 'proxy = "http://proxy.agency.example:3128"'


def read(tmp_path, *lines):
    (tmp_path / "gateway.toml").write_text("\n".join(["[outbound]", *lines]))
    return load_settings(tmp_path / "gateway.toml", {})


def test_without_a_table_there_is_no_proxy(tmp_path):
    (tmp_path / "gateway.toml").write_text("")
    assert load_settings(tmp_path / "gateway.toml", {}).outbound.proxy is None


def test_the_proxy_of_the_environments_own_variables_is_none_of_the_settings(tmp_path):
    (tmp_path / "gateway.toml").write_text("")
    named = {"HTTPS_PROXY": "http://proxy.example:3128", "LPR_GATEWAY__OUTBOUND__PROXY": "http://other.example:8080/"}
    assert load_settings(tmp_path / "gateway.toml", named).outbound.proxy == "http://other.example:8080"


def test_hosts_ends_of_names_addresses_and_ranges_may_be_direct(tmp_path):
    direct = '["siem", "siem.agency.example", ".agency.example", "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]'
    assert len(read(tmp_path, PROXY, f"direct = {direct}").outbound.direct) == 6


def test_the_file_of_the_credentials_lies_where_the_settings_do(tmp_path):
    settings = read(tmp_path, PROXY, 'proxy_auth_file = "secrets/proxy"')
    assert settings.outbound.proxy_auth_file == tmp_path / "secrets" / "proxy"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (['proxy = "proxy.agency.example:3128"'], "[outbound] proxy: must be http://host:port"),
        (['proxy = "https://proxy.agency.example:3128"'], "[outbound] proxy: must be http://host:port"),
        (['proxy = "socks5://proxy.agency.example:1080"'], "[outbound] proxy: must be http://host:port"),
        (['proxy = "http://proxy.agency.example"'], "[outbound] proxy: must name the proxy's port"),
        (['proxy = "http://proxy.agency.example:99999"'], "[outbound] proxy: must name the proxy's port"),
        (
            ['proxy = "http://u:s3cret@proxy.agency.example:3128"'],
            "[outbound] proxy: must hold no user name or password",
        ),
        (
            ['proxy = "http://proxy.agency.example:3128/x"'],
            "[outbound] proxy: must be http://host:port and nothing after",
        ),
        ([PROXY, 'direct = ["*.agency.example"]'], "[outbound] direct, number 1 in the list: must be a host's name"),
        ([PROXY, 'direct = ["a", "https://b"]'], "[outbound] direct, number 2 in the list: must be a host's name"),
        ([PROXY, 'direct = ["host:443"]'], "[outbound] direct, number 1 in the list: must be a host's name"),
        ([PROXY, 'direct = ["10.0.0.1/8"]'], "[outbound] direct, number 1 in the list: must be a host's name"),
        ([PROXY, 'direct = ["10.0.0"]'], "[outbound] direct, number 1 in the list: must be a host's name"),
        ([PROXY, 'direct = "host"'], "[outbound] direct: must be a list"),
        (['direct = ["host"]'], "[outbound]: direct without proxy: nothing goes through a proxy"),
        (['proxy_auth_file = "x"'], "[outbound]: proxy_auth_file without proxy: nothing goes through a proxy"),
        (["no_proxy = []"], "[outbound] no_proxy: there is no such setting"),
    ],
)
def test_each_mistake_is_told_in_plain_words(tmp_path, lines, told):
    with pytest.raises(SettingsFault) as caught:
        read(tmp_path, *lines)
    assert caught.value.problems[0].startswith(told)
    assert "s3cret" not in str(caught.value)


def test_of_a_wrong_proxy_nothing_more_is_told_of_what_would_go_through_it(tmp_path):
    with pytest.raises(SettingsFault) as caught:
        read(tmp_path, 'proxy = "proxy:3128"', 'direct = ["host"]')
    assert len(caught.value.problems) == 1
