"""A detector that is about one decision: a Rego rule, asked about every search of a period.

What the rule is told of a search (docs/oversight.md) has neither name nor time nor plate, so searches that are alike are
asked about once: five million searches are some thousands of questions.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import orjson

from gateway.errors import ConfigurationError
from gateway.model import Json
from gateway.near_words import suggest_near
from gateway.oversight.tables import AskRule

_SEVERITIES = ("warn", "alert")
_TOLD = {
    "verdict": "decision",
    "reasons": "list_sort(reasons)",
    "purpose": "purpose",
    "traits": "list_sort(traits)",
    "roles": "list_sort(roles)",
    "tied": "coalesce(tied, false)",
    "on_behalf": "on_behalf_of IS NOT NULL",
    "lookback_days": "ceil(lookback_days)::BIGINT",
    "on_list": "coalesce(h IN (SELECT hash(hash) FROM households), false) OR coalesce(t IN (SELECT hash(hash) FROM households), false)",
}
"""What a rule is told of a search, as `input.search`: each field, and how the scene says it."""
_SEARCH = f"{{{', '.join(f'{name}: {said}' for name, said in _TOLD.items())}}}"
_COMMENT, _READS = re.compile(r"#.*"), re.compile(r"(?<![\w.])input\.(\w+)(?:\.(\w+))?")
_LAY_OUT = (
    f"CREATE OR REPLACE TEMP VIEW asked_alike AS SELECT decision_id, user_id, ts, plate, hash(search) AS alike, search "  # noqa: S608 - ours
    f"FROM (SELECT decision_id, user_id, ts, plate, {_SEARCH} AS search FROM searches)"
)
"""A view, for what is told of millions of searches at once would fill the memory."""
_ALIKE = "SELECT alike, to_json(any_value(search))::VARCHAR FROM asked_alike GROUP BY alike ORDER BY alike"
QUESTION_OF_RULE = (
    "SELECT user_id, ts AS made_at, severity, [decision_id] AS decision_ids, CASE about WHEN 'plate' THEN plate::VARCHAR ELSE about END "
    "AS about FROM asked_alike JOIN said USING (alike)"
)
"""What a rule said of alike searches, as findings; `about` of `plate` keeps the plates of a person apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRule:
    """The rule `findings` of `oversight.<folder>`, with its table of limits: a set of `{severity, about}` for one search."""

    folder: str
    text: str = field(repr=False)
    table: Mapping[str, Any] = field(repr=False)
    ask: AskRule = field(repr=False)

    def judge(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Ask about all searches of the scene; what was said is in the table `said`.

        Raises:
            ConfigurationError: the rule cannot be used, or says something else than findings.
        """
        connection.execute(_LAY_OUT)
        alike = connection.execute(_ALIKE).fetchall()
        said = self.say([f'{{"search": {text}}}' for _, text in alike])
        rows = [(key, *finding) for (key, _), found in zip(alike, said, strict=True) for finding in found]
        connection.execute("CREATE OR REPLACE TEMP TABLE said (alike UBIGINT, severity VARCHAR, about VARCHAR)")
        if rows:
            connection.executemany("INSERT INTO said VALUES (?, ?, ?)", rows)

    def say(self, inputs: list[str]) -> list[list[tuple[str, str]]]:
        """Severity and `about` of each finding, for each input (JSON text)."""
        data: dict[str, Json] = {"oversight": {self.folder: dict(self.table)}}
        module = (f"oversight/{self.folder}/detector.rego", self.text)
        answers = self.ask(module, data, f"data.oversight.{self.folder}.findings", inputs)
        return [[self._read(item) for item in answer or ()] for answer in map(_as_list, answers)]

    def _read(self, item: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever a rule says
        if not isinstance(item, dict) or set(item) != {"severity", "about"} or item["severity"] not in _SEVERITIES:
            told = f"oversight/{self.folder}/detector.rego: findings must be {{severity: warn or alert, about: a word}}"
            raise ConfigurationError([f"{told}, not {orjson.dumps(item).decode()[:100]}"])
        return item["severity"], str(item["about"])


def find_unknown_fields(text: str, name: str) -> Iterator[str]:
    """A sentence for each place at which a rule reads what it is not told: that is undefined, and finds nothing, without a word."""
    for number, line in enumerate(text.splitlines(), start=1):
        for whole, field_name in dict.fromkeys(_READS.findall(_COMMENT.sub("", line))):
            told = f"{name}, line {number}: a rule about one search is told no input."
            if whole != "search":
                yield f"{told}{whole}{suggest_near(whole, ['search'])}"
            elif field_name and field_name not in _TOLD:
                yield f"{told}search.{field_name}{suggest_near(field_name, _TOLD)}"


def _as_list(answer: Any) -> list[Any]:  # noqa: ANN401 - whatever a rule says
    return answer if isinstance(answer, list) else [answer]
