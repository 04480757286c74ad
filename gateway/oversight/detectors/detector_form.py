"""What `detector.yaml` must hold: every mistake in words, before its detector is asked anything."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_ID = re.compile(r"[A-Z][A-Za-z0-9-]{0,19}")


def _require_id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise ValueError("must be a capital with digits or letters after it, at most 20, as D21")
    return text


_Text = Annotated[str, Field(min_length=1)]


class DetectorForm(BaseModel):
    """A detector in plain words. `looks_back_days` is judged beside the limits that it may name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Annotated[str, AfterValidator(_require_id)]
    title: _Text
    description: _Text
    catches: _Text
    reviewed_by_another_office: bool
    looks_back_days: Any
    causes: dict[str, _Text] = Field(default_factory=dict)
