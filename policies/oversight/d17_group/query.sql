WITH several AS (
  SELECT plate FROM searches WHERE plate IS NOT NULL GROUP BY plate HAVING count(DISTINCT user_id) >= $persons
), counted AS (
  SELECT user_id, plate, ts, of_case, count(DISTINCT user_id) OVER w AS persons,
    count(DISTINCT CASE WHEN of_case OR was_read THEN user_id END) OVER w AS persons_read,
    count(DISTINCT CASE WHEN of_case THEN user_id END) OVER w AS persons_of_cases,
    count(DISTINCT CASE WHEN of_case THEN case_number END) OVER w AS cases_of_theirs,
    list(decision_id) OVER (PARTITION BY plate ORDER BY ts ROWS BETWEEN 24 PRECEDING AND CURRENT ROW) AS ids
  FROM searches JOIN several USING (plate)
  WINDOW w AS (PARTITION BY plate ORDER BY ts RANGE BETWEEN INTERVAL $days DAY PRECEDING AND CURRENT ROW)
)
SELECT user_id, ts AS made_at, 'alert' AS severity, ids AS decision_ids, plate::VARCHAR AS about
FROM counted
-- Each case, and each person without any: who has a case of the plate, and mistyped its number once, is no other for that.
WHERE persons >= $persons AND cases_of_theirs + persons_read - persons_of_cases >= $persons
  -- Who searches in the plate's own case is not told on because others tried the plate without one.
  AND (NOT of_case OR (persons_of_cases >= $persons AND cases_of_theirs >= $persons))
