"""Settings for PHP, whose HTTP clients read no environment variable that names authorities."""

from pathlib import Path

from talentlms_mock.paths import cannot_write, private_directory, write_whole


def php_ini_directory(bundle: Path) -> Path:
    """Return a directory whose one ini file makes PHP trust `bundle`; make it where it is missing.

    Raises:
        SetupError: it cannot be written.
    """
    directory = private_directory(bundle.parent / "php")
    file = directory / "talentlms-mock.ini"
    content = f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n'.encode()
    try:
        if not file.exists() or file.read_bytes() != content:
            write_whole(file, content, mode=0o644)
    except OSError as error:
        raise cannot_write(file, error) from None
    return directory
