SELECT l.user_id, l.ts AS made_at, 'alert' AS severity, [t.decision_id, l.decision_id] AS decision_ids, l.plate::VARCHAR AS about
FROM (SELECT * FROM searches WHERE plate IS NOT NULL AND list_has_any(reasons, ['case_closed', 'target_plate_expired', 'target_not_subject'])) l
ASOF JOIN (SELECT user_id, plate, ts, decision_id FROM searches WHERE tied) t
  ON l.user_id = t.user_id AND l.plate = t.plate AND l.ts > t.ts
WHERE l.ts - t.ts <= INTERVAL $window_days DAY
