"""What the sender of a sheet is told of whole columns that nothing looks at."""

from collections.abc import Iterator, Mapping, Sequence

from bot.batches.reading.cell_consent import plain_answer
from bot.batches.reading.cell_spoken_with import is_about_contact_persons, names_the_same
from bot.batches.reading.columns import ColumnMap, column_names
from bot.batches.reading.drafts import Note
from bot.batches.reading.fields import NAMES_OF_A_PERSON
from bot.batches.reading.tables import Sheet


def column_notes(
    sheet: Sheet, columns: ColumnMap, unread: Mapping[str, Sequence[str]]
) -> Iterator[Note]:
    """Of columns that may say who may be called, and of such as name others than are asked for;
    `unread` has the cells of each.
    """
    index = {name: at for at, name in enumerate(column_names(sheet.header))}
    if answers := [name for name, cells in unread.items() if _are_answers(cells)]:
        names = ", ".join(f'"{name}"' for name in answers)
        yield Note(
            line=0,
            what=f"nothing looks at {names}, which hold only yes and no: if one of them says "
            'who may be called, import with --map may_call="..." (no: nobody calls) or '
            '--map do_not_call="..." (yes: nobody calls)',
        )
    called = [name for field in NAMES_OF_A_PERSON for name in columns.fields.get(field, ())]
    for name in unread:
        if called and is_about_contact_persons(name) and _names_others(sheet, index, name, called):
            yield Note(
                line=0,
                what=f'"{name}" names other people than "{called[0]}": the agent asks for those in '
                f'"{called[0]}"; to ask for the others, import with --map name="{name}"',
            )


def _are_answers(cells: Sequence[str]) -> bool:
    """Whether a column holds nothing but yes and no, or one of them and nothing."""
    answers = {plain_answer(cell) for cell in cells}
    return bool(answers & {"yes", "no"}) and answers <= {"yes", "no", "nothing"}


def _names_others(sheet: Sheet, index: dict[str, int], column: str, called: Sequence[str]) -> bool:
    for row in sheet.rows:
        if len(row.cells) != len(index):
            continue
        names = [row.cells[index[name]] for name in called]
        cell = row.cells[index[column]]
        if plain_answer(cell) is None and not names_the_same(cell, names):
            return True
    return False
