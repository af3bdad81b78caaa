"""E-mail over a real socket to a real mail server, with and without TLS."""

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_kit import NOON, OFFICE, PostOffice, certificate

from bot.outbox import NotDelivered
from bot.outbox.mail import Letter, Mail, MailServer, Security
from bot.store import DeliveryRecord
from bot.trust import machine_trust

pytestmark = pytest.mark.realtime  # sockets of the kernel, and a handshake of TLS

DELIVERY = DeliveryRecord(
    id="msg_1.message.taken.0f0f0f0f",
    event="message.taken",
    subject="msg_1",
    channel="mail",
    target=OFFICE,
    made_at=NOON,
    due_at=NOON,
)


async def a_letter(delivery: DeliveryRecord) -> Letter:
    return Letter(subject="Message from Müller\n", text="Please call back.\n", urgent=True)


def mail_to(
    office: PostOffice, *, security: Security = "none", host: str = "127.0.0.1", **login: str
) -> Mail:
    server = MailServer(
        host=host, port=office.port, security=security, sender="line@clinic.example", **login
    )
    return Mail(server=server, letters=a_letter)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A certificate that this machine trusts, for as long as the test lasts."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make a certificate with")
    path, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    machine_trust.cache_clear()
    yield context
    machine_trust.cache_clear()


async def test_a_letter_arrives_as_it_was_written(post: PostOffice) -> None:
    """Subject, text, sender and receiver; marked as urgent and as made by a machine."""
    await mail_to(post).send(DELIVERY)
    [letter] = post.letters
    assert letter["Subject"] == "Message from Müller"
    assert letter["To"] == OFFICE
    assert letter["From"] == "Trunkline <line@clinic.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Importance"] == "high"
    assert letter.get_content() == "Please call back.\n"
    assert post.recipients == [[OFFICE]]


async def test_a_letter_sent_twice_is_one_to_mail_programs(post: PostOffice) -> None:
    """Both have the same Message-ID."""
    for _ in range(2):
        await mail_to(post).send(DELIVERY)
    assert len({letter["Message-ID"] for letter in post.letters}) == 1


async def test_starttls_and_login(trusted: ssl.SSLContext) -> None:
    """The password is said only after the line is encrypted."""
    async with PostOffice().open(tls=trusted, login=True) as office:
        mail = mail_to(
            office, security="starttls", host="localhost", username="desk", password="right"
        )
        await mail.send(DELIVERY)
    assert (office.over_tls, office.logins) == ([True], [("desk", "right")])


async def test_tls_from_the_first_byte(trusted: ssl.SSLContext) -> None:
    async with PostOffice().open(tls=trusted, from_first_byte=True) as office:
        await mail_to(office, security="tls", host="localhost").send(DELIVERY)
    assert office.over_tls == [True]


async def test_a_server_without_tls_gets_no_password(post: PostOffice) -> None:
    """Where STARTTLS is asked for and not offered, nothing is sent."""
    mail = mail_to(post, security="starttls", username="desk", password="right")
    with pytest.raises(NotDelivered):
        await mail.send(DELIVERY)
    assert (post.letters, post.logins) == ([], [])


async def test_a_stranger_who_calls_himself_the_server_gets_nothing(tmp_path: Path) -> None:
    """Its certificate is not one that the machine trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make a certificate with")
    _, context = certificate(tmp_path)
    async with PostOffice().open(tls=context) as office:
        with pytest.raises(NotDelivered):
            await mail_to(office, security="starttls", host="localhost").send(DELIVERY)
    assert office.letters == []


@pytest.mark.parametrize(
    ("said", "final"), [("451 4.3.0 try later", False), ("550 5.1.1 no such person", True)]
)
async def test_what_the_server_says_decides(post: PostOffice, said: str, final: bool) -> None:
    """4xx is tried again, 5xx is not (RFC 5321, 4.2.1)."""
    post.answers = [said]
    with pytest.raises(NotDelivered) as refused:
        await mail_to(post).send(DELIVERY)
    assert refused.value.final is final
    assert said[:3] in str(refused.value)


async def test_a_wrong_password_is_tried_again(trusted: ssl.SSLContext) -> None:
    """The operator may mend it: the letter waits."""
    async with PostOffice().open(tls=trusted, login=True) as office:
        mail = mail_to(
            office, security="starttls", host="localhost", username="desk", password="wrong"
        )
        with pytest.raises(NotDelivered, match="login") as refused:
            await mail.send(DELIVERY)
    assert (refused.value.final, office.letters) == (False, [])


async def test_nobody_listens() -> None:
    office = PostOffice()
    async with office.open():
        pass
    with pytest.raises(NotDelivered):
        await mail_to(office).send(DELIVERY)
