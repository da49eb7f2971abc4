"""The mix of requests is that of the load tests' users."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from model.mix import LOG_IN, TASKS, UNCHANGED, mix

USERS = Path(__file__).parents[1] / "trial" / "users.py"
ELSEWHERE = {"log-in page", LOG_IN, "cancel", "one report"}  # once a session, or only where there is something


def written() -> dict[str, tuple[int, Counter[str]]]:
    """Of each kind of user: the weights of its tasks together, and how much each endpoint's name weighs there."""
    classes = [node for node in ast.parse(USERS.read_text()).body if isinstance(node, ast.ClassDef)]
    found = {}
    for each in classes:
        tasks = [node for node in each.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
        weighed = {task: weight for task in tasks if (weight := weight_of(task))}
        if weighed:
            names: Counter[str] = Counter()
            for task, weight in weighed.items():
                for name in names_in(task):
                    names[name] += weight
            found[each.name.lower()] = sum(weighed.values()), names
    return found


def weight_of(task: ast.FunctionDef) -> int:
    (decorator,) = task.decorator_list
    if isinstance(decorator, ast.Name) and decorator.id == "task":
        return 1
    if isinstance(decorator, ast.Call) and isinstance(decorator.args[0], ast.Constant):
        return int(decorator.args[0].value)
    return 0


def names_in(task: ast.FunctionDef) -> list[str]:
    """Of the requests that it makes, and as often as a loop over a range makes them."""
    loops = [node for node in ast.walk(task) if isinstance(node, ast.For)]
    repeated = {id(node): repeats(loop) for loop in loops for node in ast.walk(loop)}
    names = []
    for call in (node for node in ast.walk(task) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and (name := name_of(call, call.func.attr)):
            names += [name] * repeated.get(id(call), 1)
    return names


def repeats(loop: ast.For) -> int:
    assert isinstance(loop.iter, ast.Call)
    assert isinstance(loop.iter.args[0], ast.Constant)
    return int(loop.iter.args[0].value)


def name_of(call: ast.Call, method: str) -> str:
    given = [word.value for word in call.keywords if word.arg == "name" and method == "get"]
    if method in ("look", "send", "form"):
        given = call.args[:1]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else ""


def test_tasks_are_those_of_the_users() -> None:
    """Who changes what a user does changes what the model is fed with."""
    for kind, (weights, names) in written().items():
        tasks, requests = TASKS[kind]  # type: ignore[index]
        assert tasks == weights
        assert requests == {name: weight for name, weight in names.items() if name not in ELSEWHERE}
    assert set(written()) == set(TASKS)


def test_shares_are_of_all_requests() -> None:
    """Together they are one, and who weighs nothing asks nothing."""
    shares = mix({"reader": 6, "client": 3, "operator": 1}, logins=0.01)
    assert sum(shares.values()) == pytest.approx(1)
    assert "API records" not in mix({"reader": 1})


def test_who_has_seen_it_asks_whether_it_still_holds() -> None:
    """Of ten requests for the style sheet nine are answered with 304, and of a page none."""
    shares = mix({"reader": 1}, known=0.9)
    assert shares["style sheet" + UNCHANGED] == pytest.approx(9 * shares["style sheet"])
    assert "records" + UNCHANGED not in shares


def test_people_log_in_and_programs_do_not() -> None:
    """A token needs no session."""
    assert LOG_IN not in mix({"client": 1}, logins=0.1)
    shares = mix({"operator": 1}, logins=0.1)
    assert shares[LOG_IN] == pytest.approx(0.1 / 3.1)
