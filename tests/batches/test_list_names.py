"""Files and sheets that are called like lists of people not to call are not taken for batches."""

import pytest
from workbook_kit import xlsx

from bot.batches.reading.file_top import people_sheet_of, sheet_of
from bot.batches.reading.list_names import is_a_no_call_list
from bot.child import ChildRefused

HEADER = ["Patient", "Phone", "State", "Date", "Time"]
ANN = ["Ann Lee", "2125550101", "NY", "2027-06-01", "10:00"]


@pytest.mark.parametrize(
    "name",
    [
        "do_not_call_list.csv",
        "DNC 2026.xlsx",
        "D.N.C.",
        "Do Not Contact",
        "DNC list (March 2026).xlsx",
        "Nicht anrufen.csv",
        "No llamar.xlsx",
        "ne pas appeler.csv",
        "office_export.csv.no-calls.csv",
        *("suppressions.csv", "suppression list.csv", "blocklist.csv", "blacklist.xlsx"),
        *("unsubscribed.csv", "opt-outs.csv", "optouts.csv", "OptOuts 2026.csv", "opt out.csv"),
        *("2026 DNC.csv", "clinic DNC.csv", "DNC-May.csv", "2026-05-01_dnc.csv", "May DNC.csv"),
        *("Sperrliste.csv", "Sperrliste Mai 2026.xlsx", "lista negra.csv", "liste noire.csv"),
        *("lista nera pazienti.csv", "zwarte lijst.csv", "czarna lista.csv", "kara liste.csv"),
    ],
)
def test_such_names_are_known(name: str) -> None:
    """In every language of the import."""
    assert is_a_no_call_list(name)


@pytest.mark.parametrize(
    "name",
    [
        "tomorrow.csv",
        "do_not_call_columns.csv",
        "DNC scrubbed.csv",
        "May, no DNC.csv",
        "Call list.xlsx",
        *("patients May 2026.csv", "our clinic list.csv", "blocked schedule.csv"),
        *("opt-outs removed.csv", "without suppressions.csv", "no contact info.csv"),
        "Sheet1",
        "",
    ],
)
def test_others_are_not(name: str) -> None:
    """A list that was compared with such a one is for calls."""
    assert not is_a_no_call_list(name)


def test_such_a_list_is_refused_as_a_batch() -> None:
    """By the name of the file or of the sheet that is read; as a list of numbers it is fine."""
    text = "\n".join(map(",".join, [HEADER, ANN])).encode()
    choices = {"named": ()}
    with pytest.raises(ChildRefused, match="suppress import"):
        people_sheet_of(text, "do_not_call_list.csv", choices)
    with pytest.raises(ChildRefused, match='"DNC" is called like'):
        people_sheet_of(xlsx({"DNC": [HEADER, ANN]}), "list.xlsx", choices)
    assert len(people_sheet_of(text, "tomorrow.csv", choices).rows) == 1
    assert len(sheet_of(text, "do_not_call_list.csv", choices).rows) == 1


def test_such_a_sheet_beside_the_batch_is_told_of() -> None:
    """With what keeps its people from being called."""
    book = xlsx({"June": [HEADER, ANN], "Do Not Call": [["Phone"], ["2125550101"]]})
    sheet = people_sheet_of(book, "june.xlsx", {"named": ()})
    assert sheet.worksheet == "June"
    assert 'suppress import june.xlsx --sheet "Do Not Call"' in sheet.notes[-1]
