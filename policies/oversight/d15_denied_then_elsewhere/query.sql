WITH refused AS (
  SELECT * FROM searches WHERE decision = 'deny' AND plate IS NOT NULL AND list_has_any(grounds,
    ['target_unknown', 'target_not_subject', 'target_other_case', 'target_protected', 'case_closed', 'case_not_assigned', 'case_unknown',
     'case_missing', 'purpose_not_allowed', 'purpose_case_mismatch',
     'about plate', 'about case', 'about purpose'])
), again AS (
  SELECT a.user_id AS who, r.user_id AS denied, a.ts, r.decision_id AS first_id, a.decision_id, a.plate, a.user_id <> r.user_id AS colleague, a.tied,
    NOT a.was_read OR (r.of_case AND a.of_case AND a.case_number = r.case_number) AS one_case,
    -- The plate's own case, in which a colleague asks as on any day: what there is to ask, the person who was denied is asked.
    a.of_case AS own_case,
    -- A case number that was left out or mistyped, and then given as it is.
    list_has_all(['case_missing', 'case_not_assigned', 'case_unknown'], r.grounds)
      AND (r.case_number IS NULL OR damerau_levenshtein(lower(r.case_number), lower(a.case_number)) <= 2) AS slip
  FROM refused r JOIN searches a ON a.plate = r.plate AND a.ts > r.ts AND a.ts - r.ts <= INTERVAL $hours HOUR
    AND (a.user_id <> r.user_id OR (a.decision = 'allow' AND (a.purpose IS DISTINCT FROM r.purpose OR a.case_number IS DISTINCT FROM r.case_number)))
)
SELECT CASE WHEN colleague AND own_case THEN denied ELSE who END AS user_id, ts AS made_at,
  CASE WHEN colleague AND NOT one_case AND NOT (own_case AND slip) THEN 'alert' ELSE 'warn' END AS severity, [first_id, decision_id] AS decision_ids,
  plate::VARCHAR AS about
FROM again WHERE colleague OR (tied AND NOT slip)
UNION ALL
-- Whom the vendor's row does not name nobody is said to be, and each such row is a finding: the next may be of somebody else.
SELECT user_id, made_at, 'alert', [decision_id, import_id || ':' || row],
  CASE WHEN user_id IS NULL THEN 'nobody named ' || import_id || ':' || row ELSE 'vendor' END
FROM vendor_rows
WHERE class = 'around_after_denial' AND made_at IS NOT NULL
