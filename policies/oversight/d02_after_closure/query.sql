SELECT l.user_id, l.ts AS made_at, 'alert' AS severity, [e.decision_id, l.decision_id] AS decision_ids, l.plate::VARCHAR AS about
FROM (SELECT * FROM searches WHERE plate IS NOT NULL AND list_has_any(reasons, ['case_closed', 'target_plate_expired', 'target_not_subject'])) l
JOIN (SELECT user_id, plate, min(ts) AS first, arg_max(decision_id, ts) AS decision_id FROM searches WHERE tied GROUP BY ALL) e
  ON l.user_id = e.user_id AND l.plate = e.plate AND e.first < l.ts AND l.ts - e.first <= INTERVAL $window_days DAY
