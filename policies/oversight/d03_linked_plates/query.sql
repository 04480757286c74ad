WITH often AS (
  SELECT user_id, plate FROM searches WHERE plate IS NOT NULL GROUP BY ALL HAVING count(DISTINCT day) >= $days
), repeated AS (
  SELECT * FROM searches SEMI JOIN often USING (user_id, plate)
), pairs AS (
  SELECT a.user_id, a.plate AS one, b.plate AS other, greatest(a.ts, b.ts) AS ts, a.day, a.decision_id AS first_id,
    b.decision_id AS second_id, NOT (a.untied OR b.untied) AS tied
  FROM repeated a JOIN repeated b ON a.user_id = b.user_id AND a.day = b.day AND a.plate < b.plate
    AND abs(epoch(a.ts) - epoch(b.ts)) <= $minutes * 60
), counted AS (
  SELECT *, count(DISTINCT day) OVER w AS days, bool_and(tied) OVER w AS all_tied
  FROM pairs WINDOW w AS (PARTITION BY user_id, one, other ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW)
), belonging AS (
  SELECT user_id, plate, ts, day, decision_id, 'subject ' || unnest(subjects) AS link FROM searches WHERE untied AND plate IS NOT NULL
  UNION
  SELECT user_id, plate, ts, day, decision_id, 'holder ' || holder FROM searches JOIN holders ON h = hash(hash) WHERE untied
  UNION
  SELECT user_id, plate, ts, day, decision_id, 'holder ' || holder FROM searches JOIN holders ON t = hash(hash) WHERE untied
), gathered AS (
  SELECT *, count(DISTINCT plate) OVER g AS plates, count(DISTINCT day) OVER g AS on_days
  FROM belonging WINDOW g AS (PARTITION BY user_id, link ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW)
)
SELECT user_id, ts AS made_at, CASE WHEN all_tied THEN 'warn' ELSE 'alert' END AS severity, [first_id, second_id] AS decision_ids,
  one || '+' || other AS about
FROM counted WHERE days >= $days
UNION ALL
SELECT user_id, ts, 'alert', [decision_id], link FROM gathered WHERE plates >= $linked_plates AND on_days >= $linked_days
