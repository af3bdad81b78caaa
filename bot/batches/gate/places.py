"""Where a contact may be, by what a file says and by their number. Plain code; data: places.toml.

The region of their address counts before their zone, that before their number, and the sender's
word comes last. A number says where it was issued, not where it is: a sender's zone elsewhere
counts too, and so does a state whose law presumes that its area codes are called there. Where two
columns contradict each other both count, and what cannot be read makes the place unknown.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberType
from phonenumbers.timezone import time_zones_for_geographical_number, time_zones_for_number

from bot.batches.gate.contactability import Place

_DATA = Path(__file__).with_name("places.toml")
_SOMEWHERE = frozenset(  # kinds of numbers whose owner is in the country that issued them
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
_UNKNOWN = Place(zones=frozenset(), regions=frozenset(), source="unknown")
_NO_COUNTRY = "ZZ"  # the CLDR's name for a country that is not known


@dataclass(frozen=True, kw_only=True)
class _Candidates:
    zones: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()

    def __or__(self, other: "_Candidates") -> "_Candidates":
        return _Candidates(zones=self.zones | other.zones, regions=self.regions | other.regions)


@dataclass(frozen=True, kw_only=True)
class _Table:
    """North America: states and provinces, their zones and area codes."""

    zones: Mapping[str, frozenset[str]]  # by region
    area_codes: Mapping[str, _Candidates]
    presumed: frozenset[str]  # regions


def place_of(*, number: str, zone: str, region: str, batch_zone: str) -> Place:
    """All places where a contact may be.

    `number` is E.164. `zone` (IANA) and `region` ("US-FL", "DE") are what the file says of them,
    `batch_zone` is the sender's word for those of whom it says nothing; empty: nothing was said.
    After a `|` in the region stand those where they may be as well: "US-NY|US-FL", "|US".
    """
    region, *further = region.split("|")
    place = _place_of(number=number, zone=zone, region=region, batch_zone=batch_zone)
    if not further or not place.zones:
        return place
    if not all(map(is_region, further)):
        return _UNKNOWN
    return Place(
        zones=place.zones.union(*map(_zones_near, further)),
        regions=place.regions.union(further),
        source=place.source,
    )


def _place_of(*, number: str, zone: str, region: str, batch_zone: str) -> Place:
    if not all(_is_zone(key) for key in (zone, batch_zone) if key):
        return _UNKNOWN
    if region and not is_region(region):
        return _UNKNOWN
    issued = _by_number(number)
    presumed = issued if issued.regions & _table().presumed else _Candidates()

    def place(found: _Candidates, source: Literal["region", "zone", "number", "batch"]) -> Place:
        if not found.regions & presumed.regions:
            found |= presumed
        return Place(zones=found.zones, regions=found.regions, source=source)

    if _is_precise(region):
        return place(_in_region(region, zone), "region")
    if region and region not in {_country(part) for part in issued.regions}:
        return place(_in_region(region, zone or batch_zone), "region")
    if zone:
        return place(_in_zone(zone, issued.regions), "zone")
    if issued.zones:
        return place(_with_zone(issued, batch_zone), "number")
    if batch_zone:
        return place(_in_zone(batch_zone, issued.regions), "batch")
    return _UNKNOWN


@lru_cache(maxsize=1024)
def is_region(text: str) -> bool:
    """Whether it names a country ("DE"), or a part of one that can be placed ("US-FL", "DE-BY")."""
    country, dash, part = text.partition("-")
    if dash and any(known.startswith(f"{country}-") for known in _table().zones):
        return text in _table().zones
    return country in phonenumbers.SUPPORTED_REGIONS and bool(part) == bool(dash)


def _is_precise(region: str) -> bool:
    """Whether nothing about the law of the place is left open by it."""
    return "-" in region or (bool(region) and not _parts(region))


def _in_region(region: str, zone: str) -> _Candidates:
    """In a region: where its clock is the given one, if there is such a place in it."""
    whole = _Candidates(zones=zones_of(region), regions=frozenset({region}))
    if not zone:
        return whole
    if _on_clock(zone, whole.zones):
        return _Candidates(zones=frozenset({zone}), regions=whole.regions)
    return whole | _in_zone(zone, ())


def _in_zone(zone: str, near: Iterable[str]) -> _Candidates:
    """In a zone: in the regions of `near` that have its clock, else anywhere in its country."""
    regions = {region for region in near if _on_clock(zone, zones_of(region))}
    return _Candidates(zones=frozenset({zone}), regions=frozenset(regions or _countries_with(zone)))


def _with_zone(issued: _Candidates, zone: str) -> _Candidates:
    """By number, and in the zone that a sender named for all."""
    if not zone or _on_clock(zone, issued.zones):
        return issued
    return issued | _in_zone(zone, issued.regions)


# -- what is known of regions and zones -----------------------------------------------------------


@lru_cache(maxsize=1024)
def zones_of(region: str) -> frozenset[str]:
    """All zones of a region, or of its country, if no more is known. Empty: nothing is."""
    if region in _table().zones:
        return _table().zones[region]
    country = _country(region)
    if parts := _parts(country):
        return frozenset().union(*(_table().zones[part] for part in parts))
    mobile = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    return _known_zones(time_zones_for_number(mobile)) if mobile else frozenset()


def _zones_near(region: str) -> frozenset[str]:
    """Its zones; of the United States as a whole those between its coasts, as people rarely move
    further, and no hour is lawful in Guam and in New York.
    """
    if region != "US":
        return zones_of(region)
    far = ("US-AK", "US-AS", "US-GU", "US-HI", "US-MP", "US-PR", "US-VI")
    return frozenset().union(*(zones_of(part) for part in _parts(region) if part not in far))


def _country(region: str) -> str:
    return region.partition("-")[0]


@lru_cache(maxsize=1024)
def _parts(country: str) -> tuple[str, ...]:
    return tuple(region for region in _table().zones if region.startswith(f"{country}-"))


@lru_cache(maxsize=1024)
def _countries_with(zone: str) -> frozenset[str]:
    """The countries of the table that have the zone, or at least its clock."""
    zones = _table().zones
    named = {_country(region) for region, keys in zones.items() if zone in keys}
    alike = {_country(region) for region, keys in zones.items() if _on_clock(zone, keys)}
    return frozenset(named or alike or {_NO_COUNTRY})


def _on_clock(zone: str, zones: Iterable[str]) -> bool:
    return any(_clock(zone) == _clock(key) for key in zones)


@lru_cache(maxsize=1024)
def _clock(zone: str) -> tuple[timedelta | None, ...]:
    """What a zone's clocks show, week by week for four years: "US/Eastern" is America/New_York."""
    first = datetime(2026, 1, 1, 12, tzinfo=UTC)
    tz = ZoneInfo(zone)
    return tuple((first + timedelta(weeks=n)).astimezone(tz).utcoffset() for n in range(209))


@lru_cache(maxsize=1024)
def _is_zone(key: str) -> bool:
    try:
        ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _known_zones(keys: Iterable[str]) -> frozenset[str]:
    """What phonenumbers says; empty where that means that it does not know."""
    found = frozenset(keys)
    known = all(_is_zone(key) for key in found) and found != _everywhere()
    return found if known else frozenset()


@lru_cache(maxsize=1)
def _everywhere() -> frozenset[str]:
    """The 42 zones that it gives a number of North America that belongs to no place."""
    return frozenset(time_zones_for_number(phonenumbers.parse("+18005550123")))


# -- what a number says ---------------------------------------------------------------------------


@lru_cache(maxsize=65536)
def _by_number(text: str) -> _Candidates:
    """Where a number was issued. No zones: it belongs to no place, as toll-free numbers do."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return _Candidates()
    area_code = str(number.national_number)[:3]
    if number.country_code == 1 and area_code in _table().area_codes:
        ours = _table().area_codes[area_code]
        theirs = _known_zones(time_zones_for_geographical_number(number))
        new = frozenset(key for key in theirs if not _on_clock(key, ours.zones))
        return _Candidates(zones=ours.zones | new, regions=ours.regions)
    if phonenumbers.number_type(number) in _SOMEWHERE:
        region = phonenumbers.region_code_for_number(number) or _NO_COUNTRY
        if not _parts(region):
            zones = _known_zones(time_zones_for_number(number))
            return _Candidates(zones=zones, regions=frozenset({region}))
    code = number.country_code or 0
    country = phonenumbers.region_code_for_country_code(code)
    if code == 1 or country not in phonenumbers.SUPPORTED_REGIONS:
        return _Candidates()
    return _Candidates(regions=frozenset({country}))


@lru_cache(maxsize=1)
def _table() -> _Table:
    tables = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    presumed = frozenset(tables.pop("presumed_by_area_code"))
    zones: dict[str, frozenset[str]] = {}
    area_codes: dict[str, _Candidates] = {}
    for region, table in tables.items():
        split = table.pop("split", [])
        zones[region] = frozenset(table)
        for keys, codes in [*(({key}, codes) for key, codes in table.items()), (table, split)]:
            here = _Candidates(zones=frozenset(keys), regions=frozenset({region}))
            for code in codes:
                area_codes[str(code)] = area_codes.get(str(code), _Candidates()) | here
    return _Table(
        zones=MappingProxyType(zones), area_codes=MappingProxyType(area_codes), presumed=presumed
    )
