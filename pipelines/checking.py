"""What is wrong with a pipeline, told before any call: it is built once, for nobody.

What a processor consumes and adds is data on its class (`processors.base.CallProcessor`); any
other processor may have the same attributes. Of one that has none nothing is known or asked.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, get_args

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameProcessor

from pipelines.making import made_frames
from pipelines.spec import CallParts, PipelineSpec
from pipelines.stand_ins import PARTS, BotAudioPart, CallerAudioPart, ModelPart
from processors.agent import Agent
from processors.base import CallProcessor, Way
from processors.frames import (
    BeepFrame,
    EndCallRequestFrame,
    FarewellFrame,
    HandOverRequestFrame,
    HoldRequestFrame,
    NumberRequestFrame,
    TransferRequestFrame,
    WrapUpFrame,
)
from processors.sound import CallerSoundUse
from tools.checking import asks_for, faults_of_tools, place_of

# Frames that ask for something: where nobody takes one, what it asks for never happens.
_WISHES: Mapping[type[Frame], str] = {
    WrapUpFrame: "the last line is said and the call stays open",
    FarewellFrame: "a goodbye ends nothing",
    BeepFrame: "nobody learns of the beep",
}
# What tools ask of `CallControl`, and the frame in which the model passes it on.
_ASKED: Mapping[str, type[Frame]] = {
    "request_end": EndCallRequestFrame,
    "request_transfer": TransferRequestFrame,
    "request_hand_over": HandOverRequestFrame,
    "request_number": NumberRequestFrame,
    "request_hold": HoldRequestFrame,
}


def faults_of_pipeline(spec: PipelineSpec, agent: Agent) -> tuple[list[str], list[Any]]:
    """What is wrong with the pipeline as it is built for this agent, each fault with the file and
    line that it has; and the processors of the list, those of the call itself left out.
    """
    parts = CallParts(
        caller_audio=CallerAudioPart(), model=ModelPart(), bot_audio=BotAudioPart(), agent=agent
    )
    faults = list(faults_of_tools(spec.tools, spec.always))
    built, why = _built(spec, parts)
    if why:
        return [*faults, why], []
    at = f"{place_of(spec.build)}: "
    tools_are_right = not faults
    looks: tuple[tuple[str, Callable[[], Iterable[str]]], ...] = (
        (at, lambda: _faults_of_members(built, parts)),
        (at, lambda: _faults_of_sharing(spec, built, parts)),
        ("", lambda: _faults_of_data(built)),
        (at, lambda: _faults_of_order(built)),
        (at, lambda: _faults_of_wishes(spec, built) if tools_are_right else ()),
    )
    for place, look in looks:
        if found := [f"{place}{fault}" for fault in look()]:
            faults += dict.fromkeys(found)
            break  # what comes after may rest on it
    return faults, [each for each in built if type(each) not in PARTS]


def _faults_of_sharing(spec: PipelineSpec, built: list[Any], parts: CallParts) -> Iterator[str]:
    """Processors that a second call would get as well."""
    again, why = _built(spec, parts)
    if why:
        yield f"of two calls one has no list: {why}"
    for each in built:
        if type(each) not in PARTS and any(each is other for other in again):
            yield f"{_name(each)} is one object for all calls: make it inside build"


def _built(spec: PipelineSpec, parts: CallParts) -> tuple[list[Any], str]:
    """The list, or why there is none."""
    at = place_of(spec.build)
    if not callable(spec.build) or inspect.iscoroutinefunction(spec.build):
        return [], f"{at}: build must be a function, and not async, which returns a list"
    try:
        built = spec.build(parts)
    except Exception as error:
        return [], f"{_raised_at(error) or at}: build raises {type(error).__name__}: {error}"
    if not isinstance(built, list):
        return [], f"{at}: build must return a list of processors, not {type(built).__name__}"
    return built, ""


def _raised_at(error: Exception) -> str:
    """The last line of `build`'s own file on the way to the error."""
    trace, at = error.__traceback__, ""
    first = trace.tb_next if trace else None  # the frame of build itself
    while first and trace:
        if trace.tb_frame.f_code.co_filename == first.tb_frame.f_code.co_filename:
            at = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return at


def _parts_of(parts: CallParts) -> tuple[FrameProcessor, ...]:
    return parts.caller_audio, parts.model, parts.bot_audio


def _faults_of_members(built: list[Any], parts: CallParts) -> Iterator[str]:
    """What the list must hold, and what it must not."""
    for each in built:
        if inspect.isclass(each) and issubclass(each, FrameProcessor):
            yield f"the list has the class {each.__name__}: write {each.__name__}()"
        elif not isinstance(each, FrameProcessor):
            yield f"the list has {each!r}, which is no processor"
    for part in _parts_of(parts):
        times = sum(each is part for each in built)
        if times != 1:
            name = f"call.{PARTS[type(part)]}"
            yield f"the list must have {name} exactly once, and has it {times} times"
    places = [index for part in _parts_of(parts) for index, e in enumerate(built) if e is part]
    if places != sorted(places):
        yield "call.caller_audio must stand before call.model, and call.bot_audio after it"
    for index, each in enumerate(built):
        if type(each) not in PARTS and any(each is other for other in built[:index]):
            yield f"the list has the same {_name(each)} twice"


def _faults_of_order(built: list[Any]) -> Iterator[str]:
    """Frames that a processor makes and one that wants them never sees, for it is on the wrong
    side."""
    for at, maker in enumerate(built):
        for frame, way in _adds(maker).items():
            for index, taker in enumerate(built):
                if index == at or not _takes(taker, frame) or _reaches(way, at, index):
                    continue
                passes_on = not _is_ours(frame) or frame in getattr(maker, "consumes", ())
                if passes_on and _is_served(built, frame, index):
                    continue
                side = "before" if index > at else "after"
                yield (
                    f"{_name(taker)} never sees the {frame.__name__} of {_name(maker)}, which goes "
                    f"{way}: put {_name(taker)} {side} {_name(maker)}"
                )


def _is_served(built: list[Any], frame: type[Frame], index: int) -> bool:
    """Whether anybody's frames of this kind reach that place of the list."""
    return any(
        _reaches(_adds(maker)[frame], at, index)
        for at, maker in enumerate(built)
        if at != index and frame in _adds(maker)
    )


def _faults_of_wishes(spec: PipelineSpec, built: list[Any]) -> Iterator[str]:
    """What processors or tools ask for, and nobody is there to do."""
    for maker in built:
        for frame in _adds(maker):
            if frame in _WISHES and not _is_taken(built, frame, beside=maker):
                yield (
                    f"{_name(maker)} adds a {frame.__name__}, and no processor of the list takes "
                    f"it: {_WISHES[frame]}{_remedy(frame)}"
                )
        for tool in getattr(maker, "runs_tools", ()):
            if tool not in [each.__name__ for each in spec.tools]:
                yield f"{_name(maker)} runs the tool {tool}, which is not in tools"
    for method, frame in _ASKED.items():
        asking = [tool.__name__ for tool in spec.tools if asks_for(tool, method)]
        if asking and not _is_taken(built, frame):
            yield (
                f"the tool {asking[0]} calls {method}, and no processor of the list acts on "
                f"it{_remedy(frame)}"
            )


def _remedy(frame: type[Frame]) -> str:
    """Which shipped processor takes it."""
    import processors

    kinds = [getattr(processors, name) for name in processors.__all__]
    takers = [kind.__name__ for kind in kinds if frame in kind.consumes]
    return f" (add {' or '.join(takers)})" if takers else ""


def _is_taken(built: list[Any], frame: type[Frame], *, beside: Any = None) -> bool:
    """By somebody who does more with it than the model, which only speaks a line."""
    return any(frame in getattr(each, "consumes", ()) for each in built if each is not beside)


def _faults_of_data(built: list[Any]) -> Iterator[str]:
    """What a processor's own code makes and its data does not say, or says otherwise."""
    for kind in dict.fromkeys(type(each) for each in built):
        if kind in PARTS or kind.__module__.startswith("pipecat."):
            continue
        told: Mapping[type[Frame], Way] = getattr(kind, "adds", {})
        wrong = _wrong_data(kind)
        if wrong:
            yield f"{place_of(kind)}: {wrong}"
            continue
        for made in made_frames(kind):
            if made.frame not in told and _is_ours(made.frame):
                yield (
                    f"{made.place}: {kind.__name__} makes a {made.frame.__name__} and does not say "
                    f'so: write adds = {{{made.frame.__name__}: "up"}}, or "down", or "both"'
                )
            elif made.way and told.get(made.frame, made.way) not in (made.way, "both"):
                yield (
                    f"{made.place}: {kind.__name__} pushes its {made.frame.__name__} {made.way}, "
                    f"and says that it goes {told[made.frame]}: "
                    "push_frame(frame, FrameDirection.UPSTREAM) is the way up"
                )


def _wrong_data(kind: type[Any]) -> str:
    adds, consumes = getattr(kind, "adds", {}), getattr(kind, "consumes", ())
    if not isinstance(adds, Mapping) or any(
        way not in ("up", "down", "both") for way in adds.values()
    ):
        return f'adds of {kind.__name__} must be like {{SayFrame: "up"}}: "up", "down" or "both"'
    if not isinstance(consumes, Collection) or isinstance(consumes, str):
        return f"consumes of {kind.__name__} must be a tuple of frames, with the comma"
    for frame in (*adds, *consumes):
        if not (inspect.isclass(frame) and issubclass(frame, Frame)):
            return f"consumes and adds of {kind.__name__} hold frames, and {frame!r} is none"
    for name in ("settings", "runs_tools"):
        if isinstance(getattr(kind, name, ()), str):
            return f"{name} of {kind.__name__} must be a tuple, with the comma"
    failure = getattr(kind, "on_failure", "skip")
    if failure not in ("skip", "degrade", "transfer", "end"):
        return f'on_failure of {kind.__name__} is "skip", "degrade", "transfer" or "end"'
    sound = getattr(kind, "caller_sound", "framed")
    known = get_args(CallerSoundUse)
    if issubclass(kind, CallProcessor) and sound not in known:
        words = ", ".join(f'"{word}"' for word in known)
        return f"caller_sound of {kind.__name__} is one of {words}"
    return ""


def _is_ours(frame: type[Frame]) -> bool:
    return frame.__module__.startswith("processors.frames.")


def _adds(processor: Any) -> Mapping[type[Frame], Way]:
    adds: Mapping[type[Frame], Way] = getattr(processor, "adds", {})
    return adds


def _takes(processor: Any, frame: type[Frame]) -> bool:
    return any(issubclass(frame, kind) for kind in getattr(processor, "consumes", ()))


def _reaches(way: Way, maker: int, taker: int) -> bool:
    return way == "both" or (taker > maker) == (way == "down")


def _name(processor: Any) -> str:
    part = PARTS.get(type(processor))
    return f"call.{part}" if part else type(processor).__name__
