"""`audit check-package`: is an evidence package what it says it is?"""

from pathlib import Path

import click

from gateway.cli.audit_options import with_trust
from gateway.cli.audit_verify import trust_of
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import EXIT_NOT_SO, EXIT_USAGE, NamedPath, print_json, with_json
from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError


@click.command("check-package", cls=GivenOnce)
@click.argument("package", type=click.Path(path_type=Path, exists=True))
@with_trust
@click.option("--page", "out", type=NamedPath(dir_okay=False), help="Write what was proved to this page.")
@with_json
def check_package(
    package: Path, trust: tuple[str, ...], trust_file: Path | None, out: Path | None, as_json: bool
) -> None:
    """Check an evidence package (a folder or zip file), with this program and not the one that came in it.

    Exit code 1 where anything does not hold, 2 where nothing is wrong but not everything is proved.
    """
    from gateway.auditing.evidence.check import check_package as check
    from gateway.auditing.evidence.check import judge
    from gateway.auditing.evidence.checked_page import object_to, page, write_page

    wrong = object_to(package, out) if out is not None else ""
    if wrong:
        raise click.BadParameter(wrong, param_hint="--page")
    known = trust_of(trust, trust_file)
    found = check(package, known)
    if isinstance(found, str):
        sentence, code, said = f"this package does NOT check out: {found}", EXIT_NOT_SO, []
    else:
        (code, sentence), said = judge(found, known), found.said
    if as_json:
        print_json({"ok": code == 0, "result": sentence, "steps": said})
    else:
        for number, step in enumerate(said, 1):
            tell(f"{number}. {step}.")
        tell(f"RESULT: {sentence}")
    if out is not None and not isinstance(found, str):
        wrong = write_page(out, page(found.records, found.proved, found.opened, sentence))
        if wrong:
            raise ConfigurationError([wrong])
    if code:
        raise SystemExit(EXIT_NOT_SO if code == 1 else EXIT_USAGE)
