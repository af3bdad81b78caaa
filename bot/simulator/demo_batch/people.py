"""Who is in the file of the demo, what happens at their phones, and what has to come of it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.simulator.demo_batch import takes
from bot.simulator.demo_batch.takes import Take

CONSENT = "intake form"
GREETING = "Hello, this is {name}. Please leave a message after the tone."


@dataclass(frozen=True, kw_only=True)
class Expected:
    """How a contact has to end."""

    state: str = "done"
    disposition: str = ""
    calls: int = 1
    rule: str = ""  # of the gate, that kept them from being called


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """One row of the file, or two: `household` has an appointment of its own."""

    name: str
    phone: str  # as somebody typed it
    state: str
    about: str  # their story, in a few words
    expects: Expected
    day: int = 1  # of their appointment: days after the first calls
    takes: Sequence[Take] = ()  # one for each call
    consent: str = CONSENT
    household: str = ""  # a second name at the same number
    suppressed: bool = False
    cancelled_before: bool = False  # at the business, after the file was written

    @property
    def number(self) -> str:
        """E.164: all of them are American."""
        return "+1" + "".join(sign for sign in self.phone if sign.isdigit())[-10:]


# Rows that cannot be used: name, phone, state, time of the appointment.
BAD_ROWS = (
    ("Walt Short", "555 01", "NY", "10:00"),
    ("Xenia Blank", "", "NY", "10:30"),
    ("Yuri Later", "(212) 555-0192", "NY", "half past ten"),
)


def people(first_day: dt.date) -> Sequence[DemoPerson]:
    """The cast, when the first calls are made on this day."""
    later = f"{first_day.isoformat()}T15:00"
    new_day = (first_day + dt.timedelta(days=6)).isoformat()
    return (
        _says_yes("Ada Byron", "(212) 555-0101", "NY"),
        _says_yes("Ben Okri", "212-555-0102", "NY"),
        _says_yes("Cara Diaz", "(212) 555-0103", "NY", household="Leo Diaz"),
        DemoPerson(
            name="Dan Yu",
            phone="2125550104",
            state="NY",
            about="cancels",
            takes=(takes.cancels(),),
            expects=Expected(disposition="cancelled"),
        ),
        DemoPerson(
            name="Eve Stone",
            phone="(212) 555-0105",
            state="NY",
            about="moves it to another day",
            takes=(takes.moves(new_day, "10:00"),),
            expects=Expected(disposition="rescheduled"),
        ),
        DemoPerson(
            name="Finn Moor",
            phone="+1 212 555 0106",
            state="NY",
            about="is somebody else",
            takes=(takes.is_somebody_else(),),
            expects=Expected(disposition="wrong_person"),
        ),
        DemoPerson(
            name="Gus Lind",
            phone="(212) 555-0107",
            state="NY",
            about="asks to be called at three, then confirms",
            takes=(takes.wants_a_call_at(later), takes.confirms()),
            expects=Expected(disposition="confirmed", calls=2),
        ),
        DemoPerson(
            name="Hana Sato",
            phone="(212) 555-0108",
            state="NY",
            about="wants no more calls, in words",
            takes=(takes.opts_out(),),
            expects=Expected(disposition="opt_out"),
        ),
        _says_yes("Ian Wolf", "(212) 555-0109", "NY"),
        _says_yes("Jo March", "(212) 555-0110", "NY"),
        DemoPerson(
            name="Kim Park",
            phone="(212) 555-0111",
            state="NY",
            about="wants no more calls, by the key 9",
            takes=(takes.presses("9"),),
            expects=Expected(disposition="opt_out"),
        ),
        DemoPerson(
            name="Lola Cruz",
            phone="(212) 555-0112",
            state="NY",
            about="speaks Spanish",
            takes=(takes.speaks("Spanish", "Lo siento, no hablo ingles."),),
            expects=Expected(disposition="language_needed"),
        ),
        _machine("Mona Reed", "(212) 555-0113", "NY"),
        _machine("Ned Flynn", "(212) 555-0114", "NY"),
        DemoPerson(
            name="Olga Petrova",
            phone="(212) 555-0115",
            state="NY",
            about="a mailbox that is full, then confirms",
            day=2,
            takes=(takes.mailbox_is_full(), takes.confirms()),
            expects=Expected(disposition="confirmed", calls=2),
        ),
        DemoPerson(
            name="Pam Ray",
            phone="(212) 555-0116",
            state="NY",
            about="a machine, then picks up late",
            takes=(takes.picks_up_late(GREETING.format(name="Pam Ray")),),
            expects=Expected(disposition="confirmed"),
        ),
        DemoPerson(
            name="Quinn Bell",
            phone="(212) 555-0117",
            state="NY",
            about="an assistant asks who calls",
            takes=(takes.is_screened(),),
            expects=Expected(disposition="confirmed"),
        ),
        DemoPerson(
            name="Rosa Lopez",
            phone="(212) 555-0118",
            state="NY",
            about="no answer, reached at another hour",
            day=2,
            takes=(takes.nobody_comes(), takes.confirms()),
            expects=Expected(disposition="confirmed", calls=2),
        ),
        DemoPerson(
            name="Sam Hill",
            phone="(212) 555-0119",
            state="NY",
            about="no answer, three times",
            day=3,
            takes=(takes.nobody_comes(),) * 3,
            expects=Expected(disposition="no_answer", calls=3),
        ),
        DemoPerson(
            name="Tess Gray",
            phone="(212) 555-0120",
            state="NY",
            about="busy, then confirms",
            takes=(takes.is_busy(), takes.confirms()),
            expects=Expected(disposition="confirmed", calls=2),
        ),
        DemoPerson(
            name="Uma Nair",
            phone="(212) 555-0121",
            state="NY",
            about="cannot be connected, then confirms",
            takes=(takes.cannot_be_connected(), takes.confirms()),
            expects=Expected(disposition="confirmed", calls=2),
        ),
        DemoPerson(
            name="Vic Stan",
            phone="(212) 555-0122",
            state="NY",
            about="a number that is none",
            takes=(takes.is_no_number(),),
            expects=Expected(disposition="unreachable", calls=0),
        ),
        DemoPerson(
            name="Wendy Fox",
            phone="(212) 555-0123",
            state="NY",
            about="hangs up, confirms the next day",
            day=2,
            takes=(takes.hangs_up_on_it(), takes.confirms()),
            expects=Expected(disposition="confirmed", calls=2),
        ),
        DemoPerson(
            name="Xavier Mole",
            phone="(212) 555-0124",
            state="NY",
            about="presses 0 and gets a person",
            takes=(takes.presses("0"),),
            expects=Expected(disposition="transferred"),
        ),
        *_not_called(),
        *_elsewhere(),
    )


def _not_called() -> Sequence[DemoPerson]:
    return (
        DemoPerson(
            name="Yara Salt",
            phone="(212) 555-0125",
            state="NY",
            about="opted out long ago",
            suppressed=True,
            expects=Expected(state="skipped", calls=0, rule="suppressed"),
        ),
        DemoPerson(
            name="Zoe Winter",
            phone="(212) 555-0126",
            state="NY",
            about="never consented",
            consent="",
            expects=Expected(state="skipped", calls=0, rule="consent"),
        ),
        DemoPerson(
            name="Abe Nowhere",
            phone="(800) 555-0127",
            state="",
            about="may live anywhere",
            expects=Expected(state="skipped", calls=0, rule="place"),
        ),
        DemoPerson(
            name="Bea Early",
            phone="(212) 555-0128",
            state="NY",
            about="cancelled at the business meanwhile",
            cancelled_before=True,
            expects=Expected(state="skipped", calls=0, rule="standing"),
        ),
    )


def _elsewhere() -> Sequence[DemoPerson]:
    """Where the day begins later."""
    central = (("Cleo Vance", "(512) 555-0129"), ("Dov Katz", "(512) 555-0130"))
    pacific = (("Elle Woods", "(415) 555-0131"), ("Fay Wong", "(415) 555-0132"))
    return (
        *(_says_yes(name, phone, "TX", about="one hour behind") for name, phone in central),
        *(_says_yes(name, phone, "CA", about="three hours behind") for name, phone in pacific),
        _machine("Gil Ross", "(415) 555-0133", "CA"),
        _says_yes("Hal Finch", "(415) 555-0134", "CA", about="three hours behind"),
        _says_yes("Ida Kern", "(305) 555-0135", "FL"),
        DemoPerson(
            name="Jem Carr",
            phone="(305) 555-0136",
            state="FL",
            about="is somebody else",
            takes=(takes.is_somebody_else(),),
            expects=Expected(disposition="wrong_person"),
        ),
        _says_yes("Kay Lowe", "(305) 555-0137", "FL"),
        DemoPerson(
            name="Lew Penn",
            phone="(305) 555-0138",
            state="FL",
            about="cancels",
            takes=(takes.cancels(),),
            expects=Expected(disposition="cancelled"),
        ),
        _says_yes("Max Orr", "(512) 555-0139", "TX", about="one hour behind"),
        _says_yes("Nia Cole", "(415) 555-0140", "CA", about="three hours behind"),
    )


def _says_yes(
    name: str, phone: str, state: str, *, about: str = "", household: str = ""
) -> DemoPerson:
    both = " for both" if household else ""
    return DemoPerson(
        name=name,
        phone=phone,
        state=state,
        about=f"{about}, confirms" if about else f"confirms{both}",
        household=household,
        takes=(takes.confirms(),),
        expects=Expected(disposition="confirmed"),
    )


def _machine(name: str, phone: str, state: str) -> DemoPerson:
    return DemoPerson(
        name=name,
        phone=phone,
        state=state,
        about="a machine takes the message",
        takes=(takes.machine(GREETING.format(name=name)),),
        expects=Expected(disposition="voicemail_left"),
    )
