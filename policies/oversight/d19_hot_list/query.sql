WITH entries AS (
  SELECT e.*, p.user_id, import_id || ':' || row AS named
  FROM vendor_events e LEFT JOIN persons p ON lower(e.person) = p.name
  WHERE list_contains($switching, event) AND made_at IS NOT NULL
), renewed AS (
  SELECT *, count(*) OVER (PARTITION BY plate ORDER BY made_at RANGE BETWEEN INTERVAL $renewed_days DAY PRECEDING AND CURRENT ROW) - 1 AS renewals
  FROM entries WHERE plate IS NOT NULL AND list_contains($lists, entity)
)
SELECT user_id, made_at, CASE WHEN with_case AND with_expiry THEN 'warn' ELSE 'alert' END AS severity, [named] AS decision_ids, named AS about
FROM entries WHERE event = 'create' AND list_contains($lists, entity)
UNION ALL
SELECT user_id, made_at, 'alert', [named], 'renewed ' || plate FROM renewed WHERE renewals > $renewals
UNION ALL
SELECT user_id, made_at, 'alert', [named], 'topic ' || named FROM entries WHERE list_has_any(traits, $topics)
