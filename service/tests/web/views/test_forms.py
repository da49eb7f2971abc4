from gleaner.catalog.model import Parameter
from gleaner.catalog.parameters import read_parameters
from gleaner.web.views.forms import read_form, view_form

DECLARED = {
    "dry_run": Parameter(type="boolean", default=True, description="Only list."),
    "days": Parameter(type="integer", default=7),
    "kind": Parameter(choices=("a", "b")),
    "since": Parameter(type="date"),
    "a b<": Parameter(default="x"),
}


def test_it_works() -> None:
    """Each parameter is a field of its type with its default; ids are safe whatever the name is."""
    fields = view_form(DECLARED, {})
    told = [(field.id, field.kind, field.value, field.required) for field in fields]
    assert told == [
        ("parameter-1", "boolean", "true", False),
        ("parameter-2", "integer", "7", False),
        ("parameter-3", "choice", "", False),
        ("parameter-4", "date", "", True),
        ("parameter-5", "text", "x", False),
    ]
    assert (fields[0].label, fields[0].hint, fields[2].choices) == ("dry run", "Only list.", ("a", "b"))


def test_what_was_given_stays() -> None:
    """Wrong values stay in their fields, each with its message."""
    fields = view_form(DECLARED, {"days": "many", "dry_run": "false"}, {"days": "it is not a whole number"})
    assert (fields[1].value, fields[1].error) == ("many", "it is not a whole number")
    assert (fields[0].value, fields[0].error) == ("false", "")


def test_the_form_comes_back_as_it_was() -> None:
    """What a browser sends of the untouched form reads as the defaults."""
    sent = {field.name: field.value for field in view_form(DECLARED, {"kind": "b", "since": "2024-02-29"})}
    values = read_parameters(DECLARED, read_form(DECLARED, {**sent, "csrf_token": "x"}))
    assert read_parameters(DECLARED, {"kind": "b", "since": "2024-02-29"}) == values


def test_an_unticked_box_is_false() -> None:
    """Browsers do not send a box that is not ticked, and the default must not take its place."""
    assert read_form(DECLARED, {})["dry_run"] == "false"
    assert read_form(DECLARED, {"p.dry_run": "true"})["dry_run"] == "true"


def test_an_unknown_parameter_is_not_dropped() -> None:
    """A field that nobody declared (any more) is handed on, so that it is found to be wrong."""
    assert read_form({}, {"p.old": "1"}) == {"old": "1"}
