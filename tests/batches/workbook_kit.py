"""Spreadsheets made by hand, as small as their formats allow."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from xml.sax.saxutils import escape

Cell = str | int | float | None
DATE = 1  # the second style: a number shown as day and time

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[Cell]]],
    *,
    hidden: Sequence[str] = (),
    dates: Sequence[tuple[int, int]] = (),
    rows_given: Mapping[int, str] = MappingProxyType({}),
    columns: str = "",
    strays: str = "",
) -> bytes:
    """Sheets by name; `dates` are the cells, by row and column from 0, that are shown as dates.
    `rows_given` are attributes of rows by their number, `columns` what stands before all rows and
    `strays` what stands after them, as XML: the same in each sheet.
    """
    names = list(sheets)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{escape(name)}" sheetId="{at}" r:id="s{at}"'
            + (' state="hidden"' if name in hidden else "")
            + "/>"
            for at, name in enumerate(names, 1)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="s{at}" Type="{_OFFICE}/worksheet" '
            f'Target="worksheets/sheet{at}.xml"/>'
            for at in range(1, len(names) + 1)
        )
        + f'<Relationship Id="st" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_SHEET}"><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    for at, rows in enumerate(sheets.values(), 1):
        body = "".join(
            f'<row r="{row + 1}" {rows_given.get(row + 1, "")}>'
            + "".join(
                _cell(f"{chr(65 + column)}{row + 1}", value, (row, column) in dates)
                for column, value in enumerate(cells)
                if value is not None
            )
            + "</row>"
            for row, cells in enumerate(rows)
        )
        parts[f"xl/worksheets/sheet{at}.xml"] = (
            f'<worksheet xmlns="{_SHEET}">{columns}'
            f"<sheetData>{body}{strays}</sheetData></worksheet>"
        )
    return zipped(parts)


def ods(
    rows: Sequence[Sequence[str]],
    *,
    rows_given: Mapping[int, str] = MappingProxyType({}),
    strays: str = "",
) -> bytes:
    """One sheet of text; the rest as for `xlsx`."""
    body = "".join(
        f"<table:table-row {rows_given.get(number, '')}>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(text)}</text:p></table:table-cell>"
            for text in row
        )
        + "</table:table-row>"
        for number, row in enumerate(rows, 1)
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped(
        {
            "mimetype": mime,
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>'
            "</manifest:manifest>",
            "content.xml": f'<office:document-content xmlns:office="{_ODF}:office:1.0" '
            f'xmlns:table="{_ODF}:table:1.0" xmlns:text="{_ODF}:text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="One">{body}{strays}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return packed.getvalue()


def _cell(place: str, value: Cell, is_date: bool) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    style = f' s="{DATE}"' if is_date else ""
    return f'<c r="{place}"{style}><v>{value}</v></c>'
