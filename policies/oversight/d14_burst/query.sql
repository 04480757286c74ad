WITH counted AS (
  SELECT *, count(DISTINCT plate) OVER s AS few, count(DISTINCT plate) OVER h AS many, count(DISTINCT coalesce(case_number, decision_id::VARCHAR)) OVER h AS cases,
    count(*) FILTER (NOT tied) OVER s AS untied, list(decision_id) OVER (PARTITION BY user_id ORDER BY ts ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS ids
  FROM searches WHERE plate IS NOT NULL
  WINDOW s AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $minutes MINUTE PRECEDING AND CURRENT ROW),
    h AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW)
)
SELECT user_id, ts AS made_at, CASE WHEN untied >= $plates THEN 'alert' ELSE 'warn' END AS severity, ids AS decision_ids, 'burst' AS about
FROM counted WHERE few >= $plates OR (many >= $hour_plates AND cases > 1)
