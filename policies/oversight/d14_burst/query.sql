WITH busy AS (  -- there cannot be more plates than searches
  SELECT user_id, ts, decision_id, count(*) OVER s AS few, count(*) OVER h AS many
  FROM searches WHERE plate IS NOT NULL
  WINDOW s AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $minutes MINUTE PRECEDING AND CURRENT ROW),
    h AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW)
), counted AS (
  SELECT b.user_id, b.ts, b.decision_id, count(DISTINCT a.plate) FILTER (b.ts - a.ts <= INTERVAL $minutes MINUTE) AS few,
    count(DISTINCT a.plate) AS many, count(DISTINCT coalesce(a.case_number, a.decision_id)) FILTER (a.was_read) AS cases,
    count(*) FILTER (a.untied AND b.ts - a.ts <= INTERVAL $minutes MINUTE) AS untied,
    list(a.decision_id ORDER BY a.ts DESC, a.decision_id DESC)[1:10] AS latest
  FROM busy b JOIN searches a ON a.user_id = b.user_id AND a.plate IS NOT NULL AND a.ts BETWEEN b.ts - INTERVAL 1 HOUR AND b.ts
  WHERE b.few >= $plates OR b.many >= $hour_plates
  GROUP BY ALL
)
SELECT user_id, ts AS made_at, CASE WHEN untied >= $plates THEN 'alert' ELSE 'warn' END AS severity, list_reverse(latest) AS decision_ids, 'burst' AS about
FROM counted WHERE few >= $plates OR (many >= $hour_plates AND cases > 1)
