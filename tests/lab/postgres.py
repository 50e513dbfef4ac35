"""Where does a PostgreSQL come from? The machine's own binaries, installed if need be, on a private folder and port."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from . import Unavailable
from .daemon import Daemon
from .ports import free_port

# For tests, which can do without what a power cut takes, and for benches, which must not.
FAST = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200"]
DURABLE = ["fsync=on", "full_page_writes=on", "synchronous_commit=on", "max_connections=200"]


class Postgres:
    """A database server for one test run. PostgreSQL refuses to run as root, so root lends it to another user."""

    def __init__(self, folder: Path, settings: list[str] = FAST):
        self.binaries = binaries()
        self.settings = settings
        self.user = unprivileged_user()
        self.folder = folder
        self.port = free_port()
        self.url = f"postgres://tidegate@127.0.0.1:{self.port}/postgres"
        folder.mkdir(parents=True)
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        self._make_cluster()
        self.daemon: Daemon | None = None

    def start(self) -> "Postgres":
        listen = ["-h", "127.0.0.1", "-p", self.port, "-k", self.folder]
        settings = [part for setting in self.settings for part in ("-c", setting)]
        command = [self.binaries / "postgres", "-D", self.folder / "data", *listen, *settings]
        self.daemon = Daemon("PostgreSQL", command, self.folder / "postgres.log", **self._as_user())
        try:
            self.daemon.wait_until(self._answers, seconds=60)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        if self.daemon:
            self.daemon.stop(grace=20)

    def _make_cluster(self) -> None:
        options = ["-U", "tidegate", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        command = [self.binaries / "initdb", "-D", self.folder / "data", *options]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=self.folder, **self._as_user()
        )
        if done.returncode != 0:
            raise RuntimeError(f"PostgreSQL's cluster could not be made:\n{done.stdout}{done.stderr}")

    def _answers(self) -> bool:
        command = [self.binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, stdin=subprocess.DEVNULL).returncode == 0

    def _as_user(self) -> dict:
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}


def binaries() -> Path:
    """The newest installation's `bin`, after an attempt to install one where there is none."""
    found = installed()
    if found is None:
        install()
        found = installed()
    if found is None:
        raise Unavailable("PostgreSQL's server (initdb, postgres) is not installed")
    return found


def installed() -> Path | None:
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def install() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unavailable("PostgreSQL's server is not installed, and only root can install it, with apt-get")
    print("Installing PostgreSQL ...", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "postgresql"]):
        done = subprocess.run(
            ["apt-get", *command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        if done.returncode != 0:
            raise Unavailable(f"`apt-get {' '.join(command)}` failed, so there is no PostgreSQL")


def unprivileged_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as")
