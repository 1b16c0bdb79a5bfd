"""Fixtures that every test has: a throwaway home, a playground of real repositories, and the product."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

# Before they are imported: what the shared sentences compare is shown when they do not hold.
pytest.register_assert_rewrite("tests.support")

from tests.support.ground import Ground  # noqa: E402
from tests.support.hedgerow import Hedgerow  # noqa: E402
from tests.support.home import Home, living_in  # noqa: E402
from tests.support.repositories import Playground  # noqa: E402

# Before any home is thrown away: the programs that tests drive stay where the person's cache has them.
os.environ.setdefault(
    "HEDGEROW_TESTBED",
    str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hedgerow-testbed"),
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A machine that lacks something skips with a reason; where everything must be there (CI) that is a failure."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many of the generated states were refused, by the command that was to move them, and the reasons."""
    moves: dict[str, list[str | None]] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "move":
                moves.setdefault(value[0], []).append(value[1])
    for verb, refusals in sorted(moves.items()):
        refused = sorted(one for one in refusals if one is not None)
        share = f"{len(refused)} of {len(refusals)} generated states refused ({len(refused) * 100 // len(refusals)} %)"
        terminalreporter.write_line(f"{verb}: {share}, all others exact")
        if terminalreporter.verbosity > 0:
            for one in refused:
                terminalreporter.write_line(f"    {one}")


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Home]:
    """HOME, XDG_* and TMPDIR of this test alone."""
    with living_in(Home(tmp_path).make()) as made:
        yield made


@pytest.fixture
def playground(home: Home) -> Playground:
    """Where this test's repositories lie."""
    return Playground(home)


@pytest.fixture
async def hedgerow(home: Home) -> AsyncIterator[Hedgerow]:
    """The product, in this process, with this test's home."""
    async with Hedgerow.opened(home) as opened:
        yield opened


@pytest.fixture
def ground(home: Home, playground: Playground, hedgerow: Hedgerow) -> Ground:
    """A repository with one commit, the product, and the witness."""
    return Ground(home, playground, hedgerow, playground.repository())
