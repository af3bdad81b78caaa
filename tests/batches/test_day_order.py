"""Whether the day or the month comes first: by the row's country, and never against its column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batches.reading.cell_times import BadTime, read_when
from bot.batches.reading.day_order import ColumnOrder, DottedOrder, Seen, order_of


def told(*rows: tuple[str, str, bool], home: str = "US") -> ColumnOrder:
    return ColumnOrder(
        (Seen(cell=cell, country=country, stated=stated) for cell, country, stated in rows),
        home=home,
    )


@pytest.mark.parametrize(
    ("cells", "country", "order"),
    [
        (["12/01/2026", "12/01/2026", "13/12/2026"], "US", "month_first"),
        (["12/14/2026", "12/01/2026", "13/12/2026"], "US", "month_first"),
        (["01/12/2026", "01/12/2026", "12/13/2026"], "GB", "day_first"),
        (["05/06/2027", "05/06/2027", "13/06/2027"], "US", None),  # June, as it seems
        (["12/01/2026", "13/12/2026"], "US", None),
        (["12/01/2026", "13/12/2026", "14/12/2026"], "US", None),
        (["12/13/2026"] * 4 + ["13/12/2026"], "CA", "month_first"),
        (["12/13/2026"] * 2 + ["13/12/2026"], "CA", None),
    ],
)
def test_one_odd_day_does_not_spoil_the_others(
    cells: list[str], country: str, order: str | None
) -> None:
    """A third of the column is no odd one, nor one beside which the rest lies closer together."""
    assert order_of(cells, country) == order


def test_the_odd_day_itself_is_named() -> None:
    """It may be a slip of the one who typed it."""
    order = order_of(["12/01/2026", "12/02/2026", "13/12/2026"], "US")
    with pytest.raises(BadTime, match='"13/12/2026" has the day first, and other rows have the mo'):
        read_when("13/12/2026", order=order, country="US")


def test_the_country_of_a_row_decides() -> None:
    """That which it states; with its number, if all rows say the same."""
    mixed = told(("05/06/2027", "US", True), ("05/06/2027", "GB", True))
    assert mixed.of("US", stated=True) == "month_first"
    assert mixed.of("GB", stated=True) == "day_first"
    british = told(("05/06/2027", "GB", False), ("07/06/2027", "GB", False))
    assert british.of("GB", stated=False) == "day_first"


def test_one_foreign_number_says_nothing_about_who_wrote_the_day() -> None:
    """A clinic writes the day of its guest from abroad as it writes all others: it is asked."""
    column = told(*[("12/01/2026", "US", False)] * 5, ("12/01/2026", "GB", False))
    assert column.of("US", stated=False) == "month_first"
    assert column.of("GB", stated=False) is None
    northern = told(*[("12/01/2026", "US", False)] * 5, ("12/01/2026", "CA", False))
    assert northern.of("CA", stated=False) == "month_first"
    all_of_canada = told(("12/01/2026", "CA", False))
    assert all_of_canada.of("CA", stated=False) is None


def test_what_other_rows_prove_is_not_contradicted() -> None:
    """A file comes out of one program, as a rule."""
    column = told(("06/13/2027", "US", True), ("05/06/2027", "GB", True))
    assert column.of("US", stated=True) == "month_first"
    assert column.of("GB", stated=True) is None
    each_its_own = told(("06/13/2027", "US", True), ("13/06/2027", "GB", True))
    assert each_its_own.of("GB", stated=True) == "day_first"
    stated = told(("06/13/2027", "CA", True), ("05/06/2027", "CA", True))
    assert stated.of("CA", stated=True) == "month_first"


CELLS = st.lists(
    st.tuples(st.integers(1, 31), st.integers(1, 31)).map(lambda it: f"{it[0]}/{it[1]}/2027"),
    max_size=12,
)


@given(CELLS, st.sampled_from(["US", "GB", "CA"]))
def test_an_order_is_never_that_which_most_cells_contradict(cells: list[str], country: str) -> None:
    """Whatever the country."""
    order = order_of(cells, country)
    pairs = [tuple(map(int, cell.split("/")[:2])) for cell in cells]
    day_first = sum(1 for one, two in pairs if one > 12 >= two)
    month_first = sum(1 for one, two in pairs if two > 12 >= one)
    if order == "day_first":
        assert month_first * 3 <= max(len(cells), 1)
    if order == "month_first":
        assert day_first * 3 <= max(len(cells), 1)


@pytest.mark.parametrize(
    ("cells", "order", "is_guess"),
    [
        (["06.01.2027", "07.02.2027"], "day_first", True),
        (["06.01.2027", "15.06.2027"], "day_first", False),
        (["06.01.2027", "06.15.2027"], "month_first", False),
        (["15.06.2027", "06.15.2027"], None, False),
    ],
)
def test_days_with_dots_have_the_day_first_unless_they_cannot(
    cells: list[str], order: str | None, is_guess: bool
) -> None:
    """Whatever the country: the habit is Europe's, and a column that contradicts it wins."""
    dotted = DottedOrder(cells)
    assert (dotted.order, dotted.is_guess) == (order, is_guess)
