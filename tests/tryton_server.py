"""A real Tryton for tests: PostgreSQL or SQLite in a folder of its own, and `trytond` on a free port.

Strategy: activating modules is the slow part, so its result (a stopped PostgreSQL cluster, or a SQLite file)
is kept outside the repository, under a digest of the installed versions; a run copies it, and each caller of
`database` gets a clone. Every process that is started here is ended here. Tryton is GPL: it runs as a server
of its own and is never imported, not even here.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MODULES = (
    "account",
    "account_invoice",
    "account_statement",
    "analytic_account",
    "analytic_invoice",
    "company",
    "currency",
    "party",
    "product",
    "purchase",
    "purchase_request",
    "purchase_requisition",
    "stock",
)
PASSWORD = "test-only-password"
TEMPLATE = "hcfin_template"
_PREPARED = "1"  # raise it when `_activate` changes
_WAIT = 90
_VERSIONS = """
import importlib.metadata as m
found = sorted((d.metadata["Name"].lower(), d.version) for d in m.distributions()
               if d.metadata["Name"].lower().startswith(("trytond", "psycopg")))
import sys, trytond
print(trytond.__version__, sys.version_info[:2], found)
"""


class NotHereError(Exception):
    """Something that a real ERP needs is not on this machine; the message says what."""


def python() -> str:
    """The interpreter that has trytond: `HCFIN_TRYTON_PYTHON`, else our own."""
    return os.environ.get("HCFIN_TRYTON_PYTHON") or sys.executable


def versions() -> str:
    """What of Tryton is installed. Raises `NotHereError` if it is not."""
    try:
        done = subprocess.run([python(), "-c", _VERSIONS], capture_output=True, text=True, timeout=60)
    except OSError:
        raise NotHereError("there is no interpreter at HCFIN_TRYTON_PYTHON") from None
    installed = done.stdout.replace("_", "-")
    if done.returncode or any(f"trytond-{name.replace('_', '-')}'" not in installed for name in MODULES):
        raise NotHereError("trytond and its modules are not installed: pip install --group erp")
    return done.stdout


def postgres_programs() -> Path | None:
    """Where PostgreSQL's own programs are (Debian keeps them off the path); None for SQLite instead."""
    if os.environ.get("HCFIN_TRYTON_BACKEND") == "sqlite" or _unprivileged() is None:
        return None
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wanted = ("initdb", "pg_ctl", "createdb")
    return next((one for one in folders if all((one / name).exists() for name in wanted)), None)


def _unprivileged() -> tuple[list[str], tuple[int, int] | None] | None:
    """How to run PostgreSQL, which refuses root: what stands before a command, and whose files they are.

    None where it cannot be run.
    """
    if os.getuid() != 0:
        return [], None
    for name in ("postgres", "nobody") if shutil.which("setpriv") else ():
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            ids = f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}"
            return ["setpriv", *ids, "--clear-groups"], (user.pw_uid, user.pw_gid)
    return None


@dataclass
class Backend:
    """Where databases live. `uri` is trytond's."""

    name: str
    folder: Path
    uri: str

    def clone(self, template: str, name: str) -> None:
        raise NotImplementedError

    def stop(self, *, keep: bool = False) -> None:
        """End what was started; `keep`: its data will be used again."""


class Sqlite(Backend):
    """One file for each database."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__("sqlite", folder, "sqlite://")

    def create(self, name: str) -> None:
        (self.folder / f"{name}.sqlite").touch()

    def clone(self, template: str, name: str) -> None:
        # A copy of the file would miss what is still in the log beside it.
        files = (self.folder / f"{one}.sqlite" for one in (template, name))
        held, made = (sqlite3.connect(path) for path in files)
        with contextlib.closing(held), contextlib.closing(made):
            held.backup(made)


class Postgres(Backend):
    """A cluster of our own: a unix socket in its folder, no port, no fsync, nobody else's data."""

    def __init__(self, folder: Path, programs: Path, *, fresh: bool) -> None:
        self.programs, self.data = programs, folder / "data"
        self.before, owner = _unprivileged() or ([], None)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        if fresh:
            self.data.mkdir()
        if owner:
            for path in [folder, self.data, *self.data.rglob("*")]:
                os.chown(path, *owner)
        self.data.chmod(0o700)
        if fresh:
            self._run(
                "initdb",
                "--username=tryton",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
                self.data,
            )
        # The socket's path is limited to about a hundred characters, so the folder must be a short one.
        options = (
            f"-k {folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        )
        self._run(
            "pg_ctl", "-D", self.data, "-w", "-t", str(_WAIT), "-l", folder / "log", "-o", options, "start"
        )
        super().__init__("postgresql", folder, f"postgresql://tryton@/?host={folder}")

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self.before, str(self.programs / program), *map(str, arguments)]
        # A server that is started keeps these open, so they must not be pipes of ours.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd="/", timeout=_WAIT
            )
            said.seek(0)
            if done.returncode:
                raise NotHereError(f"{program} failed: {said.read().decode(errors='replace').strip()[-300:]}")

    def create(self, name: str) -> None:
        self._run("createdb", "-h", self.folder, "-U", "tryton", name)

    def clone(self, template: str, name: str) -> None:
        self._run("createdb", "-h", self.folder, "-U", "tryton", "-T", template, name)

    def stop(self, *, keep: bool = False) -> None:
        how = "fast" if keep else "immediate"
        self._run("pg_ctl", "-D", self.data, "-w", "-m", how, "stop")


def _place() -> str:
    """Where databases are quick: in memory, if there is enough of it. The path is short either way."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**31:
        return str(memory)
    return "/tmp"


class Tryton:
    """Databases and servers of one test run."""

    def __init__(self) -> None:
        self.versions = versions()
        self.series = self.versions.split()[0]
        self.backend: Sqlite | Postgres
        self._servers: list[subprocess.Popen[bytes]] = []
        self.without = ""
        found = postgres_programs()
        try:
            self._start(found)
        except NotHereError as missing:
            if found is None:
                raise
            self.without = str(missing)
            self._start(None)

    def _start(self, programs: Path | None) -> None:
        """On PostgreSQL, or on SQLite without its programs. Raises `NotHereError` if it cannot be started."""
        self.programs = programs
        self.home = Path(tempfile.mkdtemp(prefix="hcfin-erp-", dir=_place()))
        self.home.chmod(0o711)  # PostgreSQL's user passes through
        try:
            self.seconds = self._prepare()
        except BaseException:
            shutil.rmtree(self.home, ignore_errors=True)
            raise

    @property
    def name(self) -> str:
        """Which Tryton on which database, and why on no other."""
        reason = f", because PostgreSQL cannot be used: {self.without}" if self.without else ""
        return f"Tryton {self.series} on {self.backend.name}{reason}"

    def _prepare(self) -> float:
        """A backend that holds the template, from the cache or made now; how long it took."""
        began = time.monotonic()
        kind = "postgresql" if self.programs else "sqlite"
        key = f"{_PREPARED} {kind} {self.programs} {MODULES} {self.versions}"
        digest = hashlib.sha256(key.encode()).hexdigest()[:16]
        base = os.environ.get("HCFIN_TRYTON_CACHE") or Path(tempfile.gettempdir()) / "hcfin-erp-cache"
        kept, held = Path(base) / f"{kind}-{digest}", self.home / "held"
        kept.parent.mkdir(parents=True, exist_ok=True)
        with (kept.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once would make it twice
            if not kept.is_dir():
                self._make(self.home / "made")
                making = kept.with_suffix(".part")
                shutil.rmtree(making, ignore_errors=True)
                shutil.copytree(self.home / "made", making, ignore=shutil.ignore_patterns(".s.*", "log"))
                making.rename(kept)
        shutil.copytree(kept, held)
        self.backend = self._backend(held, fresh=False)
        return time.monotonic() - began

    def _make(self, folder: Path) -> None:
        self.backend = self._backend(folder, fresh=True)
        try:
            self._activate()
        finally:
            self.backend.stop(keep=True)

    def _backend(self, held: Path, *, fresh: bool) -> Sqlite | Postgres:
        return Postgres(held, self.programs, fresh=fresh) if self.programs else Sqlite(held)

    def _configuration(self) -> Path:
        path = self.home / "trytond.conf"
        lines = [
            "[database]",
            f"uri = {self.backend.uri}",
            f"path = {self.backend.folder}",
            "[session]",
            "authentications = password",
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def _activate(self) -> None:
        """The template: modules, a password, currencies; no company yet."""
        self.backend.create(TEMPLATE)
        password = self.home / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        admin = Path(python()).parent / "trytond-admin"
        command = [
            str(admin),
            "-c",
            str(self._configuration()),
            "-d",
            TEMPLATE,
            "--email",
            "admin@example.org",
            "-u",
            "ir",
            "res",
        ]
        environment = {**os.environ, "TRYTONPASSFILE": str(password)}
        done = subprocess.run(
            [*command, *MODULES, "--activate-dependencies"],
            env=environment, capture_output=True, text=True, timeout=600, cwd=self.home,
        )  # fmt: skip
        if done.returncode:
            raise NotHereError(f"trytond-admin failed: {done.stderr.strip()[-300:]}")

    @contextlib.contextmanager
    def server(self, name: str, template: str = TEMPLATE) -> Iterator[str]:
        """A clone of the template, served; yields the address of its RPC, ends the server afterwards."""
        self.backend.clone(template, name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        configuration = self._configuration().read_text(encoding="utf-8")
        path = self.home / f"{name}.conf"
        path.write_text(f"{configuration}[web]\nlisten = 127.0.0.1:{port}\n", encoding="utf-8")
        program = str(Path(python()).parent / "trytond")
        log = (self.home / f"{name}.log").open("wb")
        server = subprocess.Popen(
            [program, "-c", str(path), "-d", name],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.home,
        )  # fmt: skip
        self._servers.append(server)
        try:
            self._wait(server, port, self.home / f"{name}.log")
            yield f"http://127.0.0.1:{port}/{name}"
        finally:
            self._end(server)
            log.close()

    def _wait(self, server: subprocess.Popen[bytes], port: int, log: Path) -> None:
        ends = time.monotonic() + _WAIT
        while time.monotonic() < ends and server.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_WAIT)
                body = json.dumps({"id": 0, "method": "common.server.version", "params": []})
                connection.request("POST", "/rpc/", body, {"Content-Type": "application/json"})
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.2)
        raise RuntimeError(f"trytond did not answer: {log.read_text(errors='replace')[-2000:]}")

    def _end(self, server: subprocess.Popen[bytes]) -> None:
        # Asked to end, it waits for connections that are kept alive; its database goes with it anyway.
        if server.poll() is None:
            server.kill()
        server.wait()

    def close(self) -> None:
        """End every server and remove everything but the cache."""
        for server in self._servers:
            self._end(server)
        try:
            self.backend.stop()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)


if __name__ == "__main__":  # builds the cache, or says what is missing
    tryton = Tryton()
    print(tryton.name, f"{tryton.seconds:.1f} s")  # noqa: T201
    tryton.close()
