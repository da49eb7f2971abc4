"""What can be asked for, and what does not go together."""

import pytest

from trial.options import check, parser
from trial.targets import Refused


@pytest.mark.parametrize(
    "asked",
    [
        ["--workers", "0"],
        ["--workers", "two"],
        ["--worker", "master"],
        ["--worker", "master:0"],
        ["--worker", "master:70000"],
        ["--bind", ":5557"],
        ["--workers", "2", "--worker", "master:5557"],
        ["--workers", "2", "--expect-workers", "2"],
    ],
)
def test_a_mistake_is_one(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with the code for a call that cannot be done, before anything is touched."""
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["--target", "local", *asked])
    assert ended.value.code == 2
    assert asked[0] in capsys.readouterr().err


@pytest.mark.parametrize("asked", [["--expect-workers", "2"], ["--bind", "*:5557"]])
def test_workers_from_elsewhere_come_to_an_address(asked: list[str]) -> None:
    """It is said, since whoever reaches it can be a worker."""
    with pytest.raises(Refused, match="go together"):
        check(parser().parse_args(["--target", "local", *asked]))


def test_workers_from_elsewhere() -> None:
    options = parser().parse_args(["--target", "local", "--expect-workers", "2", "--bind", "*:5557"])
    check(options)
    assert (options.expect_workers, options.bind) == (2, ("*", 5557))
