-- The searches that detectors look at: decisions on questions that were asked of a vendor in earnest, further pages aside.
CREATE OR REPLACE TEMP VIEW asked AS
SELECT TRY_CAST(decision_id AS VARCHAR) AS decision_id, ts, user_id, office, roles, decision,
  coalesce(deny_reasons, []::VARCHAR[]) AS reasons,
  -- The same, but one of the agency's own that said what it is about is that, as 'about window': no code has a blank in it.
  CASE WHEN reasons_about IS NULL THEN reasons ELSE list_transform(reasons, lambda r: coalesce('about ' || (reasons_about ->> r), r)) END AS grounds,
  purpose_code AS purpose, case_number,
  decision = 'allow' AND case_number IS NOT NULL AS tied,
  -- What a request is for was read of it or not at all: one that is refused for its form has no case on record, and may have given one.
  -- Of one that the gateway itself failed (`error`) nothing was judged.
  decision IS DISTINCT FROM 'error' AND (purpose_code IS NOT NULL OR case_number IS NOT NULL OR facts_revision IS NOT NULL) AS was_read,
  -- All topics of the rules are asked at once: who is denied for the person, the purpose or a number alone, or because everybody
  -- is, was of the case, and the plate its subject's. In an emergency the case file is not asked. What an own reason is about that
  -- does not say so is perhaps the case file or the plate.
  case_number IS NOT NULL AND (decision = 'allow' OR (decision = 'deny' AND len(reasons) > 0
    AND purpose IS DISTINCT FROM 'exigent_circumstances' AND list_has_all(['training_missing', 'training_lapsed',
      'rules_not_accepted', 'assurance_too_low', 'purpose_missing', 'purpose_not_allowed', 'purpose_case_mismatch',
      'purpose_needs_approval', 'reason_missing', 'window_missing', 'window_open_ended', 'window_inverted', 'window_in_future',
      'lookback_too_long', 'geo_search_not_approved', 'usage_ceiling', 'office_ceiling', 'service_ceiling', 'vendor_ceiling', 'facts_stale', 'policy_expired', 'searches_stopped',
      'about training', 'about acceptance', 'about sign_on', 'about purpose', 'about written_reason', 'about window', 'about ceiling'], grounds))) AS of_case,
  was_read AND NOT tied AND NOT (of_case AND list_has_all(['facts_stale', 'policy_expired', 'searches_stopped'], grounds)) AS untied,
  -- What is lacking has no hash, for else all that lacks it would be one plate, or one reason.
  CASE WHEN plate_hmac IS NOT NULL THEN hash(plate_hmac) END AS h, CASE WHEN plate_trace IS NOT NULL THEN hash(plate_trace) END AS t,
  src_ip, on_behalf_of, CASE WHEN reason_hmac IS NOT NULL THEN hash(reason_hmac) END AS reason_same, coalesce(reason_traits, []::VARCHAR[]) AS traits,
  coalesce(subject_id, []::VARCHAR[]) AS subjects, lookback_days, window_start
FROM records
WHERE event_type = 'decision' AND vendor_profile IS NOT NULL AND explain IS NOT TRUE AND opening_decision_id IS NULL AND user_id IS NOT NULL
  -- A service that named nobody, or nobody it may act for, stands there under its own name and is no person.
  AND NOT (coalesce(actor_kind, '') = 'service' AND list_has_any(coalesce(deny_reasons, []), ['service_needs_person', 'on_behalf_of_not_allowed']))
  AND ts >= $from AND ts < $until;
