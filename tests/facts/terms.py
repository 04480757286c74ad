"""Terms of an import for tests: the settings' own where a test gives none."""

from typing import Any

from gateway.facts.importer import ImportTerms
from gateway.settings import FactsSettings
from tests.usual_settings import usual


def import_terms(**given: Any) -> ImportTerms:
    return ImportTerms(
        integrity=bytes(32), **(usual(FactsSettings, "require_manifest", "keep_days", "max_age_hours") | given)
    )
