"""Results for machines: JUnit, as one valid document."""

from xml.etree import ElementTree as ET

_FORBIDDEN = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


def junit(name: str, results: list[tuple[str, list[str]]]) -> str:
    """One test case for each attempt; `results` are ids and what is wrong."""
    failed = sum(bool(wrong) for _, wrong in results)
    suite = ET.Element("testsuite", name=name, tests=str(len(results)), failures=str(failed), errors="0")
    for each, wrong in results:
        folder, _, rest = each.partition("/")
        case = ET.SubElement(suite, "testcase", classname=folder, name=rest)
        if wrong:
            ET.SubElement(case, "failure", message=_clean(wrong[0])).text = _clean("\n".join(wrong))
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _clean(text: str) -> str:
    """XML holds no control characters, not even escaped ones."""
    return text.translate(_FORBIDDEN)
