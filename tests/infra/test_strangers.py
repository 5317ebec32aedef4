"""A database that RDS did not certify is not spoken to, whatever it claims to be."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.exc import DBAPIError

from kith.clock import now
from kith.database.engine import make_engine

BUNDLE = Path(__file__).parents[2] / "layers/dependencies/rds-ca.pem"
SSL_REQUEST = 8


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Its port, and what it was told after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "certificate.pem"))
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener, context, heard))
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(10)


def serve(listener: socket.socket, context: ssl.SSLContext, heard: list[bytes]) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(SSL_REQUEST)
        connection.sendall(b"S")
        with suppress(ssl.SSLError, OSError), context.wrap_socket(connection, True) as secured:
            heard.append(secured.recv(100))


def self_signed(file: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(pem))
    return file


def test_an_impostor_hears_nothing(impostor: tuple[int, list[bytes]]) -> None:
    port, heard = impostor
    engine = make_engine(
        f"postgresql://kith:secret@localhost:{port}/kith?sslmode=verify-full&sslrootcert={BUNDLE}"
    )

    with pytest.raises((DBAPIError, OSError), match="CERTIFICATE_VERIFY_FAILED"):
        engine.connect()

    assert not any(heard)
    engine.dispose()
