WITH refused AS (
  SELECT * FROM searches WHERE decision = 'deny' AND plate IS NOT NULL AND list_has_any(grounds,
    ['target_unknown', 'target_not_subject', 'target_other_case', 'target_protected', 'case_closed', 'case_not_assigned', 'case_unknown',
     'case_missing', 'purpose_not_allowed', 'purpose_case_mismatch',
     'about plate', 'about case', 'about purpose'])
), again AS (
  SELECT a.user_id, a.ts, r.decision_id AS first_id, a.decision_id, a.plate, a.user_id <> r.user_id AS colleague, a.tied,
    NOT a.was_read OR (r.of_case AND a.of_case AND a.case_number = r.case_number) AS one_case
  FROM refused r JOIN searches a ON a.plate = r.plate AND a.ts > r.ts AND a.ts - r.ts <= INTERVAL $hours HOUR
    AND (a.user_id <> r.user_id OR (a.decision = 'allow' AND (a.purpose IS DISTINCT FROM r.purpose OR a.case_number IS DISTINCT FROM r.case_number)))
)
SELECT user_id, ts AS made_at, CASE WHEN colleague AND NOT one_case THEN 'alert' ELSE 'warn' END AS severity, [first_id, decision_id] AS decision_ids,
  plate::VARCHAR AS about
FROM again WHERE colleague OR tied
UNION ALL
SELECT user_id, made_at, 'alert', [decision_id, import_id || ':' || row], 'vendor' FROM vendor_rows
WHERE class = 'around_after_denial' AND made_at IS NOT NULL
