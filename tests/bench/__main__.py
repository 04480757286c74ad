"""Measures the gateway beside its peers in one run and prints ratios: `./dev bench [--seconds 4] [--plates 1000000]`."""

import argparse
import contextlib
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gateway.demo.processes import free_port
from gateway.pdp.opa.process import find_opa, running_opa
from tests.bench import scene
from tests.bench.card import keep, machine_card
from tests.bench.disk import disk
from tests.bench.held import ask_in_turn, held_up
from tests.bench.load import Address, Measured, drive
from tests.bench.lookups import lookups
from tests.bench.peers import nginx, plain_flask
from tests.bench.sign_on import sign_on
from tests.bench.soak import soak
from tests.bench.steps import steps
from tests.bench.timing import timing

ROUNDS = 3
CONNECTIONS = (1, 4, 16, 64)
BASE = "Flask, forwarding"
EMBEDDED = "the gateway, embedded"
DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> None:
    """Set the scene, measure each address in turn, round by round, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="for each measurement")
    parser.add_argument("--plates", type=int, default=1_000_000, help="known plates in the facts")
    parser.add_argument("--opa", action="store_true", help="also the gateway with a real OPA")
    parser.add_argument("--soak", type=int, metavar="SECONDS", help="instead: a soak with kills, see soak.py")
    parser.add_argument("--lookups", action="store_true", help="instead: look-ups of facts at two sizes")
    parser.add_argument("--steps", action="store_true", help="instead: what each step of a search costs")
    parser.add_argument("--keep", action="store_true", help="write docs/benchmark.json and docs/benchmark.svg")
    parser.add_argument("--timing", action="store_true", help="instead: whether refusals can be told apart by time")
    parser.add_argument("--sign-on", type=int, metavar="SEARCHES", help="instead: what an OIDC token and TLS cost")
    parser.add_argument("--disk", action="store_true", help="instead: what a durable append costs")
    options = parser.parse_args()
    if options.disk:
        with tempfile.TemporaryDirectory(prefix="lpr-gateway-disk-", dir=".") as folder:
            disk(Path(folder))
        return
    if options.steps:
        with tempfile.TemporaryDirectory(prefix="lpr-gateway-steps-") as folder, contextlib.ExitStack() as stack:
            scene.write_facts(Path(folder), plates=100_000)
            stub = free_port()
            stack.enter_context(nginx(Path(folder), stub=stub, peer=free_port(), opa=free_port()))
            steps(Path(folder), stub)
        return
    if options.sign_on:
        with tempfile.TemporaryDirectory(prefix="lpr-gateway-sign-on-") as folder:
            scene.write_facts(Path(folder), plates=1000)
            sign_on(Path(folder), options.sign_on)
        return
    if options.timing:
        with tempfile.TemporaryDirectory(prefix="lpr-gateway-timing-") as folder:
            scene.write_facts(Path(folder), plates=100_000)
            timing(Path(folder))
        return
    if options.lookups:
        with tempfile.TemporaryDirectory(prefix="lpr-gateway-lookups-") as folder:
            lookups(Path(folder))
        return
    if options.soak:
        with tempfile.TemporaryDirectory(prefix="lpr-gateway-soak-") as folder:
            raise SystemExit(0 if soak(Path(folder), options.soak) else 1)
    with tempfile.TemporaryDirectory(prefix="lpr-gateway-bench-") as folder, contextlib.ExitStack() as stack:
        card = machine_card()
        addresses, first = _set_up(Path(folder), options, stack)
        table = {}
        for connections in CONNECTIONS:
            table[connections] = _measure(addresses, connections, options.seconds, Path(folder))
            _print(connections, table[connections])
        bulkhead = held_up(Path(folder), options.seconds)
        print(f"\nthe first 100 requests after a start: p99 {first:.1f} ms")
        print(f"a vendor that answers, while another hangs and 100 clients stall: p50 {bulkhead:.2f} times as before")
        if options.keep:
            keep(DOCS, card, table, {"first_100_p99_ms": first, "p50_while_others_hang_to_before": bulkhead})


def _set_up(folder: Path, options: argparse.Namespace, stack: contextlib.ExitStack) -> tuple[dict[str, Address], float]:
    """Everything running: what is measured by name; and the slowest of a gateway's first hundred answers."""
    stub, peer, flask = (free_port() for _ in range(3))
    scene.write_facts(folder, plates=options.plates)
    opa_bin = find_opa()
    if opa_bin is None:
        raise SystemExit("this needs OPA: run it as ./dev bench")
    opa = stack.enter_context(running_opa(scene.build_bundle(folder), opa_bin))
    stack.enter_context(nginx(folder, stub=stub, peer=peer, opa=int(opa.rpartition(":")[2])))
    stack.enter_context(plain_flask(folder, port=flask, stub=stub, workers=2, threads=8))
    addresses = {
        BASE: Address(url=f"http://127.0.0.1:{flask}/forward"),
        "Flask, answering itself": Address(url=f"http://127.0.0.1:{flask}/answer"),
    }
    first = 0.0
    for name, engine in (("embedded", "embedded"), ("opa", "opa"))[: 2 if options.opa else 1]:
        one = stack.enter_context(scene.gateway(folder, name=name, engine=engine, opa=opa, stub=stub))
        addresses[f"the gateway, {name}"] = Address(url=scene.lookup_url(one.port), keys=one.keys)
        first = first or ask_in_turn(addresses[EMBEDDED], 100)
    drive(addresses[EMBEDDED], connections=1, seconds=1, folder=folder, body=scene.body())
    (folder / "input.json").write_text(scene.policy_input(folder, "embedded"))
    addresses["nginx + lua + OPA"] = Address(url=f"http://127.0.0.1:{peer}/reads/lookup")
    return addresses, first


def _measure(addresses: Mapping[str, Address], connections: int, seconds: int, folder: Path) -> dict[str, Measured]:
    """The median of each figure over the rounds; the addresses take turns, so that a slow minute hits all alike."""
    rounds: dict[str, list[Measured]] = {name: [] for name in addresses}
    for _ in range(ROUNDS):
        for name, address in addresses.items():
            measured = drive(address, connections=connections, seconds=seconds, folder=folder, body=scene.body())
            if measured.refused:
                raise SystemExit(f"{name}: {measured.refused} answers were refusals; nothing is measured")
            rounds[name].append(measured)
    return {name: _median(several) for name, several in rounds.items()}


def _median(several: list[Measured]) -> Measured:
    return Measured(
        p50=statistics.median(one.p50 for one in several),
        p99=statistics.median(one.p99 for one in several),
        rate=statistics.median(one.rate for one in several),
        refused=0,
    )


def _print(connections: int, measured: Mapping[str, Measured]) -> None:
    base = measured[BASE]
    print(f"\n{connections} connection(s): times those of '{BASE}' in this run")
    print(f"  {'':<28}{'p50':>8}{'p99':>8}{'throughput':>12}")
    for name, one in measured.items():
        print(f"  {name:<28}{one.p50 / base.p50:>8.2f}{one.p99 / base.p99:>8.2f}{one.rate / base.rate:>12.2f}")


if __name__ == "__main__":
    main()
