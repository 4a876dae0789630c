"""How to make a browser or a system trust the mock's authority, and how to take that back."""

import shlex
from pathlib import Path

from talentlms_mock.hosts import VENDOR_SUFFIX

_NAME = "talentlms-mock authority"

_HINT = """\
Programs need no more than the path of the certificate; the lines below are for browsers, and for
programs that ask the system. What is trusted by them may speak for {vendor}, localhost,
this machine's loopback addresses, and a host that --host named, for nobody else. It is good for a
year: after that the file holds a new one, which is to be trusted again.

macOS (Safari, Chrome, Edge, and programs that ask the system)
  trust    security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db {posix}
  undo     security delete-certificate -t -c {name}

Windows (Chrome, Edge, and programs that ask the system)
  trust    certutil -user -addstore Root {windows}
  undo     certutil -user -delstore Root {name}

Linux, the system (curl, wget, and programs that ask the system)
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
    """Return the commands for each platform that trust the certificate in `ca_file`."""
    return _HINT.format(
        vendor=f"*{VENDOR_SUFFIX}",
        plain=ca_file,
        posix=shlex.quote(str(ca_file)),
        windows=f'"{ca_file}"',
        name=f'"{_NAME}"',
    )
