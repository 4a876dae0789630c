"""How to make a browser or a system trust the mock's authority, and how to undo that."""

import shlex
from pathlib import Path

from talentlms_mock.hosts import VENDOR_SUFFIX

_NAME = "talentlms-mock authority"

_HINT = """\
Most programs need only the path of the certificate. The commands below are for browsers, and for
programs that use the system's authorities. The authority can sign only for {vendor},
localhost, the loopback addresses of this machine and the host given with --host. It is valid for
one year. Then the file holds a new certificate, which must be trusted again.

macOS (Safari, Chrome, Edge, and programs that use the system's authorities)
  trust    security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db {posix}
  undo     security delete-certificate -t -c {name}

Windows (Chrome, Edge, and programs that use the system's authorities)
  trust    certutil -user -addstore Root {windows}
  undo     certutil -user -delstore Root {name}

Linux, the system (curl, wget, and programs that use the system's authorities)
  Debian, Ubuntu, Alpine
  trust    sudo cp {posix} /usr/local/share/ca-certificates/talentlms-mock.crt
           sudo update-ca-certificates
  undo     sudo rm /usr/local/share/ca-certificates/talentlms-mock.crt
           sudo update-ca-certificates --fresh
  Fedora, RHEL, Arch
  trust    sudo trust anchor {posix}
  undo     sudo trust anchor --remove {posix}

Linux, Chrome and Chromium (certutil is in libnss3-tools or nss-tools)
  trust    certutil -d sql:"$HOME/.pki/nssdb" -A -t C,, -n {name} -i {posix}
  undo     certutil -d sql:"$HOME/.pki/nssdb" -D -n {name}

Firefox, everywhere
  trust    Settings > Privacy & Security > Certificates > View Certificates > Authorities > Import,
           choose {plain}
           and tick "Trust this CA to identify websites"
  undo     in the same list: talentlms-mock > Delete or Distrust
"""


def install_hint(ca_file: Path) -> str:
    """Return the commands that trust the certificate in `ca_file`, for each platform."""
    return _HINT.format(
        vendor=f"*{VENDOR_SUFFIX}",
        plain=ca_file,
        posix=shlex.quote(str(ca_file)),
        windows=f'"{ca_file}"',
        name=f'"{_NAME}"',
    )
