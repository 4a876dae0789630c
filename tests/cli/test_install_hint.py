"""How to trust the authority: each platform has its commands, with the path as it has to be."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.x509.oid import NameOID

from talentlms_mock.cli.install_hint import install_hint
from talentlms_mock.cli.main import main
from talentlms_mock.tls.contexts import ca_file


@pytest.mark.parametrize(
    "line",
    [
        "security add-trusted-cert -r trustRoot "
        "-k ~/Library/Keychains/login.keychain-db '/a b/ca.pem'",
        'certutil -user -addstore Root "/a b/ca.pem"',
        "sudo cp '/a b/ca.pem' /usr/local/share/ca-certificates/talentlms-mock.crt",
        "sudo trust anchor '/a b/ca.pem'",
        'certutil -d sql:"$HOME/.pki/nssdb" -A -t C,, '
        "-n \"talentlms-mock authority\" -i '/a b/ca.pem'",
        "choose /a b/ca.pem",
    ],
    ids=["macOS", "Windows", "Debian", "Fedora", "Chrome on Linux", "Firefox"],
)
def test_each_platform_has_its_command(line: str) -> None:
    assert line in install_hint(Path("/a b/ca.pem"))


def test_the_authority_is_named_as_its_certificate_says() -> None:
    certificate = x509.load_pem_x509_certificate(ca_file().read_bytes())
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert f'security delete-certificate -t -c "{name.value!s}"' in install_hint(ca_file())


def test_the_command_prints_it() -> None:
    done = CliRunner().invoke(main, ["ca", "--install-hint"])
    assert (done.exit_code, done.output) == (0, install_hint(ca_file()) + "\n")


def test_the_command_prints_the_path_alone_without_it() -> None:
    done = CliRunner().invoke(main, ["ca"])
    assert (done.exit_code, done.output) == (0, f"{ca_file()}\n")
