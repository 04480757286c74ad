"""What a search costs the workers, by how its person signs on: a key, an OIDC token, a key over TLS of the gateway's own."""

import http.client
import json
import os
import ssl
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.demo.issuer import DemoIssuer
from gateway.demo.processes import free_port, running
from tests.bench import scene
from tests.bench.peers import nginx

ROUNDS = 7
_TICKS_S = os.sysconf("SC_CLK_TCK")
Connect = Callable[[], http.client.HTTPConnection]


def sign_on(folder: Path, searches: int) -> None:
    """Measure each way in turn, round by round, and print each as times the key."""
    stub = free_port()
    with ExitStack() as stack:
        stack.enter_context(nginx(folder, stub=stub, peer=free_port(), opa=free_port()))
        issuer = stack.enter_context(DemoIssuer())
        more = "\n".join(issuer.settings()) + "\n"
        plain, keys, pid = stack.enter_context(_gateway(folder, "plain", stub, more, ""))
        secure, secure_keys, secure_pid = stack.enter_context(_gateway(folder, "secure", stub, more, _tls(folder)))
        tokens = tuple(issuer.issue(f"b{number}", "mfa") for number in range(scene.OFFICERS))

        def wrapped() -> http.client.HTTPConnection:
            context = ssl.create_default_context(cafile=str(folder / "tls.pem"))
            return http.client.HTTPSConnection("localhost", secure, context=context, timeout=30)

        def bare() -> http.client.HTTPConnection:
            return http.client.HTTPConnection("127.0.0.1", plain, timeout=30)

        ways: dict[str, tuple[int, Connect, tuple[str, ...], bool]] = {
            "a key": (pid, bare, keys, True),
            "an OIDC token": (pid, bare, tokens, True),
            "a key over TLS, connection kept": (secure_pid, wrapped, secure_keys, True),
            "a key, connection anew": (pid, bare, keys, False),
            "a key over TLS, connection anew": (secure_pid, wrapped, secure_keys, False),
        }
        rounds: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(ROUNDS + 1):
            for name, (worker, connect, credentials, keep) in ways.items():
                spent = _spend(worker, connect, credentials, searches, keep=keep)
                if number:  # the first one warms up, and proves each token once
                    rounds[name].append(spent)
    print(f"CPU of the workers a search, {searches} searches a round, median of {ROUNDS} rounds")
    for name, base in (("an OIDC token", "a key"), ("a key over TLS, connection kept", "a key")):
        _print(name, base, rounds)
    _print("a key over TLS, connection anew", "a key, connection anew", rounds)


def _print(name: str, base: str, rounds: dict[str, list[float]]) -> None:
    ratios = [one / other for one, other in zip(rounds[name], rounds[base], strict=True)]
    print(f"  {name} to {base}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


def _spend(arbiter: int, connect: Connect, credentials: tuple[str, ...], searches: int, *, keep: bool) -> float:
    """The processor time of the workers for so many searches, one after another."""
    body, connection = json.dumps(scene.body()), connect()
    before = _cpu_s(arbiter)
    for number in range(searches):
        credential = credentials[number % len(credentials)]
        headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
        if not keep:
            connection.close()
        connection.request("POST", "/flock/api/v3/reads/lookup", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{answer.status}: nothing is measured: {told[:300]!r}")
    connection.close()
    return _cpu_s(arbiter) - before


def _cpu_s(arbiter: int) -> float:
    """What all workers used so far, in user and system mode."""
    children = Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in children]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / _TICKS_S


@contextmanager
def _gateway(folder: Path, name: str, stub: int, more: str, server: str) -> Iterator[tuple[int, tuple[str, ...], int]]:
    """A gateway with more settings; port, keys, the arbiter's process id."""
    config, port, keys = scene.configure(folder, name=name, stub=stub, more=more)
    text = config.read_text().replace("[server]\n", f"[server]\n{server}", 1)
    config.write_text(text)
    operators = int(text.partition("[admin]")[2].partition(":")[2].partition('"')[0])  # they are told without TLS
    log = folder / f"{name}.log"
    with running(("serve", "--config", config), port=operators, ready="/readyz", log=log) as process:
        yield port, keys, process.pid


def _tls(folder: Path) -> str:
    """The settings of a certificate made here, for localhost."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    named = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = builder.add_extension(named, critical=False).sign(key, hashes.SHA256())
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "tls.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    (folder / "tls.key").chmod(0o600)
    return 'tls_cert_file = "tls.pem"\ntls_key_file = "tls.key"\n'
