"""Which cells a sheet of an XLSB holds. Source: [MS-XLSB] 2.1.4 (records) and 2.5.9 (cells)."""

from collections.abc import Iterator

_ROW = 0  # BrtRowHdr: begins with the row
_CELLS = range(2, 12)  # BrtCellRk to BrtFmlaError, which begin with the column


def cells_of(part: bytes) -> Iterator[tuple[int, int]]:
    """Row and column, from 1, of each cell with something in it, as far as the part is whole."""
    at = row = 0
    while at < len(part):
        kind, at = _number(part, at, most=2)
        length, at = _number(part, at, most=4)
        first = int.from_bytes(part[at : at + 4], "little") + 1
        if kind == _ROW:
            row = first
        elif kind in _CELLS and length >= 4:
            yield row, first
        at += length


def _number(part: bytes, at: int, *, most: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    number = 0
    for place, byte in enumerate(part[at : at + most]):
        number |= (byte & 0x7F) << 7 * place
        at += 1
        if not byte & 0x80:
            break
    return number, at
