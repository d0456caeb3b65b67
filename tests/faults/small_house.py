"""A page, its ticket and its snapshot: the least that push needs around it, with the product's own page policy.

python -m tests.faults.small_house PORT FOLDER   (FOLDER holds push.js; state.json is the state to show)
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tongtang.foundation import clock
from tongtang.foundation.push import tickets
from tongtang.shell.page_policy import content_security_policy

TOPIC = "lesson:1:classroom"
PAGE = b"""<!doctype html><meta charset="utf-8"><meta name="csrf-token" content="token"><title>t</title>
<script type="module" src="/push.js"></script>"""
SCRIPT = """
import { newUuid } from "./identity.ts";
import { connect, getJson, post } from "./push.ts";
const shown = { n: -1, state: "", at: 0, snapshots: 0, events: 0, states: [] };
const show = (n) => { if (n > shown.n) { shown.n = n; shown.at = Date.now(); } };
globalThis.shown = shown;
const answered = (r) => { shown.answered = Date.now(); return r; };
globalThis.answer = (value) => post("/answer", { value }, { key: newUuid() }).then(answered);
connect({
  ticketUrl: "/ticket",
  onEvent: ({ data }) => { shown.events += 1; show(data.n); },
  onResync: async () => { shown.snapshots += 1; show((await getJson("/snapshot")).n); },
  onState: (state) => { shown.state = state; shown.states.push(state); },
});
"""


class House(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = Path()
    answers: dict[str, object] = {}

    def do_GET(self) -> None:
        if self.path == "/":
            self.answer("text/html", PAGE)
        elif self.path == "/push.js":
            self.answer("text/javascript", (self.folder / "push.js").read_bytes())
        elif self.path == "/snapshot":
            self.answer("application/json", (self.folder / "state.json").read_bytes())
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("X-CSRFToken") != "token":
            self.send_error(403)
        elif self.path == "/ticket":
            ticket = tickets.issue(topics=[TOPIC], subject="device:1", now=clock.now())
            self.answer("application/json", json.dumps({"ticket": ticket}).encode())
        else:
            self.answers[self.headers["Idempotency-Key"]] = json.loads(body)
            self.answer("application/json", json.dumps({"answers": len(self.answers)}).encode())

    def answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", content_security_policy(self.headers["Host"]))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    House.folder = Path(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), House).serve_forever()
