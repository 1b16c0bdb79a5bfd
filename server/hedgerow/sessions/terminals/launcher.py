"""Becomes the program that a launch file describes. Runs by itself: `python -I -S launcher.py FILE`.

The file, private and gone once it is read, has `argv`, `cwd` and `env` as JSON: so no variable of an agent, and no
prompt of 16 KiB that tmux would refuse, passes through tmux or its server's environment.
"""

import json
import os
import sys

FROM_THE_TERMINAL = ("TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION")
"""What the terminal says of itself; what the editor's terminal said would be wrong here."""


def main(path: str) -> None:
    with open(path, "rb") as file:
        launch = json.load(file)
    os.unlink(path)
    argv, env = launch["argv"], dict(launch["env"])
    for name in FROM_THE_TERMINAL:
        env.pop(name, None)
        if name in os.environ:
            env[name] = os.environ[name]
    os.closerange(3, 256)
    try:
        os.chdir(launch["cwd"])
        env["PWD"] = launch["cwd"]
        os.execvpe(argv[0], argv, env)  # found on the PATH of `env`
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
        sys.exit(f"{argv[0]} could not be started in {launch['cwd']}: {getattr(error, 'strerror', error)}")


if __name__ == "__main__":
    main(sys.argv[1])
