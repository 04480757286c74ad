WITH often AS (
  SELECT user_id, plate FROM searches WHERE plate IS NOT NULL GROUP BY ALL HAVING count(*) >= $plate_days
), days AS (
  SELECT user_id, plate, day, bool_and(NOT untied) AS tied, min(ts) AS ts, arg_min(decision_id, ts) AS decision_id
  FROM searches JOIN often USING (user_id, plate) GROUP BY ALL
), runs AS (
  SELECT *, day - row_number() OVER (PARTITION BY user_id, plate ORDER BY day)::INTEGER AS run FROM days
), long_runs AS (
  SELECT *, row_number() OVER r AS n,
    bool_and(tied) OVER (PARTITION BY user_id, plate, run ORDER BY day ROWS BETWEEN $plate_days PRECEDING AND CURRENT ROW) AS all_tied,
    list(decision_id) OVER (PARTITION BY user_id, plate, run ORDER BY day ROWS BETWEEN 24 PRECEDING AND CURRENT ROW) AS ids
  FROM runs WINDOW r AS (PARTITION BY user_id, plate, run ORDER BY day)
), any_days AS (
  SELECT user_id, day, min(ts) AS ts, arg_min(decision_id, ts) AS decision_id FROM searches GROUP BY ALL
), any_runs AS (
  SELECT *, day - row_number() OVER (PARTITION BY user_id ORDER BY day)::INTEGER AS run FROM any_days
)
SELECT user_id, ts AS made_at, CASE WHEN all_tied THEN 'warn' ELSE 'alert' END AS severity, ids AS decision_ids, plate::VARCHAR AS about
FROM long_runs WHERE n >= $plate_days
UNION ALL
SELECT user_id, ts, 'warn', [decision_id], 'any' FROM (
  SELECT *, row_number() OVER (PARTITION BY user_id, run ORDER BY day) AS n FROM any_runs) WHERE n >= $any_days
