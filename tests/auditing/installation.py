"""A whole installation on disk, for the commands: settings, facts, keys and a ledger of searches."""

import atexit
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner

from gateway.app.audit import open_command_ledger
from gateway.cli import main
from gateway.demo.agency import write_agency
from gateway.ledger.encryption import KeyPair, keygen
from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.outcome import outcome_record
from gateway.settings import load_settings
from tests.auditing.ledgers import Ask, dossier, outcome

POLICIES = Path(__file__).resolve().parents[2] / "policies"


_made: list["Installation"] = []
"""The installation that others are copies of, once one was made in this process."""


@dataclass(slots=True)
class Installation:
    folder: Path
    pair: KeyPair = field(default_factory=keygen)
    count: int = 0

    def set_up(self):
        """Settings, keys and facts: made once in this process, and copied."""
        if not _made:
            kept = Installation(Path(tempfile.mkdtemp()))
            atexit.register(shutil.rmtree, kept.folder)
            kept._make()
            _made.append(kept)
        return _made[0].copy_to(self.folder, self)

    def copy_to(self, folder, copy=None):
        """An installation like this one as it is now."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        copy = copy or Installation(folder)
        copy.pair, copy.count = self.pair, self.count
        return copy

    def _make(self):
        self.key.write_text(f"# public key: {self.pair.public}\n{self.pair.private}\n")
        self.config.write_text(
            f'[paths]\npolicies = "{POLICIES}"\n[audit]\nrecipients = ["{self.pair.public}"]\n'
            "warn_free_mb = 2\nstop_free_mb = 1\n"
        )
        write_agency(self.folder / "facts", datetime.now(UTC))
        self.run("facts", "import", self.folder / "facts")

    @property
    def config(self):
        return self.folder / "gateway.toml"

    @property
    def key(self):
        return self.folder / "auditor.key"

    @property
    def settings(self):
        return load_settings(self.config, {})

    def search(self, *asks):
        """Decisions and outcomes of these; the decision ids."""
        ledger, ids = open_command_ledger(self.settings), []
        try:
            for ask in asks or (Ask(),):
                self.count += 1
                case = dossier(ask, self.count, datetime.now(UTC) - timedelta(minutes=1))
                verdict = Verdict(decision="deny" if ask.denied else "allow", reasons=ask.denied, disclosed=ask.denied)
                ledger.record(*decision_record(case, verdict))
                if not ask.denied:
                    ledger.record(outcome_record(case, outcome(ask)))
                ids.append(case.decision_id)
        finally:
            ledger.close()
        return ids

    def invoke(self, *arguments, answer=None):
        result = CliRunner().invoke(main, [*map(str, arguments), "--config", str(self.config)], input=answer)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def run(self, *arguments):
        result = self.invoke(*arguments)
        assert result.exit_code == 0, result.output
        return result

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json").stdout)

    def recorded(self, event_type):
        """The records of this type, in order."""
        lines = [
            line
            for path in sorted((self.settings.audit.directory).glob("*/*.jsonl"))
            for line in path.read_text().splitlines()
        ]
        return [record for record in map(json.loads, lines) if record["event_type"] == event_type]
