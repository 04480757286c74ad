"""A vendor's API as one frozen table: what may be asked, where each thing is, what of the answer may pass.

A profile is data (YAML); everything in this package interprets it. What a profile does not list does not exist.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from gateway.errors import ConfigurationError
from gateway.model import Json
from gateway.plates import STATES
from gateway.strict import parse_yaml
from gateway.unreadable import tell_unreadable
from gateway.vendors.profile.answer_table import AnswerTable
from gateway.vendors.profile.mistakes import tell_mistakes
from gateway.vendors.profile.operation import PAGE, Operation
from gateway.vendors.profile.shapes import ProfileTable

_PROFILES = Path(__file__).parents[1] / "profiles"


class CredentialPlace(ProfileTable):
    """Where callers put their credential: the Authorization header (Bearer), or one query parameter."""

    place: Literal["header", "query"]
    parameter: str | None = None

    @model_validator(mode="after")
    def _check_name(self) -> Self:
        if (self.place == "query") != (self.parameter is not None):
            raise ValueError("a parameter is named exactly where the place is query")
        return self

    @property
    def sentence(self) -> str:
        """Where that is, for who sent none."""
        told = "Authorization: Bearer" if self.parameter is None else f"the parameter {self.parameter}="
        return f"Here that is: {told}."


class ProfileAuth(ProfileTable):
    """How the vendor asks the gateway to prove itself; the secrets are in the settings."""

    kind: Literal["oauth2", "bearer", "api_key_query"]
    parameter: str | None = None


class Media(ProfileTable):
    """Media types: of the request's body (None: requests have none), of answers, of errors told to callers."""

    request: str | None = None
    answer: str
    error: Literal["application/problem+json", "application/json"] = "application/problem+json"


class ForeignCredentials(ProfileTable):
    """Names under which the vendor knows credentials of its own; a caller who sends one is refused."""

    headers: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()


class Profile(ProfileTable):
    """One vendor. Load with `load_profile`, which checks everything."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,31}$")
    title: str
    credential: CredentialPlace
    token_path: str | None = None
    vendor_auth: ProfileAuth
    media: Media
    error_members: tuple[str, ...] = ()
    foreign_credentials: ForeignCredentials = ForeignCredentials()
    states: dict[str, str] = Field(default_factory=dict)
    operations: tuple[Operation, ...] = Field(min_length=1)
    answers: dict[str, AnswerTable]

    @cached_property
    def by_name(self) -> dict[str, Operation]:
        """The operations by their canonical names."""
        return {operation.name: operation for operation in self.operations}

    @cached_property
    def meanings(self) -> frozenset[str]:
        """What its searches have fields for: `reason`, where a purpose stands too, `case_number` and so on."""
        return frozenset(field.means for one in self.operations for field in one.fields.values())

    @property
    def takes_reason(self) -> bool:
        """Whether any of its searches has a field for a written reason."""
        return "reason" in self.meanings

    @cached_property
    def routes(self) -> dict[tuple[str, str], Operation]:
        """The operations by method and path; a page's path without its last segment."""
        return {
            (operation.method, path.removesuffix(PAGE)): operation
            for operation in self.operations
            for path in operation.paths
        }

    @cached_property
    def foreign_headers(self) -> frozenset[str]:
        """Header names that carry a vendor's credential."""
        return frozenset(self.foreign_credentials.headers)

    @cached_property
    def vendor_states(self) -> dict[str, str]:
        """The vendor's name of each two-letter state that it has a name for."""
        return {code: name for name, code in self.states.items()} or {code: code for code in STATES}

    @model_validator(mode="after")
    def _join(self) -> Self:
        problems = [*_operation_problems(self), *_route_problems(self)]
        if not set(self.states.values()) <= STATES or len(set(self.states.values())) != len(self.states):
            problems.append("states must map to two-letter codes, each once")
        if problems:
            raise ValueError("; ".join(problems))
        return self


def load_profile(name_or_path: str) -> Profile:
    """The shipped profile of that name, or the one in that file.

    Raises:
        ConfigurationError: with one sentence for each mistake in the file, or that there is no such profile.
    """
    path = _PROFILES / f"{name_or_path}.yaml"
    if not re.fullmatch(r"[a-z0-9_-]+", name_or_path) or not path.exists():
        path = Path(name_or_path)
    try:
        return Profile.model_validate(parse_yaml(path.read_text(encoding="utf-8")))
    except PermissionError as error:
        raise ConfigurationError([f"profile {name_or_path}: {tell_unreadable(error)}"]) from None
    except OSError as error:
        shipped = " or ".join(sorted(file.stem for file in _PROFILES.glob("*.yaml")))
        why = f"there is no such profile: {shipped}, or the path of a file ({error.strerror})"
        raise ConfigurationError([f"profile {name_or_path}: {why}"]) from None
    except ValidationError as error:
        raise ConfigurationError([f"profile {path.name}: {told}" for told in tell_mistakes(Profile, error)]) from None
    except ValueError as error:
        raise ConfigurationError([f"profile {path.name}: {error}"]) from None


def list_operations(named: Iterable[str] = ()) -> frozenset[str]:
    """Every operation of the shipped profiles, and of those that are named besides.

    Raises:
        ConfigurationError: one of these cannot be read.
    """
    shipped = (file.stem for file in _PROFILES.glob("*.yaml"))
    profiles = [load_profile(name) for name in {*shipped, *named}]
    return frozenset(operation.name for profile in profiles for operation in profile.operations)


def problem_extensions(profile: Profile, sentence: str) -> dict[str, Json]:
    """The members that this vendor's own tools look for in an error, beside those of RFC 9457."""
    return dict.fromkeys(profile.error_members, sentence)


def _operation_problems(profile: Profile) -> list[str]:
    problems = []
    for operation in profile.operations:
        if operation.answer not in profile.answers:
            problems.append(f"operation {operation.name}: no such answer")
        if operation.pages is not None and operation.pages not in profile.by_name:
            problems.append(f"operation {operation.name}: its page operation is not listed")
        if operation.where == "body" and profile.media.request is None:
            problems.append(f"operation {operation.name}: media.request is needed for a body")
        if profile.credential.parameter in operation.fields:
            problems.append(f"operation {operation.name}: the credential's parameter is also a field")
        problems.extend(
            f"operation {operation.name}: {name} excludes a field that is not listed"
            for name, field in operation.fields.items()
            if not set(field.excludes) <= operation.fields.keys()
        )
    for answer in profile.answers.values():
        _ = answer.row_tree, answer.frame_tree
    return problems


def _route_problems(profile: Profile) -> list[str]:
    problems = []
    if len(profile.by_name) != len(profile.operations):
        problems.append("two operations have the same name")
    if len(profile.routes) != sum(len(operation.paths) for operation in profile.operations):
        problems.append("two operations have the same route")
    return problems
