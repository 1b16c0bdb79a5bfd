"""A make-believe agent: edits files where it was started, at a steady pace. Knows nothing of Hedgerow.

Usage: python agent.py NAME EDITS [commit]
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

PACE_SECONDS = 0.35


def main(name: str, edits: int, commits: bool) -> None:
    for number in range(1, edits + 1):
        time.sleep(PACE_SECONDS)
        plant = Path(f"beds/bed_{number % 12:02}/plant_{(number % 12) * 25 + 7:03}.py")
        plant.write_text(f"# {name} was here\nheight = {number}\n")
        if number % 3 == 0:
            Path(f"{name} note {number}.md").write_text(f"what {name} thinks, part {number}\n")
        if commits and number % 5 == 0:
            subprocess.run(["git", "add", "beds"], check=True)
            subprocess.run(["git", "commit", "--quiet", "--message", f"{name}: part {number // 5}"], check=True)
    if commits:
        Path(".env").write_text(f"TOKEN=changed-by-{name}\n")
        Path("beds/bed_11/plant_299.py").write_text("height = 'staged by an agent'\n")
        subprocess.run(["git", "add", "beds/bed_11/plant_299.py"], check=True)
        Path("beds/bed_11/plant_298.py").unlink()
        Path("empty directory").mkdir()
        Path("a note\nin two lines.md").write_text("untracked\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), "commit" in sys.argv[3:])
