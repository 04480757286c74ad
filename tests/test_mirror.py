"""A module is tested in the file of its name, in the folder of its folder's name; each exception says where instead."""

import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTED_IN: dict[str, tuple[str, str]] = {
    "tests/http": (
        "they join the parts: only a gateway that runs shows whether they do",
        """app/admin app/checks app/create app/held_folder app/worker_parts app/start_line app/engine app/identity app/upstream cli/serve endpoints/acknowledgements
        endpoints/body endpoints/contexts endpoints/endpoint_context endpoints/explain endpoints/router
        endpoints/whoami pep/admission app/rehearsal app/rules_in_force
        pep/paging""",
    ),
    "tests/http/test_approvals.py": (
        "officers and supervisors meet them at a gateway that runs",
        """app/approvals approvals/approvals approvals/parts approvals/protection approvals/wanted
        approvals/recent approvals/review_watch cli/approvals cli/emergencies cli/over_http
        endpoints/approval_bounds endpoints/approvals endpoints/emergencies endpoints/key_renewal endpoints/my_decisions store/runtime_rows
        store/runtime_schema""",
    ),
    "tests/http/test_disclosure.py": ("what is shown is seen at a gateway that runs", "endpoints/shown_case"),
    "tests/app/test_policy.py": ("an act of people, joined of parts", "app/policy_office app/policy_in_force"),
    "tests/app/test_bundles.py": ("whether it is one is for a real OPA to say", "lifecycle/opa_bundle"),
    "tests/cli/test_audit.py": (
        "one group of commands, met as an auditor meets it",
        """app/audit auditing/holds cli/audit_evidence cli/audit_options cli/audit_tail cli/facts_queries
        auditing/plate_hashes""",
    ),
    "tests/cli/test_audit_shred.py": (
        "what an epoch's key that is gone means for who asks for a plate",
        "auditing/unsearched",
    ),
    "tests/cli/test_policy_draft.py": (
        "a draft is what a command makes of an installation",
        "app/policy_drafts app/recorded_changes lifecycle/draft_folders",
    ),
    "tests/cli/test_policy_acts.py": (
        "commands of one life of a policy",
        "cli/policy cli/policy_history cli/policy_options",
    ),
    "tests/pdp/check/test_entry_reads.py": ("trees are read for what rules read", "pdp/check/engine_trees"),
    "tests/cli/test_policy_stopped.py": ("a stop is ended by commands", "app/stopped_policy"),
    "tests/cli/test_facts.py": ("what a command prints", "cli/facts_preview"),
    "tests/app/test_doctor.py": (
        "looks of the same command",
        "app/database_questions app/doctor_data app/reach app/reach_others app/running app/symptom",
    ),
    "tests/cli/test_init.py": ("the files are judged by what begins from them", "app/starter_files"),
    "tests/http/test_sign_on.py": (
        "people sign in at a gateway that runs",
        "identity/authenticator identity/watched_file",
    ),
    "tests/ops/test_metrics.py": ("each number, as it is told", "ops/instruments"),
    "tests/http/test_policy_taken_up.py": ("a gateway runs beside the command", "app/taken_up"),
    "tests/http/test_telemetry.py": ("spans around parts that are joined", "app/telemetry"),
    "tests/identity/test_provider.py": ("an issuer is what a provider is made of", "identity/issuer"),
    "tests/cli/test_emulate.py": ("started by it", "vendors/emulator/options vendors/emulator/server"),
    "tests/auditing/test_search.py": ("columns and index are how a search is answered", "auditing/columns"),
    "tests/auditing/test_export.py": ("a gap is met in an export", "auditing/export_gaps"),
    "tests/auditing/test_source.py": ("what a source keeps of a ledger", "auditing/index"),
    "tests/auditing/evidence/test_build.py": (
        "a package is judged whole, as a court would",
        """auditing/evidence/package auditing/evidence/proofs auditing/evidence/readme auditing/evidence/signed_ends
        auditing/evidence/listed_files auditing/evidence/verify_package""",
    ),
    "tests/auditing/reports/test_reports.py": (
        "each report is judged whole, by its tables and its page",
        """auditing/reports/accesses auditing/reports/charts auditing/reports/counting auditing/reports/denials auditing/reports/document
        auditing/reports/outliers auditing/reports/page auditing/reports/plates auditing/reports/training
        auditing/reports/weekly""",
    ),
    "tests/facts/test_lookup.py": (
        "one look-up on either database, which these are the halves of",
        "facts/answers facts/catalog facts/open_revisions facts/revisions facts/schema facts/statements row_seals",
    ),
    "tests/facts/test_csv_files.py": (
        "how files are read and what is said of them",
        "facts/csv_dialects facts/problems",
    ),
    "tests/attacks/test_jumping_clock.py": (
        "a clock that lies, with the ledger",
        "ledger/clock_watch",
    ),
    "tests/attacks/test_filtered_index.py": ("found by who filters an index", "auditing/index_digests"),
    "tests/attacks/test_forged_package.py": (
        "what a package claims, judged by who forges one",
        "auditing/evidence/check auditing/evidence/checked_page auditing/evidence/ed25519 cli/audit_package",
    ),
    "tests/attacks/test_hostile_values.py": ("values that would write to a terminal", "cli/terminal"),
    "tests/lifecycle/test_impact.py": ("a command over it", "cli/policy_impact"),
    "tests/app/test_oversight_rules.py": ("a command over it", "cli/oversight_history"),
    "tests/witness/test_service.py": ("a witness that serves", "cli/witness witness/keeper"),
    "tests/oversight/test_cli.py": (
        "one group of commands, met as the privacy office meets it",
        """app/oversight cli/oversight cli/oversight_findings cli/oversight_imports cli/import_warnings cli/oversight_reports
        cli/oversight_sample oversight/kept oversight/staff""",
    ),
    "tests/oversight/test_withdrawal.py": ("a command over it", "cli/oversight_withdraw"),
    "tests/oversight/test_changed_limits.py": (
        "a finding is the same whichever limits it is found by",
        "oversight/detectors/detection oversight/detectors/patterns",
    ),
    "tests/app/test_oversight_faults.py": (
        "what is wrong in a detector, as its owner is told it",
        "oversight/detectors/limits",
    ),
    "tests/oversight/test_listed_words.py": ("beside other tests of detectors", "oversight/detectors/listed_words"),
    "tests/oversight/test_cases.py": (
        "a case is read, laid out and tried",
        "oversight/detectors/case_forms oversight/detectors/cases oversight/detectors/sequences cli/oversight_cases",
    ),
    "tests/oversight/test_detectors.py": (
        "a detector is judged by what it finds in a scene",
        """oversight/detectors/arrivals oversight/detectors/catalog oversight/detectors/detector_form oversight/detectors/run oversight/detectors/runner
        oversight/detectors/scene oversight/detectors/trial auditing/plate_identity
        oversight/detectors/context oversight/detectors/search_rule oversight/tables
        pdp/backward_rule""",
    ),
    "tests/oversight/test_imports.py": (
        "a vendor's export is read whole",
        """oversight/imports/cells oversight/imports/columns oversight/imports/importer oversight/imports/layouts oversight/imports/organizations
        oversight/imports/store oversight/imports/unread_cells oversight/imports/zones""",
    ),
    "tests/oversight/test_blocks.py": (
        "rows read together, judged by reading them one by one",
        """oversight/imports/blocks oversight/imports/kept_rows oversight/imports/memo
        oversight/imports/plate_hashes""",
    ),
    "tests/oversight/test_sheets.py": ("files made to do harm", "oversight/imports/sheets oversight/imports/workbook"),
    "tests/oversight/test_publication.py": (
        "what is published is judged as its readers see it",
        """oversight/publication/document oversight/publication/figures oversight/publication/page
        oversight/publication/suppression oversight/publication/verification""",
    ),
    "tests/oversight/test_reconciliation.py": ("record against export", "oversight/reconciliation/reconcile"),
    "tests/oversight/test_reports.py": (
        "each report is judged whole",
        "oversight/reports/figures oversight/reports/law_report oversight/reports/watchers",
    ),
    "tests/oversight/test_reviews.py": (
        "a review from its finding to its end",
        """endpoints/reviews oversight/reviews/board oversight/reviews/findings oversight/reviews/reviewed
        oversight/reviews/steps""",
    ),
    "tests/oversight/test_sampling.py": (
        "a sample and its rate",
        "oversight/sampling/draw oversight/sampling/rates oversight/sampling/record",
    ),
    "tests/cli/test_demo.py": (
        "a walk is judged by how it goes",
        "demo/agency demo/caller demo/commands demo/issuer demo/oversight demo/people demo/processes demo/report demo/setting demo/steps demo/walk",
    ),
    "tests/ledger/test_ledger.py": (
        "a ledger that is written, ended and taken up again is all of these",
        """ledger/alarms ledger/chain ledger/heads ledger/recovery ledger/slots ledger/space ledger/records/event
        ledger/upkeep""",
    ),
    "tests/ledger/test_epochs.py": ("keys are what epochs leave behind", "ledger/epoch_keys"),
    "tests/ledger/test_retention.py": ("a step of it", "ledger/compression"),
    "tests/ledger/test_encryption.py": ("sealing is encryption of fields", "ledger/sealing"),
    "tests/ledger/records/test_decision.py": (
        "a decision and its outcome are read together",
        "ledger/records/outcome ledger/records/person",
    ),
    "tests/ledger/checkpoints/test_checkpoint.py": (
        "a checkpoint is written, signed and published by these",
        "ledger/checkpoints/checkpointer ledger/checkpoints/keys ledger/checkpoints/publisher",
    ),
    "tests/ledger/checkpoints/test_witnesses.py": (
        "what a witness adds",
        "ledger/checkpoints/cosignature ledger/checkpoints/cosignatures ledger/checkpoints/held_notes",
    ),
    "tests/ledger/verification/test_verify.py": (
        "one question to a whole ledger: does everything hold?",
        """ledger/verification/chain ledger/verification/checkpoints ledger/verification/findings
        ledger/verification/proof ledger/verification/report ledger/verification/segment
        ledger/verification/witness_findings ledger/verification/witnessing""",
    ),
    "tests/pdp/check/test_policies.py": (
        "the whole check, with a real OPA",
        "pdp/check/cases pdp/check/case_findings pdp/check/generated_inputs pdp/check/opa_batch pdp/check/opa_commands pdp/check/report pdp/check/source",
    ),
    "tests/pdp/check/test_guardrails.py": (
        "where they begin",
        "pdp/check/laws pdp/check/scenarios pdp/check/usual_request",
    ),
    "tests/pdp/test_input.py": ("parts of the input", "pdp/durations pdp/input_facts"),
    "tests/lifecycle/test_replay.py": ("what an earlier version recorded", "pdp/input_shape"),
    "tests/pdp/test_parity.py": ("what every engine promises", "pdp/engine"),
    "tests/server/test_worker.py": (
        "spoken to over sockets, on a server that runs",
        "server/chunks server/client server/head server/messages server/options server/poller server/service",
    ),
    "tests/shipping/formats/test_formats.py": (
        "what every format has in common",
        """shipping/formats/event_types shipping/formats/exports shipping/formats/mapping shipping/formats/native
        shipping/formats/record shipping/formats/sizes shipping/formats/table""",
    ),
    "tests/shipping/formats/test_ocsf.py": (
        "one standard, a file a class of events",
        "shipping/formats/ocsf_base shipping/formats/ocsf_control shipping/formats/ocsf_finding shipping/formats/ocsf_integrity",
    ),
    "tests/shipping/sinks/test_http.py": (
        "collectors that fail in the same ways",
        "shipping/sinks/batches shipping/sinks/elasticsearch shipping/sinks/splunk",
    ),
    "tests/shipping/sinks/test_syslog.py": ("what it sends", "shipping/sinks/syslog_message"),
    "tests/shipping/test_shipper.py": (
        "shipped to a file",
        "shipping/courier shipping/records_to_come shipping/sinks/jsonl shipping/sinks/sink",
    ),
    "tests/shipping/test_options.py": ("opened from options", "shipping/sinks/open"),
    "tests/shipping/test_backlog.py": (
        "what is found while reading",
        "shipping/ledger_check shipping/record_order shipping/watch",
    ),
    "tests/http/test_several_gateways.py": ("it is what several gateways have in common", "store/shared_secrets"),
    "tests/store/test_store.py": (
        "one store on either database",
        "store/approvals store/connections store/rows store/schema store/statements store/usage",
    ),
    "tests/upstream/test_client.py": ("one call", "upstream/exchange upstream/failures upstream/wire"),
    "tests/vendors/emulator/test_app.py": (
        "a vendor's stand-in, asked over sockets",
        "vendors/emulator/flock vendors/emulator/rekor vendors/emulator/sightings vendors/emulator/wire",
    ),
    "tests/vendors/pages/test_tokens.py": ("what a token carries", "vendors/pages/content"),
    "tests/vendors/profile/test_profile.py": (
        "a profile is read whole",
        "vendors/profile/answer_table vendors/profile/operation",
    ),
    "tests/vendors/answer/test_parse.py": ("read and written anew", "vendors/answer/serialise"),
    "tests/vendors/request/test_recognise.py": ("the body of what is recognised", "vendors/request/document"),
    "tests/pep/test_ceilings.py": ("what was counted", "model/usage"),
    "tests/test_docs.py": (
        "values without behaviour, or held to the pages",
        """errors pep/ports reasons model/decision model/dossier model/effective model/identity
        model/knowledge model/query model/request model/results""",
    ),
    "tests/cli/test_config.py": (
        "mistakes in settings",
        "app/mistakes settings/load settings/faults settings/soundness settings/table settings/variables",
    ),
    "tests/facts/test_csv_values.py": ("how values of the facts are read", "model/case_numbers"),
}
"""Where a module is tested that has no test file of its name: why there, and the modules."""
ELSEWHERE = {module: place for place, (_, modules) in TESTED_IN.items() for module in modules.split()}


@functools.cache
def modules() -> list[str]:
    found = (path.relative_to(ROOT / "gateway") for path in (ROOT / "gateway").rglob("*.py"))
    return sorted(
        path.with_suffix("").as_posix()
        for path in found
        if path.name not in {"__init__.py", "__main__.py"} and "migrations" not in path.parts
    )


def own_test(module: str) -> Path:
    folder, _, name = module.rpartition("/")
    return ROOT / "tests" / folder / f"test_{name}.py"


@pytest.mark.parametrize("module", modules())
def test_a_module_is_tested_in_the_file_of_its_name_or_where_it_is_said_here(module):
    assert own_test(module).exists() != (module in ELSEWHERE)


@pytest.mark.parametrize("module", sorted(ELSEWHERE))
def test_what_is_said_here_is_so(module):
    assert module in modules()
    assert (ROOT / ELSEWHERE[module]).exists()


def test_each_module_is_said_to_be_tested_in_one_place():
    named = [module for _, listed in TESTED_IN.values() for module in listed.split()]
    assert sorted(named) == sorted(set(named))
