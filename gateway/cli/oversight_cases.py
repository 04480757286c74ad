"""`oversight test`: what each detector says of the cases beside it, before a changed limit is relied on."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from gateway.cli.given_once import GivenOnce
from gateway.cli.options import EXIT_NOT_SO, print_json, with_json, with_optional_config
from gateway.cli.policy_options import FOLDER
from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError
from gateway.oversight.detectors.cases import read_cases
from gateway.oversight.detectors.catalog import Detector, read_detectors
from gateway.oversight.detectors.trial import try_case
from gateway.oversight.tables import OversightFolder
from gateway.settings import Settings

_REGO_TESTS = "detector_test.rego"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One detector: how many cases are beside it, and a sentence for each that does not hold or cannot be tried."""

    detector: str
    title: str
    cases: int
    problems: tuple[str, ...]


@click.command("test", cls=GivenOnce)
@click.argument("directory", type=FOLDER, required=False)
@with_optional_config
@with_json
def test(settings: Settings, directory: Path | None, as_json: bool) -> None:
    """Try each detector, with its limits as they are, on the cases beside it (`tests.yaml`); exit 1 if one does not hold.

    Of the folder that is followed, or of the draft in DIRECTORY. Nothing is looked for in the record, and nothing recorded.
    """
    from gateway.app.oversight import agency_values, oversight_folder
    from gateway.app.oversight_faults import find_table_faults
    from gateway.app.oversight_words import find_strange_words, follow

    chosen = settings if directory is None else follow(settings, directory)
    tried = [*_try_all(oversight_folder(chosen), zone=str(agency_values(chosen)["time_zone"]))]
    for sentence in (*find_table_faults(chosen), *find_strange_words(settings, directory)):  # it tries all the same
        tell(f"warning: {sentence}", err=True)
    held = not any(one.problems for one in tried)
    if as_json:
        print_json({"ok": held, "detectors": [asdict(one) for one in tried]})
    else:
        for sentence in _tell(tried):
            tell(sentence)
    if not held:
        raise SystemExit(EXIT_NOT_SO)


def _try_all(folder: OversightFolder, *, zone: str) -> Iterator[Tried]:
    for detector in read_detectors(folder):
        try:
            cases = read_cases(folder, detector)
            told = [(case.name, try_case(detector, case, zone=zone)) for case in cases]
        except ConfigurationError as mistake:
            yield _describe(detector, 0, mistake.problems)
            continue
        failed = [f'"{name}": {problem}' for name, problem in told if problem]
        yield _describe(detector, len(cases), [*_lack_rego_tests(folder, detector), *failed])


def _lack_rego_tests(folder: OversightFolder, detector: Detector) -> list[str]:
    """That nothing tries a detector's rule as `policy check` wants of every rule; it would refuse the next draft for that."""
    lacking = detector.rule is not None and not (folder.path / detector.folder / _REGO_TESTS).exists()
    told = f"oversight/{detector.folder}/{_REGO_TESTS}: there is no such file, and policy check asks for a test of every rule"
    return [told] if lacking else []


def _describe(detector: Detector, cases: int, problems: list[str]) -> Tried:
    return Tried(detector=detector.detector_id, title=detector.title, cases=cases, problems=tuple(problems))


def _tell(tried: list[Tried]) -> Iterator[str]:
    for one in tried:
        yield f"{'FAIL' if one.problems else 'PASS'}  {one.detector}  {one.title} ({one.cases} cases)"
        yield from (f"      {problem}" for problem in one.problems)
    failed = sum(bool(one.problems) for one in tried)
    yield f"{sum(one.cases for one in tried)} cases of {len(tried)} detectors; {failed or 'none'} failed"
    if failed:
        yield "Where a limit is meant as it is now, change the case; else what was changed does more than was meant."
