"""Several files at the same time, with the pieces of each in the order of the files.

Strategy: each process works on one file at a time and sends its pieces through a pipe of its own. The pieces
of the file whose turn it is are handed on at once; those of later files wait here, in memory, for they may be
patient data. When too many wait, the pipes of later files are not read, and their processes wait too. So
memory is bounded whatever the sizes, and nothing ever waits for a file that is not being worked on.

Processes are spawned, not forked: they inherit no open pipes, so that each sees at once when another is gone.
Ctrl-C is for the process that started them, which ends them.
"""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from hcfin.cli.pieces import Ended, Job, Piece, Text, pieces_of
from hcfin.cli.progress import Meter
from hcfin.cli.sources import Source
from hcfin.errors import HcfinError

MOST_PROCESSES = 60  # Windows waits for at most 63 things at a time
_BATCH = 1 << 18  # characters in one message
_WINDOW = 1 << 25  # characters of files whose turn has not come
_AHEAD = 100  # files whose turn has not come


class Fault(NamedTuple):
    """The last piece of a file that ends the command."""

    text: str


Message = Piece | Fault


def work(job: Job, connection: Connection) -> None:
    """What a process does: sources come in, lists of messages go out, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            source = connection.recv()
            for batch in _batches(job, source):
                connection.send(batch)
    except (EOFError, ConnectionError):
        pass


def _batches(job: Job, source: Source) -> Iterator[list[Message]]:
    batch: list[Message] = []
    size = 0
    try:
        for piece in pieces_of(job, source, Meter()):
            for part in _cut(piece):
                batch.append(part)
                size += _length(part)
                if size >= _BATCH:
                    yield batch
                    batch, size = [], 0
    except HcfinError as error:
        batch.append(Fault(str(error)))
    yield batch


def _cut(piece: Piece) -> Iterator[Piece]:
    if isinstance(piece, Ended) or len(piece.text) <= _BATCH:
        yield piece
    else:
        for start in range(0, len(piece.text), _BATCH):
            yield Text(piece.to, piece.text[start : start + _BATCH])


def _length(message: Message) -> int:
    return 0 if isinstance(message, Ended) else len(message.text)


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    source: Source | None = None


class _Pool:
    def __init__(self, job: Job, sources: Sequence[Source], processes: int, done: Callable[[Source], None]):
        self.done = done
        self.turn = 0
        self.queue = deque(source for source in sources if not source.is_ours_alone)
        self.waiting: dict[int, deque[Message]] = {source.number: deque() for source in sources}
        self.held = 0
        self.workers: list[_Worker] = []
        try:
            with _without_interrupts():
                for _ in range(processes):
                    self.workers.append(_started(job))
        except OSError as error:
            reason = error.strerror or "no more processes"
        else:
            return
        self.close(at_once=True)
        raise HcfinError(f"cannot start {processes} processes: {reason}; try fewer --jobs")

    def taken(self, number: int) -> Iterator[Piece]:
        """The pieces of a file, as they come."""
        self.turn = number
        waiting = self.waiting[number]
        while True:
            while waiting:
                message = waiting.popleft()
                self.held -= _length(message)
                if isinstance(message, Fault):
                    raise HcfinError(message.text)
                yield message
                if isinstance(message, Ended):
                    del self.waiting[number]
                    return
            self.pump(None)

    def pump(self, timeout: float | None) -> None:
        """Give work to whoever has none, and take what has come; wait for it up to that many seconds."""
        for worker in self.workers:
            if worker.source is None and self.queue and self._may_start(self.queue[0]):
                worker.source = self.queue.popleft()
                try:
                    worker.connection.send(worker.source)
                except OSError:
                    self._lost(worker, worker.source)
        watched: dict[Any, tuple[_Worker, Source]] = {}
        for worker in self.workers:
            source = worker.source
            if source and (source.number == self.turn or self.held < _WINDOW):
                watched[worker.connection] = watched[worker.process.sentinel] = worker, source
        ready = wait(list(watched), timeout) if watched else []
        for worker, source in {watched[thing] for thing in ready}:
            self._receive(worker, source)

    def _may_start(self, source: Source) -> bool:
        return self.held < _WINDOW and source.number - self.turn <= _AHEAD

    def _receive(self, worker: _Worker, source: Source) -> None:
        try:
            if not worker.connection.poll():
                raise EOFError
            messages: list[Message] = worker.connection.recv()
        except (EOFError, OSError):
            self._lost(worker, source)
            return
        self.waiting[source.number].extend(messages)
        self.held += sum(map(_length, messages))
        if isinstance(messages[-1], Ended | Fault):
            worker.source = None
            self.done(source)

    def _lost(self, worker: _Worker, source: Source) -> None:
        """A process has ended in the middle of a file: killed, or out of memory."""
        self.workers = [other for other in self.workers if other is not worker]
        worker.connection.close()
        worker.process.join(5)
        fault = Fault(
            f"file {source.number} of {source.count} is not done: the process that worked on it ended "
            f"with {worker.process.exitcode}; where memory ran out, fewer --jobs help"
        )
        self.held += len(fault.text)
        self.waiting[source.number].append(fault)

    def close(self, at_once: bool) -> None:
        """End the processes; without `at_once`, by telling them that there is no more to do."""
        for worker in self.workers:
            worker.connection.close()
            if at_once:
                worker.process.terminate()
        for worker in self.workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


def pooled(
    job: Job, sources: Sequence[Source], processes: int, done: Callable[[Source], None]
) -> Generator[Piece, None, None]:
    """What a job has to say about each source, in their order, made by several processes.

    Standard input and the like are worked on here, when their turn comes. `done` is called for each source
    that is finished. Raises `HcfinError` in the turn of the file that caused it.
    """
    pool = _Pool(job, sources, min(processes, MOST_PROCESSES), done)
    at_once = True
    try:
        for source in sources:
            if source.is_ours_alone:
                pool.turn = source.number
                for piece in pieces_of(job, source, Meter()):
                    pool.pump(0)
                    yield piece
                done(source)
            else:
                yield from pool.taken(source.number)
        at_once = False
    finally:
        pool.close(at_once)


def _started(job: Job) -> _Worker:
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(job, there), daemon=True)
    process.start()
    there.close()
    return _Worker(process, here)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started inside never see Ctrl-C, not even while they start."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Processes inherit what is blocked. The first would start this helper, which unblocks the signal again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
