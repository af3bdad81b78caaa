"""Only what was signed with one of our Auth Tokens, for our address, passes."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import HMAC_SHA256, RequestValidator

from bot.carriers.twilio.signatures import TwilioSignatures

TOKEN = "12345"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675310"),
    ("Digits", "1234"),
    ("From", "+14158675310"),
    ("To", "+18005551212"),
]


def checker(public_url: str = "https://example.com", *tokens: str) -> TwilioSignatures:
    return TwilioSignatures(auth_tokens=tokens or (TOKEN,), public_url=public_url)


def sign(url: str, form: dict[str, str] | None = None, token: str = TOKEN) -> str:
    return RequestValidator(token).compute_signature(url, form or {})


def form_ok(signatures: TwilioSignatures, signature: str | None, **changes: object) -> bool:
    asked: dict[str, object] = {"path": "/myapp.php", "query": "foo=1&bar=2", "params": FORM}
    return signatures.webhook_ok(**(asked | changes), signature=signature)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("public_url", "number", "signature"),
    [
        ("https://example.com", "+14158675310", "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        ("https://mycompany.com", "+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ],
)
def test_the_published_vectors_pass(public_url: str, number: str, signature: str) -> None:
    """Twilio's own examples of a signed form are accepted, and with one digit changed refused."""
    form = [(name, number if name in ("Caller", "From") else value) for name, value in FORM]
    assert form_ok(checker(public_url), signature, params=form)
    assert not form_ok(checker(public_url), signature, params=[*form[:-1], ("To", "+18005551213")])


@pytest.mark.parametrize("signature", [None, "", "x", "ünïcode", "\udcff", "=" * 10_000])
def test_a_missing_or_strange_signature_is_refused(signature: str | None) -> None:
    """No header, an empty one or nonsense: refused without an exception, for both doors."""
    assert not form_ok(checker(), signature)
    assert not checker().upgrade_ok(path="/twilio/stream", signature=signature)


def test_each_token_passes_while_one_is_rotated() -> None:
    """With two tokens set, requests signed with either pass and with a third do not."""
    both = checker("https://example.com", "old", "new")
    for token, expected in (("old", True), ("new", True), ("other", False)):
        signature = sign("https://example.com/a", {"A": "1"}, token)
        assert both.webhook_ok(path="/a", query="", params=[("A", "1")], signature=signature) is (
            expected
        )


@pytest.mark.parametrize("tokens", [[], [""], ["good", "  "], "12345"])
def test_without_a_real_token_nothing_can_be_checked(tokens: list[str]) -> None:
    """An empty key would accept anybody's signature, so it is refused at start."""
    with pytest.raises(ValueError, match="(?i)token"):
        TwilioSignatures(auth_tokens=tokens, public_url="https://example.com")


@pytest.mark.parametrize("url", ["", "example.com", "ftp://example.com", "https://", "wss://a.b"])
def test_a_public_url_must_be_http(url: str) -> None:
    """The base that Twilio sees is an http(s) address with a host."""
    with pytest.raises(ValueError, match="public URL"):
        TwilioSignatures(auth_tokens=[TOKEN], public_url=url)


@pytest.mark.parametrize(
    ("public_url", "signed_url"),
    [
        ("https://example.com", "https://example.com/in"),
        ("https://example.com", "https://example.com:443/in"),
        ("https://example.com/", "https://example.com/in"),
        ("https://example.com:8443", "https://example.com/in"),
        ("https://example.com:8443", "https://example.com:8443/in"),
        ("http://example.com:8080", "http://example.com:8080/in"),
        ("http://example.com", "http://example.com/in"),
        ("http://[::1]:8080", "http://[::1]:8080/in"),
        ("https://user:pass@example.com:8443", "https://example.com/in"),
        ("https://user:pass@example.com", "https://user:pass@example.com/in"),
        ("https://example.com/line", "https://example.com/line/in"),
        ("https://example.com/#rc=2", "https://example.com/in"),
    ],
)
def test_ports_users_and_prefixes_do_not_matter(public_url: str, signed_url: str) -> None:
    """Twilio leaves out port and user in some cases; every such form of our address passes."""
    ok = checker(public_url).webhook_ok(
        path="/in", query="", params=[("A", "1")], signature=sign(signed_url, {"A": "1"})
    )
    assert ok


@pytest.mark.parametrize(
    "signed_url",
    [
        "https://evil.com/in",
        "http://example.com/in",
        "https://example.com/in/",
        "https://example.com/out",
        "https://example.com/in?a=1",
        "https://example.com:444/in",
    ],
)
def test_a_webhook_of_another_address_is_refused(signed_url: str) -> None:
    """Host, scheme, path and query are part of what was signed."""
    signature = sign(signed_url, {"A": "1"})
    assert not checker().webhook_ok(path="/in", query="", params=[("A", "1")], signature=signature)


def test_a_get_is_signed_by_its_url_alone() -> None:
    """Without form fields the URL with its query is all that counts."""
    signature = sign("https://example.com/in?CallSid=CA1&x=a%20b")
    ask = checker().webhook_ok
    assert ask(path="/in", query="CallSid=CA1&x=a%20b", params=[], signature=signature)
    assert not ask(path="/in", query="CallSid=CA2&x=a%20b", params=[], signature=signature)


def test_all_values_of_a_repeated_field_are_signed() -> None:
    """A value added to a field that is already there breaks the signature."""

    class Fields(dict[str, list[str]]):
        getlist = dict.__getitem__

    signature = RequestValidator(TOKEN).compute_signature(
        "https://example.com/in", Fields(Event=["ringing", "answered"], A=["1"])
    )
    ask = checker().webhook_ok
    signed = [("Event", "answered"), ("A", "1"), ("Event", "ringing")]
    assert ask(path="/in", query="", params=signed, signature=signature)
    assert not ask(path="/in", query="", params=signed[:2], signature=signature)
    assert not ask(path="/in", query="", params=[*signed, ("A", "2")], signature=signature)


def test_the_caller_cannot_choose_a_stronger_looking_algorithm() -> None:
    """HMAC-SHA256, even with the right token, is not what a configured token means."""
    validator = RequestValidator(TOKEN)
    signature = validator.compute_signature("https://example.com/in", {"A": "1"}, HMAC_SHA256)
    raw = hmac.new(b"", b"https://example.com/inA1", hashlib.sha1).digest()
    ask = checker().webhook_ok
    assert not ask(path="/in", query="", params=[("A", "1")], signature=signature)
    unkeyed = base64.b64encode(raw).decode()
    assert not ask(path="/in", query="", params=[("A", "1")], signature=unkeyed)


@pytest.mark.parametrize(
    "signed_url",
    [
        "wss://example.com/twilio/stream",
        "wss://example.com/twilio/stream/",
        "https://example.com/twilio/stream",
        "https://example.com/twilio/stream/",
        "wss://example.com:443/twilio/stream",
    ],
)
@pytest.mark.parametrize("path", ["/twilio/stream", "/twilio/stream/"])
def test_every_known_form_of_an_upgrade_passes(signed_url: str, path: str) -> None:
    """The stream's URL is signed as wss, with or without a last slash, port or wss spelling."""
    assert checker().upgrade_ok(path=path, signature=sign(signed_url))


@pytest.mark.parametrize(
    "signed_url",
    [
        "ws://example.com/twilio/stream",
        "wss://evil.com/twilio/stream",
        "wss://example.com/twilio/other",
        "wss://example.com/twilio/stream?a=1",
    ],
)
def test_an_upgrade_of_another_address_is_refused(signed_url: str) -> None:
    """A signature for another host, path or an insecure scheme opens nothing."""
    assert not checker().upgrade_ok(path="/twilio/stream", signature=sign(signed_url))


def test_a_simulator_on_plain_http_can_sign_its_upgrade() -> None:
    """With an http public address the stream is ws, and keeps the port."""
    local = checker("http://127.0.0.1:8123")
    assert local.upgrade_ok(path="/s", signature=sign("ws://127.0.0.1:8123/s"))


anything = st.text(st.characters())  # lone surrogates too


@given(
    path=anything,
    query=anything,
    params=st.lists(st.tuples(anything, anything)),
    signature=st.none() | anything,
)
def test_no_input_raises_and_none_passes(
    path: str,
    query: str,
    params: list[tuple[str, str]],
    signature: str | None,
) -> None:
    """Whatever arrives is answered with False, never with an exception."""
    assert not checker().webhook_ok(path=path, query=query, params=params, signature=signature)
    assert not checker().upgrade_ok(path=path, signature=signature)


@pytest.mark.parametrize("params", [None, 7, [("a",)], [("a", None)], [(1, b"2")]])
def test_params_of_a_wrong_type_are_refused(params: object) -> None:
    """A form of the wrong shape is refused like a wrong signature."""
    assert not form_ok(checker(), "L/OH5YylLD5NRKLltdqwSvS0BnU=", params=params)


plain = st.text(st.characters(exclude_categories=("Cs",)))


@given(form=st.dictionaries(plain, plain), token=plain.filter(str.strip))
def test_what_the_twilio_package_signs_passes(form: dict[str, str], token: str) -> None:
    """Any form signed by the twilio package for our address is accepted."""
    token = token.strip()
    signature = sign("https://example.com/in?q=1", form, token)
    ask = checker("https://example.com", token).webhook_ok
    assert ask(path="/in", query="q=1", params=list(form.items()), signature=signature)
