import pytest

from gleaner.web.words import cron_words, duration, relative, size

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("apart", "words"),
    [
        (0, "now"),
        (-999, "now"),
        (-SECOND, "1 s ago"),
        (59_999, "in 59 s"),
        (MINUTE, "in 1 min"),
        (-(HOUR - 1), "59 min ago"),
        (-2 * HOUR, "2 h ago"),
        (DAY - 1, "in 23 h"),
        (-400 * DAY, "400 d ago"),
    ],
)
def test_relative(apart: int, words: str) -> None:
    """In the largest unit that is reached, cut off: never more than there is."""
    assert relative(1_700_000_000_000 + apart, 1_700_000_000_000) == words


@pytest.mark.parametrize(
    ("millis", "words"),
    [
        (-5, "0.0 s"),
        (420, "0.4 s"),
        (9_999, "10.0 s"),
        (10_000, "10 s"),
        (38_400, "38 s"),
        (4 * MINUTE + 10_500, "4 min 10 s"),
        (2 * HOUR, "2 h"),
        (2 * HOUR + 5 * MINUTE, "2 h 5 min"),
        (3 * DAY + HOUR, "3 d 1 h"),
    ],
)
def test_duration(millis: int, words: str) -> None:
    """Two units at most."""
    assert duration(millis) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (4_200, "4.2 kB"),
        (9_960, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (31_000_000, "31 MB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_size(count: int, words: str) -> None:
    """Powers of 1000, two digits where they tell something."""
    assert size(count) == words


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/1 * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/7 * * * *", "cron */7 * * * * (Europe/Berlin)"),  # it is not evenly apart: 56 is followed by 0
        ("5 * * * *", "every hour at :05"),
        ("0 */6 * * *", "every 6 hours"),
        ("0 */5 * * *", "cron 0 */5 * * * (Europe/Berlin)"),
        ("30 6 * * *", "every day at 06:30 Europe/Berlin"),
        ("0 7 * * 1", "Mondays at 07:00 Europe/Berlin"),
        ("0 7 * * 1-5", "cron 0 7 * * 1-5 (Europe/Berlin)"),
        ("0 7 1 * *", "cron 0 7 1 * * (Europe/Berlin)"),
        ("1,31 * * * *", "cron 1,31 * * * * (Europe/Berlin)"),
        ("0 0 12 * * *", "cron 0 0 12 * * * (Europe/Berlin)"),
    ],
)
def test_cron(cron: str, words: str) -> None:
    """The common ones in words, every other one as it is written, with its zone."""
    assert cron_words(cron, "Europe/Berlin") == words
