"""The files of docs/deploy, held to the programs that read them."""

import configparser
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from gateway.app.doctor import examine
from gateway.app.state import SHARED, prepare
from gateway.app.symptom import OK
from gateway.demo.processes import free_port
from gateway.ledger.alarms import Alarm
from gateway.ops.metrics import Metrics
from gateway.reasons import Reason
from gateway.settings import Settings, load_settings

DEPLOY = Path(__file__).resolve().parents[1] / "docs" / "deploy"
MANIFESTS = [one for one in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()) if one]


def manifest(kind, name="lpr-gateway"):
    [found] = [one for one in MANIFESTS if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def container():
    [found] = manifest("StatefulSet")["spec"]["template"]["spec"]["containers"]
    return found


@pytest.fixture
def certificate(tmp_path):
    command = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "1",
    )
    files = (
        "-subj",
        "/CN=gateway.agency.example",
        "-keyout",
        tmp_path / "gateway.key",
        "-out",
        tmp_path / "gateway.pem",
    )
    subprocess.run([*command, *files], check=True, capture_output=True)
    return tmp_path


WHOLE = """daemon off; pid {folder}/pid; error_log {folder}/log/main.log info;
events {{}}
http {{
client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{site}
}}
"""


@pytest.fixture
def proxy(certificate):
    """nginx with the settings as they are, on a socket file, before a gateway that is not there; its folder."""
    (certificate / "log").mkdir()
    site = (DEPLOY / "nginx.conf").read_text().replace("/etc/nginx/tls", str(certificate))
    site = site.replace("/var/log/nginx", f"{certificate}/log").replace("listen 443", f"listen unix:{certificate}/door")
    site = site.replace("server 127.0.0.1:8080", f"server 127.0.0.1:{free_port()}")
    (certificate / "whole.conf").write_text(WHOLE.format(folder=certificate, site=site))
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", certificate, "-c", certificate / "whole.conf"])
    end = time.monotonic() + 30
    while not (certificate / "door").exists():
        assert process.poll() is None, (certificate / "log" / "main.log").read_text()
        assert time.monotonic() < end
        time.sleep(0.02)
    yield certificate
    process.terminate()
    process.wait(10)


def through(folder, method, path, body=None):
    """An answer of that proxy: its status, and its body read as JSON."""
    context = ssl.create_default_context(cafile=folder / "gateway.pem")
    context.check_hostname = False
    one = http.client.HTTPSConnection("gateway.agency.example", context=context)
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(30)
        plain.connect(str(folder / "door"))
        with context.wrap_socket(plain) as one.sock:
            one.request(method, path, body=body)
            answer = one.getresponse()
            return answer.status, json.loads(answer.read())


def test_what_fails_at_the_proxy_is_told_as_json_and_leaves_neither_plate_nor_key_in_its_logs(proxy):
    status, told = through(proxy, "GET", "/rekor/api/search/plate?plate=FNA579&api_key=k1_secret")
    assert (status, told["title"]) == (502, "The gateway does not answer.")
    status, told = through(proxy, "POST", "/flock/api/v3/reads/lookup?plate=FNA579", b"x" * 3_000_000)
    assert (status, told["title"]) == (413, "The request is too large.")
    logged = "".join(path.read_text() for path in (proxy / "log").iterdir())
    assert logged.count('"GET" 502') == 1
    assert not [word for word in ("FNA579", "k1_secret", "/rekor", "/flock") if word in logged]


def test_the_proxy_passes_no_card_on_that_it_did_not_see():
    site = (DEPLOY / "nginx.conf").read_text()
    believed = {
        "Client-Cert",
        "Client-Cert-Chain",
        "X-SSL-Client-Verify",
        "X-SSL-Client-Cert",
        "X-Forwarded-Client-Cert",
    }
    assert believed <= set(re.findall(r'proxy_set_header (\S+) "";', site))


def prometheus_rules():
    [group] = yaml.safe_load((DEPLOY / "prometheus-rules.yaml").read_text())["groups"]
    return group["rules"]


def numbers():
    """Every name that a scrape of the gateway can hold."""
    families = Metrics()._registry.collect()
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
    return {family.name + ending: family for family in families for ending in endings[family.type]}


@pytest.mark.parametrize("rule", prometheus_rules(), ids=lambda rule: rule["alert"])
def test_each_alert_asks_for_numbers_that_there_are_by_labels_that_they_have(rule):
    known = {**numbers(), "up": None}
    selectors = re.findall(r"\b(lpr_\w+|up)\b(?:\{([^}]*)\})?", rule["expr"])
    assert selectors
    for name, labels in selectors:
        assert name in known
        asked = re.findall(r"(\w+)=~?\"([^\"]*)\"", labels)
        for label, wanted in asked:
            if label == "alarm":
                assert set(wanted.split("|")) <= set(Alarm)
            if label == "reason":
                assert set(wanted.split("|")) <= set(Reason)
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"]
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.parametrize(
    "rule", [rule for rule in prometheus_rules() if "increase(" in rule["expr"]], ids=lambda rule: rule["alert"]
)
def test_where_one_event_is_enough_it_counts_also_before_the_first_scrape(rule):
    increased, _, counted = rule["expr"].partition(" or ")
    assert counted.endswith(" > 0 and on (instance) time() - lpr_start_time_seconds < 15 * 60")
    assert re.sub(r"increase\((.*?)\[15m\]\)", r"\1", increased) == counted.partition(" and on ")[0]


def test_every_alarm_and_every_number_that_tells_trouble_has_an_alert():
    asked = {name for rule in prometheus_rules() for name in re.findall(r"\blpr_\w+", rule["expr"])}
    told_elsewhere = {"lpr_decisions", "lpr_request_seconds", "lpr_requests_in_flight", "lpr_shipping_lag_records"}
    families = {family.name for name, family in numbers().items() if name in asked}
    assert {family.name for family in numbers().values()} - families == told_elsewhere


def test_the_unit_gives_the_gateway_the_time_it_takes_to_end_and_nothing_it_does_not_need():
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(DEPLOY / "lpr-gateway.service")
    service = unit["Service"]
    assert service["ExecStart"].endswith("lpr-gateway serve")
    assert int(service["TimeoutStopSec"]) > 15
    assert (service["NoNewPrivileges"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == (
        "yes",
        "strict",
        "",
    )


def test_the_manifests_settings_are_sound(tmp_path):
    (tmp_path / "gateway.toml").write_text(manifest("ConfigMap")["data"]["gateway.toml"])
    environment = {one["name"]: one.get("value", "postgresql+psycopg://db/lpr") for one in container()["env"]}
    settings = load_settings(tmp_path / "gateway.toml", environment)
    assert settings.admin.bind == "0.0.0.0:9090"
    assert settings.store.url.startswith("postgresql")


def test_the_manifests_ask_the_operators_listener_how_the_gateway_is():
    ports = {one["name"]: one["containerPort"] for one in container()["ports"]}
    assert ports == {"officers": 8080, "admin": 9090}
    assert container()["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "admin"}
    assert container()["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "admin"}


def test_the_password_file_is_one_that_libpq_takes():
    [file] = [one["value"] for one in container()["env"] if one["name"] == "PGPASSFILE"]
    shell = container()["command"]
    assert shell[:2] == ["sh", "-c"]
    assert f"install -m 0600 /etc/lpr-gateway-secrets/pgpass {file} && exec lpr-gateway serve" == shell[2]
    assert not any(file.startswith(one["mountPath"]) for one in container()["volumeMounts"] if one.get("readOnly"))


def test_the_secrets_in_common_are_mounted_where_the_settings_look_for_them():
    [folder] = [one["value"] for one in container()["env"] if one["name"] == "LPR_GATEWAY__STORE__SECRETS_DIRECTORY"]
    [mount] = [one for one in container()["volumeMounts"] if one["mountPath"] == folder]
    [volume] = [
        one for one in manifest("StatefulSet")["spec"]["template"]["spec"]["volumes"] if one["name"] == mount["name"]
    ]
    text = (DEPLOY / "kubernetes.yaml").read_text()
    assert volume["secret"]["secretName"] == "lpr-gateway-shared"
    assert set(re.findall(r"--from-file (\w+)", text)) == set(SHARED)


def test_every_secret_that_the_manifests_need_is_made_at_their_head_with_the_files_that_are_read():
    text = (DEPLOY / "kubernetes.yaml").read_text()
    head = text.split("apiVersion", 1)[0]
    spec = manifest("StatefulSet")["spec"]["template"]["spec"]
    needed = {one["secret"]["secretName"] for one in spec["volumes"] if "secret" in one}
    needed |= {one["valueFrom"]["secretKeyRef"]["name"] for one in container()["env"] if "valueFrom" in one}
    assert set(re.findall(r"create secret generic (\S+)", head)) == needed
    read = set(re.findall(r"/etc/lpr-gateway-secrets/(\w+)", text))
    assert read == set(re.findall(r"--from-file=(\w+)", head))


def test_each_replica_has_a_ledger_of_its_own_and_writes_nowhere_else():
    [claim] = manifest("StatefulSet")["spec"]["volumeClaimTemplates"]
    mounts = {one["name"]: one for one in container()["volumeMounts"]}
    writable = {name for name, one in mounts.items() if not one.get("readOnly")}
    assert mounts[claim["metadata"]["name"]]["mountPath"] == "/var/lib/lpr-gateway"
    assert writable == {"state", "tmp"}
    assert container()["securityContext"]["readOnlyRootFilesystem"] is True


def test_in_a_volume_that_others_may_read_the_gateway_makes_a_state_that_only_it_can(tmp_path):
    spec = manifest("StatefulSet")["spec"]["template"]["spec"]
    told = {one["name"]: one.get("value") for one in container()["env"]}
    volume, state = tmp_path / "volume", Path(told["LPR_GATEWAY__PATHS__STATE"])
    volume.mkdir()
    if os.geteuid() == 0:
        os.chown(volume, 0, spec["securityContext"]["fsGroup"])
    volume.chmod(0o2775)  # as the kubelet leaves it
    assert (state.parent, spec["securityContext"]["fsGroupChangePolicy"]) == (
        Path("/var/lib/lpr-gateway"),
        "OnRootMismatch",
    )
    assert Path(told["LPR_GATEWAY__AUDIT__DIRECTORY"]) == state / "audit"
    given = {"state": volume / state.name}, {"directory": volume / state.name / "audit"}
    settings = Settings.model_validate(dict(zip(("paths", "audit"), given, strict=True)))
    prepare(settings)
    settings.audit.directory.mkdir(mode=0o700, exist_ok=True)
    assert {one.state for one in examine(settings) if one.topic == "state"} == {OK}
