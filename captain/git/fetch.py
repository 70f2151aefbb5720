"""Fetches the newest commit of a branch, and packs it: shallow, without submodules, from a public address, bounded."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import certifi

from captain.builds.context import Fetched
from captain.errors import CaptainError
from captain.git.address import Address, parse_address, reachable
from captain.git.command import MOST_PUSH_BYTES, environment, git
from captain.git.keys import Keys, der, private_file
from captain.git.origin import Origin
from captain.git.repositories import Repositories

WITHIN_SECONDS = 180.0
_OWN_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_LAST_LINES, _LAST_BYTES = 5, 4096
_PUBLIC_BYTES = 32


class Fetching:
    """Fetches of one captain."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        """`folder` is on a disk with room, and nobody else's: what a killed captain left in it is taken away."""
        self._folder = folder
        self._keys = keys
        shutil.rmtree(folder, ignore_errors=True)

    def fetched(self, app: str, origin: Origin, say: Callable[[str], object]) -> Fetched:
        """The branch as it is now. `CaptainError` says why it cannot be had."""
        address = parse_address(origin.repository)
        ip = reachable(address, addresses_of(address), origin.may_be_private)
        say(f"fetching {origin.branch} of {address}")
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            folder = Path(made)
            repositories = Repositories(folder)
            path = repositories.open(app)
            ref = f"refs/heads/{origin.branch}"
            known_hosts = folder / "known_hosts"
            known_hosts.write_text(origin.host_keys)
            if address.scheme == "ssh":
                how = self._over_ssh(folder, app, origin, address, ip, known_hosts)
            else:
                how = _over_http(address, ip)
            options = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules")
            _run(path, ("fetch", *options, str(address), f"+{ref}:{ref}"), how)
            commit = repositories.branch(app, ref)
            say(f"{origin.branch} is at {commit}")
            return Fetched(repositories.packed(app, commit, {}), commit, known_hosts.read_text())

    def public_key(self, app: str, number: int) -> bytes:
        """Of the app's deploy key: 32 bytes."""
        return _public(self._keys.seed(app, number))

    def _over_ssh(
        self, folder: Path, app: str, origin: Origin, address: Address, ip: str, known_hosts: Path
    ) -> Mapping[str, str]:
        seed = self._keys.seed(app, origin.number)
        key = folder / "key"
        key.touch(mode=0o600)
        key.write_text(private_file(seed, _public(seed)))
        options = {
            "BatchMode": "yes",
            "ConnectTimeout": "15",
            "GlobalKnownHostsFile": "/dev/null",
            "HostKeyAlias": address.host,
            "HostName": ip,
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "StrictHostKeyChecking": "yes" if origin.host_keys else "accept-new",
            "UserKnownHostsFile": str(known_hosts),
        }
        words = " ".join(f"-o {name}={value}" for name, value in options.items())
        return {
            "GIT_ALLOW_PROTOCOL": "ssh",
            "GIT_SSH_COMMAND": f"ssh -F /dev/null -i {key} {words}",
            "GIT_SSH_VARIANT": "ssh",
        }


def addresses_of(address: Address) -> Sequence[str]:
    """The IP addresses of its host. `CaptainError` where nobody knows it."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CaptainError(f"{address.host} is not found: {error}.") from error
    return [str(entry[4][0]) for entry in found]


def _over_http(address: Address, ip: str) -> Mapping[str, str]:
    """To that address and no other, whatever the name leads to a moment later, and wherever the server sends on to."""
    at = f"[{ip}]" if ":" in ip else ip
    authorities = _OWN_AUTHORITIES if _OWN_AUTHORITIES.exists() else certifi.where()
    return {
        "GIT_ALLOW_PROTOCOL": address.scheme,
        "http.curloptResolve": f"{address.host}:{address.port}:{at}",
        "http.followRedirects": "false",
        "http.sslCAInfo": str(authorities),
    }


def _run(folder: Path, words: Sequence[str], how: Mapping[str, str]) -> None:
    """git with settings (with a dot in their names) and variables; all that it began ends with its time."""
    settings = [part for name, value in how.items() if "." in name for part in ("-c", f"{name}={value}")]
    variables = environment({name: value for name, value in how.items() if "." not in name})
    limited = git(*settings, *words, most_file_bytes=MOST_PUSH_BYTES)
    # What it says goes to a file, which has the limit of all that it writes: the server may say as much as it likes.
    with tempfile.TemporaryFile(dir=folder) as said:
        with subprocess.Popen(  # noqa: S603  (no shell)
            limited,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        ) as running:
            try:
                running.wait(WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                raise CaptainError(
                    f"git did not fetch it within {WITHIN_SECONDS:g} s: is it too large, or too far?"
                ) from None
            finally:
                if running.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(running.pid, signal.SIGKILL)
        if running.returncode == 0:
            return
        said.seek(max(0, said.seek(0, os.SEEK_END) - _LAST_BYTES))
        lines = said.read().decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
    raise CaptainError("git cannot fetch it: " + (" ".join(lines) or f"it ended with {running.returncode}"))


def _public(seed: bytes) -> bytes:
    words = ("openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER")
    done = subprocess.run(words, input=der(seed), capture_output=True, check=True, timeout=30)  # noqa: S603  (no shell)
    return done.stdout[-_PUBLIC_BYTES:]
