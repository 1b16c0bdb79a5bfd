"""Comments on a real checkout: made, followed through edits, renames and hand-offs, sent, resolved, refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground, assert_sentence
from tests.support.hedgerow import Hedgerow, shell
from tests.support.home import Home

from hedgerow.protocol.comments import Comment, CommentState

CODE = "def first():\n    return 1\n\n\ndef second():\n    return 2\n\n\ndef third():\n    return 3\n"


@pytest.fixture
async def session(ground: Ground) -> Path:
    ground.playground.commit(ground.repository, "code", {"code.py": CODE, "gone.py": "one\ntwo\n"})
    return await ground.create("session", branch="session")


async def comment(ground: Ground, text: str = "Why?", **params: Any) -> Comment:
    """A new comment; nothing of any checkout changes."""
    with ground.nothing_changes():
        made = await ground.call("comment", **{"checkout": "session", "path": "code.py", "text": text, **params})
    assert_sentence(made.message)
    assert isinstance(made.comment, Comment)
    return made.comment


async def edit(ground: Ground, identity: str, **params: Any) -> Comment:
    with ground.nothing_changes():
        changed = await ground.call("editComment", id=identity, **params)
    assert_sentence(changed.message)
    assert isinstance(changed.comment, Comment)
    return changed.comment


async def listed(ground: Ground, **params: Any) -> list[Comment]:
    with ground.nothing_changes():
        answer = await ground.call("comments", **params)
    return list(answer.comments)


async def only(ground: Ground, **params: Any) -> Comment:
    (one,) = await listed(ground, **params)
    return one


# -- following ---------------------------------------------------------------------------------------


async def test_a_comment_moves_with_its_lines(ground: Ground, session: Path) -> None:
    made = await comment(ground, lines="5-6")
    assert (made.lines, made.state, made.excerpt) == ("5-6", CommentState.DRAFT, "def second():\n    return 2")
    (session / "code.py").write_text("# new\n# lines\n" + CODE)
    assert (await only(ground)).lines == "7-8"
    (session / "code.py").write_text(CODE.replace("def first():\n    return 1\n\n\n", ""))
    assert (await only(ground)).lines == "1-2"


async def test_lines_that_are_gone_outdate_it_and_bring_it_back(ground: Ground, session: Path) -> None:
    await comment(ground, lines="5-6")
    (session / "code.py").write_text(CODE.replace("def second():\n    return 2\n", "SECOND = 2\n"))
    found = await only(ground)
    assert (found.state, found.lines) == (CommentState.OUTDATED, "5")
    assert found.excerpt == "def second():\n    return 2"
    (session / "code.py").unlink()
    found = await only(ground)
    assert (found.state, found.lines) == (CommentState.OUTDATED, None)
    (session / "code.py").write_text(CODE)
    assert (await only(ground)).state is CommentState.DRAFT


async def test_it_follows_a_renamed_file(ground: Ground, session: Path) -> None:
    await comment(ground, lines="5-6")
    (session / "lib").mkdir()
    (session / "code.py").rename(session / "lib" / "numbers.py")
    (session / "lib" / "numbers.py").write_text("# moved\n" + CODE)
    found = await only(ground)
    assert (found.path, found.lines, found.state) == ("lib/numbers.py", "6-7", CommentState.DRAFT)
    assert await only(ground, checkout="session", path="lib/numbers.py") == found


async def test_a_comment_on_a_whole_file(ground: Ground, session: Path) -> None:
    made = await comment(ground, path="gone.py")
    assert (made.lines, made.excerpt, made.state) == (None, "", CommentState.DRAFT)
    (session / "gone.py").write_text("something else\n")
    assert (await only(ground)).state is CommentState.DRAFT
    (session / "gone.py").unlink()
    assert (await only(ground)).state is CommentState.OUTDATED


async def test_the_base_side(ground: Ground, session: Path) -> None:
    (session / "gone.py").unlink()
    made = await comment(ground, path="gone.py", side="base", lines="2")
    assert (made.side, made.lines, made.excerpt, made.state) == ("base", "2", "two", CommentState.DRAFT)
    # The base moves: the lines of the base are followed, not those of the checkout.
    ground.playground.commit(session, "another base", {"gone.py": "zero\none\ntwo\n"})
    await ground.agree("setBase", checkout="session", base="session")
    assert (await only(ground)).lines == "3"


@pytest.mark.parametrize(
    "content",
    [
        b"a\r\nb\r\nc",
        b"a\rb\rc",
        b"caf\xe9\nb\nc",
        "a\nb\nc\n".encode("utf-16"),
        b"\xef\xbb\xbfa\nb\nc\n",
        b"a\nb\n\nc",
    ],
)
async def test_every_encoding_and_ending(ground: Ground, session: Path, content: bytes) -> None:
    (session / "odd.txt").write_bytes(content)
    made = await comment(ground, path="odd.txt", lines="2")
    assert made.excerpt == "b"
    assert (await only(ground)).lines == "2"


async def test_names_that_are_no_text(ground: Ground, session: Path) -> None:
    name = os.fsencode(session) + b"/na\xffme.txt"
    Path(os.fsdecode(name)).write_text("one\ntwo\n")
    made = await comment(ground, path="na\\xffme.txt", lines="2")
    assert made.path == "na\\xffme.txt"
    assert (await only(ground)).excerpt == "two"


# -- what the person sees ----------------------------------------------------------------------------


async def test_a_quote_binds_it_to_what_the_person_sees(ground: Ground, session: Path) -> None:
    (session / "code.py").write_text("# the agent was here\n" + CODE)
    made = await comment(ground, lines="5-6", quote="def second():\n    return 2\n")
    assert made.lines == "6-7"
    error = await ground.refused(
        "comment", "stalePlan", checkout="session", path="code.py", text="x", lines="5", quote="nowhere to be found"
    )
    assert "code.py" in error.message


async def test_unsaved_text_needs_a_quote(ground: Ground, session: Path) -> None:
    caller = ground.hedgerow.caller(ground.repository, unsaved=lambda _: [session / "code.py"])
    params = {"checkout": "session", "path": "code.py", "text": "x", "lines": "5"}
    await ground.refused("comment", "unsavedText", caller=caller, **params)
    made = await ground.hedgerow.call("comment", ground.repository, caller=caller, quote="def third():", **params)
    assert made.comment.lines == "9"
    whole = {key: value for key, value in params.items() if key != "lines"}
    await ground.hedgerow.call("comment", ground.repository, caller=caller, **whole)


# -- its life ----------------------------------------------------------------------------------------


async def test_draft_sent_outdated_resolved(ground: Ground, session: Path) -> None:
    made = await comment(ground, lines="5-6")
    shown = await ground.call("sendComments", checkout="session")
    assert [one.id for one in shown.comments] == [made.id]
    assert (await only(ground)).state is CommentState.DRAFT, "shown is not sent"
    sent = await ground.call("sendComments", checkout="session", delivered=True)
    assert sent.prompt == shown.prompt
    assert (await only(ground)).state is CommentState.SENT
    assert (await ground.call("sendComments", checkout="session")).prompt == ""
    (session / "code.py").write_text("nothing of it\n")
    assert (await only(ground)).state is CommentState.OUTDATED
    assert (await edit(ground, made.id, resolved=True)).state is CommentState.RESOLVED
    assert (await edit(ground, made.id, resolved=False)).state is CommentState.OUTDATED


async def test_a_prompt_that_did_not_arrive(ground: Ground, session: Path) -> None:
    made = await comment(ground, lines="5-6")
    await ground.call("sendComments", checkout="session", delivered=True)
    assert (await edit(ground, made.id, sent=False)).state is CommentState.DRAFT
    assert (await ground.call("sendComments", checkout="session")).prompt != ""


async def test_other_words_make_a_draft_of_it_again(ground: Ground, session: Path) -> None:
    made = await comment(ground, "Why?", lines="5-6")
    await edit(ground, made.id, sent=True)
    changed = await edit(ground, made.id, text="Why twice?")
    assert (changed.text, changed.title, changed.state) == ("Why twice?", "Why twice?", CommentState.DRAFT)


async def test_a_deleted_one_can_come_back(ground: Ground, session: Path) -> None:
    made = await comment(ground, lines="5-6")
    assert (await edit(ground, made.id, delete=True)).deleted
    assert await listed(ground) == []
    assert (await ground.call("sendComments", checkout="session")).prompt == ""
    assert (await only(ground, deleted=True)).deleted
    assert not (await edit(ground, made.id, delete=False)).deleted
    assert (await only(ground)).id == made.id


async def test_one_prompt_in_order_of_path_and_line(ground: Ground, session: Path) -> None:
    await comment(ground, "Third.", lines="9-10")
    await comment(ground, "About the file.", path="gone.py")
    await comment(ground, "First.", lines="1")
    (session / "code.py").write_text("# new\n" + CODE.replace("def third():\n    return 3\n", ""))
    answer = await ground.call("sendComments", checkout="session")
    assert answer.prompt == (
        "Please address these 3 review comments on your work in this checkout.\n\n"
        "1. code.py, line 2:\n\n```\ndef first():\n```\n\nFirst.\n\n"
        "2. code.py, line 9; it was about what has changed or gone since, which said:\n\n"
        "```\ndef third():\n    return 3\n```\n\nThird.\n\n"
        "3. gone.py (the whole file):\n\nAbout the file.\n"
    )
    assert [one.title for one in answer.comments] == ["First.", "Third.", "About the file."]
    first, *_ = answer.comments
    alone = await ground.call("sendComments", checkout="session", comments=[first.id], delivered=True)
    assert "First." in alone.prompt
    assert "Third." not in alone.prompt
    states = {one.title: one.state for one in await listed(ground)}
    assert states == {
        "First.": CommentState.SENT, "Third.": CommentState.OUTDATED, "About the file.": CommentState.DRAFT
    }  # fmt: skip


async def test_whatever_is_written_is_kept_as_it_is(ground: Ground, session: Path) -> None:
    text = "\x1b[31mred\x1b[0m\n'; DROP TABLE comments; --\n\0 木 \u202e"
    made = await comment(ground, text, lines="1")
    assert made.text == text
    assert made.title == "red"
    prompt = (await ground.call("sendComments", checkout="session")).prompt
    assert "\x1b" not in prompt
    assert "\0" not in prompt
    assert (await comment(ground, "half \ud83d of a character", lines="1")).text == "half \ufffd of a character"


# -- whose they are ----------------------------------------------------------------------------------


async def test_they_go_along_when_work_is_handed_off(ground: Ground, session: Path) -> None:
    made = await comment(ground, lines="5-6")
    here = await ground.call("comment", checkout="Local", path="code.py", text="On main.", lines="1")
    await ground.agree("handOff", checkout="session")
    found = await only(ground)
    local = await ground.hedgerow.row(ground.repository, ground.repository)
    assert (found.id, found.checkout, found.lines) == (made.id, local.id, "5-6")
    error = await ground.refused("comment", "conflict", checkout="session", path="code.py", text="x")
    assert "Local" in error.message
    (ground.repository / "code.py").write_text("# in Local\n" + CODE)
    assert (await only(ground)).lines == "6-7"
    await ground.agree("handOff", checkout="session")
    by_id = {one.id: one for one in await listed(ground)}
    assert set(by_id) == {made.id, here.comment.id}
    assert by_id[made.id].checkout != local.id
    assert (by_id[made.id].lines, by_id[here.comment.id].checkout) == ("6-7", local.id)


async def test_they_are_there_again_when_a_worktree_comes_back(ground: Ground, session: Path) -> None:
    made = await comment(ground, lines="5-6")
    cleaned = await ground.clean_up(session)
    assert await listed(ground) == []
    assert (await edit(ground, made.id, text="Still editable.")).text == "Still editable."
    assert cleaned.operation is not None
    await ground.agree("undo", operation=cleaned.operation.id)
    assert (await only(ground)).text == "Still editable."


async def test_local_before_anything_else_was_done(ground: Ground) -> None:
    """The repository gets its id with its first comment, and keeps the comment."""
    made = await ground.call("comment", checkout="Local", path="a.txt", text="First of all.", lines="1")
    assert (await only(ground)).id == made.comment.id
    await ground.create("session")
    assert (await only(ground)).id == made.comment.id


async def test_they_last_and_are_shared(ground: Ground, home: Home, session: Path) -> None:
    made = await comment(ground, lines="5-6")
    told: list[int] = []
    ground.hedgerow.app.on_comments_changed(lambda news: told.append(news.revision))
    answer = shell(home, ground.repository, "comments", "session", "--json")
    assert [one["id"] for one in answer.json["comments"]] == [made.id]
    before = answer.json["revision"]
    resolved = shell(home, ground.repository, "edit-comment", made.id, "--resolved", "--json")
    assert resolved.json["comment"]["state"] == "resolved", resolved.errors
    after = await ground.call("comments")
    assert after.comments[0].state is CommentState.RESOLVED
    assert after.revision > before
    await edit(ground, made.id, delete=True)
    assert told == [after.revision + 1]


async def test_two_at_once(ground: Ground, home: Home, session: Path) -> None:
    async with Hedgerow.opened(home) as other:
        for number in range(5):
            await comment(ground, f"mine {number}", lines="1")
            await other.call("comment", ground.repository, checkout="session", path="code.py", text=f"theirs {number}")
        assert len(await listed(ground)) == 10
        assert (await ground.call("comments")).revision == 10


# -- bad input ---------------------------------------------------------------------------------------

BAD = {
    "a line past the end": ({"lines": "11"}, "has 10 lines"),
    "a range past the end": ({"lines": "9-12"}, "9-12"),
    "line 0": ({"lines": "0"}, "first line"),
    "no such file": ({"path": "nothing.py"}, "nothing.py"),
    "a directory": ({"path": "sub", "lines": "1"}, "directory"),
    "a way out": ({"path": "../project/a.txt"}, ".."),
    "git's own": ({"path": ".git"}, ".git"),
    "through a link": ({"path": "link/a.txt"}, "link"),
    "lines of a link": ({"path": "link", "lines": "1"}, "symbolic link"),
    "lines of a binary file": ({"path": "picture.bin", "lines": "1"}, "binary"),
    "no such base": ({"path": "new.txt", "side": "base"}, "base"),
    "no such checkout": ({"checkout": "nobody"}, "nobody"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_input(ground: Ground, session: Path, name: str) -> None:
    (session / "link").symlink_to(ground.repository)
    (session / "picture.bin").write_bytes(b"\0\1")
    (session / "new.txt").write_text("new\n")
    params, words = BAD[name]
    error = await ground.refused("comment", **{"checkout": "session", "path": "code.py", "text": "x", **params})
    assert words in error.message
    assert await listed(ground, deleted=True) == []


async def test_what_is_no_comment(ground: Ground, session: Path) -> None:
    made = await comment(ground)
    await ground.refused("editComment", "noSuchComment", id="c0000000", resolved=True)
    await ground.refused("editComment", "badParams", id=made.id)
    await ground.refused("sendComments", "noSuchComment", checkout="session", comments=["nothing"])
    for text in ("", " \n\t", "x" * 70_000):
        with pytest.raises(ValueError, match="comment"):
            await ground.call("comment", checkout="session", path="code.py", text=text)
    for lines in ("", "a", "5-3", "-1", "1-", "1,2"):
        with pytest.raises(ValueError, match="range"):
            await ground.call("comment", checkout="session", path="code.py", text="x", lines=lines)
    assert len(await listed(ground, deleted=True)) == 1


async def test_an_untrusted_repository(ground: Ground, session: Path) -> None:
    await comment(ground)
    caller = ground.hedgerow.caller(ground.repository, trusted_folders=())
    await ground.refused("comment", "untrusted", caller=caller, checkout="session", path="code.py", text="x")
    await ground.refused("sendComments", "untrusted", caller=caller, checkout="session")
    assert (await ground.hedgerow.call("comments", ground.repository, caller=caller)).comments == []


async def test_they_go_along_to_a_new_worktree(ground: Ground, session: Path) -> None:
    """Local's work gets another id there; what is said of Local afterwards is Local's."""
    on_local = {"checkout": "Local", "path": "code.py", "lines": "5"}
    (ground.repository / "code.py").write_text("# mine\n" + CODE)
    made = await comment(ground, "Goes along.", **{**on_local, "lines": "6"})
    handed = await ground.agree("handOff", checkout="Local", name="moved")
    found = await only(ground)
    row = await ground.hedgerow.row(ground.repository, session.parent / "moved")
    assert (found.id, found.checkout, found.lines) == (made.id, row.id, "6")
    later = await comment(ground, "Said later.", **on_local)
    assert {one.id for one in await listed(ground, checkout="Local")} == {later.id}
    assert (await edit(ground, made.id, text="Said again.")).checkout == row.id
    assert handed.operation is not None
    await ground.agree("undo", operation=handed.operation.id)
    assert {one.id for one in await listed(ground, checkout="Local")} == {made.id, later.id}


async def test_they_go_along_when_a_snapshot_is_restored_as_another(ground: Ground, session: Path) -> None:
    made = await comment(ground, lines="5-6")
    cleaned = await ground.clean_up(session)
    assert cleaned.operation is not None
    await ground.agree("restore", snapshot=cleaned.operation.snapshots[0], name="again")
    found = await only(ground)
    assert (found.id, found.lines) == (made.id, "5-6")
    assert found.checkout == (await ground.hedgerow.row(ground.repository, session.parent / "again")).id
