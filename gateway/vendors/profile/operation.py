"""What can be asked of a vendor, as a profile's table says it: operations, their routes, their fields."""

import re
from functools import cached_property
from typing import Literal, Self, TypeAlias

from pydantic import Field, model_validator

from gateway.vendors.profile.shapes import ProfileTable, Shape

Meaning: TypeAlias = Literal[
    "plate", "plate_state", "window_start", "window_end", "reason", "case_number", "limit", "geo", "rest"
]

PAGE = "{page}"
_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+(/\{page\})?")
_SHAPED = ("limit", "geo", "rest")


class GeoMeaning(ProfileTable):
    """How a field limits by place; `size` is the dotted path to the radius in miles within its value."""

    kind: Literal["radius", "area", "camera", "site"]
    size: str | None = None


class RequestField(ProfileTable):
    """One field or parameter: what it means and, for those that pass as they are, its shape.

    `required`: by the vendor, so that no request without it is built. What the policy asks for is the policy's.
    """

    means: Meaning
    required: bool = False
    shape: Shape | None = None
    geo: GeoMeaning | None = None
    excludes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.means in _SHAPED) != (self.shape is not None):
            raise ValueError(f"a shape is given exactly for {', '.join(_SHAPED)}")
        if self.means == "limit" and self.shape is not None and self.shape.type != "integer":
            raise ValueError("a limit is an integer")
        if (self.means == "geo") != (self.geo is not None):
            raise ValueError("geo is given exactly where the field means geo")
        return self


class Operation(ProfileTable):
    """One thing that can be asked. `paths`: the first is the vendor's own, the others are accepted from tools.

    `name` is ours and the same for every vendor; `vendor_name` is what the vendor's own description calls it.
    """

    name: str = Field(pattern=r"^[a-z]+\.[a-z]+$")
    method: Literal["GET", "POST"]
    paths: tuple[str, ...] = Field(min_length=1)
    where: Literal["body", "query", "path"]
    fields: dict[str, RequestField] = Field(default_factory=dict)
    match: Literal["exact", "fuzzy"] = "exact"
    wildcard: str | None = Field(default=None, min_length=1, max_length=1)
    answer: str
    pages: str | None = None
    vendor_name: str | None = Field(default=None, pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,63}$")

    @cached_property
    def vendor_operation(self) -> str:
        """The vendor's own name, where it has one, and the route's template: what the record calls the operation."""
        route = f"{self.method} {self.paths[0]}"
        return route if self.vendor_name is None else f"{self.vendor_name} {route}"

    @cached_property
    def by_meaning(self) -> dict[str, str]:
        """The vendor's name for each meaning; geo and rest may have several and are left out."""
        return {field.means: name for name, field in self.fields.items() if field.means not in ("geo", "rest")}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not all(_PATH.fullmatch(path) and path.endswith(PAGE) == (self.where == "path") for path in self.paths):
            raise ValueError("a path is plain, and ends with /{page} exactly where the page id is in the path")
        if (self.where == "body") != (self.method == "POST"):
            raise ValueError("fields are in the body exactly for POST")
        if bool(self.fields) == (self.where == "path"):
            raise ValueError("fields are given exactly where they are in the body or the query")
        meanings = [field.means for field in self.fields.values() if field.means not in ("geo", "rest")]
        if len(meanings) != len(set(meanings)):
            raise ValueError("two fields have the same meaning")
        return self
