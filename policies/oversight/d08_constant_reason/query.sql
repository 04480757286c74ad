WITH often AS (
  SELECT user_id, reason_same FROM searches WHERE reason_same IS NOT NULL GROUP BY ALL HAVING count(*) > $share * $searches
), counted AS (
  SELECT user_id, ts, decision_id, list_has_any(traits, ['generic', 'vague', 'short', 'keyboard_mash']) AS says_nothing,
    count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS asked,
    count(*) OVER (PARTITION BY user_id, reason_same ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS same
  FROM (SELECT * FROM searches WHERE reason_same IS NOT NULL) SEMI JOIN (SELECT DISTINCT user_id FROM often) USING (user_id)
), empties AS (
  SELECT user_id, ts, decision_id, list_has_any(traits, ['generic', 'vague', 'short', 'keyboard_mash']) AS says_nothing,
    count(*) OVER (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS empty
  FROM searches WHERE reason_same IS NOT NULL AND list_has_any(traits, ['vague', 'short', 'keyboard_mash', 'vendor_text', 'generic'])
)
SELECT user_id, ts AS made_at, CASE WHEN says_nothing THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids, 'same' AS about
FROM counted WHERE asked >= $searches AND same > $share * asked
UNION ALL
SELECT user_id, ts, CASE WHEN empty >= $empty_alert THEN 'alert' ELSE 'warn' END, [decision_id], 'vague'
FROM empties WHERE says_nothing AND empty >= $empty_searches
