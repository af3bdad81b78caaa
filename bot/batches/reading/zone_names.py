"""Names of time zones as people, spreadsheets and other systems write them: data, and one look-up.

Some names mean several zones (MST is one clock in Denver and another in Phoenix): all of them are
given, and the reader of the column decides whether that matters.
"""

import re
from functools import lru_cache
from zoneinfo import available_timezones

from tools.accents import without_accents

_FAMILIES = {  # by their abbreviations, and by the words that people use
    "America/New_York": "et,est,edt,eastern,us eastern,est5edt",
    "America/Chicago": "ct,cst,cdt,central,us central,cst6cdt",
    "America/Denver": "mt,mdt,mountain,us mountain,mst7mdt",
    "America/Los_Angeles": "pt,pst,pdt,pacific,us pacific,pst8pdt",
    "America/Anchorage": "akt,akst,akdt,alaska,alaskan",
    "Pacific/Honolulu": "hst,hawaii,hawaiian,hawaii-aleutian",
    "America/Phoenix": "arizona",
    "America/Indiana/Indianapolis": "indiana (east)",
    "America/Halifax": "adt,atlantic",
    "America/St_Johns": "nst,ndt,newfoundland",
    "Pacific/Guam": "chst,chamorro",
    "Europe/London": "gmt,bst,uk",
    "Europe/Berlin": "cet,cest,mez,mesz",
    "Europe/Helsinki": "eet,eest,oez,oesz",
    "Europe/Lisbon": "wet,west",
    "Europe/Moscow": "msk",
    "Australia/Perth": "awst",
    "Pacific/Auckland": "nzst,nzdt",
    "Asia/Tokyo": "jst",
    "Asia/Seoul": "kst",
    "Asia/Hong_Kong": "hkt",
    "Asia/Singapore": "sgt",
    "UTC": "utc,z,zulu,etc/utc,coordinated universal",
}
_SEVERAL = {
    "mst": ("America/Denver", "America/Phoenix"),
    "ast": ("America/Halifax", "America/Puerto_Rico"),
    "aest": ("Australia/Sydney", "Australia/Brisbane"),
    "aedt": ("Australia/Sydney",),
    "acst": ("Australia/Adelaide", "Australia/Darwin"),
    "acdt": ("Australia/Adelaide",),
}
_ELSEWHERE = {  # abbreviations that mean something else in some countries
    ("cst", "CA"): ("America/Winnipeg", "America/Regina"),
    ("cst", "MX"): ("America/Mexico_City",),
    ("cst", "CN"): ("Asia/Shanghai",),
    ("cst", "TW"): ("Asia/Taipei",),
    ("ist", "IN"): ("Asia/Kolkata",),
    ("ist", "IE"): ("Europe/Dublin",),
    ("ist", "IL"): ("Asia/Jerusalem",),
    ("bst", "BD"): ("Asia/Dhaka",),
}
# What Rails, and with it many booking systems, calls zones, where that is neither a city of the
# IANA list nor a word of the above. Source: ActiveSupport::TimeZone::MAPPING.
RAILS = """
International Date Line West=Etc/GMT+12|Midway Island=Pacific/Midway
Pacific Time=America/Los_Angeles|Mountain Time=America/Denver|Central Time=America/Chicago
Eastern Time=America/New_York|Central America=America/Guatemala
Guadalajara=America/Mexico_City|Quito=America/Lima
Atlantic Time (Canada)=America/Halifax|Georgetown=America/Guyana|Brasilia=America/Sao_Paulo
Greenland=America/Nuuk|Mid-Atlantic=Atlantic/South_Georgia|Cape Verde Is.=Atlantic/Cape_Verde
Edinburgh=Europe/London|Bern=Europe/Zurich|West Central Africa=Africa/Algiers|Kyiv=Europe/Kyiv
Harare=Africa/Harare|Pretoria=Africa/Johannesburg|St. Petersburg=Europe/Moscow|Abu Dhabi=Asia/Muscat
Ekaterinburg=Asia/Yekaterinburg|Islamabad=Asia/Karachi|Chennai=Asia/Kolkata|Mumbai=Asia/Kolkata
New Delhi=Asia/Kolkata|Sri Jayawardenepura=Asia/Colombo|Astana=Asia/Almaty|Hanoi=Asia/Bangkok
Beijing=Asia/Shanghai|Ulaanbaatar=Asia/Ulaanbaatar|Osaka=Asia/Tokyo|Sapporo=Asia/Tokyo
Canberra=Australia/Canberra|Solomon Is.=Pacific/Guadalcanal|New Caledonia=Pacific/Noumea
Marshall Is.=Pacific/Majuro|Wellington=Pacific/Auckland|Nuku'alofa=Pacific/Tongatapu
Tokelau Is.=Pacific/Fakaofo|Chatham Is.=Pacific/Chatham|Samoa=Pacific/Apia
"""
# Windows, and with it Outlook. Source: windowsZones.xml of the CLDR, territory 001.
WINDOWS = """
Hawaiian=Pacific/Honolulu|Aleutian=America/Adak|Alaskan=America/Anchorage|Pacific=America/Los_Angeles
US Mountain=America/Phoenix|Mountain=America/Denver|Central=America/Chicago|Eastern=America/New_York
US Eastern=America/Indiana/Indianapolis|Central America=America/Guatemala|Atlantic=America/Halifax
Canada Central=America/Regina|Newfoundland=America/St_Johns|Yukon=America/Whitehorse
Pacific (Mexico)=America/Tijuana|Mountain (Mexico)=America/Mazatlan
Central (Mexico)=America/Mexico_City|Eastern (Mexico)=America/Cancun|SA Pacific=America/Bogota
SA Western=America/La_Paz|SA Eastern=America/Cayenne|E. South America=America/Sao_Paulo
Argentina=America/Argentina/Buenos_Aires|Pacific SA=America/Santiago|Venezuela=America/Caracas
Haiti=America/Port-au-Prince|Cuba=America/Havana|Greenland=America/Nuuk|Azores=Atlantic/Azores
GMT=Europe/London|Greenwich=Atlantic/Reykjavik|W. Europe=Europe/Berlin
Central Europe=Europe/Budapest|Romance=Europe/Paris|Central European=Europe/Warsaw
W. Central Africa=Africa/Lagos|GTB=Europe/Bucharest|FLE=Europe/Kyiv|E. Europe=Europe/Chisinau
South Africa=Africa/Johannesburg|Israel=Asia/Jerusalem|Egypt=Africa/Cairo|Morocco=Africa/Casablanca
Turkey=Europe/Istanbul|Russian=Europe/Moscow|Arabian=Asia/Dubai|Arab=Asia/Riyadh
E. Africa=Africa/Nairobi|India=Asia/Kolkata|Pakistan=Asia/Karachi|SE Asia=Asia/Bangkok
China=Asia/Shanghai|Singapore=Asia/Singapore|Taipei=Asia/Taipei|Tokyo=Asia/Tokyo|Korea=Asia/Seoul
W. Australia=Australia/Perth|Cen. Australia=Australia/Adelaide|AUS Central=Australia/Darwin
AUS Eastern=Australia/Sydney|E. Australia=Australia/Brisbane|Tasmania=Australia/Hobart
New Zealand=Pacific/Auckland|West Pacific=Pacific/Port_Moresby|Samoa=Pacific/Apia
"""
# "(GMT-05:00) Eastern Time (US & Canada)", as lists of Windows and Rails show them.
_SHOWN_OFFSET = re.compile(r"^\((?:utc|gmt)(?:\s*[+-]?\s*\d{1,2}(?::?\d{2})?)?\)\s*")
_COUNTRY = re.compile(r" \((?:us|usa|u s)(?: (?:&|and) canada)?\)$")
_KIND = re.compile(r" (?:standard|daylight|summer) time(?= \(|$)")
_TIME = re.compile(r" (?:standard|daylight|summer)$| time(?: zone)?(?= \(|$)| zone$")


def zones_named(name: str, *, country: str = "") -> tuple[str, ...]:
    """All IANA zones that a name may mean where people of that country write it; empty: unknown."""
    text = _plain(name)
    if not text:
        return ()
    if text in _SEVERAL or (text, country) in _ELSEWHERE:
        return _ELSEWHERE.get((text, country)) or _SEVERAL[text]
    text = _COUNTRY.sub("", _SHOWN_OFFSET.sub("", text))
    windows, rails = named_in(WINDOWS), named_in(RAILS)
    if _KIND.search(text) and (zone := windows.get(_KIND.sub("", text))):
        return (zone,)
    bare = _TIME.sub("", _KIND.sub("", text))
    zone = (
        _families().get(bare) or _iana().get(_hubspot(text)) or rails.get(text) or rails.get(bare)
    )
    zone = zone or _cities().get(bare.partition(", ")[0])  # "Amsterdam, Berlin, Bern, Rome"
    return (_today(zone),) if zone else ()


def _hubspot(text: str) -> str:
    """ "us_slash_eastern", "america_slash_port_minus_au_minus_prince", or a name of the list."""
    spelt = text.replace(" slash ", "/").replace(" minus ", "-").replace(" plus ", "+")
    return spelt.replace(" ", "_")


def _today(zone: str) -> str:
    """The name of today for one that the list keeps for old programs."""
    return _families().get(zone.removeprefix("US/").lower(), zone) if zone[:3] == "US/" else zone


@lru_cache
def _families() -> dict[str, str]:
    return {name: zone for zone, names in _FAMILIES.items() for name in names.split(",")}


@lru_cache
def named_in(table: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in re.split(r"[|\n]", table) if pair)
    return {_plain(name): zone for name, _, zone in pairs}


@lru_cache
def _iana() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() if "/" in name or name == "UTC"}


@lru_cache
def _cities() -> dict[str, str]:
    """Cities that stand once in the list, among the places of the world's regions."""
    regions = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Pacific/")
    cities: dict[str, set[str]] = {}
    for name in available_timezones():
        if name.startswith(regions):
            city = _plain(name.rpartition("/")[2])
            cities.setdefault(city, set()).add(name)
    return {city: names.pop() for city, names in cities.items() if len(names) == 1}


def _plain(text: str) -> str:
    kept = without_accents(text.casefold()).replace(".", "").replace("_", " ")
    return " ".join(kept.split())
