WITH codes AS (
  SELECT user_id, ts, decision_id, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE list_has_any(grounds, ['purpose_not_allowed', 'about purpose'])
), immigration AS (
  SELECT user_id, ts, decision_id, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE was_read AND list_contains(traits, 'immigration') AND NOT list_contains($immigration_purposes, coalesce(purpose, ''))
)
SELECT user_id, ts AS made_at, 'warn' AS severity, [decision_id] AS decision_ids, 'code' AS about FROM codes WHERE n >= $codes
UNION ALL
SELECT user_id, ts, 'alert', [decision_id], list_filter(traits, lambda t: list_contains($alert_topics, t))[1]
FROM searches WHERE list_has_any(traits, $alert_topics)
UNION ALL
SELECT user_id, ts, CASE WHEN n >= $immigration_alert THEN 'alert' ELSE 'warn' END, [decision_id], 'immigration' FROM immigration
