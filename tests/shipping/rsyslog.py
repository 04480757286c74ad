"""A real rsyslog with TLS and client certificates, as a child process with a configuration of its own."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from gateway.demo.processes import free_port
from tests.shipping.certificates import Authority
from tests.shipping.conftest import lines_of, until

PROGRAM = shutil.which("rsyslogd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
CONFIGURATION = """
global(
    defaultNetstreamDriverCAFile="{ca}"
    defaultNetstreamDriverCertFile="{certificate}"
    defaultNetstreamDriverKeyFile="{key}"
)
global(
    workDirectory="{folder}"
    maxMessageSize="64k"
    parser.escapeControlCharactersOnReceive="off"
)
module(
    load="imtcp"
    streamDriver.name="gtls"
    streamDriver.mode="1"
    streamDriver.authMode="x509/name"
    permittedPeer=["lpr-gateway"]
)
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="asReceived" type="string" string="%rawmsg%\\n")
action(type="omfile" file="{output}" template="asReceived")
"""


class Rsyslog:
    """Listens on one port for as long as a test runs, however often it is killed; writes what it receives to a file."""

    def __init__(self, folder: Path, authority: Authority, configuration: str = CONFIGURATION) -> None:
        assert PROGRAM, "rsyslog is not installed"
        self._folder = folder
        self.output = folder / "received.log"
        self.port = free_port()
        pair = authority.issue("server", server=True)
        self._configuration = folder / "rsyslog.conf"
        self._configuration.write_text(
            configuration.format(
                folder=folder,
                ca=authority.file,
                certificate=pair.certificate,
                key=pair.key,
                port=self.port,
                output=self.output,
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run until it accepts connections."""
        pid = self._folder / "rsyslogd.pid"
        pid.unlink(missing_ok=True)
        command = [str(PROGRAM), "-n", "-f", str(self._configuration), "-i", str(pid)]
        with (self._folder / "rsyslogd.out").open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        until(self._accepts)

    def end(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """End it, by default without warning."""
        if self._process is not None:
            self._process.send_signal(sign)
            self._process.wait(20)
            self._process = None

    def received(self) -> list[bytes]:
        """Whole lines received so far."""
        return lines_of(self.output)

    def _accepts(self) -> bool:
        assert self._process.poll() is None, (self._folder / "rsyslogd.out").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
