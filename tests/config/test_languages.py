"""Languages are data: what each file holds, and that the agents of a language speak it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from bot.calls.call_request import CallRequest
from bot.calls.prompts import model_config
from config import LANGUAGES, SHIPPED, Agent, language_of, make_agent
from processors.machines.greetings import Says, what_is_said
from processors.words.backchannels import backchannel_words
from processors.words.farewells import compile_farewells, farewell_patterns, is_farewell
from processors.words.languages import FOLDER
from processors.words.no_more_calls import NoMoreCalls
from processors.words.phrases import compiled
from processors.words.pleas import Pleas
from tests.brains.some_brains import MARIN

FILES = {code: tomllib.loads((FOLDER / f"{code}.toml").read_text("utf-8")) for code in LANGUAGES}
every_language = pytest.mark.parametrize("code", LANGUAGES)
# Turkish negates in the verb.
MAY_BE_EMPTY = {("tr", "opt_outs", "negations")}


def tables(code: str) -> Iterator[tuple[str, str, Any]]:
    """Table, name and value of all that a file holds in tables."""
    for table, content in FILES[code].items():
        if isinstance(content, dict):
            for name, value in content.items():
                yield table, name, value


def an_agent(**changes: Any) -> Agent:
    values = {"name": "test", "pipeline": "reception", "instructions": "-"}
    return make_agent(values | changes)


def farewells_of(code: str) -> tuple[re.Pattern[str], ...]:
    return compile_farewells(farewell_patterns(code))


# -- the files ------------------------------------------------------------------------------------


def test_there_is_one_set_of_languages() -> None:
    """What is spoken in a language is also understood in it, from the same files."""
    assert tuple(LANGUAGES) == ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "tr")
    assert SHIPPED.with_name("languages") == FOLDER


@every_language
def test_a_language_is_complete(code: str) -> None:
    """It holds all that the English file holds, nothing else, and no list is empty."""
    assert FILES[code].keys() == FILES["en"].keys()
    own, english = (
        {(table, name) for table, name, _ in tables(each) if table != "parts"}
        for each in (code, "en")
    )
    assert own == english
    for table, name, value in tables(code):
        assert value or (code, table, name) in MAY_BE_EMPTY, f"{table}.{name}"
        for text in [value] if isinstance(value, str) else value:
            assert text.strip(), f"{table}.{name}"
            assert type(value) is type(FILES["en"].get(table, {}).get(name, value))


@every_language
def test_every_pattern_is_one(code: str) -> None:
    """Each is a regular expression, and its parts are in the file; each part is needed."""
    groups = _patterns(code)
    patterns = [text for group in groups for texts in group.values() for text in texts]
    assert compiled([*patterns, *language_of(code).disclosure["ai"]], kind="test")
    assert not [text for text in patterns if re.search(r"(?<!\(\?)<[a-z]+>", text)]
    written = (FOLDER / f"{code}.toml").read_text("utf-8")
    assert [part for part in FILES[code]["parts"] if f"<{part}>" not in written] == []


@every_language
def test_a_pattern_matches_something_only(code: str) -> None:
    """One that matches the empty text would match whatever is said."""
    groups = _patterns(code)
    for group in groups:
        for name, texts in group.items():
            assert not [text for text in texts if re.search(text, "")], name


@every_language
def test_nods_and_yeses_are_apart(code: str) -> None:
    """A word that answers a question is not one that only listens."""
    told = LANGUAGES[code].backchannels
    assert set(told.nods).isdisjoint(told.yes)
    assert "mhm" in told.nods
    assert "ok" in told.yes


def _patterns(code: str) -> tuple[dict[str, Any], ...]:
    told = LANGUAGES[code]
    words = (told.opt_outs, told.pleas, told.greetings)
    return (*map(vars, words), {"farewells": told.farewells})


# -- what is spoken -------------------------------------------------------------------------------


@every_language
def test_the_last_lines_take_leave(code: str) -> None:
    """They end as farewells of their language do, and the other lines do not."""
    agent = an_agent(language=code)
    lines, silence = agent.lines, agent.silence
    for line in (lines.farewell, lines.time_limit, silence.goodbye):
        assert is_farewell(line, farewells_of(code)), line
    others = (lines.filler, *lines.waiting, lines.hold, lines.nobody, lines.sorry, lines.busy)
    for line in (*others, lines.queue, *silence.prompts):
        assert not is_farewell(line, farewells_of(code)), line


@every_language
def test_our_own_lines_are_no_wish_of_theirs(code: str) -> None:
    """None of them asks for no more calls or for a person, and none sounds like an answering
    machine."""
    opted_out, pleas = NoMoreCalls(language=code), Pleas(language=code)
    agent = an_agent(language=code)
    machines = (Says.FULL, Says.SCREENING, Says.MACHINE)
    for text in _spoken(agent):
        assert not opted_out.wanted(text), text
        assert not pleas.emergency(text), text
        assert not pleas.person(text), text
        assert what_is_said(text) not in machines, text


def _spoken(agent: Agent) -> Iterator[str]:
    for value in (*vars(agent.lines).values(), agent.silence.prompts, agent.silence.goodbye):
        yield from filter(None, (value,) if isinstance(value, str) else value)


@every_language
def test_an_agent_speaks_its_language(code: str) -> None:
    """What its file leaves out is in its language: for the model, the carrier and the silence."""
    agent = an_agent(language=code)
    spoken = FILES[code]["lines"]
    assert asdict(agent.lines) == spoken | {"waiting": tuple(spoken["waiting"]), "screening": ""}
    assert list(agent.silence.prompts) == FILES[code]["silence"]["prompts"]
    assert agent.silence.goodbye == FILES[code]["silence"]["goodbye"]
    assert agent.goodbye.patterns == farewell_patterns(code)
    assert agent.barge_in.backchannels == backchannel_words(code)
    told = model_config(agent, CallRequest(), MARIN)
    assert told.filler == spoken["filler"]
    assert told.farewell == spoken["farewell"]
    assert told.waiting == (spoken["filler"], *spoken["waiting"])
    assert agent.locale == FILES[code]["locale"]


@every_language
def test_no_two_languages_say_the_same(code: str) -> None:
    """A line that was left in English would be found here."""
    others = [an_agent(language=other) for other in LANGUAGES if other != code]
    foreign = {text for agent in others for text in _spoken(agent)}
    assert foreign.isdisjoint(_spoken(an_agent(language=code)))


def test_an_agents_own_lines_come_first() -> None:
    """Those it leaves out are still those of its language; an empty filler asks nobody to wait."""
    agent = an_agent(language="es", lines={"farewell": "¡Chao!"}, silence={"wait_secs": 5})
    assert agent.lines.farewell == "¡Chao!"
    assert agent.lines.filler == "Un momento, por favor."
    assert agent.silence.wait_secs == 5
    assert agent.silence.prompts[0] == "¿Sigue usted ahí?"
    mute = an_agent(language="es", lines={"filler": ""}, silence={"prompts": []})
    assert mute.lines.filler == ""
    assert mute.silence.prompts == ()
    assert model_config(mute, CallRequest(), MARIN).waiting == ()


def test_what_the_language_says_is_not_set_by_the_file() -> None:
    """Whoever asks what an agent's file sets learns of that alone."""
    agent = an_agent(language="es", lines={"farewell": "¡Chao!"})
    assert agent.given == {"name", "pipeline", "instructions", "language", "lines.farewell"}


def test_an_empty_list_of_words_means_those_of_the_language() -> None:
    """As the page says: it is as good as none."""
    plain = an_agent(language="fr")
    agent = an_agent(
        language="fr",
        lines={"waiting": []},
        goodbye={"patterns": []},
        barge_in={"backchannels": []},
    )
    assert agent.lines.waiting == plain.lines.waiting != ()
    assert agent.goodbye.patterns == plain.goodbye.patterns != ()
    assert agent.barge_in.backchannels == plain.barge_in.backchannels != ()


def test_a_language_that_there_is_no_file_for() -> None:
    """Its lines are English but for those that the agent has, and nothing English follows those."""
    agent = an_agent(language="sv", lines={"filler": "Ett ögonblick."})
    assert agent.lines.farewell == "Goodbye."
    assert agent.silence == an_agent().silence
    assert agent.locale == "sv"
    assert model_config(agent, CallRequest(), MARIN).waiting == ("Ett ögonblick.",)
    assert language_of("sv").name == "the language with the code sv"
