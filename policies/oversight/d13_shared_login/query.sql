-- To and fro: back at an address that another one came between. Who moves from the car to the desk does not return to the car at once.
WITH placed AS (
  SELECT user_id, ts, day, decision_id, src_ip, lag(src_ip) OVER u AS earlier, lag(ts) OVER u AS earlier_ts
  FROM searches WHERE src_ip IS NOT NULL WINDOW u AS (PARTITION BY user_id ORDER BY ts, decision_id)
), moved AS (
  SELECT *, lag(earlier) OVER u = src_ip AS is_return FROM placed WHERE src_ip <> earlier WINDOW u AS (PARTITION BY user_id ORDER BY ts, decision_id)
), counted AS (
  SELECT *, count(*) FILTER (ts - earlier_ts <= INTERVAL $minutes MINUTE) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $minutes MINUTE PRECEDING AND CURRENT ROW) AS quick,
    count(*) FILTER (is_return) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW) AS returns
  FROM moved
), long_days AS (
  SELECT user_id, day FROM searches GROUP BY ALL HAVING count(DISTINCT hour) >= $hours
)
SELECT user_id, ts AS made_at, 'alert' AS severity, [decision_id] AS decision_ids, 'addresses' AS about
FROM counted WHERE (quick >= $changes AND ts - earlier_ts <= INTERVAL $minutes MINUTE) OR (is_return AND returns >= $day_returns)
UNION ALL
SELECT user_id, ts, 'alert', [decision_id], 'hours' FROM (
  SELECT user_id, ts, decision_id, count(DISTINCT hour) OVER (PARTITION BY user_id, day ORDER BY ts) AS n
  FROM searches SEMI JOIN long_days USING (user_id, day))
WHERE n >= $hours
