"""Where a contact lives, from the columns of an address: a region like US-FL, a zone, a country."""

import re
from functools import lru_cache

import holidays
import phonenumbers

from bot.batches.reading.tables import BadCell
from bot.batches.reading.zone_names import zones_named
from tools.accents import without_accents

# What the first three digits of a US ZIP code say, as ranges; Source: the postal service's list of
# sectional centres. What belongs to the armed forces abroad is nowhere.
_ZIP_PREFIXES = (
    "005 NY|006-007 PR|008 VI|009 PR|010-027 MA|028-029 RI|030-038 NH|039-049 ME|050-054 VT|055 MA|"
    "056-059 VT|060-069 CT|070-089 NJ|100-149 NY|150-196 PA|197-199 DE|200 DC|201 VA|202-205 DC|"
    "206-212 MD|214-219 MD|220-246 VA|247-268 WV|270-289 NC|290-299 SC|300-319 GA|320-339 FL|"
    "341-342 FL|344 FL|346-347 FL|349 FL|350-352 AL|354-369 AL|370-385 TN|386-397 MS|398-399 GA|"
    "400-427 KY|430-459 OH|460-479 IN|480-499 MI|500-528 IA|530-532 WI|534-535 WI|537-549 WI|"
    "550-551 MN|553-567 MN|569 DC|570-577 SD|580-588 ND|590-599 MT|600-620 IL|622-629 IL|"
    "630-631 MO|633-641 MO|644-658 MO|660-662 KS|664-679 KS|680-681 NE|683-693 NE|700-701 LA|"
    "703-708 LA|710-714 LA|716-729 AR|730-731 OK|733 TX|734-741 OK|743-749 OK|750-770 TX|"
    "772-799 TX|800-816 CO|820-831 WY|832-838 ID|840-847 UT|850-853 AZ|855-857 AZ|859-860 AZ|"
    "863-865 AZ|870-871 NM|873-875 NM|877-884 NM|885 TX|889-891 NV|893-895 NV|897-898 NV|"
    "900-908 CA|910-928 CA|930-961 CA|967-968 HI|969 GU|970-979 OR|980-986 WA|988-994 WA|995-999 AK"
)
# ZIP codes that lie in two states, and some that lie in another one than their neighbours.
_ZIP_BORDER = "02861 42223 59221 63673 71749 73949 81137 84536 86044 86515 88063 89439 97635"
_ZIP_ODD = {"06390": "NY", "83414": "WY", **dict.fromkeys(_ZIP_BORDER.split(" "), "")}
_POSTCODE_PROVINCES = {  # of Canada, by the first letter; X is two territories
    **{"A": "NL", "B": "NS", "C": "PE", "E": "NB", "G": "QC", "H": "QC", "J": "QC", "K": "ON"},
    **{"L": "ON", "M": "ON", "N": "ON", "P": "ON", "R": "MB", "S": "SK", "T": "AB", "V": "BC"},
    "Y": "YT",
}
_ZIP = re.compile(r"[0-9]{3,5}|[0-9]{7,9}")  # of four or nine digits and more, zeros lost
_POSTAL_CODE = re.compile(r"[A-Z][0-9][A-Z](?:[0-9][A-Z][0-9])?")
_WITH_RULES = ("US", "CA")  # a state that cannot be read is a fault: its law decides
# Countries whose regions have holidays of their own.
_WITH_REGIONS = ("US", "CA", "AU", "DE", "AT", "CH", "GB")

_COUNTRY_NAMES = {
    name: code
    for code, names in {
        "US": "usa,united states,united states of america,vereinigte staaten,etats-unis,"
        "estados unidos,stati uniti,amerika",
        "CA": "canada,kanada",
        "MX": "mexico,mexiko,mexique",
        "GB": "uk,united kingdom,great britain,britain,england,scotland,wales,northern ireland,"
        "grossbritannien,vereinigtes konigreich,royaume-uni,reino unido,regno unito",
        "IE": "ireland,irland,irlande,irlanda",
        "DE": "germany,deutschland,allemagne,alemania,germania,duitsland,brd,ger,deu",
        "AT": "austria,osterreich,oesterreich,autriche,aut",
        "CH": "switzerland,schweiz,suisse,svizzera,suiza,che",
        "FR": "france,frankreich,francia,fra",
        "BE": "belgium,belgien,belgique,belgie",
        "NL": "netherlands,the netherlands,niederlande,nederland,holland,pays-bas",
        "LU": "luxembourg,luxemburg",
        "ES": "spain,spanien,espana,espagne,spagna",
        "PT": "portugal",
        "IT": "italy,italien,italia,italie",
        "PL": "poland,polen,polska",
        "CZ": "czechia,czech republic,tschechien,cesko",
        "DK": "denmark,danemark,danmark",
        "SE": "sweden,schweden,sverige",
        "NO": "norway,norwegen,norge",
        "FI": "finland,finnland,suomi",
        "TR": "turkey,turkei,turkiye",
        "AU": "australia,australien",
        "NZ": "new zealand,neuseeland",
        "IN": "india,indien",
        "BR": "brazil,brasil,brasilien",
        "AR": "argentina",
        "ZA": "south africa,sudafrika",
    }.items()
    for name in names.split(",")
}
_OLD_NAMES = {  # of states and provinces, as people still shorten them
    "US": {
        code: names.split(" ")
        for code, names in {
            "AL": "ala", "AZ": "ariz", "AR": "ark", "CA": "cal calif", "CO": "col colo",
            "CT": "conn", "DE": "del", "FL": "fla flor", "IL": "ill ills", "IN": "ind",
            "KS": "kan kans", "KY": "ken kent", "MA": "mass", "MI": "mich", "MN": "minn",
            "MS": "miss", "MT": "mont", "NE": "neb nebr", "NV": "nev", "NM": "nmex",
            "ND": "ndak", "OK": "okla", "OR": "ore oreg", "PA": "penn penna", "SD": "sdak",
            "TN": "tenn", "TX": "tex", "WA": "wash", "WV": "wva", "WI": "wis wisc", "WY": "wyo",
        }.items()
    },
    "CA": {
        code: names.split(" ")
        for code, names in {
            "AB": "alta", "MB": "man", "NL": "nf nfld newfoundland labrador", "NT": "nwt",
            "ON": "ont", "PE": "pei", "QC": "pq que", "SK": "sask", "YT": "yk",
        }.items()
    },
}  # fmt: skip
_NEIGHBOURS = {"US": "CA", "CA": "US"}  # whose people stand in each other's files


class BadAddress(BadCell):
    """A part of an address that cannot be read, or contradicts another; the message says why."""


def read_country(cell: str, *, default: str) -> str:
    """ISO 3166 code of the country in a cell; an empty one is the default. Raises BadAddress."""
    text = _plain(cell)
    if not text:
        return default
    known = _COUNTRY_NAMES.get(text)
    if known is None and text.upper() in phonenumbers.SUPPORTED_REGIONS:
        known = text.upper()
    if known is None:
        raise BadAddress(
            f'this country is not known: "{cell}"; write its two letters, like US or DE'
        )
    return known


def read_region(*, state: str, postcode: str, country: str) -> str:
    """The region as ISO 3166-2 ("US-FL"), or the country alone where no state is known.

    Empty when the file says nothing at all of a state or a postcode.

    Raises:
        BadAddress: the state is none of its country, or the postcode lies in another one.
    """
    by_state = _of_state(state, country) if state.strip() else ""
    by_postcode = _of_postcode(postcode, country) if postcode.strip() else ""
    if by_state and by_postcode and by_state != by_postcode:
        raise BadAddress(
            f"the state {by_state} and the postcode, which is in {by_postcode}, do not fit together"
        )
    region = by_state or by_postcode
    if region:
        return f"{country}-{region}"
    return country if state.strip() or postcode.strip() else ""


def read_zone(cell: str) -> str:
    """The IANA name of a time zone; empty for an empty cell. Raises BadAddress."""
    if not cell.strip():
        return ""
    zones = zones_named(cell)
    if len(zones) > 1:
        raise BadAddress(f'"{cell}" may be {" or ".join(zones)}: write which of them it is')
    if not zones:
        raise BadAddress(f'this time zone is not known: "{cell}"; write it like America/New_York')
    return zones[0]


def implied_country(*, state: str, postcode: str, usual: str) -> str:
    """The country of an address that names none: a province beside states is of Canada."""
    other = _NEIGHBOURS.get(usual)
    if other is None or (state.strip() and _code_of(state, usual)):
        return usual
    if state.strip():
        return other if _code_of(state, other) else usual
    return other if _is_postcode(postcode, other) and not _is_postcode(postcode, usual) else usual


def named_region(text: str, country: str) -> str:
    """The region of that country which a text names, as "US-FL"; empty where it names none."""
    code = _code_of(text, country) if country in _WITH_RULES else ""
    return f"{country}-{code}" if code else ""


def _of_state(text: str, country: str) -> str:
    """The code of a region of that country; empty where it is not known and does not decide."""
    if country not in _WITH_REGIONS:
        return ""
    code = _code_of(text, country)
    if not code and country in _WITH_RULES:
        raise BadAddress(f'this is no state of {country}: "{text}"')
    return code


def _code_of(text: str, country: str) -> str:
    codes, names = _regions(country)
    plain = _plain(text).removeprefix(f"{country.lower()}-")
    if plain.upper() in codes:
        return plain.upper()
    first, dash, rest = plain.partition(" - ")  # "NY - New York"
    if dash and names.get(rest) == first.upper():
        return first.upper()
    return names.get(plain, "")


def _of_postcode(text: str, country: str) -> str:
    """The code of the region a postcode lies in; empty where postcodes do not tell."""
    if country not in _WITH_RULES:
        return ""
    compact = _compact(text)
    if not _is_postcode(text, country):
        what = "no ZIP code" if country == "US" else "no postal code of Canada"
        raise BadAddress(f'this is {what}: "{text}"')
    if country == "CA":
        return _POSTCODE_PROVINCES.get(compact[0], "")
    # A spreadsheet takes the zeros before a number.
    zip_code = compact.zfill(5) if len(compact) <= 5 else compact.zfill(9)[:5]
    return _ZIP_ODD[zip_code] if zip_code in _ZIP_ODD else _zip_states().get(zip_code[:3], "")


def _is_postcode(text: str, country: str) -> bool:
    pattern = _ZIP if country == "US" else _POSTAL_CODE
    return bool(pattern.fullmatch(_compact(text)))


def _compact(text: str) -> str:
    """Without spaces and dashes, and without what a column of numbers adds."""
    whole = re.sub(r"(?<=\d)[.,]0+$", "", text.strip().lstrip("'"))
    return re.sub(r"[\s-]", "", whole).upper()


@lru_cache
def _zip_states() -> dict[str, str]:
    states = {}
    for part in _ZIP_PREFIXES.split("|"):
        prefixes, state = part.split()
        first, _, last = prefixes.partition("-")
        for prefix in range(int(first), int(last or first) + 1):
            states[f"{prefix:03d}"] = state
    return states


@lru_cache
def _regions(country: str) -> tuple[frozenset[str], dict[str, str]]:
    """Codes, and names with their codes, of the regions that the calendar of holidays knows."""
    calendar = type(holidays.country_holidays(country))
    codes = {code for code in calendar.subdivisions if len(code) <= 3}
    names = {
        _plain(name): code for name, code in calendar.subdivisions_aliases.items() if code in codes
    }
    if country == "US":
        names["washington dc"] = names["washington, dc"] = "DC"
    for code, shortened in _OLD_NAMES.get(country, {}).items():
        names |= dict.fromkeys(shortened, code)
    return frozenset(codes), names


def _plain(text: str) -> str:
    return " ".join(without_accents(text.casefold()).replace(".", "").split())
