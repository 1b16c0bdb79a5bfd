"""Snapshots: everything in a checkout at one moment, held exactly, and laid down again.

In git, in the shape of a stash (`git stash apply --index <ref>` recovers one without Hedgerow), with a fourth
parent for what a stash does not hold. Imports git, protocol and journal.files, nothing else of ours.
"""

from .composing import STATES, compose, full_tree, tree_changes, with_index
from .facts import Fact, FactKind
from .held import Held, load
from .holding import hold, ref_of, release, verify
from .laying import lay_down
from .manifest import KeptFile, Manifest
from .obstacles import Obstacle, ObstacleKind
from .reading import Reading, fingerprint, read_checkout
from .rules import ignored_in
from .sides import State
from .taking import Taken, take
from .transitions import BranchMove, NotBegunError, Transitioned, foresee, transition
from .trees import TreeFile

__all__ = [
    "STATES", "BranchMove", "Fact", "FactKind", "Held", "KeptFile", "Manifest", "NotBegunError", "Obstacle",
    "ObstacleKind", "Reading", "State", "Taken", "Transitioned", "TreeFile", "compose", "fingerprint", "foresee",
    "full_tree", "hold", "ignored_in", "lay_down", "load", "read_checkout", "ref_of", "release", "take", "transition",
    "tree_changes", "verify", "with_index",
]  # fmt: skip
