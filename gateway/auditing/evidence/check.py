"""`audit check-package`: the product's own check of an evidence package, on what the auditor knows from elsewhere.

It runs the program that packages carry, from here: the copy in the package is data like everything else in it.
"""

from pathlib import Path

from gateway.auditing.evidence.archive import read_archive
from gateway.auditing.evidence.listed_files import is_systems, read_folder
from gateway.auditing.evidence.signed_ends import Files, KnownKeys, Wrong
from gateway.auditing.evidence.verify_package import PackageReport, check, verdict
from gateway.errors import ConfigurationError
from gateway.ledger.verification.trust import Trust

_MANIFEST, _RECORDS = "manifest.json", "records.jsonl"
_NEEDED = {_MANIFEST, _RECORDS}
_BESIDE = "__MACOSX/"
_NOT_PROVED = 2
_ASKED_AT_PLACES = (
    "that {agree} of its witnesses must hold the record was not checked: of those that the trust file names without a key a package holds nothing. "
    "Give their keys, or hold the ledger or a copy of it against their places (`audit verify`)"
)


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
    files = _find_package(package, files)
    try:
        return check(files, _take_known(trust))
    except (Wrong, ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        return str(problem) or type(problem).__name__


def _find_package(package: Path, files: Files) -> Files:
    """The files of the package, which may lie in a folder: so it does where its folder was packed, and not what is in it.

    Raises:
        ConfigurationError: there is none, or it is not the only thing there.
    """
    if files.keys() >= _NEEDED:
        return files
    folders = [name.removesuffix(_MANIFEST) for name in sorted(files) if name.endswith(f"/{_MANIFEST}")]
    within = [folder for folder in folders if f"{folder}{_RECORDS}" in files and not folder.startswith(_BESIDE)]
    if not within:
        missing = " and no ".join(sorted(_NEEDED - files.keys()))
        raise ConfigurationError([f"{package} is no evidence package: it has no {missing}"])
    others = [name for name in sorted(files) if not name.startswith((within[0], _BESIDE)) and not is_systems(name)]
    if others:
        named = " and ".join(folder.rstrip("/") for folder in within)
        also = "" if len(within) > 1 else f" beside other files ({others[0]})"
        raise ConfigurationError(
            [
                f"{package} is no evidence package: one lies in the folder {named} in it{also}; give that folder, unpacked"
            ]
        )
    return {name.removeprefix(within[0]): files[name] for name in files if name.startswith(within[0])}


def judge(found: PackageReport, trust: Trust) -> tuple[int, str]:
    """The exit code (0 all proved, 2 all whole but not all proved), and the result in a sentence.

    Where the trust file lets more witnesses decide than it has keys of, that is not proved: no package holds anything of the others.
    """
    known = _take_known(trust)
    code, sentence = verdict(found, known)
    if not is_asked_at_places(trust):
        return code, sentence
    whole = "nothing is wrong" if code == 0 else sentence.removesuffix(".")
    return _NOT_PROVED, f"{whole}, but {_ASKED_AT_PLACES.format(agree=trust.agree)}."


def is_asked_at_places(trust: Trust) -> bool:
    """Whether more witnesses must agree than are known by a key: the others are asked at their places, and by no package."""
    return _take_known(trust).agree < trust.agree


def _take_known(trust: Trust) -> KnownKeys:
    """What the check takes of a trust file: a witness counts by its key, for no place is asked."""
    witnesses = tuple(str(witness.key) for witness in trust.witnesses if witness.key)
    agree = min(trust.agree, len(witnesses))
    return KnownKeys(keys=tuple(map(str, trust.keys)), witnesses=witnesses, agree=agree, origin=trust.origin)
