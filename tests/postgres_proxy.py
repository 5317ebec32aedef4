"""A TCP proxy before PostgreSQL that knows where its messages begin, and can spoil any of them.

It forwards what the client sends, and the server's messages one by one. Once armed it counts them,
and treats one of them as a fault says (PostgreSQL, 54.7, message formats). What it does depends on
messages alone, never on time.
"""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Final
from urllib.parse import urlsplit

# What to send in place of a message; ``None`` ends the connection after what was sent.
Fault = Callable[["Conversation", bytes], bytes | None]

NOTICE: Final = b"SWARNING\0VWARNING\0C01000\0Mnothing to worry about\0\0"
STATUS: Final = b"application_name\0kith\0"
NOTIFICATION: Final = struct.pack("!i", 1) + b"channel\0payload\0"


_BEGIN: Final = b"begin transaction"
_NO_BEGIN: Final = b"bogus transaction"  # just as long


def message(code: bytes, body: bytes) -> bytes:
    """A message of the server's, framed."""
    return code + struct.pack("!i", len(body) + 4) + body


def error(sqlstate: str) -> bytes:
    """An ErrorResponse that leaves the connection alive."""
    return message(b"E", f"SERROR\0VERROR\0C{sqlstate}\0Mspoilt\0\0".encode())


def _with_garbage(whole: bytes) -> bytes:
    return whole[:5] + b"\xff" * (len(whole) - 5)


def _shortened(whole: bytes) -> bytes:
    return message(whole[:1], whole[5:-1]) if len(whole) > 5 else whole


@dataclass
class Conversation:
    """One client's connection: what it was answered since it last stood at ReadyForQuery."""

    client: socket.socket
    server: socket.socket
    answer: bytes = b""
    silent: bool = False

    def withhold(self) -> bytes:
        """Say nothing any more, and leave the connection open."""
        self.silent = True
        return b""

    def close(self) -> None:
        for each in (self.client, self.server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


# Faults after which an answer must be right or refused.
FAULTS: Final[dict[str, Fault]] = {
    "dropped": lambda *_: b"",
    "doubled": lambda _, whole: whole * 2,
    "answered twice": lambda talk, whole: (
        whole + talk.answer + whole if whole[:1] == b"Z" else whole * 2
    ),
    "cut": lambda *_: None,
    "truncated": lambda _, whole: whole[:-1],
    "shortened": lambda _, whole: _shortened(whole),
    "garbage": lambda _, whole: _with_garbage(whole),
    "unknown": lambda _, whole: b"?" + whole[1:],
    "withheld": lambda talk, _: talk.withhold(),
    "error 57014": lambda *_: error("57014"),
    "error 53300": lambda *_: error("53300"),
    "error XX000": lambda *_: error("XX000"),
    "error and ready": lambda *_: error("57014") + message(b"Z", b"I"),
    "ready before": lambda _, whole: message(b"Z", b"I") + whole,
    "row before": lambda _, whole: message(b"D", struct.pack("!hi", 1, 1) + b"1") + whole,
    "row after": lambda _, whole: whole + message(b"D", struct.pack("!hi", 1, 1) + b"1"),
    "complete before": lambda _, whole: message(b"C", b"SELECT 0\0") + whole,
}
# What PostgreSQL may say at any time; an answer must be as right as without it.
ASYNCHRONOUS: Final[dict[str, Fault]] = {
    "notice before": lambda _, whole: message(b"N", NOTICE) + whole,
    "notice after": lambda _, whole: whole + message(b"N", NOTICE),
    "status before": lambda _, whole: message(b"S", STATUS) + whole,
    "status after": lambda _, whole: whole + message(b"S", STATUS),
    "notification before": lambda _, whole: message(b"A", NOTIFICATION) + whole,
    "notification after": lambda _, whole: whole + message(b"A", NOTIFICATION),
}


@dataclass
class PostgresProxy:
    """Listens on loopback; ``url`` leads through it to the server of ``upstream``."""

    upstream: str
    codes: bytes = b""
    commit_at: int | None = None
    refuses_begin: bool = False
    _fault: tuple[int, Fault] | None = None
    _armed: bool = False
    _lock: Lock = field(default_factory=Lock)
    _conversations: list[Conversation] = field(default_factory=list)
    _threads: list[Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = Event()
        self._run(self._accept)

    @property
    def url(self) -> str:
        parts = urlsplit(self.upstream)
        place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        return self.upstream.replace(f"{parts.hostname}:{parts.port}", place)

    def arm(self, at: int = -1, fault: Fault = FAULTS["dropped"]) -> None:
        """Count the server's messages from here, and spoil the one with that number."""
        with self._lock:
            self.codes, self.commit_at, self._armed = b"", None, True
            self._fault = (at, fault)

    def refuse_begin(self) -> None:
        """Send PostgreSQL something else than the next BEGIN, which it then really refuses."""
        self.refuses_begin = True

    def disarm(self) -> list[int]:
        """Forward everything as it is.

        Returns:
            The numbers of the messages since; of several settings in a row only the first.
        """
        with self._lock:
            self._fault, self._armed, self.refuses_begin = None, False, False
            codes = self.codes
        return [n for n in range(len(codes)) if codes[max(n - 1, 0) : n + 1] != b"SS"]

    def close(self) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._conversations:
            each.close()
        for thread in self._threads:
            thread.join()

    def _run(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        parts = urlsplit(self.upstream)
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((parts.hostname, parts.port))
            for each in (client, server):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            talk = Conversation(client, server)
            self._conversations.append(talk)
            self._run(lambda talk=talk: self._forward(talk))  # type: ignore[misc]
            self._run(lambda talk=talk: self._answer(talk))  # type: ignore[misc]

    def _forward(self, talk: Conversation) -> None:
        """What the client sends, as it is; it is noted when that is a COMMIT."""
        with suppress(OSError, ValueError):
            while sent := talk.client.recv(65536):
                if self.refuses_begin and _BEGIN in sent:
                    self.refuses_begin, sent = False, sent.replace(_BEGIN, _NO_BEGIN)
                if b"commit\0" in sent:
                    with self._lock:
                        self.commit_at = len(self.codes)
                talk.server.sendall(sent)
        talk.close()

    def _answer(self, talk: Conversation) -> None:
        with suppress(OSError, ValueError), talk.server.makefile("rb") as stream:
            while head := stream.read(5):
                body = stream.read(struct.unpack("!i", head[1:])[0] - 4)
                spoilt = self._spoilt(talk, head + body)
                if spoilt is None:
                    talk.client.sendall((head + body)[: (len(head + body) + 1) // 2])
                    break
                if not talk.silent:
                    talk.client.sendall(spoilt)
                talk.answer = b"" if head[:1] == b"Z" else talk.answer + head + body
        if not talk.silent:
            talk.close()

    def _spoilt(self, talk: Conversation, whole: bytes) -> bytes | None:
        with self._lock:
            if not self._armed:
                return whole
            number, self.codes = len(self.codes), self.codes + whole[:1]
            if self._fault is None or number != self._fault[0]:
                return whole
            (_, fault), self._fault = self._fault, None
        return fault(talk, whole)


@contextmanager
def postgres_proxy(url: str) -> Iterator[PostgresProxy]:
    """A proxy before the server of ``url`` for as long as the block lasts."""
    proxy = PostgresProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
