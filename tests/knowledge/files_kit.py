"""Files as people have them, made here: PDF and DOCX, whole and not."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from docx import Document
from pypdf import PdfReader, PdfWriter

DOCUMENTS = Path(__file__).with_name("documents")


def a_pdf(*pages: Sequence[tuple[int, str]]) -> bytes:
    """A PDF file: of each page the lines, each with the size of its letters."""
    fonts = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        fonts,
    ]
    for n, lines in enumerate(pages):
        drawn = "BT 72 760 Td " + " ".join(
            f"/F1 {size} Tf ({text}) Tj 0 -{size + 8} Td" for size, text in lines
        )
        content = f"{drawn} ET".encode("latin-1")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * n} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)


def encrypted(pdf: bytes, password: str) -> bytes:
    """The same file, to be opened with this password alone."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def a_docx() -> bytes:
    """A Word document with headings, a paragraph and a table."""
    document = Document()
    document.add_heading("Insurance", 0)
    document.add_heading("Insurers", 1)
    document.add_paragraph("Bring your card.")
    table = document.add_table(rows=0, cols=2)
    for insurer, part in (("Insurer", "Fillings"), ("Delta Smile", "70 percent")):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = insurer, part
    out = BytesIO()
    document.save(out)
    return out.getvalue()
