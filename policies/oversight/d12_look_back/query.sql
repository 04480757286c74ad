WITH tries AS (
  SELECT user_id, ts, decision_id, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE list_contains(reasons, 'lookback_too_long')
), steps AS (
  SELECT *, lag(window_start) OVER (PARTITION BY user_id, plate ORDER BY ts) - window_start >= INTERVAL $step_days DAY AS earlier
  FROM searches WHERE plate IS NOT NULL AND window_start IS NOT NULL
), crept AS (
  SELECT *, count(*) FILTER (earlier) OVER (PARTITION BY user_id, plate ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM steps
)
SELECT user_id, ts AS made_at, 'warn' AS severity, [decision_id] AS decision_ids, 'limit' AS about FROM tries WHERE n >= $attempts
UNION ALL
SELECT user_id, ts, 'warn', [decision_id], plate::VARCHAR FROM crept WHERE earlier AND n >= $steps
