"""Ctrl-C, heard at once and obeyed where a run can be gone on with."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Interrupt:
    """While the block runs, the first Ctrl-C only sets `asked`; the second one interrupts at once.

    In threads, and where somebody else handles the signal, nothing is changed.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self.asked = False
        self._wanted = wanted
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        in_main = threading.current_thread() is threading.main_thread()
        if self._wanted and in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
