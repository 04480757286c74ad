WITH areas AS (
  SELECT user_id, ts, decision_id, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE list_contains(reasons, 'geo_search_not_approved')
)
SELECT user_id, ts AS made_at, 'warn' AS severity, [decision_id] AS decision_ids, 'area' AS about FROM areas WHERE n >= $areas
UNION ALL
SELECT user_id, made_at, 'alert', [import_id || ':' || row], 'networks' FROM vendor_rows
WHERE class LIKE 'around_%' AND networks >= $networks AND made_at IS NOT NULL
UNION ALL
SELECT NULL, made_at, 'alert', [decision_id], 'settings' FROM vendor_reach
WHERE networks >= $networks AND NOT list_contains($wide_purposes, coalesce(purpose, '')) AND NOT list_contains($wide_offenses, coalesce(offense, ''))
