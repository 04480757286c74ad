SELECT person_id AS user_id, made_at, CASE WHEN with_case AND with_expiry THEN 'warn' ELSE 'alert' END AS severity,
  [import_id || ':' || row] AS decision_ids, import_id || ':' || row AS about
FROM vendor_events WHERE event = 'create' AND list_contains($lists, entity) AND made_at IS NOT NULL
