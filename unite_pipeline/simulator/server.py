"""The simulator on a socket: a raw ASGI callable, a server in a thread for tests, and a blocking one for people.

Loopback only: the company is made up, but the endpoints that ring telephones look real.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from unite_pipeline.simulator.control import CONTROL_ROOT, control
from unite_pipeline.simulator.faults import CutConnectionError, HangingConnectionError
from unite_pipeline.simulator.simulator import Answer, Simulator

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = "127.0.0.1"
API_PATH = "/unite/v1"
_PATIENCE_S = 10.0


class PortError(OSError):
    """A port of loopback that cannot be listened on: something else does already, or this user may not."""

    def __init__(self, port: int, reason: OSError) -> None:
        super().__init__(reason.errno, reason.strerror)
        self.port = port


def asgi_app(sim: Simulator) -> AsgiApp:
    """Returns an ASGI application that serves the API and the back door of one simulator."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"the simulator speaks HTTP only, not {scope['type']}")
        body = await _body(receive)
        try:
            answer = await asyncio.to_thread(_answer, sim, scope, body)
        except HangingConnectionError as hang:
            await asyncio.sleep(hang.delay_s)
            await _start(send, 200, {"content-type": "text/plain"}, length=1)
        except CutConnectionError as cut:
            await _start(send, cut.status, cut.headers, length=max(len(cut.body), 1))
            await send({"type": "http.response.body", "body": cut.body[: len(cut.body) // 2], "more_body": True})
        else:
            length = None if answer.status == _NOT_MODIFIED else len(answer.body)
            await _start(send, answer.status, answer.headers, length)
            await send({"type": "http.response.body", "body": answer.body})

    return app


_NOT_MODIFIED = 304


def _answer(sim: Simulator, scope: Scope, body: bytes) -> Answer:
    path: str = scope["path"]
    if path.startswith(CONTROL_ROOT):
        return control(sim, scope["method"], path, scope["query_string"].decode("ascii", "replace"), body)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    client = scope.get("client") or (LOOPBACK, 0)
    return sim.handle(path, headers, body, method=scope["method"], remote=client[0])


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _start(send: Send, status: int, headers: dict[str, str], length: int | None) -> None:
    """Sends status line and headers; a length that the body then falls short of makes the server hang up."""
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if length is not None:
        lines.append((b"content-length", str(length).encode()))
    await send({"type": "http.response.start", "status": status, "headers": lines})


@dataclass(frozen=True, slots=True)
class Served:
    """A simulator that is being served."""

    sim: Simulator
    port: int

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def base_url(self) -> str:
        """What a client takes as the API's root."""
        return f"{self.origin}{API_PATH}"


def _server(sim: Simulator) -> uvicorn.Server:
    config = uvicorn.Config(
        asgi_app(sim),
        log_level="critical",
        lifespan="off",
        ws="none",
        http="h11",
        access_log=False,
        server_header=False,
    )
    return uvicorn.Server(config)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortError(port, error) from error
    return listener


def check_port(port: int) -> None:
    """Sees whether a port of loopback is free just now.

    Raises:
        PortError: it is not.
    """
    _listen(port).close()


@contextmanager
def serve(sim: Simulator, port: int = 0) -> Iterator[Served]:
    """Serves a simulator from a thread until the block is left.

    Args:
        sim: What to serve.
        port: TCP port on loopback; 0 takes a free one.

    Yields:
        Where it is served.
    """
    listener = _listen(port)
    server = _server(sim)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="unite-simulator", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield Served(sim, listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_S)
        listener.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    waited_s = 0.0
    while not server.started:
        if not thread.is_alive() or waited_s > _PATIENCE_S:
            raise RuntimeError("the simulated API did not start")
        pause.wait(0.005)
        waited_s += 0.005


def run(sim: Simulator, port: int = 0, announce: Callable[[Served], None] | None = None) -> None:
    """Serves a simulator until Ctrl-C, which arrives as KeyboardInterrupt; blocks.

    Args:
        sim: What to serve.
        port: TCP port on loopback; 0 takes a free one.
        announce: Called once the port is bound, to tell people where it is.
    """
    with _listen(port) as listener:
        if announce is not None:
            announce(Served(sim, listener.getsockname()[1]))
        _server(sim).run(sockets=[listener])
