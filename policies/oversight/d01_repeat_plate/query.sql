-- Untied: not allowed under an open case of one's own in which the plate's owner is the subject.
WITH often AS (
  SELECT user_id, plate FROM searches WHERE plate IS NOT NULL GROUP BY ALL HAVING count(*) >= $warn_searches
), counted AS (
  SELECT user_id, plate, ts, count(*) OVER w AS asked, count(DISTINCT day) OVER w AS days,
    count(*) FILTER (untied) OVER w AS untied, count(*) OVER l AS asked_long,
    count(*) FILTER (untied) OVER l AS untied_long, min(ts) FILTER (untied) OVER l AS first_untied,
    list(decision_id) OVER (PARTITION BY user_id, plate ORDER BY ts ROWS BETWEEN 24 PRECEDING AND CURRENT ROW) AS decision_ids
  FROM searches JOIN often USING (user_id, plate)
  WINDOW w AS (PARTITION BY user_id, plate ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW), l AS (PARTITION BY user_id, plate ORDER BY ts RANGE BETWEEN INTERVAL $long_days DAY PRECEDING AND CURRENT ROW)
), judged AS (
  SELECT *, (untied >= $alert_searches AND days >= $alert_days) OR asked_long >= $alert_long
      OR (untied_long >= $warn_searches AND ts - first_untied >= INTERVAL $sustained_days DAY) AS is_alert,
    (untied >= $warn_searches AND days >= $warn_days) OR (asked >= $alert_searches AND days >= $alert_days) AS is_warn
  FROM counted
)
SELECT user_id, ts AS made_at, CASE WHEN is_alert THEN 'alert' ELSE 'warn' END AS severity, decision_ids, plate::VARCHAR AS about
FROM judged WHERE is_alert OR is_warn
