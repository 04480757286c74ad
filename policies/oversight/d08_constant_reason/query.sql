WITH counted AS (
  SELECT user_id, ts, decision_id, reason_same, list_has_any(traits, ['generic', 'vague', 'short', 'keyboard_mash']) AS says_nothing,
    count(*) OVER w AS asked, count(*) OVER (PARTITION BY user_id, reason_same ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW) AS same,
    count(*) FILTER (list_has_any(traits, ['vague', 'short', 'keyboard_mash', 'vendor_text', 'generic'])) OVER w AS empty
  FROM searches WHERE reason_same IS NOT NULL
  WINDOW w AS (PARTITION BY user_id ORDER BY ts RANGE BETWEEN INTERVAL $window_days DAY PRECEDING AND CURRENT ROW)
)
SELECT user_id, ts AS made_at, CASE WHEN says_nothing THEN 'alert' ELSE 'warn' END AS severity, [decision_id] AS decision_ids, 'same' AS about
FROM counted WHERE asked >= $searches AND same > $share * asked
UNION ALL
SELECT user_id, ts, CASE WHEN empty >= $empty_alert THEN 'alert' ELSE 'warn' END, [decision_id], 'vague'
FROM counted WHERE says_nothing AND empty >= $empty_searches
