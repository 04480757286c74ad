"""Every mistake that can be found without serving: in the settings, and in what they name."""

from gateway.app import create
from gateway.app.named_files import named_troubles
from gateway.app.ownership import foreign_files
from gateway.app.places import place_troubles
from gateway.app.reach import database_troubles, folder_troubles
from gateway.app.state import secret_troubles
from gateway.errors import ConfigurationError
from gateway.settings import Settings, SettingsFault, concerns

_MAY_FOLLOW = "more may come to light when these are put right: what is left out of them could not be looked at"


def find_mistakes(settings: Settings) -> list[str]:
    """A sentence for each."""
    problems = [*foreign_files(settings), *place_troubles(settings)]
    problems += [*named_troubles(settings), *database_troubles(settings), *folder_troubles(settings)]
    problems += [problem for problem in secret_troubles(settings) if problem not in problems]
    try:
        create.check(settings)
    except ConfigurationError as error:
        return [*dict.fromkeys([*error.problems, *problems])]
    return problems


def find_further(fault: SettingsFault) -> list[str]:
    """What else is wrong where some settings are, so that nobody mends one mistake only to be told the next.

    Not what is said of a section of which something had to be left out: it may only follow from that.
    """
    if fault.sound is None:
        return [_MAY_FOLLOW]
    found = find_mistakes(fault.sound)
    told = [problem for problem in found if not concerns(problem, fault.lacking)]
    more = [_MAY_FOLLOW] if fault.is_partial or len(told) < len(found) else []
    return [*(problem for problem in told if problem not in fault.problems), *more]
