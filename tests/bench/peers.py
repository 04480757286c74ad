"""The peers and the stub: nginx as the vendor, nginx + lua + OPA as an enforcement point, plain Flask on gunicorn."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

_READ_AT = (datetime.now(UTC) - timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
READS = json.dumps(
    {
        "results": [
            {
                "id": f"4171ae2b-843f-405b-922d-b1e89921f2{number:02d}",
                "capturedAt": _READ_AT,  # within the window that is asked, so that it is filtered and passed on
                "device": {"id": "d1", "type": "camera", "name": "5th and Main", "location": {"latitude": 34.7}},
                "state": {"state": "arkansas", "confidence": 0.75},
                "plate": {"plate": "FNA579", "confidence": 0.9},
            }
            for number in range(10)
        ],
        "totalItems": 10,
    }
)
TOKEN = json.dumps({"access_token": "stub", "token_type": "Bearer", "expires_in": 3600})

_NGINX = """
load_module {modules}/ndk_http_module.so;
load_module {modules}/ngx_http_lua_module.so;
worker_processes 1;
daemon off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream stub {{ server 127.0.0.1:{stub}; keepalive 32; }}
  upstream opa {{ server 127.0.0.1:{opa}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{stub};
    default_type application/json;
    location /oauth/token {{ return 200 '{token}'; }}
    location / {{ return 200 '{reads}'; }}
  }}
  server {{
    listen 127.0.0.1:{peer};
    location /opa {{
      internal;
      proxy_pass http://opa/v1/data/lpr/decision;
      proxy_http_version 1.1; proxy_set_header Connection "";
    }}
    location / {{
      access_by_lua_block {{
        local cjson = require "cjson"
        ngx.req.read_body()
        local asked = cjson.decode(ngx.req.get_body_data())
        if not policy_input then
          local file = io.open("{folder}/input.json"); policy_input = file:read("*a"); file:close()
        end
        local body = '{{"input":' .. policy_input .. '}}'
        local answer = ngx.location.capture("/opa", {{method = ngx.HTTP_POST, body = body}})
        local decision = cjson.decode(answer.body)
        if asked.plate == nil or decision.result == nil or decision.result.allow ~= true then ngx.exit(403) end
      }}
      proxy_pass http://stub;
      proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""
_FLASK = """
import http.client, os, threading
from flask import Flask, Response, request
app = Flask(__name__, static_folder=None)
kept = threading.local()
READS = {reads!r}

@app.post("/answer")
def answer():
    request.get_json()
    return Response(READS, mimetype="application/json")

@app.post("/forward")
def forward():
    request.get_json()
    if not hasattr(kept, "stub"):
        kept.stub = http.client.HTTPConnection("127.0.0.1", {stub})
    kept.stub.request("POST", "/api/v3/reads/lookup", request.get_data(), {{"Content-Type": "application/json"}})
    return Response(kept.stub.getresponse().read(), mimetype="application/json")
"""


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once something accepts connections on the port."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} did not listen on {port}")


@contextlib.contextmanager
def program(command: list[str], *, port: int, folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a program running on its port; ended with the block."""
    with (folder / f"{Path(command[0]).name}-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env={**os.environ, **environment})
    try:
        wait_for_port(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def nginx(folder: Path, *, stub: int, peer: int, opa: int) -> Iterator[None]:
    """The stub vendor and the lua enforcement point, from one nginx."""
    modules = next(path for path in ("/usr/lib/nginx/modules", "/usr/share/nginx/modules") if Path(path).is_dir())
    ports = {"stub": stub, "peer": peer, "opa": opa}
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, modules=modules, reads=READS, token=TOKEN, **ports))
    binary = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or "nginx"
    with program([binary, "-p", str(folder), "-c", str(folder / "nginx.conf")], port=stub, folder=folder):
        yield


@contextlib.contextmanager
def plain_flask(folder: Path, *, port: int, stub: int, workers: int, threads: int) -> Iterator[None]:
    """Flask on the gunicorn that the gateway runs on: answering by itself, and forwarding to the stub."""
    (folder / "plain.py").write_text(_FLASK.format(reads=READS, stub=stub))
    command = [sys.executable, "-m", "gunicorn", "plain:app", "-b", f"127.0.0.1:{port}", "-k", "gthread"]
    command += ["-w", str(workers), "--threads", str(threads), "--http-parser", "python", "--no-control-socket"]
    with program(command, port=port, folder=folder):
        yield
