"""The real agents for one test in VS Code, against the scripted model, in the place of that test.

`agents.py PLACE BIN REPOSITORY...` makes their home, prints the variables that they need as one line of JSON, and
serves the model until its input ends. Then whatever still runs in that home is ended.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.support.agent_home import AgentHome
from tests.support.home import Home
from tests.support.model_server import ModelServer

_OF_THE_PLACE = {"PATH", "TERM", "LANG", "SHELL"}


def main(place: str, agents: str, *repositories: str) -> None:
    home = Home(Path(place))
    with ModelServer.opened() as model:
        made = AgentHome(home, Path(agents), model).make()
        for repository in repositories:
            made.trust(Path(repository))
        told = made.environment()
        own = told.keys() - home.variables().keys() - _OF_THE_PLACE
        print(json.dumps({name: told[name] for name in sorted(own)}), flush=True)
        sys.stdin.read()
        made.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
