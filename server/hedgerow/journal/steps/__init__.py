"""The closed set of primitives: whatever an operation does is a list of these."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .heads import HeadState, MoveRef, SetHead
from .listing import Listing
from .notes import Claim, Record, WriteFile
from .provisions import Provision
from .registration import AddWorktree, Move, Populate
from .remote import Push
from .rewrite import Rewrite
from .snapshots import BranchState, Drop, Hold, LayDown, StateData, Transition
from .step import OvertakenError, Step

AnyStep = Annotated[
    AddWorktree
    | Populate
    | Claim
    | SetHead
    | MoveRef
    | WriteFile
    | Move
    | Record
    | Drop
    | Listing
    | Hold
    | LayDown
    | Transition
    | Push
    | Rewrite
    | Provision,
    Field(discriminator="kind"),
]

__all__ = [
    "AddWorktree",
    "AnyStep",
    "BranchState",
    "Claim",
    "Drop",
    "HeadState",
    "Hold",
    "LayDown",
    "Listing",
    "Move",
    "MoveRef",
    "OvertakenError",
    "Populate",
    "Provision",
    "Push",
    "Record",
    "Rewrite",
    "SetHead",
    "StateData",
    "Step",
    "Transition",
    "WriteFile",
]
