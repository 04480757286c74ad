"""What settings are where nobody gave them, for tests of the parts that are given them."""

from typing import Any

from pydantic import BaseModel


def usual(section: type[BaseModel], *names: str) -> dict[str, Any]:
    """The defaults of a section's settings; of these only, where some are named."""
    fields = section.model_fields.items()
    return {name: field.default for name, field in fields if not field.is_required() and (not names or name in names)}
