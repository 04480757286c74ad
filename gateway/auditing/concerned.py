"""Whose record it is: the conditions by which a person, a case, a decision and any other id find every record about them.

A record names whom it concerns, whoever acted; or it names a decision, a finding, an approval, a context or a key, and
concerns whom that concerns. So what was written before a record named everybody is found too.
"""

from typing import Final

_BEGUN: Final = {"finding": "finding.opened", "approval": "approval.requested", "context": "context.declared"}
"""What goes on over several records, by the name of its field of ids, and the record that says whom it concerns."""

_ABOUT = """(chain_id, seq) IN (
  WITH decided AS MATERIALIZED ({decided}),
  linked AS MATERIALIZED (
    SELECT chain_id, seq, event_type, decision_id, about, finding_id, approval_id, context_id, oversight,
      coalesce({named}, FALSE) AS is_named
    FROM records WHERE event_type NOT IN ('decision', 'outcome')
      AND (coalesce(decision_id, about, finding_id, approval_id, context_id) IS NOT NULL OR oversight IS NOT NULL)),
  concerned AS MATERIALIZED (
    SELECT * EXCLUDE (oversight) FROM linked WHERE is_named OR decision_id IN (FROM decided) OR about IN (FROM decided)
      OR oversight->>'$.decision' IN (FROM decided)
    UNION ALL SELECT * EXCLUDE (oversight, one) FROM (SELECT *, unnest(oversight->>'$.decision_ids[*]') AS one FROM linked)
      WHERE one IN (FROM decided))
  SELECT chain_id, seq FROM concerned
  {more})"""
_GOES_ON = """UNION ALL SELECT chain_id, seq FROM linked WHERE {name}_id IN (
    SELECT {name}_id FROM concerned WHERE event_type = '{begun}') AND event_type LIKE '{name}.%'"""
_THROUGH_SERVICE = """UNION ALL SELECT chain_id, seq FROM records WHERE event_type = 'outcome' AND decision_id IN (
    SELECT decision_id FROM records WHERE event_type = 'decision' AND on_behalf_of = ?)"""
_OF_A_KEY = """UNION ALL SELECT chain_id, seq FROM records WHERE event_type IN ('refusals.counted', 'key.revoked')
    AND key_id IN (SELECT coalesce(new_key_id, key_id) FROM records
      WHERE event_type IN ('key.issued', 'key.renewed') AND user_id = ?)"""
"""Refusals are counted by the key alone, and a key whose row was altered is taken away by its id alone."""
_NAMES_PERSON = (
    "(? IN (user_id, on_behalf_of, claimed_user_id, searched_by, requested_by, operator, reader) "
    "OR list_contains(acts_for, 'user:' || ?) OR list_contains(signers, ?) "
    "OR oversight->>'$.reviewer' = ? OR list_contains(oversight->>'$.persons[*]', ?))"
)
_DECIDED = "SELECT decision_id FROM records WHERE event_type = 'decision' AND"


def _find(named: str, decided: str, *more: str) -> str:
    goes_on = (_GOES_ON.format(name=name, begun=begun) for name, begun in _BEGUN.items())
    return f"({named} OR {_ABOUT.format(named=named, decided=decided, more=' '.join((*goes_on, *more)))})"


PERSON: Final = _find(_NAMES_PERSON, f"{_DECIDED} ? IN (user_id, on_behalf_of)", _THROUGH_SERVICE, _OF_A_KEY)
CASE: Final = _find("case_number = ?", f"{_DECIDED} case_number = ?")
_NAMES_ID = (
    "(? IN (lower(approval_id), lower(context_id), lower(key_id), lower(new_key_id), event_id) "
    "OR list_contains(string_split(lower(array_to_string(supervisor_approval_id, chr(10))), chr(10)), ?) "
    "OR (oversight IS NOT NULL AND (oversight->>'$.import_id' = ? OR list_contains(oversight->>'$.imports[*]', ?) "
    "OR list_contains(oversight->>'$.imports_gone[*]', ?) OR list_contains(oversight->>'$.around[*].import_id', ?))) "
    "OR (event_type = 'audit.opened' AND filter IS NOT NULL AND (list_contains(filter->>'$.event_ids[*]', ?) "
    "OR list_has_any(filter->>'$.event_ids[*]', (SELECT list(event_id) FROM records WHERE decision_id = ?)))))"
)
"""What else a record names by an id: an approval that an allow rests on too, a vendor's export that was compared, what was opened."""
ID: Final = f"({_find('? IN (decision_id, lower(finding_id))', 'SELECT ? AS decision_id')} OR {_NAMES_ID})"
"""SQL conditions on `records`; each `?` in one takes the same id. The last takes a decision's, which an emergency has too, a finding's,
an approval's, a context's, a key's, a record's own or an import's, in small letters as it comes."""
