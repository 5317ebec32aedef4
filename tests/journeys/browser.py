"""A real browser without a screen: Chromium, spoken to through a pipe."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final

from tests.waiting import wait_until

PROGRAM: Final = shutil.which("chromium") or shutil.which("google-chrome")
_SIZES: Final = {"phone": (390, 780), "desktop": (1200, 800)}


class Browser:
    """One tab. Pages are looked at through the protocol, also where their scripts may not run.

    Attributes:
        requested: the addresses that were asked for, by whatever page.
        complaints: errors and warnings of the console, and exceptions of scripts.
    """

    def __init__(self, write: int, read: int, *, scripts: bool) -> None:
        self._loaded = 0  # pages
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self._write, self._read, self._ids = write, read, count(1)
        self._heard = b""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "DOM", "Network", "Log", "Runtime"):
            self._tell(f"{domain}.enable")
        self._tell("Emulation.setScriptExecutionDisabled", value=not scripts)

    def wear(self, size: str, scheme: str) -> None:
        """Be a ``phone`` or a ``desktop``, ``light`` or ``dark``."""
        width, height = _SIZES[size]
        self._tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size == "phone",
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._tell("Emulation.setEmulatedMedia", features=[feature])

    def open(self, address: str) -> None:
        loaded = self._loaded
        self._tell("Page.navigate", url=address)
        self._wait_for_page_after(loaded)

    def add_authenticator(self) -> None:
        """A virtual authenticator that keeps passkeys, verifies its user, and is always at hand."""
        self._tell("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._tell("WebAuthn.addVirtualAuthenticator", options=options)

    def type(self, text: str) -> None:
        """Into the field that the page itself focuses, once it is there."""
        wait_until(lambda: self._find(":focus"))
        self._tell("Input.insertText", text=text)

    def press(self, selector: str) -> None:
        """Click the middle of an element, and wait for the page that follows."""
        box = self._tell("DOM.getBoxModel", nodeId=self._node(selector))["model"]["content"]
        x, y = (box[0] + box[4]) / 2, (box[1] + box[5]) / 2
        loaded = self._loaded
        for kind in ("mousePressed", "mouseReleased"):
            self._tell("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self._wait_for_page_after(loaded)

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page; a promise is awaited."""
        options = {"returnByValue": True, "awaitPromise": True}
        answer = self._tell("Runtime.evaluate", expression=script, **options)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Until an expression is true in the page."""
        wait_until(lambda: self.evaluate(f"Boolean({script})"))

    def cookies(self, address: str) -> dict[str, dict[str, Any]]:
        """What the browser would send there, scripts' eyes or not, by name."""
        found = self._tell("Network.getCookies", urls=[address])["cookies"]
        return {cookie["name"]: cookie for cookie in found}

    def text(self) -> str:
        html: str = self._tell("DOM.getOuterHTML", nodeId=self._node("main"))["outerHTML"]
        return html

    def overflows(self) -> bool:
        """Whether somebody would have to scroll sideways."""
        sizes = self._tell("Page.getLayoutMetrics")
        return bool(sizes["cssContentSize"]["width"] > sizes["cssLayoutViewport"]["clientWidth"])

    def screenshot(self) -> bytes:
        """What is to be seen, as PNG."""
        return base64.b64decode(self._tell("Page.captureScreenshot")["data"])

    def picture(self, file: Path) -> None:
        file.write_bytes(self.screenshot())

    def _node(self, selector: str) -> int:
        found = self._find(selector)
        assert found, selector
        return found

    def _find(self, selector: str) -> int:
        """Zero: there is no such element."""
        root = self._tell("DOM.getDocument")["root"]["nodeId"]
        found: int = self._tell("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        return found

    def _tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._ask(method, self._session, **parameters)

    def _ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        command = {"id": number, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self._write, json.dumps(command).encode() + b"\0")
        while (answer := self._hear()).get("id") != number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _wait_for_page_after(self, loaded: int) -> None:
        """Until one more page is loaded, perhaps while an answer was waited for."""
        while self._loaded == loaded:
            self._hear()

    def _hear(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            more = os.read(self._read, 65536)
            assert more, "the browser hung up"
            self._heard += more
        message, _, self._heard = self._heard.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        self._note(heard.get("method"), heard.get("params", {}))
        return heard

    def _note(self, event: str | None, details: dict[str, Any]) -> None:
        if event == "Page.loadEventFired":
            self._loaded += 1
        elif event == "Network.requestWillBeSent":
            self.requested.append(details["request"]["url"])
        elif event == "Log.entryAdded" and details["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(f"{details['entry']['text']} {details['entry'].get('url', '')}")
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(str(details["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and details["type"] in {"error", "warning"}:
            self.complaints.append(str(details["args"]))


@contextmanager
def running(directory: Path, *, scripts: bool = False) -> Iterator[Browser]:
    """A browser with a profile of its own, ended with the block; scripts run only if wanted."""
    assert PROGRAM
    from_us, to_it = os.pipe()
    from_it, to_us = os.pipe()
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={directory}"]
    # The protocol is spoken on the descriptors 3 and 4, which a shell puts into place.
    shell = f'exec "$0" "$@" 3<&{from_us} 4>&{to_us}'
    process = subprocess.Popen(
        ["/bin/bash", "-c", shell, PROGRAM, "--remote-debugging-pipe", *options, "about:blank"],
        pass_fds=(from_us, to_us),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(from_us)
    os.close(to_us)
    try:
        yield Browser(to_it, from_it, scripts=scripts)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        os.close(to_it)
        os.close(from_it)
