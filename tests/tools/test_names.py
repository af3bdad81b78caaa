"""Whether two names may be one person's."""

import pytest

from tools.names import may_be_one


@pytest.mark.parametrize(
    ("said", "written", "one"),
    [
        ("Ann Miller", "Ann Miller", True),
        ("ann miller", "Miller, Ann", True),
        ("Mrs. Miller", "Ann Miller", True),
        ("Meier", "Anne Meyer", True),
        ("José Muñoz", "Jose Munoz", True),
        ("Müller", "Hans Mueller", True),
        ("Weiss", "Karl Weiß", True),
        ("Ann", "Ann Miller", True),
        ("Ann Smith", "Ann Miller", False),
        ("Ann Miller", "Ann", False),
        ("Milton", "Miller", False),
        ("", "Ann Miller", False),
        ("Ann Miller", "", False),
        ("A", "A", False),
    ],
)
def test_names(said: str, written: str, one: bool) -> None:
    """A recogniser spells by ear; another last name is another person."""
    assert may_be_one(said, written) is one
