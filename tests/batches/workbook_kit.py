"""Spreadsheets made by hand, as small as their formats allow."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from xml.sax.saxutils import escape

Cell = str | int | float | None
DATE = 1  # the second style: a number shown as day and time
STRUCK, RED = 2, 3

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
    styled: Mapping[tuple[int, int], int] = MappingProxyType({}),
    comments: Mapping[str, str] = MappingProxyType({}),
    threads: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Sheets by name; `styled` gives cells one of the styles above, `comments` and `threads` are
    texts by cell ("B2"), the same in each sheet; `dates` are the cells, by row and column from 0,
    that are shown as dates. `rows_given` are attributes of rows by their number, `columns` what
    stands before all rows and `strays` what stands after them, as XML: the same in each sheet.
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
        "xl/styles.xml": f'<styleSheet xmlns="{_SHEET}"><fonts><font/><font><strike/></font>'
        '<font><strike val="0"/></font></fonts><fills><fill><patternFill patternType="none"/>'
        '</fill><fill><patternFill patternType="solid"><fgColor rgb="FFFF0000"/></patternFill>'
        '</fill></fills><cellStyleXfs><xf fontId="1"/></cellStyleXfs><cellXfs>'
        '<xf numFmtId="0" fontId="2"/><xf numFmtId="22"/><xf fontId="1"/><xf fillId="1"/></cellXfs>'
        "<dxfs><dxf><font><strike/></font></dxf></dxfs></styleSheet>",
    }
    for at, rows in enumerate(sheets.values(), 1):
        body = "".join(
            f'<row r="{row + 1}" {rows_given.get(row + 1, "")}>'
            + "".join(
                _cell(
                    f"{chr(65 + column)}{row + 1}",
                    value,
                    DATE if (row, column) in dates else styled.get((row, column), 0),
                )
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
        if comments or threads:
            parts |= _comments(at, comments, threads)
    return zipped(parts)


def ods(
    rows: Sequence[Sequence[str]],
    *,
    rows_given: Mapping[int, str] = MappingProxyType({}),
    strays: str = "",
    styles: str = "",
    cells_given: Mapping[tuple[int, int], str] = MappingProxyType({}),
    beside: Mapping[tuple[int, int], str] = MappingProxyType({}),
) -> bytes:
    """One sheet of text; `styles` are automatic ones, `cells_given` attributes of cells by row and
    column from 0, `beside` what else is in them, as XML; the rest as for `xlsx`.
    """
    body = "".join(
        f"<table:table-row {rows_given.get(number, '')}>"
        + "".join(
            f'<table:table-cell office:value-type="string" {cells_given.get((number - 1, at), "")}>'
            f"{beside.get((number - 1, at), '')}<text:p>{escape(text)}</text:p></table:table-cell>"
            for at, text in enumerate(row)
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
            f'xmlns:table="{_ODF}:table:1.0" xmlns:text="{_ODF}:text:1.0" '
            f'xmlns:style="{_ODF}:style:1.0" xmlns:fo="{_ODF}:xsl-fo-compatible:1.0">'
            f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
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


def _comments(at: int, comments: Mapping[str, str], threads: Mapping[str, str]) -> dict[str, str]:
    """What stands beside the cells of a sheet: old comments, and those that people answer."""
    relations = f"{_PACKAGE}/relationships"
    old = {ref: f"Kim:\n{text}" for ref, text in comments.items()} | {
        ref: "[Threaded comment] Do not call this feature old." for ref in threads
    }
    return {
        f"xl/worksheets/_rels/sheet{at}.xml.rels": f'<Relationships xmlns="{relations}">'
        f'<Relationship Id="c" Type="{_OFFICE}/comments" Target="../comments{at}.xml"/>'
        '<Relationship Id="t" Type="http://schemas.microsoft.com/office/2017/10/relationships/'
        f'threadedComment" Target="/xl/threadedComments/threadedComment{at}.xml"/>'
        "</Relationships>",
        f"xl/comments{at}.xml": f'<comments xmlns="{_SHEET}"><authors><author>Kim</author>'
        "</authors><commentList>"
        + "".join(
            f'<comment ref="{ref}" authorId="0"><text><r><t>{escape(text)}</t></r></text></comment>'
            for ref, text in old.items()
        )
        + "</commentList></comments>",
        f"xl/threadedComments/threadedComment{at}.xml": "<ThreadedComments>"
        + "".join(
            f'<threadedComment ref="{ref}"><text>{escape(text)}</text></threadedComment>'
            for ref, text in threads.items()
        )
        + "</ThreadedComments>",
    }


def _cell(place: str, value: Cell, style: int) -> str:
    shown = f' s="{style}"' if style else ""
    if isinstance(value, str):
        return f'<c r="{place}"{shown} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"{shown}><v>{value}</v></c>'
