"""Where somebody may be."""

from zoneinfo import ZoneInfo

import holidays
import phonenumbers
import pytest
from phonenumbers import geocoder
from phonenumbers.timezone import time_zones_for_number

from bot.batches.gate import places
from bot.batches.gate.contactability import Place
from bot.batches.gate.places import is_region, place_of, zones_of

EASTERN, CENTRAL = "America/New_York", "America/Chicago"
MOUNTAIN, PACIFIC = "America/Denver", "America/Los_Angeles"
INDIANA, BOISE = "America/Indiana/Indianapolis", "America/Boise"
TABLE = places._table()


def find(number: str = "", *, zone: str = "", region: str = "", batch_zone: str = "") -> Place:
    return place_of(number=number, zone=zone, region=region, batch_zone=batch_zone)


# -- by number ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area_code", "region", "zones"),
    [
        (812, "US-IN", {INDIANA, CENTRAL}),
        (930, "US-IN", {INDIANA, CENTRAL}),
        (219, "US-IN", {INDIANA, CENTRAL}),
        (574, "US-IN", {INDIANA, CENTRAL}),
        (850, "US-FL", {EASTERN, CENTRAL}),
        (448, "US-FL", {EASTERN, CENTRAL}),
        (270, "US-KY", {EASTERN, CENTRAL}),
        (364, "US-KY", {EASTERN, CENTRAL}),
        (606, "US-KY", {EASTERN, CENTRAL}),
        (208, "US-ID", {BOISE, PACIFIC}),
        (986, "US-ID", {BOISE, PACIFIC}),
        (605, "US-SD", {CENTRAL, MOUNTAIN}),
        (701, "US-ND", {CENTRAL, MOUNTAIN}),
        (423, "US-TN", {EASTERN, CENTRAL}),
        (931, "US-TN", {EASTERN, CENTRAL}),
        (541, "US-OR", {PACIFIC, BOISE}),
        (458, "US-OR", {PACIFIC, BOISE}),
        (308, "US-NE", {CENTRAL, MOUNTAIN}),
        (785, "US-KS", {CENTRAL, MOUNTAIN}),
        (620, "US-KS", {CENTRAL, MOUNTAIN}),
        (775, "US-NV", {PACIFIC, MOUNTAIN}),
        (906, "US-MI", {"America/Detroit", CENTRAL}),
        (928, "US-AZ", {"America/Phoenix", MOUNTAIN}),
        (432, "US-TX", {CENTRAL, MOUNTAIN}),
        (907, "US-AK", {"America/Anchorage", "America/Adak"}),
    ],
)
def test_a_split_area_code_lies_in_all_its_zones(
    area_code: int, region: str, zones: set[str]
) -> None:
    """Whatever the prefix, and whatever phonenumbers says of it."""
    for prefix in range(200, 1000, 7):
        place = find(f"+1{area_code}{prefix}0123")
        assert place.source == "number"
        assert place.regions == {region}
        assert place.zones >= zones


@pytest.mark.parametrize(
    ("area_code", "region", "zones"),
    [
        (212, "US-NY", {EASTERN}),
        (305, "US-FL", {EASTERN}),
        (915, "US-TX", {MOUNTAIN}),
        (713, "US-TX", {CENTRAL}),
        (865, "US-TN", {EASTERN}),
        (615, "US-TN", {CENTRAL}),
        (702, "US-NV", {PACIFIC}),
        (602, "US-AZ", {"America/Phoenix"}),
        (808, "US-HI", {"Pacific/Honolulu"}),
        (787, "US-PR", {"America/Puerto_Rico"}),
        (939, "US-PR", {"America/Puerto_Rico"}),
        (340, "US-VI", {"America/St_Thomas"}),
        (671, "US-GU", {"Pacific/Guam"}),
        (416, "CA-ON", {"America/Toronto"}),
        (604, "CA-BC", {"America/Vancouver"}),
    ],
)
def test_an_area_code_in_one_zone_lies_there(area_code: int, region: str, zones: set[str]) -> None:
    """Even where its state has another zone too."""
    place = find(f"+1{area_code}5550123")
    assert (place.regions, place.zones) == ({region}, zones)


@pytest.mark.parametrize(
    "number",
    [
        "+18005550123",  # toll-free
        "+18885550123",
        "+18775550123",
        "+18665550123",
        "+18555550123",
        "+18445550123",
        "+18335550123",
        "+19005550123",  # premium
        "+15005550123",  # personal
        "+15335550123",
        "+15550001111",  # not an area code
        "+16005550123",  # Canada, but nowhere in it
        "+18765550123",  # Jamaica, but in all 42 zones by phonenumbers
        "+80012345678",  # toll-free everywhere
        "+498001234567",
        "+12",
        "12125550123",
        "nonsense",
        "",
    ],
)
def test_a_number_that_belongs_to_no_place_is_unknown(number: str) -> None:
    """And an unknown place has no zones, so that nobody there is called."""
    assert find(number) == Place(zones=frozenset(), regions=frozenset(), source="unknown")


def test_numbers_of_other_countries_lie_in_all_zones_of_theirs() -> None:
    """As phonenumbers knows them."""
    assert find("+493012345678").zones == {"Europe/Berlin"}
    assert find("+493012345678").regions == {"DE"}
    australian = find("+61412345678")  # mobile: anywhere
    assert {"Australia/Sydney", "Australia/Perth"} <= australian.zones


# -- by what the file says ------------------------------------------------------------------------


def test_a_region_has_all_its_zones_and_a_zone_in_it_is_the_one() -> None:
    """By whatever name."""
    assert find("+12125550123", region="US-TN") == Place(
        zones=frozenset({EASTERN, CENTRAL}), regions=frozenset({"US-TN"}), source="region"
    )
    assert find("+12125550123", region="US-TN", zone=CENTRAL).zones == {CENTRAL}
    assert find("+12125550123", region="US-TN", zone="US/Eastern").zones == {"US/Eastern"}
    assert find("", region="DE").zones == {"Europe/Berlin"}
    assert find("+12125550123", region="DE-BY").regions == {"DE-BY"}


def test_a_region_and_a_zone_that_contradict_each_other_both_count() -> None:
    """Nobody can tell which of the columns is right."""
    place = find("+12125550123", region="US-TN", zone=PACIFIC)
    assert place.zones == {EASTERN, CENTRAL, PACIFIC}
    assert place.regions == {"US-TN", "US"}


def test_a_zone_in_the_numbers_state_leaves_the_state() -> None:
    """The number says the law, the file the clock."""
    place = find("+14235550123", zone=CENTRAL)
    assert (place.zones, place.regions, place.source) == ({CENTRAL}, {"US-TN"}, "zone")


def test_a_zone_outside_the_numbers_state_leaves_the_state_unknown() -> None:
    """Somebody has moved and kept the number."""
    place = find("+12125550123", zone=PACIFIC)
    assert (place.zones, place.regions) == ({PACIFIC}, {"US"})
    assert find("+12125550123", zone="Europe/Berlin").regions == {"ZZ"}
    assert find("+18005550123", zone=PACIFIC).regions == {"US"}
    assert find("+12125550123", zone="US/Pacific").regions == {"US", "CA"}  # an old name, by clock


def test_a_country_alone_leaves_the_rest_to_the_number() -> None:
    """If the number is of that country; else it may be anywhere there."""
    assert find("+12125550123", region="US") == find("+12125550123")
    assert find("+493012345678", region="US").zones == zones_of("US") > {EASTERN, PACIFIC}


def test_the_senders_zone_counts_beside_the_number_and_for_those_without() -> None:
    """A number elsewhere may have been kept, so both count."""
    assert find("+12125550123", batch_zone=EASTERN) == find("+12125550123")
    kept = find("+13105550123", batch_zone=EASTERN)
    assert (kept.zones, kept.regions) == ({PACIFIC, EASTERN}, {"US-CA", "US"})
    toll_free = find("+18005550123", batch_zone=EASTERN)
    assert toll_free == Place(zones=frozenset({EASTERN}), regions=frozenset({"US"}), source="batch")
    assert find("+12125550123", zone=EASTERN, batch_zone=PACIFIC).zones == {EASTERN}
    assert find("+12125550123", region="US-NY", batch_zone=PACIFIC).zones == {EASTERN}


@pytest.mark.parametrize(("area_code", "state"), [(305, "FL"), (405, "OK"), (410, "MD")])
def test_a_state_that_presumes_its_area_codes_counts_whatever_the_address(
    area_code: int, state: str
) -> None:
    """By the law of Florida, Oklahoma and Maryland."""
    number = f"+1{area_code}5550123"
    for place in (find(number, region="US-CA"), find(number, zone=PACIFIC)):
        assert f"US-{state}" in place.regions
        assert place.zones == {PACIFIC} | find(number).zones
    assert find("+12125550123", region="US-CA").regions == {"US-CA"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "US-ZZ"},
        {"region": "Florida"},
        {"region": "us-fl"},
        {"region": "XX"},
        {"region": "DE-"},
        {"zone": "America/Gotham"},
        {"zone": "../etc/passwd"},
        {"batch_zone": "EST or so"},
    ],
)
def test_what_cannot_be_read_makes_the_place_unknown(wrong: dict[str, str]) -> None:
    """It says something, and nobody knows what: the number does not stand in for it."""
    assert find("+12125550123", **wrong).source == "unknown"


def test_regions_are_recognised() -> None:
    """Those that can be placed."""
    assert all(map(is_region, ["US", "US-FL", "US-PR", "CA-ON", "DE", "DE-BY", "GB-ENG"]))
    assert not any(map(is_region, ["", "U", "US-", "US-XX", "CA-FL", "ZZ", "elsewhere"]))


# -- the data -------------------------------------------------------------------------------------


def test_every_state_and_its_zones_are_known() -> None:
    """All that have public holidays, but for the islands where nobody lives."""
    states = set(holidays.country_holidays("US").subdivisions) - {"UM"}
    assert {key for key in TABLE.zones if key.startswith("US-")} == {f"US-{s}" for s in states}
    for zones in TABLE.zones.values():
        assert zones
        assert all(ZoneInfo(zone).key == zone for zone in zones)
    assert set(TABLE.presumed) <= set(TABLE.zones)


NAMES = {"Washington D.C.": "DC", "Washington State": "WA"}


def test_area_codes_lie_in_the_state_that_phonenumbers_names() -> None:
    """Its descriptions end with the state's letters, or are a name: New York, NY; Florida."""
    letters = {region[3:] for region in TABLE.zones if region.startswith("US-")}
    checked = 0
    for code, found in TABLE.area_codes.items():
        described = set()
        for prefix in range(200, 1000, 50):
            number = phonenumbers.parse(f"+1{code}{prefix}0123")
            described.add(geocoder.description_for_number(number, "en"))
        states = {text.rpartition(", ")[2] for text in described if ", " in text} & letters
        states |= {NAMES[text] for text in described if text in NAMES}
        if states:
            checked += 1
            assert {f"US-{state}" for state in states} == found.regions, code
    assert checked > 100


def test_no_geographical_area_code_of_the_us_is_missing() -> None:
    """Every one that phonenumbers can describe."""
    for code in range(200, 1000):
        number = phonenumbers.parse(f"+1{code}5550123")
        if phonenumbers.region_code_for_number(number) == "US":
            described = geocoder.description_for_number(number, "en")
            assert bool(described) == (str(code) in TABLE.area_codes), code


def test_no_zone_that_phonenumbers_knows_is_left_out() -> None:
    """What it says counts as well, by clock."""
    for code in TABLE.area_codes:
        for prefix in range(200, 1000, 25):
            text = f"+1{code}{prefix}0123"
            number = phonenumbers.parse(text)
            ours = {places._clock(zone) for zone in find(text).zones}
            if phonenumbers.is_valid_number(number):
                theirs = time_zones_for_number(number)
                if len(theirs) < 42:
                    assert {places._clock(zone) for zone in theirs} <= ours, text
