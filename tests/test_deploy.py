"""The files of docs/deploy, held to the programs that read them."""

import configparser
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from gateway.app.state import SHARED
from gateway.configuration import load_settings
from gateway.ledger.alarms import Alarm
from gateway.ops.metrics import Metrics
from gateway.reasons import Reason

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


def test_nginx_takes_the_proxys_settings(certificate):
    text = (DEPLOY / "nginx.conf").read_text().replace("/etc/nginx/tls", str(certificate))
    text = text.replace("/var/log/nginx", str(certificate))
    text = text.replace("listen 443 ssl", f"listen unix:{certificate}/proxy ssl")
    whole = certificate / "whole.conf"
    whole.write_text(f"pid {certificate}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{text}\n}}\n")
    tried = subprocess.run(
        ["/usr/sbin/nginx", "-t", "-p", certificate, "-c", whole], capture_output=True, text=True, check=False
    )
    assert tried.returncode == 0, tried.stderr


def test_the_proxy_logs_neither_path_nor_query():
    [form] = re.findall(r"log_format lpr_gateway '(.*?)';", (DEPLOY / "nginx.conf").read_text())
    assert not {"$request", "$request_uri", "$uri", "$args", "$http_authorization"} & set(re.findall(r"\$\w+", form))


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


def test_each_replica_has_a_ledger_of_its_own_and_writes_nowhere_else():
    [claim] = manifest("StatefulSet")["spec"]["volumeClaimTemplates"]
    mounts = {one["name"]: one for one in container()["volumeMounts"]}
    writable = {name for name, one in mounts.items() if not one.get("readOnly")}
    assert mounts[claim["metadata"]["name"]]["mountPath"] == "/var/lib/lpr-gateway"
    assert writable == {"state", "tmp"}
    assert container()["securityContext"]["readOnlyRootFilesystem"] is True
