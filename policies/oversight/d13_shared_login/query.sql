WITH moved AS (
  SELECT *, src_ip <> lag(src_ip) OVER u AND ts - lag(ts) OVER u <= INTERVAL $minutes MINUTE AS changed
  FROM searches WHERE src_ip IS NOT NULL WINDOW u AS (PARTITION BY user_id ORDER BY ts)
), counted AS (
  SELECT *, count(*) FILTER (changed) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $minutes MINUTE PRECEDING AND CURRENT ROW) AS n
  FROM moved
)
SELECT user_id, ts AS made_at, 'alert' AS severity, [decision_id] AS decision_ids, 'addresses' AS about FROM counted WHERE changed AND n >= $changes
UNION ALL
SELECT user_id, ts, 'alert', [decision_id], 'hours' FROM (
  SELECT user_id, ts, decision_id, count(DISTINCT hour) OVER (PARTITION BY user_id, day ORDER BY ts) AS n FROM searches)
WHERE n >= $hours
