"""Writing what was found out: the quirks into a config file, the corrections into one beside it."""

from pathlib import Path

import tomlkit
from tomlkit.items import Table

from talentlms_mock.errors import SetupError
from talentlms_mock.paths import write_whole
from talentlms_mock.portal.contract.corrections import Corrections
from talentlms_mock.portal.state.settings import QUIRKS
from talentlms_mock.verify import correcting
from talentlms_mock.verify.verification import Verification

_READABLE = 0o644


def corrections_path(config: Path) -> Path:
    """Return where the corrections beside a config file are: `talentlms-mock.corrections.toml`."""
    return config.with_suffix(".corrections.toml")


def write(config: Path, found: Verification, former: Corrections | None) -> list[Path]:
    """Write both files, and return their paths.

    What the config file has besides is kept, its comments too.

    Args:
        config: the file that `serve --config` reads.
        found: what was verified.
        former: the corrections that the mock applied already; they are kept.

    Raises:
        SetupError: a file cannot be read or written.
    """
    beside = corrections_path(config)
    texts = {config: _config(config, beside, found), beside: _corrections(found, former)}
    for path, text in texts.items():
        try:
            write_whole(path, text.encode(), mode=_READABLE)
        except OSError as error:
            raise SetupError(f"Cannot write {path}: {error.strerror}.") from None
    return list(texts)


def _config(path: Path, beside: Path, found: Verification) -> str:
    document = _existing(path)
    document["corrections"] = str(beside)
    quirks = document.get("quirks")
    if not isinstance(quirks, Table):
        quirks = tomlkit.table()
        document["quirks"] = quirks
    for each in found.decisions:
        if each.value is not None:
            quirks[each.name] = each.value
    for each in found.decisions:
        if each.value is None and each.name not in quirks:
            values = " or ".join(QUIRKS[each.name].values)
            line = f'{each.name} = "{each.before}" # {values}: not decided, nothing seen shows it'
            if line not in quirks.as_string():
                quirks.add(tomlkit.comment(line))
    return tomlkit.dumps(document)


def _existing(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except OSError as error:
        raise SetupError(f"Cannot read {path}: {error.strerror}.") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise SetupError(f"{path} is not a TOML file: {error}.") from None


def _corrections(found: Verification, former: Corrections | None) -> str:
    document = tomlkit.document()
    document.add(tomlkit.comment("What differs from the mock without a quirk for it."))
    document.add(tomlkit.comment(f"Verified with {found.source}."))
    document["verified"] = found.day
    both = correcting.in_order([*(former.correction if former else ()), *found.corrections])
    tables = tomlkit.aot()
    for each in both:
        table = tomlkit.table()
        table.update(each.model_dump(exclude_defaults=True))
        tables.append(table)
    if both:
        document["correction"] = tables
    return tomlkit.dumps(document)
