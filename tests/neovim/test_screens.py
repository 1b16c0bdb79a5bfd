"""The list and a plan on a screen of 80 by 24, against what is kept in `screens/` for people to read.

`HEDGEROW_KEEP_SCREENS=1` writes what was seen instead of comparing; look at it before you commit it.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.home import Home

pytestmark = pytest.mark.neovim

SCREENS = Path(__file__).parent / "screens"
PLACE = "/tmp/hedgerow-XXXXXXXX"


@pytest.fixture
def home() -> Iterator[Home]:
    """A home whose path is always as long, so that lines break where they did."""
    root = Path(tempfile.mkdtemp(prefix=PLACE.rstrip("X"), dir="/"))
    assert len(str(root)) == len(PLACE)
    yield Home(root).make()
    shutil.rmtree(root)


def compare(name: str, text: str, home: Home) -> None:
    """Compare a screen with the one that is kept, in all but what differs from run to run."""
    text = text.replace(str(home.root), PLACE)
    text = re.sub(r"\bat [0-9a-f]{7}\b", "at 0123456", text)
    kept = SCREENS / f"{name}.txt"
    if os.environ.get("HEDGEROW_KEEP_SCREENS"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text)
    assert text == kept.read_text()
