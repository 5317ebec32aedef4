"""The certificates that functions verify PostgreSQL with (layers/dependencies/rds-ca.pem)."""

import hashlib
import ssl
from datetime import UTC, timedelta
from pathlib import Path

from cryptography import x509

from kith.clock import now

FOLDER = Path(__file__).parents[2] / "layers/dependencies"
BUNDLE = FOLDER / "rds-ca.pem"


def test_the_bundle_is_the_one_that_was_checked() -> None:
    digest, name = (FOLDER / "rds-ca.pem.sha256").read_text().split()
    assert name == BUNDLE.name
    assert hashlib.sha256(BUNDLE.read_bytes()).hexdigest() == digest


def test_it_holds_roots_of_amazon_that_will_not_expire_soon() -> None:
    roots = x509.load_pem_x509_certificates(BUNDLE.read_bytes())
    for root in roots:
        assert root.subject == root.issuer
        assert "Amazon" in root.subject.rfc4514_string()
        assert root.not_valid_after_utc > now().astimezone(UTC) + timedelta(days=365)
    names = [root.subject.rfc4514_string() for root in roots]
    assert sum("Amazon RDS" in name for name in names) >= 27
    assert sum("Amazon Root CA" in name for name in names) == 4  # RDS Proxy's


def test_python_takes_it() -> None:
    context = ssl.create_default_context(cafile=str(BUNDLE))
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
