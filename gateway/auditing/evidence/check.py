"""`audit check-package`: the product's own check of an evidence package, on what the auditor knows from elsewhere.

It runs the program that packages carry, from here: the copy in the package is data like everything else in it.
"""

from pathlib import Path

from gateway.auditing.evidence.archive import read_archive
from gateway.auditing.evidence.signed_ends import KnownKeys, Wrong
from gateway.auditing.evidence.verify_package import PackageReport, check, read_folder
from gateway.errors import ConfigurationError
from gateway.ledger.verification.trust import Trust


def check_package(package: Path, trust: Trust) -> PackageReport | str:
    """Check a package (folder or zip file); why it does not check out, in a sentence, where it does not.

    Raises:
        ConfigurationError: it is no package, or cannot be read.
    """
    try:
        files = read_folder(package) if package.is_dir() else read_archive(package)
    except OSError as error:
        raise ConfigurationError([f"{package} cannot be read: {error}"]) from None
    except Wrong as problem:
        return str(problem)
    if "manifest.json" not in files or "records.jsonl" not in files:
        raise ConfigurationError([f"{package} is no evidence package: it has no manifest.json and records.jsonl"])
    try:
        return check(files, take_known(trust))
    except (Wrong, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        return str(problem) or type(problem).__name__


def take_known(trust: Trust) -> KnownKeys:
    """What the check takes of a trust file: a witness counts by its key, for no place is asked."""
    witnesses = tuple(str(witness.key) for witness in trust.witnesses if witness.key)
    return KnownKeys(keys=tuple(map(str, trust.keys)), witnesses=witnesses, agree=trust.agree, origin=trust.origin)
