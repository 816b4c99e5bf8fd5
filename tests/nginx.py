"""The real nginx with the site file that ships, for tests: its ports, paths and certificate replaced."""

import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from procure.kernel.clock import SystemClock
from tests.served import PATIENCE, ROOT, Visitor, free_port

SITE = ROOT / "script/deploy/nginx.conf"
UNPACKED = ROOT / ".deps/nginx"
NAME = "localhost"

#: What Debian's /etc/nginx/nginx.conf has around a site file, without a service's fixed places.
AROUND = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    include {types};
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/site.conf;
}}
"""


@dataclass
class Front:
    """nginx in front of a site: where it speaks TLS and plain text, and what to trust."""

    secure_port: int
    plain_port: int
    trust: ssl.SSLContext

    def visitor(self, address: str, **headers: str) -> Visitor:
        """Somebody who comes from this address of the machine."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return Visitor(NAME, self.secure_port, self.trust, told, address=address)


def program() -> Path:
    """The program; raises FileNotFoundError where set-up could not fetch it."""
    found = shutil.which("nginx") or UNPACKED / "usr/sbin/nginx"
    if not Path(found).is_file():
        raise FileNotFoundError("nginx is not there: run script/test with a network.")
    return Path(found)


def _certificate(folder: Path) -> None:
    """A certificate for this machine that is its own authority, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = SystemClock().now()
    names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _site(folder: Path, upstream: int, secure: int, plain: int) -> str:
    """The shipped file with this test's values; each must be found in it."""
    text = SITE.read_text(encoding="utf-8")
    for shipped, here in {
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{secure} ssl",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "procure.example.gov.cn": NAME,
        "/etc/ssl/procure/": f"{folder}/",
        "/opt/procure/static/": f"{ROOT}/static/",
    }.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    return text


@contextmanager
def in_front_of(upstream: int, folder: Path) -> Iterator[Front]:
    """Run nginx in front of a port until the block ends."""
    folder.mkdir()
    secure, plain = free_port(), free_port()
    _certificate(folder)
    (folder / "site.conf").write_text(_site(folder, upstream, secure, plain), encoding="utf-8")
    types = next(
        path
        for path in (UNPACKED / "etc/nginx/mime.types", Path("/etc/nginx/mime.types"))
        if path.is_file()
    )
    # Its workers would else be nobody, who may not read a test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, types=types, user=user))
    process = subprocess.Popen(
        [program(), "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"],
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(process, secure)
        yield Front(secure, plain, ssl.create_default_context(cafile=folder / "fullchain.pem"))
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, "nginx ended by itself"
            assert time.monotonic() < patience, "nginx does not listen"
            time.sleep(0.05)
