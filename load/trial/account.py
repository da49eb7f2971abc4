"""Who the trial is at its target, from a folder of files; nothing secret is in arguments or the environment."""

from pathlib import Path

import msgspec

from trial.targets import Refused, Target


class Account(msgspec.Struct, frozen=True):
    """What is empty is not there: who has no token makes no request that needs one. `authority`: a file to trust.

    `address`: where the target is today, if that changes, as the port of a cluster on this machine does.
    """

    name: str = ""
    password: str = ""
    token: str = ""
    authority: Path | None = None
    prometheus_token: str = ""
    grafana: str = ""
    grafana_token: str = ""
    address: str = ""

    @property
    def trusted(self) -> str | bool:
        """As `requests` takes it: a file, or the authorities that everybody trusts."""
        return str(self.authority) if self.authority else True


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token, if there is one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def read_account(target: Target, folder: Path) -> Account:
    """Raises Refused when the target's users need what is not there."""
    authority = folder / "ca.crt"
    account = Account(
        name=_read(folder / "name"),
        password=_read(folder / "password"),
        token=_read(folder / "token"),
        authority=authority if authority.is_file() else None,
        prometheus_token=_read(folder / "prometheus-token"),
        grafana=_read(folder / "grafana"),
        grafana_token=_read(folder / "grafana-token"),
        address=_read(folder / "address"),
    )
    people = [kind for kind in ("reader", "operator") if target.users.get(kind)]
    if people and not (account.name and account.password):
        raise Refused(f"{folder}: {' and '.join(people)} log in: the files `name` and `password` are missing")
    if target.users.get("client") and not account.token:
        raise Refused(f"{folder}: the client has a token: the file `token` is missing")
    return account


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
