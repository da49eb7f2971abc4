from gleaner.web.views.applications import ApplicationView
from gleaner.web.views.groups import group


def view(name: str) -> ApplicationView:
    return ApplicationView(name=name, description="", parameters={}, schedule=None, overlap=False, last=None)


def test_it_works() -> None:
    """Sources come first, then reports, then what teams brought; what belongs to no kind is housekeeping."""
    names = ["retain", "team/b", "report/air", "collect/quakes", "collect/air", "my_own/x"]
    groups = group([view(name) for name in names])
    assert [(each.title, [member.name for member in each.applications]) for each in groups] == [
        ("Collect", ["collect/air", "collect/quakes"]),
        ("Reports", ["report/air"]),
        ("My own", ["my_own/x"]),
        ("Team", ["team/b"]),
        ("Housekeeping", ["retain"]),
    ]


def test_nothing_to_group() -> None:
    """Without applications there are no groups."""
    assert group([]) == []
