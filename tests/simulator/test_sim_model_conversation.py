"""The simulated model over a real socket: sessions, turns, responses, tools."""

import json

import pytest
from openai import AsyncOpenAI
from openai.types.realtime import RealtimeServerEvent
from sim_model_kit import BRISK, Hum, audio_of, client_of, silence, speech

from bot.simulator.ears import MoonshineEars
from bot.simulator.model import Call, Manner, ModelScript, RealtimeModelServer, Step

SEMANTIC = {"type": "semantic_vad", "create_response": True, "interrupt_response": True}
HOURS = {"type": "function", "name": "lookup_hours", "parameters": {"type": "object"}}
WORDS = "I would like to book an appointment."


def model(*steps: Step, manner: Manner = BRISK, **script: object) -> RealtimeModelServer:
    return RealtimeModelServer(
        script=ModelScript(steps=steps, **script), voice=Hum(), manner=manner
    )


async def test_openai_sdk_holds_a_session() -> None:
    """The official client connects, updates, gets an answer, and parses every event."""
    async with model(Step(opening=True, say="Good morning")) as server:
        base = server.url.removesuffix("/realtime")
        sdk = AsyncOpenAI(api_key=server.key, base_url=base, websocket_base_url=base)
        seen: list[RealtimeServerEvent] = []
        async with sdk, sdk.realtime.connect(model="gpt-realtime-2.1") as line:
            pcmu = {"type": "audio/pcmu"}
            audio = {"input": {"format": pcmu}, "output": {"format": pcmu, "voice": "cedar"}}
            await line.session.update(session={"type": "realtime", "audio": audio})
            await line.response.create()
            async for event in line:
                seen.append(event)
                if event.type == "response.done":
                    break
        updated = next(event for event in seen if event.type == "session.updated")
        assert updated.session.audio.input.format.type == "audio/pcmu"
        assert updated.session.audio.output.voice == "cedar"
        assert seen[-1].response.status == "completed"
        assert server.sessions[0].model == "gpt-realtime-2.1"


async def test_session_update_is_partial_and_echoed() -> None:
    """What is not mentioned stays; null, "" and [] clear."""
    async with model() as server, client_of(server) as client:
        await client.update(instructions="Be brief.", tools=[HOURS])
        session = await client.telephone(SEMANTIC)
        assert session["instructions"] == "Be brief."
        assert session["tools"] == [HOURS]
        assert session["audio"]["input"]["turn_detection"]["eagerness"] == "auto"
        assert session["audio"]["output"]["voice"] == "alloy"
        audio = {"input": {"turn_detection": None}}
        session = await client.update(instructions="", tools=[], audio=audio)
        assert (session["instructions"], session["tools"]) == ("", [])
        assert session["audio"]["input"]["turn_detection"] is None
        assert session["audio"]["input"]["format"] == {"type": "audio/pcmu"}


async def test_session_may_answer_g711_with_pcm() -> None:
    """A model that does not take G.711 tells PCM back, and then speaks PCM."""
    manner = Manner(first_audio_after_secs=0, speed=40, accepts_g711=False)
    async with (
        model(Step(opening=True, say="Hello"), manner=manner) as server,
        client_of(server) as client,
    ):
        session = await client.telephone()
        assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
        await client.send("response.create")
        await client.receive("response.done")
        assert len(audio_of(client.seen)) == 6 * len(Hum().render("Hello"))


@pytest.mark.parametrize("kind", ["semantic_vad", "server_vad"])
async def test_spoken_turn_is_bounded_committed_and_answered(kind: str) -> None:
    """Offsets are those of the sound (padding before, silence after), within 150 ms."""
    async with (
        model(Step(hears=("anything",), say="Certainly")) as server,
        client_of(server) as client,
    ):
        await client.telephone({"type": kind})
        said = speech(WORDS)
        await client.say(silence(1000) + said + silence(1500))
        done = await client.receive("response.done")
        started = next(e for e in client.seen if e["type"].endswith("speech_started"))
        stopped = next(e for e in client.seen if e["type"].endswith("speech_stopped"))
        onset_ms, end_ms = 1000 + 60, 1000 + len(said) / 8 - 60
        assert abs(started["audio_start_ms"] - (onset_ms - 300)) <= 150
        assert abs(stopped["audio_end_ms"] - (end_ms + 500)) <= 150
        assert done["response"]["status"] == "completed"
        assert audio_of(client.seen) == Hum().render("Certainly")
        order = [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created",
        ]
        places = [client.types().index(name) for name in order]
        assert places == sorted(places)
        committed = client.seen[places[2]]
        assert started["item_id"] == stopped["item_id"] == committed["item_id"]


async def test_transcript_of_a_turn_may_come_behind_its_answer() -> None:
    """Transcription runs beside the conversation, not in front of it."""
    manner = Manner(first_audio_after_secs=0, speed=100, transcript_after_secs=0.3)
    script = ModelScript(steps=[Step(hears=("x",), say="Yes")], expects=["Is it open?"])
    async with (
        RealtimeModelServer(script=script, voice=Hum(), manner=manner) as server,
        client_of(server) as client,
    ):
        await client.telephone(SEMANTIC)
        await client.say(speech(WORDS) + silence(1500))
        kind = "conversation.item.input_audio_transcription.completed"
        transcript = await client.receive(kind)
        assert transcript["transcript"] == "Is it open?"
        assert "response.done" in client.types()
        assert list(server.sessions[0].heard.values()) == ["Is it open?"]


async def test_ears_hear_and_the_script_answers_what_was_heard() -> None:
    """With ears the words decide: the step for other words is passed over."""
    steps = [
        Step(hears=("cancel",), say="Wrong"),
        Step(hears=("book|reserve", "appointment"), say="For which day?"),
    ]
    script = ModelScript(steps=steps)
    server = RealtimeModelServer(script=script, voice=Hum(), ears=MoonshineEars(), manner=BRISK)
    async with server, client_of(server) as client:
        await client.telephone(SEMANTIC)
        await client.say(silence(300) + speech(WORDS) + silence(1500))
        done = await client.receive("response.done", within_secs=15)
        content = done["response"]["output"][0]["content"][0]
        assert content["transcript"] == "For which day?"


async def test_spoken_response_has_the_order_of_the_service() -> None:
    """Added, deltas, then done from the innermost outwards."""
    async with (
        model(Step(opening=True, say="Good morning to you")) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        await client.send("response.create")
        await client.receive("response.done")
        await client.receive("rate_limits.updated")
        types = client.types()[client.types().index("response.created") :]
        assert list(dict.fromkeys(types)) == [
            "response.created",
            "rate_limits.updated",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio_transcript.delta",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
        ]
        deltas = [e["delta"] for e in client.seen if e["type"].endswith("transcript.delta")]
        assert "".join(deltas) == "Good morning to you"


async def test_caller_interrupts_the_response() -> None:
    """Speech cancels what is being said; the audio so far is all there ever was."""
    slow = Manner(first_audio_after_secs=0, speed=1.0, delta_ms=200)
    async with (
        model(Step(opening=True, say="A long speech " * 10), manner=slow) as server,
        client_of(server) as client,
    ):
        await client.telephone(SEMANTIC)
        await client.send("response.create")
        await client.receive("response.output_audio.delta")
        await client.say(silence(200) + speech(WORDS)[: 8 * 800])
        done = (await client.receive("response.done"))["response"]
        assert done["status"] == "cancelled"
        assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        assert done["output"][0]["status"] == "incomplete"
        spoken_ms = len(audio_of(client.seen)) // 8
        where = {"item_id": done["output"][0]["id"], "content_index": 0}
        await client.send("conversation.item.truncate", **where, audio_end_ms=spoken_ms)
        await client.receive("conversation.item.truncated")
        await client.send("conversation.item.truncate", **where, audio_end_ms=spoken_ms + 1)
        assert (await client.error())["code"] == "invalid_value"


async def test_caller_who_goes_on_before_the_answer_is_answered_once() -> None:
    """A response cancelled before its first word gives its step and its question back."""
    late = Manner(first_audio_after_secs=0.6, speed=40)
    steps = [Step(hears=("x",), say="First"), Step(hears=("x",), say="Second")]
    async with model(*steps, manner=late) as server, client_of(server) as client:
        await client.telephone(SEMANTIC)
        for _ in range(2):
            await client.say(speech(WORDS) + silence(700))
            await client.receive("response.created")
        done = (await client.receive("response.done"))["response"]
        cancelled = server.sessions[0].responses[0]
        assert (cancelled["status"], cancelled["output"]) == ("cancelled", [])
        assert done["output"][0]["content"][0]["transcript"] == "First"


async def test_silent_caller_is_spoken_to_again() -> None:
    """`idle_timeout_ms` counts from the end of what was said; the silence becomes a turn."""
    steps = [Step(opening=True, say="Hello"), Step(nudged=True, say="Still there?")]
    async with model(*steps) as server, client_of(server) as client:
        await client.telephone({"type": "server_vad", "idle_timeout_ms": 200})
        await client.say(silence(1000))
        await client.send("response.create")
        await client.receive("response.done")
        triggered = await client.receive("input_audio_buffer.timeout_triggered")
        assert (triggered["audio_start_ms"], triggered["audio_end_ms"]) == (800, 1000)
        done = (await client.receive("response.done"))["response"]
        assert done["output"][0]["content"][0]["transcript"] == "Still there?"
        events = server.sessions[0].server_events
        first_at = {moved.event["type"]: moved.at_secs for moved in reversed(events)}
        waited_secs = first_at[triggered["type"]] - first_at["response.done"]
        assert waited_secs >= len(Hum().render("Hello")) / 8000 + 0.2


async def test_client_cancels_the_response() -> None:
    """`response.cancel` ends it as client_cancelled; the next one may begin at once."""
    slow = Manner(first_audio_after_secs=0, speed=1.0)
    async with (
        model(Step(opening=True, say="A long speech " * 10), manner=slow) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        await client.send("response.create")
        await client.receive("response.output_audio.delta")
        await client.send("response.cancel")
        done = (await client.receive("response.done"))["response"]
        assert done["status_details"]["reason"] == "client_cancelled"
        await client.send("response.create")
        await client.receive("response.created")


async def test_truncation_forgets_sound_and_words() -> None:
    """After a truncation the item is shorter and has no transcript any more."""
    async with model(Step(opening=True, say="Good morning")) as server, client_of(server) as client:
        await client.telephone()
        await client.send("response.create")
        item = (await client.receive("response.done"))["response"]["output"][0]
        cut = {"item_id": item["id"], "content_index": 0, "audio_end_ms": 250}
        await client.send("conversation.item.truncate", **cut)
        await client.receive("conversation.item.truncated")
        await client.send("conversation.item.retrieve", item_id=item["id"])
        kept = (await client.receive("conversation.item.retrieved"))["item"]["content"][0]
        assert kept["transcript"] == ""
        assert len(kept["audio"]) == len("A" * 4 * -(-250 * 8 // 3))


async def test_tool_call_goes_round() -> None:
    """The call, its output, and the step that waits for that output."""
    steps = [
        Step(hears=("open",), say="Let me see", calls=(Call(name="lookup_hours"),)),
        Step(after_tool="lookup_hours", result_has="closed", say="Wrong"),
        Step(after_tool="lookup_hours", result_has="nine", say="From nine to five"),
    ]
    async with model(*steps) as server, client_of(server) as client:
        await client.telephone(tools=[HOURS])
        text = {"type": "input_text", "text": "When are you open?"}
        question = {"type": "message", "role": "user", "content": [text]}
        await client.send("conversation.item.create", item=question)
        await client.send("response.create")
        call = await client.receive("response.function_call_arguments.done")
        assert (call["name"], json.loads(call["arguments"])) == ("lookup_hours", {})
        first = (await client.receive("response.done"))["response"]
        assert [item["type"] for item in first["output"]] == ["message", "function_call"]
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "nine"}
        await client.send("conversation.item.create", item=output)
        await client.send("response.create")
        second = (await client.receive("response.done"))["response"]
        assert second["output"][0]["content"][0]["transcript"] == "From nine to five"
        kinds = [item["type"] for item in server.sessions[0].items]
        assert kinds == ["message", "message", "function_call", "function_call_output", "message"]


async def test_model_calls_only_what_the_session_offers() -> None:
    """A function the session does not declare is never called."""
    async with (
        model(Step(opening=True, calls=(Call(name="lookup_hours"),))) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        await client.send("response.create")
        assert (await client.receive("response.done"))["response"]["output"] == []


async def test_text_out_of_band_leaves_the_conversation_alone() -> None:
    """A summary beside a running response: own id, own metadata, no item added."""
    slow = Manner(first_audio_after_secs=0, speed=2.0)
    steps = Step(opening=True, say="Good morning to you")
    async with (
        model(steps, manner=slow, summary='{"result": "booked"}') as server,
        client_of(server) as client,
    ):
        await client.telephone()
        await client.send("response.create")
        await client.receive("response.output_audio.delta")
        wishes = {
            "conversation": "none",
            "output_modalities": ["text"],
            "input": [],
            "tools": [],
            "metadata": {"purpose": "summary"},
            "instructions": "Summarise the call as JSON.",
        }
        await client.send("response.create", response=wishes)
        text = await client.receive("response.output_text.done")
        assert json.loads(text["text"]) == {"result": "booked"}
        beside = (await client.receive("response.done"))["response"]
        assert beside["metadata"] == {"purpose": "summary"}
        assert beside["conversation_id"] is None
        await client.receive("response.done")
        assert len(server.sessions[0].items) == 1


async def test_text_in_the_conversation_is_the_summary_too() -> None:
    """As a server has it that answers nothing beside the conversation."""
    step = Step(opening=True, say="Good morning")
    async with model(step, summary="{}") as server, client_of(server) as client:
        await client.telephone()
        await client.send("response.create", response={"output_modalities": ["text"]})
        assert (await client.receive("response.output_text.done"))["text"] == "{}"


async def test_model_says_exactly_what_it_is_told() -> None:
    """Between the first and the last quote; the script does not move on."""
    async with model(Step(opening=True, say="Welcome")) as server, client_of(server) as client:
        await client.telephone()
        told = 'Say exactly: "He said "one moment", please." Nothing else.'
        await client.send("response.create", response={"instructions": told})
        done = (await client.receive("response.done"))["response"]
        said = done["output"][0]["content"][0]["transcript"]
        assert said == 'He said "one moment", please.'


async def test_manual_turn_is_committed_by_the_client() -> None:
    """Without turn detection nothing happens until commit, and commit does not answer."""
    async with model(Step(hears=("x",), say="Yes")) as server, client_of(server) as client:
        await client.telephone(None)
        await client.say(speech(WORDS))
        await client.send("input_audio_buffer.commit")
        committed = await client.receive("input_audio_buffer.committed")
        assert not any("speech_" in kind for kind in client.types())
        await client.send("response.create")
        await client.receive("response.done")
        assert server.sessions[0].items[0]["id"] == committed["item_id"]
        assert bytes(server.sessions[0].audio_received) == speech(WORDS)


async def test_pcm_sound_is_heard_as_well() -> None:
    """24 kHz PCM in, the same turn out."""
    import base64

    import numpy as np
    import soxr

    from bot.media.g711 import ulaw_to_pcm

    async with model() as server, client_of(server) as client:
        await client.update(audio={"input": {"turn_detection": {"type": "semantic_vad"}}})
        narrow = np.frombuffer(ulaw_to_pcm(speech(WORDS) + silence(1500)), np.int16)
        wide = soxr.resample(narrow, 8000, 24000).tobytes()
        audio = base64.b64encode(wide).decode()
        await client.send("input_audio_buffer.append", audio=audio)
        stopped = await client.receive("input_audio_buffer.speech_stopped")
        assert abs(stopped["audio_end_ms"] - (len(speech(WORDS)) / 8 - 60 + 500)) <= 150


async def test_token_limit_cuts_the_response_short() -> None:
    """`max_output_tokens` counts 50 ms of speech a token; the rest is incomplete."""
    async with (
        model(Step(opening=True, say="Good morning to you")) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        await client.send("response.create", response={"max_output_tokens": 10})
        done = (await client.receive("response.done"))["response"]
        assert done["status"] == "incomplete"
        assert done["status_details"]["reason"] == "max_output_tokens"
        assert len(audio_of(client.seen)) == 10 * 50 * 8


async def test_conversation_is_billed_again_with_every_response() -> None:
    """Audio is a token for 50 ms said; the second response reads the first, partly cached."""
    steps = [Step(opening=True, say="x" * 100), Step(nudged=True, say="Still there?")]
    async with model(*steps) as server, client_of(server) as client:
        await client.telephone(instructions="Be kind. " * 100)
        bills = []
        for _ in steps:
            await client.send("response.create")
            bills.append((await client.receive("response.done"))["response"]["usage"])
        said = bills[0]["output_token_details"]
        assert said["audio_tokens"] == 100 * 60 / 50
        assert bills[0]["input_token_details"]["audio_tokens"] == 0
        assert bills[1]["input_token_details"]["audio_tokens"] == said["audio_tokens"]
        assert 0 < bills[1]["input_token_details"]["cached_tokens"] < bills[1]["input_tokens"]
        for bill in bills:
            assert bill["total_tokens"] == bill["input_tokens"] + bill["output_tokens"]


async def test_items_are_inserted_found_and_deleted() -> None:
    """ "root" is the front; a deleted item is gone."""
    async with model() as server, client_of(server) as client:
        for item_id, before in (("second", None), ("first", "root")):
            text = {"type": "input_text", "text": item_id}
            item = {"id": item_id, "type": "message", "role": "system", "content": [text]}
            extra = {"previous_item_id": before} if before else {}
            await client.send("conversation.item.create", item=item, **extra)
            await client.receive("conversation.item.done")
        assert [item["id"] for item in server.sessions[0].items] == ["first", "second"]
        await client.send("conversation.item.delete", item_id="first")
        await client.receive("conversation.item.deleted")
        assert [item["id"] for item in server.sessions[0].items] == ["second"]


async def test_speech_is_generated_faster_than_it_sounds() -> None:
    """At speed 4 a two-second line is there in half a second, after the first-audio latency."""
    manner = Manner(first_audio_after_secs=0.2, speed=4.0)
    async with (
        model(Step(opening=True, say="x" * 33), manner=manner) as server,
        client_of(server) as client,
    ):
        await client.telephone()
        await client.send("response.create")
        await client.receive("response.done")
        events = server.sessions[0].server_events
        at = {moved.event["type"]: moved.at_secs for moved in reversed(events)}
        assert at["response.output_audio.delta"] - at["response.created"] >= 0.2
        assert 0.4 <= at["response.done"] - at["response.output_audio.delta"] <= 1.5


async def test_a_session_may_get_its_script_by_its_instructions() -> None:
    """Side by side, each by the first instructions that it is given."""
    scripts = {name: ModelScript(greeting=f"I am for {name}.") for name in ("Ada", "Bob")}

    def script_for(instructions: str) -> ModelScript:
        return scripts[instructions.split()[-1]]

    server = RealtimeModelServer(script=script_for, voice=Hum(), manner=BRISK)
    async with server, client_of(server) as ada, client_of(server) as bob:
        for client, name in ((ada, "Ada"), (bob, "Bob")):
            await client.update(instructions=f"Talk to {name}")
            await client.send("response.create")
        for client, name in ((ada, "Ada"), (bob, "Bob")):
            done = await client.receive("response.output_audio_transcript.done")
            assert done["transcript"] == f"I am for {name}."
