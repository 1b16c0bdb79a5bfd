"""What a person sees of a session, as a table: each rule has rows that say otherwise without it; and nothing sticks."""

from __future__ import annotations

import dataclasses
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hedgerow.protocol.sessions import Phase, Question, QuestionKind
from hedgerow.sessions.agents.agent import Living, Status
from hedgerow.sessions.phases import AT_WORK, IN_TURN, LIVE, NEEDS_ATTENTION, Evidence, Seen, phase_of

LAUNCHED, LONG_AGO, EARLIER, NOW = 1000.0, 500.0, 1100.0, 1200.0


def asks(text: str) -> Question:
    return Question(id=text, kind=QuestionKind.APPROVAL, text=text)


ROUGH, EXACT = asks("wants something"), asks("wants to run: npm test")
TRUST = asks("asks whether you trust this folder")

WENT, ERROR = "it went away in the middle of a turn", "its last turn ended with an error"
STATUS = "the agent ended with exit status"

TURN = Evidence(living=Living.PROCESS, told_since=NOW, begun=True, spoke=True)
"""An agent that has told of a turn."""
HOOKS = Evidence(running=True, launched=LAUNCHED, begun=True)
"""One that tells nothing itself: only its hooks are heard."""
GONE = Evidence(running=False, launched=LAUNCHED, resumable=True)


def busy(of: Evidence = TURN, **changes: object) -> Evidence:
    return dataclasses.replace(of, told=Status.BUSY, **changes)  # type: ignore[arg-type]


def waiting(of: Evidence = TURN, **changes: object) -> Evidence:
    return dataclasses.replace(of, told=Status.WAITING, **changes)  # type: ignore[arg-type]


def idle(of: Evidence = TURN, **changes: object) -> Evidence:
    return dataclasses.replace(of, told=Status.IDLE, **changes)  # type: ignore[arg-type]


def failed(of: Evidence = TURN, **changes: object) -> Evidence:
    return dataclasses.replace(of, told=Status.FAILED, **changes)  # type: ignore[arg-type]


def heard(status: Status, of: Evidence = HOOKS, at: float | None = NOW, **changes: object) -> Evidence:
    return dataclasses.replace(of, heard=status, heard_at=at, **changes)  # type: ignore[arg-type]


TABLE: dict[str, tuple[Evidence, Phase, str | None]] = {
    # What the agent itself tells.
    "it works": (busy(), Phase.WORKING, None),
    "it waits, and says for what": (waiting(asks=ROUGH), Phase.WAITING, ROUGH.text),
    "it waits, and does not say for what": (waiting(), Phase.WAITING, "waits for you"),
    "its turn ended, and nobody looked": (idle(), Phase.DONE, None),
    "its turn ended, and somebody looked since": (idle(seen=NOW + 1), Phase.IDLE, None),
    "its turn ended just as somebody looked": (idle(seen=NOW), Phase.IDLE, None),
    "somebody looked before its turn ended": (idle(seen=NOW - 1), Phase.DONE, None),
    "its turn ended before there was anybody to tell": (idle(unseen_from=NOW + 1), Phase.IDLE, None),
    "its turn ended just as there was somebody to tell": (idle(unseen_from=NOW), Phase.DONE, None),
    "it rests and has said something, whoever began it": (idle(begun=False), Phase.DONE, None),
    "nothing tells since when it rests": (idle(told_since=None), Phase.IDLE, None),
    "it rests, and never did anything": (idle(begun=False, spoke=False), Phase.IDLE, None),
    "its turn failed": (failed(), Phase.FAILED, ERROR),
    "its turn failed, and its hook says why": (failed(heard_message="overloaded"), Phase.FAILED, "overloaded"),
    # What hooks say of an agent that tells by itself: of asking and failing they know first and best.
    "a hook that it asks, after it began to work": (
        heard(Status.WAITING, busy(told_since=EARLIER), heard_asks=EXACT), Phase.WAITING, EXACT.text,
    ),
    "a hook that it asks, after it came to rest": (
        heard(Status.WAITING, idle(told_since=EARLIER), heard_asks=EXACT), Phase.WAITING, EXACT.text,
    ),
    "a hook that it asked, before it went on": (
        heard(Status.WAITING, busy(), at=EARLIER, heard_asks=EXACT), Phase.WORKING, None,
    ),
    "a hook that it asked, before it came to rest": (
        heard(Status.WAITING, idle(), at=EARLIER, heard_asks=EXACT), Phase.DONE, None,
    ),
    "a hook of that moment is no newer": (heard(Status.WAITING, busy(), heard_asks=EXACT), Phase.WORKING, None),
    "a hook that it asks, and nothing tells since when it works": (
        heard(Status.WAITING, busy(told_since=None), heard_asks=EXACT), Phase.WORKING, None,
    ),
    "a hook knows better what it waits for": (
        heard(Status.WAITING, waiting(asks=ROUGH), heard_asks=EXACT), Phase.WAITING, EXACT.text,
    ),
    "a hook that came a moment before the agent's own note": (
        heard(Status.WAITING, waiting(asks=ROUGH), at=NOW - 1, heard_asks=EXACT), Phase.WAITING, EXACT.text,
    ),
    "a hook of an earlier question": (
        heard(Status.WAITING, waiting(asks=ROUGH), at=EARLIER, heard_asks=EXACT), Phase.WAITING, ROUGH.text,
    ),
    "a hook of something else than a question": (
        heard(Status.BUSY, waiting(asks=ROUGH), heard_asks=EXACT), Phase.WAITING, ROUGH.text,
    ),
    "a hook that its turn failed": (
        heard(Status.FAILED, idle(), heard_message="overloaded"), Phase.FAILED, "overloaded",
    ),
    "a hook that an earlier turn failed": (heard(Status.FAILED, idle(), at=EARLIER), Phase.DONE, None),
    "a hook that its turn ended well, before its record tells of more than an earlier one": (
        heard(Status.IDLE, failed(turn=EARLIER)), Phase.DONE, None,
    ),
    "a hook that an earlier turn ended well": (heard(Status.IDLE, failed(turn=NOW), at=EARLIER), Phase.FAILED, ERROR),
    "a hook that its turn failed, while it works again": (heard(Status.FAILED, busy()), Phase.WORKING, None),
    "a hook that it works, after it came to rest": (heard(Status.BUSY, idle(), at=NOW + 5), Phase.DONE, None),
    "a hook that its turn failed, of which the agent told a moment later": (
        heard(Status.FAILED, idle(), at=NOW - 2), Phase.FAILED, ERROR,
    ),
    "a hook that its turn failed, and nothing tells since when it rests": (
        heard(Status.FAILED, idle(told_since=None), at=EARLIER), Phase.FAILED, ERROR,
    ),
    "a hook that its turn failed, at a time nobody knows": (heard(Status.FAILED, idle(), at=None), Phase.DONE, None),
    "a hook that its turn failed, though the agent waits": (
        heard(Status.FAILED, waiting(asks=ROUGH), heard_asks=EXACT), Phase.WAITING, ROUGH.text,
    ),
    "a hook that it asks, at a time nobody knows": (
        heard(Status.WAITING, busy(), at=None, heard_asks=EXACT), Phase.WORKING, None,
    ),
    "a hook that it asks, after its turn had failed": (
        heard(Status.WAITING, failed(told_since=EARLIER), heard_asks=EXACT), Phase.FAILED, ERROR,
    ),
    "a hook that it asks, and the agent says so too, without a word": (
        heard(Status.WAITING, waiting(told_since=None, asks=ROUGH), heard_asks=EXACT), Phase.WAITING, EXACT.text,
    ),
    "a hook that it rests, while it works": (heard(Status.IDLE, busy(), at=NOW + 5), Phase.WORKING, None),
    # Where hooks are all there is.
    "only a hook: it works": (heard(Status.BUSY), Phase.WORKING, None),
    "only a hook: it asks": (heard(Status.WAITING, heard_asks=EXACT), Phase.WAITING, EXACT.text),
    "only a hook: it asks nobody knows what": (heard(Status.WAITING), Phase.WAITING, "waits for you"),
    "only a hook: its turn ended": (heard(Status.IDLE), Phase.DONE, None),
    "only a hook: its turn ended and somebody looked": (heard(Status.IDLE, seen=NOW), Phase.IDLE, None),
    "only a hook: its turn failed": (heard(Status.FAILED), Phase.FAILED, ERROR),
    "only a hook: it is there, and has begun nothing": (heard(Status.IDLE, begun=False), Phase.IDLE, None),
    "only a hook: it is there, and is about to begin by itself": (
        heard(Status.IDLE, begun=False, prompted=True), Phase.UNKNOWN, None,
    ),
    # Before anybody tells anything.
    "launched, and nothing told": (Evidence(running=True, launched=LAUNCHED), Phase.STARTING, None),
    "launched, and it never tells anything itself": (
        Evidence(running=True, launched=LAUNCHED, tells=False), Phase.UNKNOWN, None,
    ),
    "launched, and a hook came that says nothing of its state": (HOOKS, Phase.UNKNOWN, None),
    "somebody else's, and it has yet to tell": (Evidence(running=True), Phase.UNKNOWN, None),
    "launched with a prompt, and at rest before it began": (
        idle(begun=False, spoke=False, prompted=True, launched=LAUNCHED), Phase.STARTING, None,
    ),
    "launched with a prompt, and its turn is over": (idle(prompted=True, launched=LAUNCHED), Phase.DONE, None),
    "its terminal shows a dialog": (
        Evidence(running=True, launched=LAUNCHED, dialog=TRUST), Phase.WAITING, TRUST.text,
    ),
    "its terminal still shows what the agent has long answered": (busy(dialog=TRUST), Phase.WORKING, None),
    "it runs, it has worked, and nothing tells what it does": (
        Evidence(living=Living.PROCESS, launched=LAUNCHED, begun=True), Phase.UNKNOWN, None,
    ),
    "somebody else's, and nothing tells what it does": (Evidence(living=Living.PROCESS), Phase.UNKNOWN, None),
    # Nothing runs it any more: whatever was said before counts for nothing.
    "gone while it worked": (busy(GONE), Phase.PARKED, WENT),
    "gone while it waited": (waiting(GONE, asks=ROUGH), Phase.PARKED, None),
    "gone while a hook said that it works": (heard(Status.BUSY, GONE), Phase.PARKED, None),
    "gone while a hook said that it asks": (heard(Status.WAITING, GONE, heard_asks=EXACT), Phase.PARKED, None),
    "gone while its terminal showed a dialog": (dataclasses.replace(GONE, dialog=TRUST), Phase.PARKED, None),
    "gone at rest": (idle(GONE, told_since=NOW, begun=True), Phase.PARKED, None),
    "gone without a conversation": (dataclasses.replace(GONE, resumable=False), Phase.ENDED, None),
    "stored, whatever is told": (busy(living=Living.STORED, resumable=True), Phase.PARKED, WENT),
    "stored, and told to wait": (waiting(living=Living.STORED, resumable=True), Phase.PARKED, None),
    "what we launched is gone, and its agent lives elsewhere": (busy(running=False), Phase.WORKING, None),
    "stopped by us": (dataclasses.replace(GONE, stopped=NOW, ended=NOW, exit_status=1), Phase.PARKED, None),
    "stopped by us at that moment": (
        dataclasses.replace(GONE, stopped=LAUNCHED, ended=NOW, exit_status=1), Phase.PARKED, None,
    ),
    "stopped by us, and then launched again": (
        dataclasses.replace(GONE, stopped=LONG_AGO, ended=NOW, exit_status=1), Phase.FAILED, f"{STATUS} 1",
    ),
    "stopped by us in the middle of a turn": (busy(GONE, stopped=NOW), Phase.PARKED, None),
    "ended with an exit status": (
        dataclasses.replace(GONE, ended=NOW, exit_status=3), Phase.FAILED, f"{STATUS} 3",
    ),
    "ended by a signal": (
        dataclasses.replace(GONE, ended=NOW, exit_status=-signal.SIGKILL), Phase.FAILED,
        "the agent was ended by SIGKILL",
    ),
    "its terminal was closed": (
        dataclasses.replace(GONE, ended=NOW, exit_status=-signal.SIGHUP), Phase.PARKED, None,
    ),
    "ended by Ctrl-C": (dataclasses.replace(GONE, ended=NOW, exit_status=130), Phase.PARKED, None),
    "ended by a signal without a name": (
        dataclasses.replace(GONE, ended=NOW, exit_status=-200), Phase.FAILED, "the agent was ended by signal 200",
    ),
    "ended with an exit status, and somebody looked": (
        dataclasses.replace(GONE, ended=NOW, exit_status=3, seen=NOW), Phase.PARKED, None,
    ),
    "ended with an exit status, long after somebody looked": (
        dataclasses.replace(GONE, ended=NOW, exit_status=3, seen=EARLIER), Phase.FAILED,
        f"{STATUS} 3",
    ),
    "ended before there was anybody to tell": (
        dataclasses.replace(GONE, ended=NOW, exit_status=3, unseen_from=NOW + 1), Phase.PARKED, None,
    ),
    "ended in order": (dataclasses.replace(GONE, ended=NOW, exit_status=0), Phase.PARKED, None),
    "gone after a turn that failed": (failed(GONE, told_since=NOW, begun=True), Phase.FAILED, ERROR),
    "gone after a turn that failed, and its hook said why": (
        failed(GONE, told_since=NOW, begun=True, heard_message="overloaded"), Phase.FAILED, "overloaded",
    ),
    "gone after a turn that failed, and somebody looked": (
        failed(GONE, told_since=NOW, begun=True, seen=NOW), Phase.PARKED, None,
    ),
    # A turn may outlive its window in the agent's daemon.
    "in the daemon at work, its window closed": (busy(GONE, living=Living.DAEMON, told_since=NOW), Phase.WORKING, None),
    "in the daemon asking, its window closed": (
        waiting(GONE, living=Living.DAEMON, asks=ROUGH, told_since=NOW), Phase.WAITING, ROUGH.text,
    ),
    "in the daemon at rest, its window closed": (
        idle(GONE, living=Living.DAEMON, told_since=NOW, begun=True), Phase.PARKED, None,
    ),
    "in the daemon at rest, its window open": (
        idle(living=Living.DAEMON, running=True, launched=LAUNCHED), Phase.DONE, None,
    ),
    "in the daemon of somebody else's window": (idle(living=Living.DAEMON), Phase.DONE, None),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_what_a_person_sees(name: str) -> None:
    evidence, phase, detail = TABLE[name]
    seen = phase_of(evidence)
    assert (seen.phase, seen.detail) == (phase, detail)


def test_since_when() -> None:
    assert phase_of(busy()).since == NOW
    assert phase_of(idle()).since == NOW
    assert phase_of(heard(Status.WAITING, busy(told_since=EARLIER), heard_asks=EXACT)).since == NOW
    assert phase_of(heard(Status.FAILED, idle(told_since=EARLIER))).since == NOW
    assert phase_of(heard(Status.BUSY)).since == NOW
    assert phase_of(Evidence(running=True, launched=LAUNCHED)).since == LAUNCHED
    assert phase_of(Evidence(running=True, launched=LAUNCHED, dialog=TRUST)).since == LAUNCHED
    assert phase_of(dataclasses.replace(GONE, stopped=NOW)).since == NOW
    assert phase_of(dataclasses.replace(GONE, stopped=NOW, ended=LONG_AGO)).since == NOW
    assert phase_of(dataclasses.replace(GONE, ended=NOW, exit_status=3)).since == NOW
    assert phase_of(idle(GONE, ended=NOW, exit_status=0, told_since=EARLIER)).since == NOW
    assert phase_of(busy(GONE, told_since=EARLIER)).since == EARLIER


def test_the_question_is_told_with_it() -> None:
    assert phase_of(waiting(asks=ROUGH)).question == ROUGH
    assert phase_of(heard(Status.WAITING, waiting(asks=ROUGH), heard_asks=EXACT)).question == EXACT
    assert phase_of(Evidence(running=True, launched=LAUNCHED, dialog=TRUST)).question == TRUST


def test_every_phase_is_on_one_side() -> None:
    at_rest = {Phase.PARKED, Phase.ENDED}
    assert LIVE | at_rest | {Phase.FAILED} == set(Phase)
    assert not LIVE & (at_rest | {Phase.FAILED})
    assert IN_TURN < AT_WORK < LIVE
    assert {Phase.WAITING, Phase.DONE, Phase.FAILED} == NEEDS_ATTENTION


# Whatever the sources say, and however they disagree

MOMENTS = some.sampled_from([None, LONG_AGO, LAUNCHED, EARLIER, NOW - 1, NOW, NOW + 1])
QUESTIONS = some.sampled_from([None, ROUGH, EXACT])
ANYTHING = some.builds(
    Evidence,
    living=some.sampled_from([None, *Living]),
    told=some.sampled_from(Status),
    told_since=MOMENTS,
    asks=QUESTIONS,
    heard=some.sampled_from(Status),
    heard_at=MOMENTS,
    heard_asks=QUESTIONS,
    heard_message=some.sampled_from([None, "overloaded"]),
    dialog=some.sampled_from([None, TRUST]),
    running=some.sampled_from([None, False, True]),
    exit_status=some.sampled_from([None, 0, 3, -9]),
    ended=MOMENTS,
    launched=MOMENTS,
    stopped=MOMENTS,
    resumable=some.booleans(),
    begun=some.booleans(),
    tells=some.booleans(),
    prompted=some.booleans(),
    spoke=some.booleans(),
    seen=MOMENTS,
    unseen_from=some.sampled_from([0.0, NOW]),
)


@given(ANYTHING, some.booleans())
def test_nothing_sticks_to_what_is_gone(evidence: Evidence, resumable: bool) -> None:
    """Once its conversation lives nowhere, or all that we launched has ended, no phase of the living is told."""
    stored = dataclasses.replace(evidence, living=Living.STORED, resumable=resumable)
    ended = dataclasses.replace(evidence, living=None, running=False, resumable=resumable)
    for gone in (stored, ended):
        seen = phase_of(gone)
        assert seen.phase not in LIVE
        assert seen.question is None
        assert seen.phase in (Phase.FAILED, Phase.PARKED if resumable else Phase.ENDED)


@given(ANYTHING)
def test_a_daemon_keeps_only_turns_alive(evidence: Evidence) -> None:
    closed = dataclasses.replace(evidence, living=Living.DAEMON, running=False)
    if closed.told not in (Status.BUSY, Status.WAITING):
        assert phase_of(closed).phase not in LIVE


@given(ANYTHING)
def test_what_lives_is_never_said_to_be_over(evidence: Evidence) -> None:
    seen = phase_of(dataclasses.replace(evidence, living=Living.PROCESS))
    assert seen.phase not in (Phase.PARKED, Phase.ENDED)


@given(ANYTHING)
def test_what_needs_words_has_them(evidence: Evidence) -> None:
    seen = phase_of(evidence)
    assert seen.phase not in (Phase.WAITING, Phase.FAILED) or seen.detail
    assert seen.question is None or seen.phase is Phase.WAITING
    assert seen.question is None or seen.detail == seen.question.text


@given(ANYTHING)
def test_what_somebody_has_looked_at_is_not_news(evidence: Evidence) -> None:
    looked = phase_of(dataclasses.replace(evidence, seen=NOW + 10))
    assert looked.phase is not Phase.DONE
    gone = phase_of(dataclasses.replace(evidence, seen=NOW + 10, living=Living.STORED))
    assert gone.phase in (Phase.PARKED, Phase.ENDED)


@given(ANYTHING)
def test_looking_takes_no_question_away(evidence: Evidence) -> None:
    before, looked = phase_of(evidence), phase_of(dataclasses.replace(evidence, seen=NOW + 10))
    if before.phase in (Phase.WAITING, Phase.WORKING, Phase.STARTING, Phase.UNKNOWN):
        assert looked == before


@given(ANYTHING)
def test_a_hook_that_is_older_than_what_the_agent_tells_asks_nothing(evidence: Evidence) -> None:
    old = dataclasses.replace(
        evidence, living=Living.PROCESS, told=Status.BUSY, told_since=NOW, heard=Status.WAITING, heard_at=EARLIER
    )
    assert phase_of(old) == Seen(Phase.WORKING, None, None, NOW)


@given(ANYTHING)
def test_a_hook_that_never_comes_is_not_missed(evidence: Evidence) -> None:
    """The agent's own word is enough for every phase."""
    none = dataclasses.replace(evidence, heard=Status.UNKNOWN, heard_at=None, heard_asks=None, living=Living.PROCESS)
    expected = {Status.BUSY: Phase.WORKING, Status.WAITING: Phase.WAITING, Status.FAILED: Phase.FAILED}.get(none.told)
    assert expected is None or phase_of(none).phase is expected
