WITH missing AS (
  SELECT user_id, ts, decision_id, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS n
  FROM searches WHERE (was_read AND case_number IS NULL) OR list_has_any(grounds, ['case_missing', 'case_unknown', 'case_closed', 'case_not_assigned', 'about case'])
), often AS (
  SELECT user_id, case_number FROM searches WHERE case_number IS NOT NULL AND decision = 'allow' GROUP BY ALL
  HAVING count(*) > least($case_searches, $case_plates)
), used AS (
  SELECT user_id, case_number, ts, decision_id, count(*) OVER w AS asked, count(DISTINCT day) OVER w AS days,
    count(DISTINCT plate) OVER w AS plates
  FROM (SELECT * FROM searches WHERE decision = 'allow') SEMI JOIN often USING (user_id, case_number)
  WINDOW w AS (PARTITION BY user_id, case_number ORDER BY ts RANGE BETWEEN INTERVAL $case_span_days DAY PRECEDING AND CURRENT ROW)
), dated AS (
  SELECT user_id, ts, decision_id, case_number, TRY_CAST(nullif(regexp_extract(case_number, $case_year, 1), '') AS INTEGER) AS year
  FROM searches WHERE case_number IS NOT NULL
)
SELECT user_id, ts AS made_at, CASE WHEN n >= $alert_missing THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids, 'missing' AS about
FROM missing WHERE n >= $warn_missing
UNION ALL
SELECT user_id, ts, 'warn', [decision_id], case_number FROM used
WHERE (asked > $case_searches AND asked >= 3 * days) OR asked > 2 * $case_searches OR plates > $case_plates
UNION ALL
SELECT user_id, ts, 'warn', [decision_id], 'old ' || case_number FROM dated WHERE extract(year FROM ts)::INTEGER % 100 - year >= $case_years
