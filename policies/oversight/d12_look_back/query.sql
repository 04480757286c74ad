WITH tries AS (
  SELECT user_id, ts, decision_id, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE list_contains(reasons, 'lookback_too_long')
), often AS (
  SELECT user_id, plate FROM searches WHERE plate IS NOT NULL AND window_start IS NOT NULL GROUP BY ALL HAVING count(*) > $steps
), steps AS (
  SELECT user_id, plate, ts, decision_id,
    lag(window_start) OVER p - window_start >= INTERVAL $step_days DAY AND ts - lag(ts) OVER p <= INTERVAL $window_days DAY AS earlier
  FROM (SELECT * FROM searches WHERE window_start IS NOT NULL) JOIN often USING (user_id, plate)
  WINDOW p AS (PARTITION BY user_id, plate ORDER BY ts)
), crept AS (
  SELECT *, count(*) OVER (PARTITION BY user_id, plate ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM steps WHERE earlier
)
SELECT user_id, ts AS made_at, 'warn' AS severity, [decision_id] AS decision_ids, 'limit' AS about FROM tries WHERE n >= $attempts
UNION ALL
SELECT user_id, ts, 'warn', [decision_id], plate::VARCHAR FROM crept WHERE n >= $steps
