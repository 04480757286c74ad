"""`config check`: every mistake at once, each with its setting, or that there is none."""

import contextlib
import json
import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from gateway.app.audit import open_command_runtime
from gateway.app.state import SHARED
from gateway.cli import main
from gateway.clock import format_instant, now
from gateway.demo.agency import OFFICER
from gateway.settings import load_settings
from gateway.vendors import load_profile
from tests.facts.postgres import fresh_database
from tests.http.installation import Installation, Place


def test_sound_settings_are_said_to_be_sound(gateway):
    result = gateway.run("config", "check")
    assert (result.exit_code, result.stdout) == (0, "the configuration is sound\n")
    assert gateway.run_json("config", "check") == {"ok": True, "vendors": ["flock"]}


def test_every_mistake_in_the_settings_is_told_with_its_place(gateway):
    text = gateway.config.read_text()
    text = text.replace("[paths]", "[paths]\nstat = 'x'").replace("timeout_s = 10", 'timeout_s = "soon"')
    gateway.config.write_text(text)
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    problems = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert problems == [
        "error: [paths] stat: there is no such setting; did you mean state?",
        next(problem for problem in problems if problem.startswith("error: [vendors.0] timeout_s: ")),
    ]


def mend(gateway, old, new):
    text = gateway.config.read_text()
    assert old in text
    gateway.config.write_text(text.replace(old, new))


def test_what_the_settings_name_is_looked_at_although_one_of_them_is_misspelt(gateway):
    (gateway.folder / "secrets" / "vendor").unlink()
    mend(gateway, "[paths]", '[paths]\nstat = "x"')
    mend(gateway, "timeout_s = 10", 'timeout_s = 10\nprofil = "x"')
    told = gateway.run("config", "check").stderr
    assert "[paths] stat: there is no such setting" in told
    assert "[vendors.0] profil: there is no such setting; did you mean profile?" in told
    assert "secrets/vendor: the secret file cannot be read" in told


def test_nothing_is_told_that_only_follows_from_another_mistake(gateway):
    mend(gateway, 'mount = "', 'mounts = "')
    told = gateway.run("config", "check").stderr.splitlines()
    assert [line for line in told if line.startswith("error: ")] == [
        "error: [vendors.0] mounts: there is no such setting; did you mean mount?",
        "error: more may come to light when these are put right: what is left out of them could not be looked at",
    ]


def test_a_wrong_kind_of_a_witness_hides_nothing_else_of_the_record(gateway):
    gateway.config.write_text(
        gateway.config.read_text()
        + '[audit]\nrecipients = ["age1x"]\n[[audit.witnesses]]\nkind = "fil"\ntarget = "/tmp/w"\n'
    )
    told = gateway.run("config", "check").stderr
    assert "[audit.witnesses.0] kind: must be one of" in told
    assert "[audit] recipients, number 1 in the list: is not an age public key" in told


def open_elsewhere(gateway):
    """A ledger that lies elsewhere than by default, signed with this state's keys."""
    gateway.config.write_text(f'{gateway.config.read_text()}\n[audit]\ndirectory = "{gateway.folder}/ledger"\n')
    with contextlib.closing(open_command_runtime(load_settings(gateway.config, {}))) as runtime:
        runtime.checkpointer.write()
    shutil.rmtree(gateway.state / "audit", ignore_errors=True)
    assert gateway.run("config", "check").exit_code == 0


@pytest.mark.parametrize("others", [[], ["other"]], ids=["alone", "beside another"])
@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", ["[audit.sinks.0] name", "[audit.sinks.0] kind", "[audit.sinks.0] target"]),
        ('knd = "syslog"\n', [f"[audit.sinks.0] {name}" for name in ("name", "kind", "target", "knd")]),
        ('name = "siem"\nkind = "sylog"\n', ["[audit.sinks.0] kind", "[audit.sinks.0] target"]),
    ],
)
def test_mistakes_in_a_sink_say_nothing_of_the_ledger_and_hide_nothing_of_another_sink(gateway, written, told, others):
    open_elsewhere(gateway)
    more = "".join(SINK.format("jsonl", "nowhere/x.jsonl").replace("siem", name) for name in others)
    gateway.config.write_text(f"{gateway.config.read_text()}\n[[audit.sinks]]\n{written}{more}")
    errors = [line for line in gateway.run("config", "check").stderr.splitlines() if "more may come" not in line]
    beginnings = [line.removeprefix("error: ").partition(":")[0] for line in errors]
    assert sorted(beginnings) == sorted([*told, *(f'sink "{name}"' for name in others)]), errors


def test_two_listeners_of_one_address_are_told_beside_another_mistake(gateway):
    bind = re.search(r'\[server\]\s+bind = (".*?")', gateway.config.read_text())[1]
    mend(gateway, "[paths]", '[paths]\nstat = "x"')
    gateway.config.write_text(re.sub(r'(\[admin\]\s+bind = )".*?"', rf"\1{bind}", gateway.config.read_text()))
    told = gateway.run("config", "check").stderr
    assert "[paths] stat: there is no such setting" in told
    assert "[admin] bind and [server] bind are the same address" in told
    assert "more may come to light" not in told


LOOKS = ["config check", "doctor", "facts check facts", "oversight findings", "oversight history"]


@pytest.mark.parametrize("command", [*LOOKS, "serve", "keys list"])
def test_what_looks_and_what_is_refused_leaves_the_place_free_to_which_the_state_is_moved_next(
    gateway, command, monkeypatch
):
    gateway.person(OFFICER)  # the store is kept with the secrets that are copied
    (gateway.folder / "shared").mkdir()
    for name in SHARED:
        shutil.copy(gateway.state / "secrets" / name, gateway.folder / "shared")
    mend(gateway, "[paths]", '[paths]\nstate = "moved"')
    gateway.config.write_text(f'{gateway.config.read_text()}\n[store]\nsecrets_directory = "shared"\n')
    if command not in LOOKS:
        (gateway.folder / "shared" / "integrity").write_bytes(bytes(32))
    monkeypatch.chdir(gateway.folder)
    assert gateway.run(*command.split()).exit_code == 2 or command in LOOKS
    assert not (gateway.folder / "moved").exists()


SINK = '[[audit.sinks]]\nname = "siem"\nkind = "{}"\ntarget = "{}"\n'
MISTAKES = {
    '[limits]\nrequests_per_minute = "many"\n': "[limits] requests_per_minute: must be a whole number",
    "[oversight]\nevery_s = -1\n": "[oversight] every_s: must be 0 or more",
    "[telemetry]\nsample_ratio = 2\n": "[telemetry] sample_ratio: must be at most 1",
    '[notices]\nsmtp_starttls = "perhaps"\n': "[notices] smtp_starttls: must be true or false",
    '[audit]\nrecipients = "age1x"\n': '[audit] recipients: must be a list, as ["…"]',
    '[audit]\nrecipients = ["age1x"]\n': "[audit] recipients, number 1 in the list: is not an age public key",
    '[audit]\nrecipients = ["AGE-SECRET-KEY-1X"]\n': "[audit] recipients, number 1 in the list: is an auditor's private key",
    '[oidc]\nissuer = "https://login.example"\n': "[oidc]: must be a list of tables: write [[oidc]] above each",
    '[[audit.witnesses]]\nkind = "file"\ntarget = "witness"\n': '[[audit.witnesses]] target: of kind "file" it must be an'
    " absolute path",
    'store = "sqlite:///x"\n': "[store]: must be a table",
    '[facts]\nurl = "mysql://db/lpr"\n': "[facts] url: must begin with sqlite:/// (a file) or postgresql+psycopg://",
    '[store]\nurl = "postgresql+psycopg://db/lpr?passfile=pgpass"\n': "[store] url: passfile must be an absolute path",
    '[store]\nurl = "postgresql://db/lpr"\n': "[store] url: must begin with sqlite:/// (a file) or postgresql+psycopg://",
    SINK.format(
        "sylog", "x"
    ): "[audit.sinks.0] kind: must be one of 'jsonl', 'syslog', 'splunk_hec' or 'elasticsearch'",
    SINK.format("jsonl", "nowhere/x.jsonl"): 'sink "siem": target: there is no folder',
    SINK.format("jsonl", "x.jsonl") + 'token_file = "none"\n': 'sink "siem": token_file: there is no file',
    SINK.format("jsonl", "x.jsonl").replace("siem", "My SIEM"): "[audit.sinks.0] name: must begin with a small letter",
}


@pytest.mark.parametrize("profile", ["flock", "rekor"])
def test_the_wrong_kind_of_a_vendors_log_in_is_told_with_the_right_one_whatever_else_it_lacks(gateway, profile):
    right = load_profile(profile).vendor_auth.kind
    text = gateway.config.read_text().partition("[[vendors]]")[0]
    vendor = (
        f'[[vendors]]\nprofile = "{profile}"\nmount = "/v"\nupstream = "http://127.0.0.1:1"\n[vendors.auth]\nkind = '
    )
    wrong = {"oauth2": "api_key_query", "api_key_query": "oauth2"}[right]
    gateway.config.write_text(f'{text}{vendor}"{wrong}"\n')
    assert f'{profile} takes "{right}"' in gateway.run("config", "check").stderr
    secret = gateway.folder / "secrets" / "vendor"
    gateway.config.write_text(f'{text}{vendor}"bearer"\ntoken_file = "{secret}"\n')
    assert f'authenticates by {right}: write kind = "{right}", and ' in gateway.run("config", "check").stderr


def test_a_file_sink_that_this_user_may_not_write_is_told_alike_by_config_check_and_doctor(gateway, monkeypatch):
    spool = gateway.folder / "spool"
    spool.mkdir()
    gateway.config.write_text(f"{gateway.config.read_text()}\n{SINK.format('jsonl', spool / 'x.jsonl')}")
    may = os.access
    monkeypatch.setattr("os.access", lambda path, how, **given: path != spool and may(path, how, **given))
    told = f"{spool} cannot be written by this user"
    checked = gateway.run("config", "check")
    assert (checked.exit_code, f'error: sink "siem": target: {told}' in checked.stderr) == (2, True)
    assert f"sink siem: {told}" in gateway.run("doctor").stdout


def test_an_empty_token_of_a_collector_is_told_with_its_file(gateway):
    token = gateway.folder / "hec-token"
    token.write_text("\n")
    token.chmod(0o600)
    sink = SINK.format("splunk_hec", "http://127.0.0.1:1") + f'token_file = "{token}"\n'
    gateway.config.write_text(f"{gateway.config.read_text()}\n{sink}")
    result = gateway.run("config", "check")
    assert (result.exit_code, f'sink "siem": token_file: {token}: the secret file is empty' in result.stderr) == (
        2,
        True,
    )


@pytest.mark.parametrize(("written", "told"), MISTAKES.items())
def test_what_must_stand_there_is_said_in_plain_words(gateway, written, told):
    gateway.config.write_text(written + gateway.config.read_text())
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert f"error: {told}" in result.stderr
    assert not {"Input", "valid", "pattern", "tuple"} & set(result.stderr.split())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"/flock"', '"flock"', "[vendors.0] mount: must be one slash and a name of small letters"),
        ('mount = "/flock"', 'host = "Flock Safety"', "[vendors.0] host: must be a host's name"),
        ('"\ntimeout_s', '/api/v3"\ntimeout_s', "[[vendors]] flock: upstream: leave off /api/v3: the profile adds it"),
    ],
)
def test_a_vendors_place_that_cannot_be_is_told_with_what_it_should_be(gateway, old, new, told):
    gateway.config.write_text(gateway.config.read_text().replace(old, new))
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert f"error: {told}" in result.stderr


def test_two_vendors_at_one_place_are_named(gateway):
    text = gateway.config.read_text()
    gateway.config.write_text(text + text[text.index("[[vendors]]") :])
    result = gateway.run("config", "check")
    assert result.stderr.startswith("error: [[vendors]]: two have the same mount or host: flock\n")


def test_a_secret_of_nothing_but_blanks_is_empty(gateway):
    (gateway.folder / "secrets" / "vendor").write_text("  \n")
    assert "vendor: the secret file is empty" in gateway.run("config", "check").stderr


def test_a_settings_file_may_begin_with_a_byte_order_mark(gateway):
    gateway.config.write_text(gateway.config.read_text(), encoding="utf-8-sig")
    assert gateway.run("config", "check").exit_code == 0


def test_a_settings_file_of_another_encoding_is_told_as_that(gateway):
    gateway.config.write_text(gateway.config.read_text(), encoding="utf-16")
    assert f"error: {gateway.config} is not UTF-8" in gateway.run("config", "check").stderr


def test_what_the_settings_name_and_is_not_there_is_told_all_at_once(gateway):
    gateway.config.write_text(gateway.config.read_text().replace("/policies", "/nowhere"))
    (gateway.folder / "secrets" / "vendor").unlink()
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    problems = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert any("[paths] policies: there is no folder" in problem for problem in problems)
    assert any("secrets/vendor: the secret file cannot be read (No such file" in problem for problem in problems)


def test_a_profile_that_is_not_there_hides_no_other_mistake_of_its_vendor(gateway):
    gateway.config.write_text(re.sub('profile = ".*"', 'profile = "flok"', gateway.config.read_text()))
    (gateway.folder / "secrets" / "vendor").unlink()
    told = gateway.run("config", "check").stderr
    assert "profile flok: there is no such profile" in told
    assert "secrets/vendor: the secret file cannot be read" in told


def test_a_secret_that_others_can_read_is_warned_of_and_no_mistake(gateway):
    secret = gateway.folder / "secrets" / "vendor"
    secret.chmod(0o644)
    result = gateway.run("config", "check")
    assert result.exit_code == 0
    assert f"warning: {secret} can be read by others" in result.stderr


def test_json_is_all_that_standard_output_holds(gateway):
    (gateway.folder / "secrets" / "vendor").chmod(0o644)
    assert json.loads(gateway.run("config", "check", "--json").stdout)["ok"] is True


def test_a_database_that_nobody_serves_is_a_mistake(gateway):
    gateway.config.write_text(gateway.config.read_text() + '\n[store]\nurl = "postgresql+psycopg://127.0.0.1:1/lpr"\n')
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert "error: [store] url: nobody answers at 127.0.0.1:1: is PostgreSQL running there" in result.stderr


CONFLICTS = """
[server]
bind = "127.0.0.1:8080"
[admin]
bind = "127.0.0.1:8080"
[policy]
signers = ["a", "b"]
[audit]
recipients = ["x"]
warn_free_mb = 1
stop_free_mb = 5
[[audit.sinks]]
name = "one"
kind = "sylog"
target = "tls://a"
[[audit.sinks]]
name = "two"
kind = "syslog"
target = "tcp://a.test:70000"
alert_after_s = 10
[[oidc]]
issuer = "https://login.test"
audience = "lpr"
[[oidc]]
issuer = "https://login.test"
audience = "lpr"
"""


def test_a_mistake_of_one_value_hides_none_of_values_that_do_not_agree_and_those_hide_none_of_what_they_stand_beside(
    tmp_path,
):
    (tmp_path / "gateway.toml").write_text(CONFLICTS)
    told = CliRunner().invoke(main, ["config", "check", "--config", str(tmp_path / "gateway.toml")]).stderr
    for sentence in (
        "[audit.sinks.0] kind: must be one of",
        "[audit]: stop_free_mb must be below warn_free_mb",
        "[admin] bind and [server] bind are the same address",
        "two [[oidc]] have the same issuer",
        "[policy] signers, number 1 in the list: must be a line",
        "[policy] signers, number 2 in the list: must be a line",
        "[audit] recipients, number 1 in the list: is not an age public key",
        'sink "two": the target must name a host, and a port',
        'sink "two": alert_after_s must be longer than settle_s',
    ):
        assert f"error: {sentence}" in told


@pytest.mark.parametrize("looking", [("config", "check"), ("doctor",)])
def test_looking_before_anything_else_leaves_nothing_for_a_restore_or_the_service_to_stumble_over(tmp_path, looking):
    new = Installation(tmp_path, [Place(profile="rekor", at="/rekor", upstream="http://127.0.0.1:1")])
    new.run(*looking)
    assert not new.state.exists()


def test_what_is_kept_is_its_owners_alone(gateway):
    assert gateway.run("config", "check").exit_code == 0
    assert (gateway.state / "policy" / "checked").is_dir()
    assert not any(path.stat().st_mode & 0o077 for path in (gateway.state, *gateway.state.rglob("*")) if path.is_dir())


def test_a_clock_that_stands_before_the_record_is_warned_of_and_no_mistake(gateway):
    gateway.run("policy", "history")
    memory = {"believed": format_instant(now() + timedelta(days=2))}
    (gateway.state / "secrets" / "clock.json").write_text(json.dumps(memory))
    result = gateway.run("config", "check")
    assert result.exit_code == 0
    assert "warning: the clock stands before the last record: put the clock right" in result.stderr


def test_a_file_that_is_not_there_is_told(gateway):
    gateway.config.unlink()
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert str(gateway.config) in result.stderr


@pytest.mark.parametrize("section", ["store", "facts"])
@pytest.mark.parametrize(
    "address",
    ["lpr:hunter2@db.example/lpr", "db.example/lpr?password=hunter2", "db.example/lpr?x=1&sslpassword=hunter2"],
)
def test_a_password_in_a_databases_address_is_refused_and_not_repeated(gateway, section, address):
    lines = [line for line in gateway.config.read_text().splitlines() if not line.startswith(f"[{section}]")]
    text = "\n".join(line for line in lines if not line.startswith(f'url = "sqlite:///{section}'))
    gateway.config.write_text(f'{text}\n[{section}]\nurl = "postgresql+psycopg://{address}"\n')
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert f"error: [{section}] url: holds a password: have PostgreSQL's own file hold it (PGPASSFILE" in result.stderr
    assert "hunter2" not in result.output


@pytest.mark.parametrize("address", ["https://:hunter2@v.example", "https://who@v.example", "https://@v.example"])
def test_no_web_address_holds_who_logs_in(gateway, address):
    gateway.config.write_text(f'{gateway.config.read_text()}\n[notices]\nwebhook_url = "{address}"\n')
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert "error: [notices] webhook_url: must hold no user name, query or fragment" in result.stderr
    assert "hunter2" not in result.output


def test_a_database_in_which_the_user_may_make_nothing_is_told_before_anything_is_tried(gateway, postgres):
    url = fresh_database(postgres)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE ROLE onlooker LOGIN")
    role = url.replace("postgres:@", "onlooker@")
    gateway.config.write_text(f'[store]\nurl = "{role}"\n[facts]\nurl = "{role}"\n' + gateway.config.read_text())
    told = [line for line in gateway.run("config", "check").stderr.splitlines() if "onlooker may not make" in line]
    assert [line.partition(":")[2][:12] for line in told] == [" [store] url", " [facts] url"]
    assert told[0].endswith("OWNER TO onlooker")


VARIABLES = {
    "VENDORS__1__UPSTREAM=https://x": "VENDORS__1__UPSTREAM: the settings file has 1 [[vendors]], the last of them number 0;"
    " a variable can change a table that is there, and add none: write it into the file",
    "AUDIT__SINKS__0__NAME=siem": "AUDIT__SINKS__0__NAME: the settings file has 0 [[audit.sinks]]; a variable can change",
    "VENDORS__UPSTREAM=https://x": "VENDORS__UPSTREAM: the settings file has 1 [[vendors]]; say which by its number, from"
    " 0, as LPR_GATEWAY__VENDORS__0__…",
    "SERVER__BIND__X=y": "SERVER__BIND__X: [server.bind] is a value, and has no x",
}


@pytest.mark.parametrize(("set_to", "told"), VARIABLES.items())
def test_a_variable_that_names_no_place_is_told_what_there_is(gateway, monkeypatch, set_to, told):
    name, _, value = f"LPR_GATEWAY__{set_to}".partition("=")
    monkeypatch.setenv(name, value)
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert f"error: the environment variable LPR_GATEWAY__{told}" in result.stderr


def test_a_value_that_a_variable_holds_is_told_with_the_variables_name(gateway, monkeypatch):
    monkeypatch.setenv("LPR_GATEWAY__SERVER__WORKERS", "three")
    told = "[server] workers: must be a whole number (from the environment: LPR_GATEWAY__SERVER__WORKERS)"
    assert gateway.run("config", "check").stderr == f"error: {told}\n"


def test_a_variable_with_an_underscore_too_few_is_a_mistake_and_one_of_kubernetes_is_none(gateway, monkeypatch):
    monkeypatch.setenv("LPR_GATEWAY_SERVICE_PORT_OFFICERS", "8080")
    assert gateway.run("config", "check").exit_code == 0
    monkeypatch.setenv("LPR_GATEWAY_SERVER_BIND", "127.0.0.1:1")
    told = "LPR_GATEWAY_SERVER_BIND sets nothing; did you mean LPR_GATEWAY__SERVER__BIND?"
    assert told in gateway.run("config", "check").stderr
    monkeypatch.delenv("LPR_GATEWAY_SERVER_BIND")
    monkeypatch.setenv("LPR_GATEWAY_SERVER__BIND", "127.0.0.1:1")
    told = "LPR_GATEWAY_SERVER__BIND sets nothing; did you mean LPR_GATEWAY__SERVER__BIND?"
    assert gateway.run("config", "check").stderr == f"error: the environment variable {told}\n"


def test_a_folder_that_cannot_be_made_is_told_before_anything_starts(gateway):
    (gateway.folder / "file").write_text("")
    below = gateway.folder / "file" / "audit"
    gateway.config.write_text(gateway.config.read_text() + f'\n[audit]\ndirectory = "{below}"\n')
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert f"error: [audit] directory: {below} cannot be made: {gateway.folder}/file is no folder" in result.stderr


@pytest.mark.parametrize("command", [("config", "check"), ("doctor",), ("keys", "list"), ("oversight", "run")])
def test_a_state_folder_below_a_plain_file_is_told_with_its_setting_by_every_command(gateway, command):
    (gateway.folder / "file").write_text("")
    written = gateway.config.read_text().replace("[paths]\n", '[paths]\nstate = "file/state"\n')
    gateway.config.write_text(written)
    told = gateway.run(*command).output
    assert re.search(rf"\[paths\] state: {re.escape(str(gateway.folder))}/file.* is no folder", told)
    assert "Not a directory" not in told


def test_no_ledger_goes_on_or_begins_beside_the_keys_of_another(gateway):
    audit, ring = gateway.state / "audit", gateway.state / "secrets" / "checkpoint-keys.json"
    assert gateway.run("audit", "rotate-key").exit_code == 0
    audit.rename(gateway.folder / "elsewhere")
    for command in (("config", "check"), ("keys", "issue", "--user", OFFICER)):
        result = gateway.run(*command)
        assert result.exit_code == 2
        assert f"error: [audit] directory: {audit} is not the ledger that the keys in" in result.stderr
    assert not audit.exists()
    ring.rename(gateway.folder / "kept.json")
    assert gateway.run("audit", "rotate-key").exit_code == 0
    assert gateway.run_json("audit", "verify")["ok"] is True
    ring.unlink()
    result = gateway.run("keys", "issue", "--user", OFFICER)
    assert (result.exit_code, f"no key in {ring.parent} signs {audit}" in result.stderr) == (2, True)
    assert "A copy elsewhere is for `audit verify`" in result.stderr


def test_a_sink_that_would_count_records_as_received_too_soon_is_warned_of(gateway):
    text = gateway.config.read_text()
    sink = '[[audit.sinks]]\nname = "siem"\nkind = "syslog"\ntarget = "tls://siem.test:6514"\nsettle_s = 5\n'
    gateway.config.write_text(f"{text}\n{sink}")
    result = gateway.run("config", "check")
    assert (
        "warning: sink siem: a receiver that dies is noticed only after 30 s; settle_s should be longer"
        in result.stderr
    )


def test_a_key_that_a_sink_makes_no_use_of_is_warned_of_where_it_is_given_and_only_there(gateway):
    sinks = (
        SINK.format("jsonl", f"{name}.jsonl").replace("siem", name) + more
        for name, more in (("a", "refusals = 3\n"), ("b", ""))
    )
    gateway.config.write_text("\n".join([gateway.config.read_text(), *sinks]))
    told = [line for line in gateway.run("config", "check").stderr.splitlines() if ": sink " in line]
    assert told == ["warning: sink a: refusals: a sink of kind jsonl makes no use of that"]


@pytest.mark.parametrize("wide", ["0.0.0.0/0", "::/0", "128.0.0.0/1"])
def test_proxies_that_anybody_could_be_are_a_mistake(gateway, wide):
    text = gateway.config.read_text()
    gateway.config.write_text(text.replace("[server]", f'[server]\ntrusted_proxies = ["10.1.0.7", "{wide}"]'))
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert f"error: [server] trusted_proxies: {wide} is no list of proxies: anybody in it could name" in result.stderr


def test_a_settings_file_that_others_can_change_is_in_doctors_report(gateway):
    gateway.config.chmod(0o666)
    symptoms = json.loads(gateway.run("doctor", "--json").stdout)["symptoms"]
    told = f"{gateway.config} can be changed by others; chmod go-w {gateway.config}"
    assert [one["state"] for one in symptoms if one["sentence"] == told] == ["warning"]


@pytest.mark.parametrize(("proxies", "warned"), [("10.0.0.0/8", True), ("fd00::/8", True), ("10.1.0.0/24", False)])
def test_more_proxies_than_an_agency_has_are_warned_of(gateway, proxies, warned):
    text = gateway.config.read_text()
    gateway.config.write_text(text.replace("[server]", f'[server]\ntrusted_proxies = ["{proxies}"]'))
    told = f"[server] trusted_proxies: {proxies} holds "
    assert (f"warning: {told}" in gateway.run("config", "check").stderr) is warned
    assert (told in gateway.run("doctor").stdout) is warned


def test_a_state_that_holds_nothing_is_told_before_a_new_ledger_begins_there(gateway):
    told = "holds nothing yet, and `serve` begins a new ledger with new keys there: if there was one before, bring its state back"
    assert told not in gateway.run("config", "check").stderr
    gateway.state.rename(gateway.folder / "moved")
    assert f"note: [paths] state: {gateway.state} {told}" in gateway.run("config", "check").stderr
    assert told in gateway.run("doctor").stdout
    assert not gateway.state.exists()


def test_a_state_that_lacks_its_secrets_is_not_said_to_hold_nothing(gateway):
    (gateway.state / "audit" / "w0").mkdir(parents=True, exist_ok=True)
    (gateway.state / "audit" / "w0" / "0000000000000001.jsonl").write_text("{}\n")
    (gateway.state / "secrets").rename(gateway.folder / "moved")
    told = gateway.run("doctor").stdout
    assert f"{gateway.state} lacks its `secrets`, and a record is there that was made with them" in told
    assert "holds nothing yet" not in told


def test_a_store_that_is_gone_beside_a_record_is_told_before_a_new_one_begins_there(gateway):
    told = "though there is a record of before, and `serve` begins a new store there, without keys"
    store = gateway.state / "gateway.db"
    store.unlink(missing_ok=True)
    assert told not in gateway.run("config", "check").stderr, "nobody has served yet"
    (gateway.state / "audit" / "w0").mkdir(parents=True, exist_ok=True)
    assert f"note: [store] url: there is no {store}, {told}" in gateway.run("config", "check").stderr
    assert told in gateway.run("doctor").stdout


@pytest.mark.parametrize("target", ["state/audit/x.jsonl", "state/../state/audit/w0/x.jsonl", "link/x.jsonl"])
def test_a_file_of_events_within_the_ledger_is_refused(gateway, target):
    (gateway.folder / "link").symlink_to(gateway.state / "audit")
    gateway.config.write_text(f"{gateway.config.read_text()}\n{SINK.format('jsonl', target)}")
    result = gateway.run("config", "check")
    assert result.exit_code == 2
    assert f"lies within the ledger ({gateway.state / 'audit'})" in result.stderr
    assert gateway.run("serve").exit_code == 2


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("state/secrets/tokens", "lies within the gateway's secrets"),
        ("shared/tokens", "lies within the gateway's secrets"),
        ("state/gateway.db", "is a database of the gateway's own"),
        ("state/facts.db", "is a database of the gateway's own"),
    ],
)
def test_a_file_of_events_that_is_something_of_the_gateways_own_is_refused(gateway, target, told):
    gateway.config.write_text(
        f'{gateway.config.read_text()}\n[store]\nsecrets_directory = "shared"\n{SINK.format("jsonl", target)}'
    )
    for command in (("config", "check"), ("serve",)):
        refused = gateway.run(*command)
        assert (refused.exit_code, told in refused.stderr) == (2, True), refused.stderr


@pytest.mark.parametrize("other", ["spool/x", "spool/../spool/x", "link/x"])
def test_one_file_of_two_sinks_under_whatever_names_is_refused_by_every_command_alike(gateway, other):
    (gateway.folder / "spool").mkdir()
    (gateway.folder / "link").symlink_to(gateway.folder / "spool")
    sinks = SINK.format("jsonl", "spool/x") + "\n" + SINK.format("jsonl", other).replace("siem", "other")
    gateway.config.write_text(f"{gateway.config.read_text()}\n{sinks}")
    told = f"[[audit.sinks]] target: {gateway.folder / 'spool' / 'x'} is written by 2 sinks"
    assert told in gateway.run("config", "check").stderr
    assert told in gateway.run("doctor").stdout
    refused = gateway.run("serve")
    assert (refused.exit_code, told in refused.stderr) == (2, True)


def test_shared_secrets_that_others_can_read_or_replace_are_warned_of(gateway):
    shared = gateway.folder / "shared"
    shared.mkdir(mode=0o777)
    shared.chmod(0o777)
    (shared / "integrity").write_bytes(bytes(32))
    (shared / "integrity").chmod(0o644)
    gateway.config.write_text(f'{gateway.config.read_text()}\n[store]\nsecrets_directory = "{shared}"\n')
    told = gateway.run("config", "check").stderr
    assert f"warning: {shared / 'integrity'} can be read by others; chmod 600 it" in told
    assert f"warning: {shared} can be changed by others; chmod go-w {shared}" in told


@pytest.mark.parametrize(
    ("mistake", "hidden"),
    [
        (
            "[audit]\nwarn_free_mb = 100\nstop_free_mb = 500\ncheckpoint_seconds = 0",
            "[audit]: stop_free_mb must be below warn_free_mb",
        ),
        ('trusted_proxies = ["0.0.0.0/0", "nginx"]', "more may come to light when these are put right"),
    ],
)
def test_a_wrong_value_hides_nothing_else_of_its_table_without_a_word(gateway, mistake, hidden):
    if mistake.startswith("["):
        gateway.config.write_text(f"{gateway.config.read_text()}\n{mistake}\n")
    else:
        mend(gateway, "[server]", f"[server]\n{mistake}")
    assert f"error: {hidden}" in gateway.run("config", "check").stderr


def test_what_lies_beside_the_settings_is_the_same_however_their_file_is_named(gateway, monkeypatch):
    monkeypatch.chdir(gateway.folder)
    (gateway.folder.parent / "link").symlink_to(gateway.folder)
    places = {
        load_settings(Path(name), {}).paths.state
        for name in ("gateway.toml", "./gateway.toml", f"../{gateway.folder.name}/gateway.toml", "../link/gateway.toml")
    }
    assert places == {gateway.state.resolve()}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Basic lpr:a-password", "holds no Basic credential"),
        ("Digest a-password", "holds a blank: it may hold"),
        ("ok \n\n", None),
    ],
)
def test_a_token_file_is_judged_before_a_start_as_it_is_read_afterwards(gateway, written, told):
    token = gateway.folder / "es-token"
    token.write_text(written)
    token.chmod(0o600)
    sink = SINK.format("elasticsearch", "http://127.0.0.1:1/lpr") + f'token_file = "{token}"\n'
    gateway.config.write_text(f"{gateway.config.read_text()}\n{sink}")
    result = gateway.run("config", "check")
    assert (result.exit_code, "a-password" in result.output) == (0 if told is None else 2, False)
    assert told is None or f'sink "siem": token_file: {token}: the secret file {told}' in result.stderr


def test_addresses_that_no_server_is_named_for_are_warned_of_by_config_check_and_doctor(gateway):
    gateway.config.write_text(f'{gateway.config.read_text()}\n[notices]\nduty = ["duty@agency.example"]\n')
    told = "[notices] duty without smtp_host: no e-mail is sent"
    assert f"warning: {told}" in gateway.run("config", "check").stderr
    assert told in gateway.run("doctor").stdout


def test_facts_that_the_policy_holds_too_old_before_the_settings_do_are_noted(gateway):
    gateway.config.write_text(f"{gateway.config.read_text()}\n[facts]\nmax_age_hours = 72\n")
    assert "note: [facts] max_age_hours is 72, and by the policy in force" in gateway.run("config", "check").stderr
