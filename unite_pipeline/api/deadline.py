"""An end in time for a whole request: head and body, however slowly they trickle.

Here: the deadline, and connections that it can end. Not here: what is sent over them (`transport.py`).
requests bounds each look at the socket and not their number: a server that sends a byte now and then, or says "100
Continue" for ever, would hold its request, and whatever lock is held meanwhile, without end.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Deadline:
    """Shuts the connection of a request down if the request is not over in time.

    Where the connecting itself takes longer (several addresses, a silent name server) it is shut down as soon as it
    stands: nothing is sent after the deadline.

    Args:
        seconds: from entering on.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._is_left = False
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._outer = _current.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        _current.reset(self._outer)
        self._timer.cancel()
        with self._lock:
            # From here on the connection may serve another request.
            self._is_left = True
            self._let_go()
        self._timer.join()

    def watch(self, connection: socket.socket) -> None:
        """End this connection when the time is over, or at once if it is.

        By a descriptor of our own: TLS takes the socket from under its owner, and a body may outlive the connection.
        """
        with self._lock:
            self._let_go()
            self._line = socket.socket(fileno=os.dup(connection.fileno()))
            if self.is_over:
                _shut_down(self._line)

    def _end(self) -> None:
        with self._lock:
            if not self._is_left:
                self.is_over = True
                if self._line is not None:
                    _shut_down(self._line)

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def _watch(connection: socket.socket | None) -> None:
    deadline = _current.get()
    if deadline is not None and connection is not None:
        deadline.watch(connection)


def _shut_down(line: socket.socket) -> None:
    with suppress(OSError):  # the other end was sooner
        line.shutdown(socket.SHUT_RDWR)


class _WatchedHTTP(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        _watch(connection)
        return connection

    def request(self, *args: Any, **how: Any) -> None:
        _watch(self.sock)  # if it was kept alive from an earlier request
        super().request(*args, **how)


class _WatchedHTTPS(_WatchedHTTP, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


_POOLS: Mapping[str, type[HTTPConnectionPool]] = {"http": _HTTPPool, "https": _HTTPSPool}


class WatchedAdapter(HTTPAdapter):
    """Makes connections that the deadline of the request they serve can end, also through a proxy."""

    def init_poolmanager(self, *args: Any, **how: Any) -> None:
        """See `HTTPAdapter.init_poolmanager`."""
        super().init_poolmanager(*args, **how)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **how: Any) -> Any:
        """See `HTTPAdapter.proxy_manager_for`."""
        manager = super().proxy_manager_for(proxy, **how)
        if not str(proxy).lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager
