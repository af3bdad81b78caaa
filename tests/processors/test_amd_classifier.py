"""Who has answered, by what carrier, beep and words say: every rule of the table."""

from collections.abc import Callable

import pytest

from processors.machines.amd_classifier import (
    BEEP_BELIEVED_SECS,
    BELIEVED_SECS,
    AmdClassifier,
    AmdVerdict,
)
from processors.machines.greetings import Says

MACHINE, PERSON, OPEN = AmdVerdict.MACHINE, AmdVerdict.PERSON, AmdVerdict.OPEN

Step = Callable[[AmdClassifier, float], object]


def carrier(answered_by: str) -> Step:
    return lambda classifier, now: classifier.carrier_says(answered_by, now)


def words(says: Says) -> Step:
    return lambda classifier, now: classifier.said(says, now)


def beep(classifier: AmdClassifier, now: float) -> None:
    classifier.beep(now)


def fax(classifier: AmdClassifier, now: float) -> None:
    classifier.fax(now)


def speaks(classifier: AmdClassifier, now: float) -> None:
    classifier.starts_speaking(now)


def silent(classifier: AmdClassifier, now: float) -> None:
    classifier.stops_speaking(now)


def listens(classifier: AmdClassifier, now: float) -> None:
    """A line of the agent is heard to its end."""
    classifier.agent_starts()
    classifier.agent_stops(now)
    classifier.agent_was_heard()


def turn(says: Says, secs: int = 1) -> tuple[Step, ...]:
    return (speaks, *(wait,) * (secs - 1), silent, words(says))


def wait(classifier: AmdClassifier, now: float) -> None:
    pass


def after(*steps: Step, wait_secs: float = 0.0) -> AmdClassifier:
    """A step a second; the verdict is asked for `wait_secs` after the last."""
    classifier, now = AmdClassifier(), 0.0
    for step in steps:
        now += 1.0
        step(classifier, now)
    verdict = classifier.verdict(now + wait_secs)
    classifier.cast.append({"verdict": verdict})
    return classifier


HELLO, ELSE, HINT, PROOF = Says.PERSON, Says.ELSE, Says.HINT, Says.MACHINE


@pytest.mark.parametrize(
    ("verdict", "steps"),
    [
        # nobody has said enough
        (OPEN, ()),
        (OPEN, (carrier("unknown"),)),
        (OPEN, (carrier("machine_start"), speaks)),
        (OPEN, turn(HELLO)),
        (OPEN, turn(HINT)),
        (OPEN, turn(ELSE)),
        (OPEN, (beep,)),
        (OPEN, (*turn(HELLO), carrier("machine_start"))),
        (OPEN, (*turn(HELLO), carrier("machine_start"), beep)),
        (OPEN, (*turn(HELLO), carrier("machine_end_other"), *turn(HINT))),
        # words alone
        (MACHINE, turn(PROOF)),
        (MACHINE, turn(Says.FULL)),
        (MACHINE, turn(Says.SCREENING)),
        (MACHINE, (*turn(HELLO), *turn(HELLO), *turn(PROOF))),
        (MACHINE, (carrier("human"), *turn(PROOF))),
        # the tone of a fax
        (MACHINE, (fax,)),
        (MACHINE, (carrier("human"), fax)),
        (PERSON, (listens, *turn(ELSE), listens, *turn(ELSE), fax)),
        # two witnesses
        (MACHINE, (carrier("machine_start"), *turn(HINT))),
        (MACHINE, (*turn(HINT), carrier("fax"))),
        (MACHINE, (carrier("machine_end_beep"), beep)),
        (MACHINE, (*turn(HINT), beep)),
        (MACHINE, (*turn(HELLO), *turn(HINT), beep, carrier("machine_start"))),
        # the carrier twice is one witness, and so are two hints
        (OPEN, (carrier("machine_start"), carrier("machine_end_beep"), speaks)),
        (OPEN, (*turn(HINT), *turn(HINT))),
        # people
        (PERSON, (carrier("human"),)),
        (PERSON, (carrier("human"), carrier("machine_end_beep"), beep)),
        (PERSON, (carrier("machine_start"), *turn(HELLO), *turn(HELLO))),
        (PERSON, (*turn(HELLO), *turn(HELLO), carrier("machine_start"), beep, *turn(HINT))),
        (PERSON, (listens, *turn(ELSE), listens, *turn(ELSE))),
        (OPEN, (listens, *turn(ELSE), *turn(ELSE))),
        (PERSON, (listens, *turn(ELSE), listens, *turn(ELSE), *turn(PROOF))),
        (PERSON, (listens, *turn(HELLO), listens, *turn(Says.WAIT), carrier("fax"), beep)),
        # a machine's words are no answer, whoever was speaking before
        (MACHINE, (listens, *turn(PROOF))),
        (OPEN, (listens, *turn(HINT), listens, *turn(Says.NOTHING))),
    ],
)
def test_the_votes(verdict: AmdVerdict, steps: tuple[Step, ...]) -> None:
    """As the table of the classifier has it, before anybody has been silent for long."""
    assert after(*steps).cast[-1] == {"verdict": verdict}


@pytest.mark.parametrize(
    ("verdict", "steps", "secs"),
    [
        # the carrier alone
        (OPEN, (listens, carrier("machine_start")), BELIEVED_SECS - 1.1),
        (MACHINE, (listens, carrier("machine_start")), BELIEVED_SECS - 0.9),
        (MACHINE, (speaks, silent, carrier("fax")), BELIEVED_SECS),
        (OPEN, (carrier("machine_start"), speaks), 60.0),
        (OPEN, (carrier("machine_start"), lambda classifier, now: classifier.agent_starts()), 60.0),
        (OPEN, (*turn(HELLO), carrier("machine_start")), 60.0),
        (OPEN, (carrier("unknown"),), 60.0),
        # a beep after a monologue
        (OPEN, (*turn(Says.NOTHING, secs=4), beep), BEEP_BELIEVED_SECS - 0.1),
        (MACHINE, (*turn(Says.NOTHING, secs=4), beep), BEEP_BELIEVED_SECS),
        (MACHINE, (*turn(ELSE, secs=4), beep), BEEP_BELIEVED_SECS),
        (OPEN, (*turn(Says.NOTHING, secs=2), beep), 60.0),
        (OPEN, (*turn(Says.NOTHING, secs=4), beep, words(HELLO)), 60.0),
        (OPEN, (*turn(Says.NOTHING, secs=4), beep, speaks), 60.0),
        (OPEN, (speaks, wait, wait, silent, listens, beep), 60.0),
    ],
)
def test_the_votes_and_silence(verdict: AmdVerdict, steps: tuple[Step, ...], secs: float) -> None:
    """One witness is believed when no other contradicts it for a while."""
    assert after(*steps, wait_secs=secs).cast[-1] == {"verdict": verdict}


def test_votes_are_kept_for_the_record() -> None:
    """Who, what and when, each verdict of the carrier once; words are named, never quoted."""
    classifier = after(carrier("human"), carrier("human"), beep, *turn(Says.HINT), *turn(Says.ELSE))
    assert classifier.cast[:-1] == [
        {"by": "carrier", "says": "human", "after_ms": 1000},
        {"by": "beep", "says": "beep", "after_ms": 3000},
        {"by": "words", "says": "hint", "after_ms": 6000},
    ]


def test_an_endless_menu_fills_no_record() -> None:
    """Twenty classifier tell enough."""
    classifier = after(*(step for _ in range(30) for step in turn(Says.HINT)))
    assert len(classifier.cast) == 21


def test_who_comes_to_a_machines_phone_has_not_spoken_yet() -> None:
    """Until the other side has answered twice, words may show that it is the machine after all."""
    classifier = after(carrier("machine_start"), *turn(PROOF))
    classifier.person_came()
    assert classifier.verdict(10.0) is PERSON
    classifier.said(PROOF, 11.0)
    assert classifier.verdict(11.0) is MACHINE


@pytest.mark.parametrize(
    ("is_fax", "steps"),
    [
        (True, (fax,)),
        (True, (carrier("fax"),)),
        (True, (carrier("unknown"), carrier("fax"))),
        (True, (*turn(HINT), fax)),
        (False, (*turn(HINT), carrier("fax"))),  # a machine that greets with words
        (False, (*turn(PROOF), carrier("fax"))),
        (False, (carrier("machine_start"), carrier("fax"))),
        (False, (beep,)),
        (False, ()),
    ],
)
def test_a_fax_is_told_from_other_machines(is_fax: bool, steps: tuple[Step, ...]) -> None:
    """By its tone, or by the carrier where no words are against it."""
    assert after(*steps).is_fax == is_fax
