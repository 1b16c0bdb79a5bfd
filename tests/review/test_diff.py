"""What differs in a checkout, and how it is told: every status, every side it is compared with, page by page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.repositories import GitFailedError

from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.review import DiffResult, FileChange


async def diff(ground: Ground, checkout: Path, **params: Any) -> DiffResult:
    with ground.nothing_changes():
        answer = await ground.call("diff", checkout=str(checkout), **params)
    assert isinstance(answer, DiffResult)
    return answer


async def files(ground: Ground, checkout: Path, **params: Any) -> dict[str, FileChange]:
    return {file.path: file for file in (await diff(ground, checkout, **params)).files}


@pytest.fixture
async def session(ground: Ground) -> Path:
    ground.playground.commit(
        ground.repository, "more",
        {"long.txt": "".join(f"line {n}\n" for n in range(50)), "gone.txt": "gone\n", "tool.sh": "echo\n",
         "picture.bin": b"\0\1\2", "here.txt": "here\n"},
    )  # fmt: skip
    return await ground.create("session")


async def test_every_status(ground: Ground, session: Path) -> None:
    (session / "gone.txt").unlink()
    (session / "tool.sh").chmod(0o755)
    (session / "long.txt").rename(session / "renamed.txt")
    with (session / "renamed.txt").open("a") as handle:
        handle.write("one more\n")
    (session / "picture.bin").write_bytes(b"\0\2")
    (session / "here.txt").unlink()
    (session / "here.txt").symlink_to("a.txt")
    (session / "new").mkdir()
    (session / "new" / "file.txt").write_text("a\nb\nno end")
    found = {path: (file.status, file.kind, file.added, file.removed) for path, file in
             (await files(ground, session)).items()}  # fmt: skip
    assert found == {
        "gone.txt": ("deleted", "text", 0, 1),
        "here.txt": ("type", "link", 1, 1),
        "new/file.txt": ("added", "text", 3, 0),
        "picture.bin": ("modified", "binary", None, None),
        "renamed.txt": ("renamed", "text", 1, 0),
        "tool.sh": ("mode", "text", 0, 0),
    }
    assert (await files(ground, session))["renamed.txt"].old_path == "long.txt"


async def test_committed_staged_and_loose_work_is_one_diff(ground: Ground, session: Path) -> None:
    ground.playground.commit(session, "one", {"committed.txt": "c\n"})
    (session / "staged.txt").write_text("s\n")
    ground.git("add", "staged.txt", cwd=session)
    (session / "loose.txt").write_text("l\n")
    (session / "ignored.log").write_text("i\n")
    ground.playground.write(session, {".gitignore": "*.log\n"})
    assert set(await files(ground, session)) == {"committed.txt", "staged.txt", "loose.txt", ".gitignore"}
    assert set(await files(ground, session, between="head")) == {"staged.txt", "loose.txt", ".gitignore"}
    assert set(await files(ground, session, between="index")) == {"loose.txt", ".gitignore"}


async def test_another_checkout_and_a_snapshot(ground: Ground, session: Path) -> None:
    (session / "both.txt").write_text("same\n")
    (ground.repository / "both.txt").write_text("same\n")
    (ground.repository / "mine.txt").write_text("mine\n")
    found = await files(ground, session, between="local")
    assert {path: file.status for path, file in found.items()} == {"mine.txt": "deleted"}
    other = await ground.create("other")
    (other / "theirs.txt").write_text("t\n")
    assert set(await files(ground, session, between="other")) == {"both.txt", "theirs.txt"}
    done = await ground.agree("cleanUp", checkouts=["other"])
    assert done.operation is not None
    assert set(await files(ground, session, between=done.operation.snapshots[0])) == {"both.txt", "theirs.txt"}


async def test_hidden_edits_show(ground: Ground, session: Path) -> None:
    for name, flag in (("here.txt", "--assume-unchanged"), ("gone.txt", "--skip-worktree")):
        ground.git("update-index", flag, name, cwd=session)
        (session / name).write_text("hidden edit\n")
    assert set(await files(ground, session)) == {"here.txt", "gone.txt"}
    answer = await ground.call("hunks", checkout="session", path="here.txt")
    assert answer.hunks[0].text == "-here\n+hidden edit\n"


async def test_what_a_sparse_checkout_leaves_out_is_no_deletion(ground: Ground, session: Path) -> None:
    ground.git("sparse-checkout", "set", "--no-cone", "/a.txt", cwd=session)
    assert not (session / "here.txt").exists()
    assert await files(ground, session) == {}
    assert (await ground.call("hunks", checkout="session", path="here.txt")).status is None


async def test_conflicts_are_said(ground: Ground, session: Path) -> None:
    ours = ground.playground.commit(session, "ours", {"long.txt": "ours\n"})
    ground.git("checkout", "-q", "--detach", "HEAD~1", cwd=session)
    ground.playground.commit(session, "theirs", {"long.txt": "theirs\n"})
    with pytest.raises(GitFailedError):
        ground.git("merge", "-q", ours, cwd=session)
    assert (await files(ground, session))["long.txt"].status == "conflicted"
    answer = await ground.call("hunks", checkout="session", path="long.txt", between="head")
    assert answer.status == "conflicted"
    assert "+<<<<<<<" in answer.hunks[0].text


async def test_names_of_all_kinds(ground: Ground, session: Path) -> None:
    for name in (b"with space", b'quo"te', b"new\nline", b"*", b":(top)x", b"-dash", b"\xff\xfe", "\u00e9".encode()):
        with open(os.path.join(os.fsencode(session), name), "wb") as handle:
            handle.write(b"x\n")
    found = await files(ground, session)
    assert set(found) == {"with space", 'quo"te', "new\nline", "*", ":(top)x", "-dash", r"\xff\xfe", "\u00e9"}
    for name in found:
        answer = await ground.call("hunks", checkout="session", path=name)
        assert [hunk.text for hunk in answer.hunks] == ["+x\n"], name


async def test_pages_are_of_one_moment(ground: Ground, session: Path) -> None:
    for number in range(25):
        (session / f"file{number:02}.txt").write_text("x\n")
    page = await diff(ground, session, limit=10)
    assert page.totals.files == 25
    (session / "file24.txt").unlink()
    paths = [file.path for file in page.files]
    while page.cursor is not None:
        page = await diff(ground, session, limit=10, cursor=page.cursor)
        paths += [file.path for file in page.files]
    assert paths == [f"file{number:02}.txt" for number in range(25)]


async def test_bad_input(ground: Ground, session: Path) -> None:
    for params, code in (({"between": "nonsense"}, "noSuchCheckout"), ({"cursor": "used"}, "unknownToken")):
        with pytest.raises(HedgerowError) as error:
            await ground.call("diff", checkout="session", **params)
        assert error.value.code == code
    (session / "out").symlink_to(session.parent)
    for path in ("../x", "/etc/passwd", "out/x", ".git/config", "a/../../x", "", "x\0y"):
        with pytest.raises(HedgerowError) as error:
            await ground.call("hunks", checkout="session", path=path)
        assert error.value.code == "badParams", path
