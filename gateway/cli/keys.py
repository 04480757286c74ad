"""`keys issue | list | revoke`: gateway keys; `keys rotate`: the key that signs checkpoints."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import click

from gateway import clock
from gateway.app.audit import open_command_ledger, open_command_runtime
from gateway.app.begun import open_kept_store
from gateway.app.state import open_own_store, tell_lost_store
from gateway.cli.given_once import Commands
from gateway.cli.operator import operator
from gateway.cli.options import EXIT_NOT_SO, print_json, show, warn_elsewhere, with_config, with_json
from gateway.errors import ConfigurationError
from gateway.facts import queries
from gateway.identity.credentials import split_key
from gateway.ledger.ledger import Ledger
from gateway.ledger.records.event import admin_record
from gateway.media import for_terminal
from gateway.model import Key
from gateway.settings import Settings
from gateway.store import IssuedKey, Store, issue_key, list_altered_keys, list_keys, remove_altered_key, revoke_key


@click.group(cls=Commands)
def keys() -> None:
    """Gateway keys, shown once and kept as a hash; and the key that signs checkpoints."""


@keys.command("issue")
@click.option("--user", "user_id", required=True, help="A user id from the facts; a service has one there, too.")
@click.option("--kind", type=click.Choice(["person", "service"]), default="person")
@click.option("--days", type=int, default=90, help="How long it is good.")
@click.option("--acts-for", multiple=True, help="For services: office:BAL or user:u17; may be given several times.")
@click.option("--mount", "mounts", multiple=True, help="Good only at this vendor's mount; may be given several times.")
@click.option("--cidr", "cidrs", multiple=True, help="Good only from this network; may be given several times.")
@with_config
@with_json
def issue(
    user_id: str,
    kind: str,
    days: int,
    acts_for: tuple[str, ...],
    mounts: tuple[str, ...],
    cidrs: tuple[str, ...],
    settings: Settings,
    as_json: bool,
) -> None:
    """Make a key and print its secret, this once. It works in every running worker at once."""
    _check_fit(settings, user_id, kind, mounts, acts_for)
    store, ledger = _open_to_issue(settings), open_command_ledger(settings)
    try:
        issued = issue_key(
            store,
            user_id=user_id,
            kind=kind,
            days=days,
            acts_for=acts_for,
            mounts=mounts,
            cidrs=cidrs,
            now=clock.now(),
        )
        event = admin_record(
            "key.issued",
            operator=operator(),
            key_id=issued.key_id,
            user_id=user_id,
            actor_kind=kind,
            expires_at=clock.format_instant(issued.expires_at),
            acts_for=list(acts_for) or None,
            mounts=list(mounts) or None,
            cidrs=list(cidrs) or None,
        )
        try:
            ledger.record(event)
        except BaseException:
            revoke_key(store, issued.key_id, clock.now())  # a key that nobody recorded must not work
            raise
        try:
            _show_secret(issued, as_json=as_json)
        except OSError:
            _take_back(store, ledger, issued.key_id, user_id)
            raise
    finally:
        ledger.close()
        store.close()
    warn_elsewhere(settings, "store")


def _take_back(store: Store, ledger: Ledger, key_id: str, user_id: str) -> None:
    """End a key whose secret nobody got: it would stay good, unseen."""
    revoke_key(store, key_id, clock.now())
    ledger.record(admin_record("key.revoked", operator=operator(), key_id=key_id, user_id=user_id, why=_UNSHOWN))
    click.echo(f"error: {_UNSHOWN}, so {key_id} is revoked", err=True)


def _show_secret(issued: IssuedKey, *, as_json: bool) -> None:
    if as_json:
        print_json({"key_id": issued.key_id, "secret": issued.secret})
    else:
        click.echo(
            f"key id  {issued.key_id}\nsecret  {issued.secret}\nexpires {clock.format_instant(issued.expires_at)}"
        )
        click.echo("The secret is not shown again.", err=True)


@keys.command("list")
@with_config
@with_json
def list_(settings: Settings, as_json: bool) -> None:
    """Every key ever issued, oldest first; never a secret."""
    store = open_kept_store(settings)
    try:
        rows = [
            {
                "key_id": key.key_id,
                "user_id": key.user_id,
                "kind": key.kind,
                "issued_at": clock.format_instant(key.issued_at),
                "expires_at": clock.format_instant(key.expires_at),
                "revoked_at": clock.format_instant(key.revoked_at) if key.revoked_at else None,
                "acts_for": list(key.acts_for),
                "mounts": list(key.mounts),
                "cidrs": list(key.cidrs),
            }
            for key in list_keys(store)
        ]
        altered = list_altered_keys(store)
    finally:
        store.close()
    for key_id in altered:
        told = "was altered in the store and is refused; `keys revoke` takes it away"
        click.echo(for_terminal(f"warning: {key_id} {told}"), err=True)
    warn_elsewhere(settings, "store")
    show(rows, as_json=as_json)


@keys.command("revoke")
@click.argument("key_id", metavar="ID")
@with_config
@with_json
def revoke(key_id: str, settings: Settings, as_json: bool) -> None:
    """End a key, in every running worker at once; tokens made from it end with it."""
    store, ledger = open_kept_store(settings), open_command_ledger(settings)
    try:
        altered = key_id in list_altered_keys(store)
        key = None if altered else revoke_key(store, key_id, clock.now())
        since = [] if key is None else _list_since(store, key)
        if altered:
            ledger.record(admin_record("key.revoked", operator=operator(), key_id=key_id, why=_ALTERED))
            remove_altered_key(store, key_id)
        elif key is not None:
            ledger.record(admin_record("key.revoked", operator=operator(), key_id=key.key_id, user_id=key.user_id))
    finally:
        ledger.close()
        store.close()
    warn_elsewhere(settings, "store")
    if key is None and not altered:
        whole = split_key(key_id)  # the secret is not repeated
        told = "`keys list` shows them all" if whole is None else f"this is a whole key: its id is the part {whole}"
        click.echo(f"error: there is no key of this id; {told}", err=True)
        raise SystemExit(EXIT_NOT_SO)
    if since:
        told = "issued to the same user since, as a renewal of it would be: revoke what the user does not know of"
        click.echo(f"warning: still good: {', '.join(since)}, {told}", err=True)
    if as_json:
        print_json({"key_id": key_id, "revoked": True})
    else:
        click.echo(f"{key_id} is taken away: {_ALTERED}" if altered else f"{key_id} is revoked")


def _list_since(store: Store, revoked: Key) -> list[str]:
    """The user's keys that are good and were made after this one: whoever had it may have renewed it."""
    return [
        key.key_id
        for key in list_keys(store)
        if key.user_id == revoked.user_id
        and key.issued_at >= revoked.issued_at
        and key.key_id != revoked.key_id
        and key.revoked_at is None
        and key.expires_at > clock.now()
    ]


_UNSHOWN: Final = "the secret could not be shown"
_ALTERED: Final = "its row in the store was altered, so it was refused already"
_NEITHER: Final = "is it mistyped, or not in the facts that were imported last?"


def _open_to_issue(settings: Settings) -> Store:
    """The store; not one that would begin where another was lost."""
    if (lost := tell_lost_store(settings)) is not None:
        warn_elsewhere(settings, "store")
        raise ConfigurationError([f"{lost}, or let `serve` begin it first; no key was issued"])
    return open_own_store(settings)


def _check_fit(settings: Settings, user_id: str, kind: str, mounts: tuple[str, ...], acts_for: tuple[str, ...]) -> None:
    user = _find_user(settings, user_id)
    _check_limits(settings, mounts, acts_for)
    _warn_of_user(user, kind, acts_for)


def _find_user(settings: Settings, user_id: str) -> Mapping[str, Any]:
    found = queries.show(settings.facts.url, "user", user_id)
    rows = (found or {}).get("users", [])
    if not rows:
        raise ConfigurationError([f"--user: the facts know no user of this id; {_NEITHER}"])
    user: Mapping[str, Any] = rows[0]
    return user


def _warn_of_user(user: Mapping[str, Any], kind: str, acts_for: tuple[str, ...]) -> None:
    """A key is given all the same: facts may come that make it good for something."""
    if user.get("active") is not True:
        click.echo("warning: this user is not active, so every search will be refused", err=True)
    if kind == "person" and not user.get("roles"):
        told = "this user has no role, so every search will be refused; for a service, give --kind service"
        click.echo(f"warning: {told}", err=True)
    if kind == "service" and user.get("roles"):
        click.echo(
            "warning: this user has roles, as a person has: a service is a row of its own, without any", err=True
        )
    if kind == "service" and not acts_for:
        click.echo("warning: without --acts-for this key acts for nobody", err=True)


def _check_limits(settings: Settings, mounts: tuple[str, ...], acts_for: tuple[str, ...]) -> None:
    """A limit that nothing fits makes a key that is good for nothing, and nobody would be told."""
    known = [vendor.name for vendor in settings.vendors]
    problems = [
        f"--mount: no vendor is mounted at {mount.lstrip('/')}; there are: {', '.join(known)}"
        for mount in mounts
        if mount.lstrip("/") not in known
    ]
    for principal in acts_for:
        kind, _, name = principal.partition(":")
        if kind in ("office", "user") and name and queries.show(settings.facts.url, kind, name) is None:
            problems.append(f"--acts-for: the facts know nobody of {principal}; {_NEITHER}")
    if problems:
        raise ConfigurationError(problems)


@keys.command("rotate")
@click.option("--overlap-days", type=click.IntRange(0, 365), default=30, help="How long the old key signs along.")
@with_config
@with_json
def rotate(overlap_days: int, settings: Settings, as_json: bool) -> None:
    """Begin to sign checkpoints with a new key; recorded, and announced under the old one."""
    ledger_runtime = open_command_runtime(settings)
    record, who = ledger_runtime.ledger.record, {"operator": operator()}
    try:
        key = ledger_runtime.checkpointer.rotate_key(timedelta(days=overlap_days), lambda body: record(body | who))
    finally:
        ledger_runtime.close()
    if as_json:
        print_json({"verifier_key": str(key)})
    else:
        click.echo(f"checkpoints are signed with {key} from now on")
