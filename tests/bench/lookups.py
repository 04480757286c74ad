"""What a look-up of facts costs with a thousand and with a million known plates: `./dev bench --lookups`.

Look-ups are by index, so the ratio must stay near one.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.facts import open_facts
from gateway.facts.importer import import_facts
from gateway.model import PlateTerm, Question
from tests.bench.agency import plate, write_large_agency
from tests.facts.terms import import_terms

_SIZES = (1_000, 1_000_000)
_TIMES = 5_000


def lookups(folder: Path) -> None:
    """Import both sizes, ask each the same question, print the ratio."""
    medians = [_median(folder / str(size), size) for size in _SIZES]
    print(f"a look-up with {_SIZES[1]} known plates takes {medians[1] / medians[0]:.2f} times one with {_SIZES[0]}")


def _median(folder: Path, plates: int) -> float:
    folder.mkdir()
    url = f"sqlite:///{folder}/facts.db"
    import_facts(
        write_large_agency(folder / "facts", plates),
        url=url,
        terms=import_terms(now=datetime.now(UTC)),
    )
    term = PlateTerm(text=plate(0), match="exact", fixed_characters=7, state="AR")
    question = Question(user_id="u0", case_number="c0", plate=term)
    facts = open_facts(url, bytes(32))
    try:
        return statistics.median(_timed(lambda: facts.look_up(question)) for _ in range(_TIMES))
    finally:
        facts.close()


def _timed(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began
