"""Who is to be told is written so that they can be told: a mail server's name, and one e-mail address each."""

import pytest

from gateway.settings import SettingsFault, load_settings


def read(folder, line):
    (folder / "gateway.toml").write_text(f"[notices]\n{line}\n")
    return load_settings(folder / "gateway.toml", {}).notices


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('smtp_host = "mail.agency.example:25"', "[notices] smtp_host: must be a host's name or address"),
        ('smtp_host = "smtp://mail"', "[notices] smtp_host: must be a host's name or address"),
        ('smtp_host = "mail "', "[notices] smtp_host: must be without character 5 (SPACE, U+0020)"),
        ('sender = "gateway"', "[notices] sender: must be one e-mail address"),
        ('duty = ["Sgt. Ruiz"]', "[notices] duty, number 1 in the list: must be one e-mail address"),
        ('duty = ["a@x.example", "b@x.example, c@x.example"]', "duty, number 2 in the list: must be one"),
        ('privacy = ["a@b@c"]', "[notices] privacy, number 1 in the list: must be one e-mail address"),
        ('approvers = [""]', "[notices] approvers, number 1 in the list: must be one e-mail address"),
    ],
)
def test_nobody_who_could_not_be_told_passes(tmp_path, line, told):
    with pytest.raises(SettingsFault) as fault:
        read(tmp_path, line)
    assert any(told in problem for problem in fault.value.problems), fault.value.problems


@pytest.mark.parametrize("address", ["duty@agency.example", "Duty desk <duty@agency.example>", "lpr@localhost"])
def test_an_e_mail_address_may_have_a_name_before_it(tmp_path, address):
    assert read(tmp_path, f'duty = ["{address}"]').duty == (address,)


def test_addresses_without_a_server_are_warned_of_for_nobody_there_is_told(tmp_path):
    assert read(tmp_path, 'duty = ["duty@agency.example"]').warnings() == [
        "[notices] duty without smtp_host: no e-mail is sent to them before it is set"
    ]
    assert read(tmp_path, 'duty = ["duty@agency.example"]\nsmtp_host = "mail"').warnings() == []
    assert read(tmp_path, 'webhook_url = "https://chat.example/x"').warnings() == []
