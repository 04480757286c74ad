-- A list of shifts says nothing of the time before its first or after its last: the list before it is gone.
WITH off AS (
  SELECT s.*, EXISTS (SELECT 1 FROM rosters r WHERE r.user_id = s.user_id)
      AND s.ts >= (SELECT min(starts) - INTERVAL $margin_hours HOUR FROM rosters) AND s.ts <= (SELECT max(ends) FROM rosters) AS has_roster,
    NOT EXISTS (SELECT 1 FROM rosters r WHERE r.user_id = s.user_id
      AND s.ts BETWEEN r.starts - INTERVAL $margin_hours HOUR AND r.ends + INTERVAL $margin_hours HOUR) AS outside
  FROM searches s
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND CURRENT ROW) AS n
  FROM off WHERE (has_roster AND outside)
    OR (NOT has_roster AND untied AND hour >= $night_from AND hour < $night_until)
)
SELECT user_id, ts AS made_at, CASE WHEN has_roster AND untied THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids,
  CASE WHEN has_roster THEN 'roster' ELSE 'night' END AS about
FROM counted WHERE n >= $searches
