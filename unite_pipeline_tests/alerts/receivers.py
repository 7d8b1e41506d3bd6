"""Those who are told, on loopback: a web server and a mail server that keep what came, and fail when told to.

Here: receiving. Not here: what must have come.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from unite_pipeline_tests.end_to_end.test_servers import free_port

USER, PASSWORD = "sender", "canary-mail-password"
PATH = "/canary-hook-path"


class Hook:
    """A web server: the JSON that was posted, and the status it answers with."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        self.url = ""


@contextmanager
def hook() -> Iterator[Hook]:
    """A web server that runs for the body."""
    made = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            if self.path == PATH and made.status == 200:
                assert self.headers["content-type"] == "application/json"
                made.got.append(json.loads(content))
            self.send_response(made.status)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}{PATH}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


class Post:
    """A mail server: the mails that came, and whose certificates to believe."""

    def __init__(self, authority: trustme.CA) -> None:
        self.got: list[EmailMessage] = []
        self.was_encrypted: list[bool] = []
        self.port = free_port()
        self.trust = ssl.create_default_context()
        authority.configure_trust(self.trust)

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        self.was_encrypted.append(session.ssl is not None)
        return "250 taken"


@contextmanager
def post(*, security: str = "starttls") -> Iterator[Post]:
    """A mail server that runs for the body: under STARTTLS with a log-in, or in the clear without one."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(server_side)
    made = Post(authority)

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    how = {
        "starttls": {
            "tls_context": server_side, "require_starttls": True, "authenticator": authenticate, "auth_required": True,
        },
        "none": {},
    }[security]  # fmt: skip
    controller = Controller(made, hostname="127.0.0.1", port=made.port, **how)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
