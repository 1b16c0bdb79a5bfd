"""One module (or folder) per agent, all behind the interface in `agent.py`. See docs/agents.md."""
