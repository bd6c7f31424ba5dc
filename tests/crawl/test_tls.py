"""TLS: a certificate that nobody vouches for is refused; with a known authority the pinned connection works."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.crawl.fault_server import FaultServer, feed, story
from tests.crawl.newsroom import Newsroom


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for `name`, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize(
    ("name", "is_trusted", "expected"),
    [("localhost", True, {}), ("localhost", False, {"tls": 1}), ("other.example", True, {"tls": 1})],
)
def test_certificates(tmp_path: Path, name: str, is_trusted: bool, expected: dict[str, int]) -> None:
    pem = certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with FaultServer(tls=context) as server:
        base = f"https://localhost:{server.port}"
        server.routes = {"/feed": feed([f"{base}/one"]), "/one": story("one")}
        room = Newsroom(tmp_path, [f"localhost:{server.port}"])
        if is_trusted:
            room.settings["SSL_CERT_FILE"] = str(pem)
        room.add("one", [f'{{feed: "{base}/feed"}}'], homepage=base)
        done = room.crawl()
        assert done["in_one"]["polls_failed"] == expected
        assert done["in_one"]["counts"].get("kept", 0) == (0 if expected else 1)
