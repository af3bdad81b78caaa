"""Files become pieces: with their headings, and with a reason where nothing can be read."""

import json
from io import BytesIO

import pytest
from docx import Document
from files_kit import a_docx, a_pdf, encrypted

from bot.child import ChildRefused
from bot.knowledge import reading
from bot.knowledge.reading import read

PDF = a_pdf(
    [(20, "Prices"), (11, "Prices are for all."), (15, "Cleaning"), (11, "It costs 90 dollars.")],
    [(15, "Crowns"), (11, "A crown costs 940"), (11, "dollars in two visits.")],
)
HTML = b"""<html><head><title>no</title><style>p { no }</style></head><body><nav>no</nav>
<h1>Insurance</h1><p>Bring your <b>card</b>.<br>Always.</p><h2>Insurers</h2>
<table><tr><th>Insurer<th>Fillings</tr><tr><td>Delta <td>70&nbsp;percent</tr></table>
<script>no()</script></body></html>"""


def pieces(content: bytes, name: str) -> list[tuple[str, str]]:
    found = [json.loads(line) for line in read(content, name=name)]
    return [(each["heading"], each["text"]) for each in found]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "prices.PDF",
            PDF,
            [
                ("Prices (page 1)", "Prices are for all."),
                ("Prices > Cleaning (page 1)", "It costs 90 dollars."),
                ("Prices > Crowns (page 2)", "A crown costs 940\ndollars in two visits."),
            ],
        ),
        (
            "insurance.docx",
            a_docx(),
            [
                (
                    "Insurance > Insurers",
                    "Bring your card.\nInsurer | Fillings\nDelta Smile | 70 percent",
                )
            ],
        ),
        (
            "insurance.html",
            HTML,
            [
                ("Insurance", "Bring your card.\nAlways."),
                ("Insurance > Insurers", "Insurer | Fillings\nDelta | 70 percent"),
            ],
        ),
        (
            "a.md",
            b"# One\r\n\r\ntext\r\nmore\r\n\r\n## Two ##\r\nso\r\nall\r\n---\r\n***\r\n# Alone",
            [("One", "text\nmore"), ("One > Two", "so\nall"), ("Alone", "Alone")],
        ),
        (
            "a.md",
            b"Title\n=====\na\n\nLesser\n------\nb\n\n# Empty\n# Full\nc",
            [("Title", "a"), ("Title > Lesser", "b"), ("Empty", "Empty"), ("Full", "c")],
        ),
        (
            "a.txt",
            b"RULES\n\nBe on time.\n\n# no heading\n",
            [("RULES", "Be on time.\n# no heading")],
        ),
        ("a.txt", "größe".encode("cp1252"), [("", "größe")]),
        ("a.txt", "größe".encode("utf-16"), [("", "größe")]),
        (  # whose head has no end, as HTML allows
            "a.html",
            b"<!DOCTYPE html><html><head><meta charset=utf-8><title>no</title><style>no</style>"
            b"<body><h1>Hours</h1><p>Nine to five.",
            [("Hours", "Nine to five.")],
        ),
        ("a.htm", "<meta charset='iso-8859-2'><p>łódź".encode("iso-8859-2"), [("", "łódź")]),
    ],
)
def test_what_a_file_says(name: str, content: bytes, expected: list[tuple[str, str]]) -> None:
    """Pieces in order, each with the headings that it stands under."""
    assert pieces(content, name) == expected


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.pdf", encrypted(PDF, "secret"), "encrypted"),
        ("a.pdf", a_pdf([]), "pictures"),
        ("a.pdf", b"%PDF-1.4 broken off", "broken"),
        ("a.pdf", PDF[:200], "broken|no text"),
        ("a.docx", b"PK\x03\x04 broken off", "broken"),
        ("a.docx", b"\xd0\xcf\x11\xe0 old", "encrypted, or an old DOC"),
        ("a.txt", b" \n\n ", "no text"),
        ("a.html", b"<script>x</script>", "no text"),
    ],
)
def test_why_a_file_says_nothing(name: str, content: bytes, why: str) -> None:
    """In words for whoever put it there."""
    with pytest.raises(ChildRefused, match=why):
        pieces(content, name)


def test_a_file_that_is_open_to_all_is_read_though_it_is_encrypted() -> None:
    """As many banks and insurers make them: changing it needs the password, and reading none."""
    assert pieces(encrypted(PDF, ""), "a.pdf") == pieces(PDF, "a.pdf")


def test_a_book_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would fill the memory of whoever answers the phone."""
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 1000)
    with pytest.raises(ChildRefused, match="more than 1,000 characters"):
        pieces(b"word\n\n" * 300, "a.txt")


def test_pieces_are_some_sentences() -> None:
    """About 500 characters, up to 800 where a paragraph has as many; no word is lost or cut."""
    sentences = [f"Sentence number {n} says something of its own." for n in range(100)]
    text = "\n\n".join((" ".join(sentences[:80]), *sentences[80:]))
    found = [text for _, text in pieces(text.encode(), "a.txt")]
    assert " ".join(found).replace("\n", " ") == " ".join(sentences)
    assert {line.count("something") for text in found for line in text.split("\n")[1:]} == {1}
    assert all(120 < len(each) <= 800 for each in found)
    assert 8 < len(found) < 14
    assert all(each.endswith(".") for each in found)


ROWS = [f"Treatment number {n}: {90 + n} dollars; {n} visits" for n in range(40)]


def a_docx_of_rows() -> bytes:
    document = Document()
    table = document.add_table(rows=0, cols=2)
    for row in ROWS:
        for cell, text in zip(table.add_row().cells, row.split(": "), strict=True):
            cell.text = text
    out = BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.docx", a_docx_of_rows(), [row.replace(": ", " | ") for row in ROWS]),
        ("a.txt", "\n".join(ROWS).encode(), ROWS),
        ("a.pdf", a_pdf([(11, row) for row in ROWS[:25]], [(11, row) for row in ROWS[25:]]), ROWS),
    ],
)
def test_a_row_of_a_long_list_stays_a_line(name: str, content: bytes, rows: list[str]) -> None:
    """What is in a row is in one passage, and what is in another row is in another line."""
    found = [text for _, text in pieces(content, name)]
    assert "\n".join(found).split("\n") == rows
    assert 2 < len(found) < 8 and all(len(text) <= 800 for text in found)


def test_a_list_in_one_line_is_split_between_its_entries() -> None:
    """An entry has no end of a sentence, and yet its price stays with it."""
    entries = [row.replace("; ", ", ") for row in ROWS]
    found = [text for _, text in pieces("; ".join(entries).encode(), "a.txt")]
    assert [each for text in found for each in text.strip(";").split("; ")] == entries


def test_a_text_without_sentences_is_split_all_the_same() -> None:
    """A list without an end, and a word without one."""
    assert all(len(text) <= 800 for _, text in pieces(b"word " * 2000, "a.txt"))
    found = [text for _, text in pieces(b"x" * 5000, "a.txt")]
    assert "".join(found) == "x" * 5000 and max(map(len, found)) <= 800
