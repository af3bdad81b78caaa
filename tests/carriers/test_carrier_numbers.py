"""What a person wrote becomes E.164 or a SIP address, or is refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.carriers import is_dialable, is_sip, parse_target


@pytest.mark.parametrize(
    ("text", "region", "target"),
    [
        ("+1 555 123 4567", None, "+15551234567"),
        (" +1 (212) 555-0123 ", None, "+12125550123"),
        ("+1-212.555/0123", None, "+12125550123"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("(212) 555-0123", "us", "+12125550123"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("+49 30 901820", "US", "+4930901820"),
        ("+15005550006", None, "+15005550006"),
        ("+52 1 55 1234 5678", None, "+525512345678"),
        ("+52 55 1234 5678", None, "+525512345678"),
        ("sip:desk@example.com", None, "sip:desk@example.com"),
        ("SIP:+15551234567@pbx.example.com:5061;transport=tls", None, None),
        ("sip:a@[2001:db8::1]:5060", None, "sip:a@[2001:db8::1]:5060"),
    ],
)
def test_targets_are_read(text: str, region: str | None, target: str | None) -> None:
    """Numbers come out in E.164, SIP addresses as written with a small `sip:`."""
    expected = target or "sip:+15551234567@pbx.example.com:5061;transport=tls"
    assert parse_target(text, default_region=region) == expected
    assert is_dialable(expected)
    assert is_sip(expected) == expected.startswith("sip:")


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("911", "US"),
        ("112", "DE"),
        ("999", "gb"),
        ("+1911", None),
        ("+49112", None),
        ("9-1-1", "US"),
    ],
)
def test_emergency_numbers_are_refused(text: str, region: str | None) -> None:
    """No machine dials the emergency services."""
    with pytest.raises(ValueError, match="Emergency"):
        parse_target(text, default_region=region)


@pytest.mark.parametrize(
    "text", ["+19005551234", "+449098790000", "+979123456789", "+881612345678", "+883510012345678"]
)
def test_premium_rate_and_satellite_numbers_are_refused(text: str) -> None:
    """The numbers that toll fraud goes for are refused."""
    with pytest.raises(ValueError, match="Premium-rate"):
        parse_target(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "5551234567",
        "911",
        "+1555",
        "++15551234567",
        "+15551234567;ext=1",
        "+15551234567\r\nX: y",
        "call +15551234567",
        "+1 800 FLOWERS",
        "１５５５１２３４５６７",
        "client:bob",
        "sip:",
        "sip:example.com",
        "sip:a@",
        "sip:a@b c",
        "sip:a@b\r\nX-Evil: 1",
        "sip:a%0d%0aX@b.com",
        "sip:a%zz@b.com",
        "sip:a@b.com?X-Evil=1",
        "sip:a@b.com>,<sip:c@d.com",
        "sip:a:secret@b.com",
        "sip:" + "a" * 250 + "@b.com",
        "sips:a@b.com",
    ],
)
def test_everything_else_is_refused_with_a_sentence(text: str) -> None:
    """A wrong target raises ValueError with words, and never passes `is_dialable` either."""
    with pytest.raises(ValueError, match=r"\w+ \w+ \w+"):
        parse_target(text)
    assert not is_dialable(text)


@pytest.mark.parametrize(
    ("text", "region"),
    [("+1555123456789", None), ("+999123456789", None), ("555 1234", "US"), ("030", "DE")],
)
def test_a_number_of_a_wrong_length_is_refused(text: str, region: str | None) -> None:
    """Too long or short for its country, or of no country: not a number to dial."""
    with pytest.raises(ValueError, match="country code"):
        parse_target(text, default_region=region)


@pytest.mark.parametrize(("length", "fits"), [(254, True), (255, False)])
def test_a_sip_address_stays_below_255_characters(length: int, fits: bool) -> None:
    """Twilio takes SIP addresses shorter than 255 characters."""
    address = f"sip:{'a' * (length - len('sip:@b.com'))}@b.com"
    assert len(address) == length
    assert is_dialable(address) is fits


@given(text=st.text(max_size=80), region=st.none() | st.sampled_from(["US", "DE", "XX", "001"]))
def test_any_text_is_read_or_refused(text: str, region: str | None) -> None:
    """The answer is a dialable target or a ValueError, and reading it again changes nothing."""
    try:
        target = parse_target(text, default_region=region)
    except ValueError:
        return
    assert is_dialable(target)
    assert parse_target(target) == target
