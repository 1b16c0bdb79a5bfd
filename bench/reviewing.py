"""Reviews against plain git: which files differ in a large checkout, and the hunks of a large difference."""

from __future__ import annotations

import time
from pathlib import Path

from hedgerow.lsp.wire.protocol import model_json
from hedgerow.protocol.model import Model

from .ground import Ground, paths
from .measure import Line, interleaved, line
from .product import Product

CHANGED = 2_000
_LINES = 28_000
_BLOCK = 20
"""Lines that follow each other and differ; as many that do not follow."""


async def measure(ground: Ground, product: Product, repository: Path, files: int, rounds: int) -> list[Line]:
    (repository / "large.txt").write_text(_text("as it was"))
    ground.git(repository, "add", "large.txt")
    ground.git(repository, "commit", "--quiet", "-m", "a large file")
    made = await product.call("create", repository, name="reviewed")
    checkout = Path(made.paths[0])
    base = ground.git(checkout, "rev-parse", "HEAD").decode().strip()
    changed = paths(files)[:: max(1, files // CHANGED)][:CHANGED]
    for name in changed:
        with (checkout / name).open("a") as file:
            file.write("one = 'more'\n")
    lines = [await _diff(ground, product, repository, checkout, base, len(changed), rounds)]
    await product.call("accept", repository, checkout="reviewed", paths=changed[:1])
    lines.append(await _diff(ground, product, repository, checkout, base, len(changed), rounds, accepted=True))
    (checkout / "large.txt").write_text(_text("as it is by now"))
    lines.append(await _hunks(ground, product, repository, checkout, base, rounds))
    return lines


async def _diff(
    ground: Ground, product: Product, repository: Path, checkout: Path, base: str, count: int, rounds: int,
    *, accepted: bool = False,
) -> Line:  # fmt: skip
    async def ours(_number: int) -> float:
        return await _timed(product, "diff", repository, checkout="reviewed", limit=10_000)

    async def theirs(_number: int) -> float:
        began = time.perf_counter()
        out = ground.git(checkout, "diff", "--numstat", base)
        assert out.count(b"\n") == count
        return time.perf_counter() - began

    mine, plain = await interleaved(rounds, ours, theirs)
    which = ", some of it accepted" if accepted else ""
    return line(f"diff of {count} changed files{which}", "git diff --numstat", mine, plain)


async def _hunks(ground: Ground, product: Product, repository: Path, checkout: Path, base: str, rounds: int) -> Line:
    size = 0

    async def ours(_number: int) -> float:
        return await _timed(product, "hunks", repository, checkout="reviewed", path="large.txt")

    async def theirs(_number: int) -> float:
        nonlocal size
        began = time.perf_counter()
        size = len(ground.git(checkout, "diff", base, "--", "large.txt"))
        return time.perf_counter() - began

    mine, plain = await interleaved(rounds, ours, theirs)
    return line(f"hunks of a diff of {size / 1e6:.1f} MB", "git diff", mine, plain, aim=1.5)


async def _timed(product: Product, verb: str, place: Path, **params: object) -> float:
    """With the answer as it goes over the wire."""
    began = time.perf_counter()
    answer = await product.ask(verb, place, Model, **params)
    model_json(answer)
    return time.perf_counter() - began


def _text(word: str) -> str:
    """Every other block of lines tells the word."""
    return "".join(
        f"value_{number:06} = '{word if number // _BLOCK % 2 else 'always the same'}' {'x' * 20}\n"
        for number in range(_LINES)
    )
