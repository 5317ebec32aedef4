"""Becomes another program that ends when its parent does: `launch.py PARENT SIGNAL USER COMMAND…`.

A program of its own, because between fork and exec a process with threads must not run Python.
It imports nothing of ours, so that it costs only some milliseconds (`python -I -S`).
Only Linux tells a child of its parent's death; elsewhere the next start clears up what was left.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_SET_SECUREBITS = 1, 8, 28
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
# Without this bit access(2), by which initdb looks for its programs, ignores capabilities.
_SECBIT_NO_SETUID_FIXUP = 4
_CAP_DAC_OVERRIDE = 1
_CAPABILITIES_VERSION_3 = 0x20080522


def main(parent: str, signal_number: str, user: str, *command: str) -> None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if user:
        _step_down(libc, user)
    if libc:
        libc.prctl(_PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _step_down(libc: ctypes.CDLL | None, user: str) -> None:
    """Stop being root, but go on reading below folders that only root may enter.

    A clone under /root is the usual case in a container. The one capability that opens the way is
    kept instead of loosening the permissions of somebody's folders.
    """
    import pwd

    account = pwd.getpwnam(user)
    if libc:
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
    os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
    if libc:
        _keep_the_right_to_read(libc)


def _keep_the_right_to_read(libc: ctypes.CDLL) -> None:
    mask = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION_3, 0)
    if libc.capset(header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)):
        # Not even root has it here: then with nothing, and what it cannot read it will say.
        libc.capset(header, (ctypes.c_uint32 * 6)())
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
