WITH counted AS (
  SELECT user_id, ts, decision_id, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE list_contains(traits, 'for_another') AND on_behalf_of IS NULL
), named AS (
  SELECT user_id, ts, decision_id, on_behalf_of,
    count(*) OVER (PARTITION BY user_id, on_behalf_of ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE on_behalf_of IS NOT NULL AND on_behalf_of <> user_id AND NOT list_has_any(roles, $desks)
)
SELECT user_id, ts AS made_at, CASE WHEN n >= $alert_searches THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids, 'requests' AS about
FROM counted WHERE n >= $warn_searches
UNION ALL
SELECT user_id, ts, 'warn', [decision_id], 'for ' || on_behalf_of FROM named WHERE n >= $same_person
