-- Through what the person searched says nothing: a service that acts for a person is not somebody who asked.
WITH counted AS (
  SELECT user_id, ts, decision_id, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE list_contains(traits, 'for_another')
)
SELECT user_id, ts AS made_at, CASE WHEN n >= $alert_searches THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids, 'requests' AS about
FROM counted WHERE n >= $warn_searches
