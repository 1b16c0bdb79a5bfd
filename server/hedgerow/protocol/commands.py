"""The one table of commands. From it come the LSP provider, the CLI, the documentation and both clients."""

from __future__ import annotations

from dataclasses import dataclass

from . import checkouts, comments, follow, plans, review, sessions, transfer, worktrees
from .model import Model


@dataclass(frozen=True)
class Command:
    """One verb of the wire.

    Attributes:
        verb: camelCase; the LSP command is ``hedgerow.<verb>``, the shell's is its kebab-case.
        title: the person's words in a palette.
        summary: one sentence of documentation.
        primary: params a person types without naming them, in order; a list field takes the rest.
        changes: whether it changes anything on disk.
        plans: whether it may answer with a plan that a person must agree to.
        example: one line of shell.
    """

    verb: str
    title: str
    summary: str
    group: str
    params: type[Model]
    result: type[Model]
    primary: tuple[str, ...] = ()
    changes: bool = False
    plans: bool = False
    example: str = ""

    @property
    def id(self) -> str:
        return f"hedgerow.{self.verb}"


COMMANDS: tuple[Command, ...] = (
    Command("list", "List Worktrees", "Show every checkout and its state.", "see",
            checkouts.ListParams, checkouts.ListResult, example="hedgerow list --all"),
    Command("history", "Show History", "Show operations and snapshots, newest first.", "see",
            worktrees.HistoryParams, worktrees.HistoryResult, example="hedgerow history --limit 10"),
    Command("show", "Show Details", "Show one operation or snapshot, and how plain git recovers it.", "see",
            worktrees.ShowParams, worktrees.ShowResult, ("id",), example="hedgerow show s4k2m9"),
    Command("doctor", "Check Health", "Check git, the state directory and this repository.", "see",
            worktrees.DoctorParams, worktrees.DoctorResult, example="hedgerow doctor"),
    Command("create", "Create Worktree", "Make a worktree, with Local's uncommitted changes if asked.", "worktrees",
            worktrees.CreateParams, plans.ChangeResult, ("name",), changes=True, plans=True,
            example="hedgerow create fix-login --from main --carry copy"),
    Command("keep", "Keep Worktree", "Never retire this worktree (or hand it back to retention).", "worktrees",
            worktrees.KeepParams, plans.ChangeResult, ("checkout",), changes=True,
            example="hedgerow keep fix-login"),
    Command("adopt", "Adopt Worktree", "Take over a worktree that someone else made.", "worktrees",
            worktrees.AdoptParams, plans.ChangeResult, ("checkout",), changes=True,
            example="hedgerow adopt ../old-worktree"),
    Command("setBase", "Set Base", "Review this checkout against another commit.", "worktrees",
            worktrees.SetBaseParams, plans.ChangeResult, ("checkout", "base"), changes=True,
            example="hedgerow set-base fix-login origin/main"),
    Command("branchHere", "Create Branch Here", "Name the detached work of a worktree.", "worktrees",
            worktrees.BranchHereParams, plans.ChangeResult, ("checkout", "branch"), changes=True,
            example="hedgerow branch-here fix-login feature/login"),
    Command("rename", "Rename", "Change the label; the directory stays where it is.", "worktrees",
            worktrees.RenameParams, plans.ChangeResult, ("checkout", "label"), changes=True,
            example='hedgerow rename fix-login "Login, second try"'),
    Command("cleanUp", "Clean Up", "Retire worktrees: snapshot, then into the trash.", "worktrees",
            worktrees.CleanUpParams, plans.ChangeResult, ("checkouts",), changes=True, plans=True,
            example="hedgerow clean-up fix-login"),
    Command("restore", "Restore", "Bring a snapshot back as a worktree.", "worktrees",
            worktrees.RestoreParams, plans.ChangeResult, ("snapshot",), changes=True, plans=True,
            example="hedgerow restore fix-login"),
    Command("repair", "Repair", "Find and mend stale, missing and half-made worktrees.", "worktrees",
            worktrees.RepairParams, plans.ChangeResult, ("only",), changes=True, plans=True,
            example="hedgerow repair"),
    Command("handOff", "Hand Off", "Move a worktree's work to Local, or home again; Local's to a new worktree.", "move",
            transfer.HandOffParams, plans.ChangeResult, ("checkout",), changes=True, plans=True,
            example="hedgerow hand-off fix-login"),
    Command("sync", "Sync", "Bring one checkout's changes into another, or overwrite it.", "move",
            transfer.SyncParams, plans.ChangeResult, ("from", "to"), changes=True, plans=True,
            example="hedgerow sync fix-login Local"),
    Command("commit", "Commit", "Commit everything, or what is staged, with your hooks and signature.", "move",
            transfer.CommitParams, plans.ChangeResult, ("checkout", "message"), changes=True, plans=True,
            example='hedgerow commit fix-login "Check the password once"'),
    Command("land", "Land", "Put a worktree's commits onto a branch, wherever that is checked out.", "move",
            transfer.LandParams, plans.ChangeResult, ("checkout", "onto"), changes=True, plans=True,
            example="hedgerow land fix-login main --how squash"),
    Command("push", "Push", "Push a checkout's branch, and open a pull request if asked.", "move",
            transfer.PushParams, plans.ChangeResult, ("checkout",), changes=True, plans=True,
            example="hedgerow push fix-login --pull-request"),
    Command("diff", "Show Diff", "Show the files of a checkout that differ, and what of them is pending.", "review",
            review.DiffParams, review.DiffResult, ("checkout",), example="hedgerow diff fix-login --between reviewed"),
    Command("hunks", "Show Hunks", "Show what differs in one file, and which of it is accepted.", "review",
            review.HunksParams, review.HunksResult, ("checkout", "path"),
            example="hedgerow hunks fix-login src/login.py"),
    Command("baseContent", "Show Base", "Show a file as it is at the base, or as it was accepted.", "review",
            review.BaseContentParams, review.BaseContentResult, ("checkout", "path"),
            example="hedgerow base-content fix-login src/login.py --side reviewed"),
    Command("accept", "Accept", "Accept files, hunks or lines: they are no longer pending. No file changes.", "review",
            review.AcceptParams, plans.ChangeResult, ("checkout", "paths"), changes=True,
            example="hedgerow accept fix-login src/login.py --lines 12-20"),
    Command("reject", "Reject", "Put back what was accepted last: in files, hunks or lines.", "review",
            review.RejectParams, plans.ChangeResult, ("checkout", "paths"), changes=True,
            example="hedgerow reject fix-login src/login.py"),
    Command("comment", "Comment", "Say something of lines or of a whole file; a draft until it is sent.", "review",
            comments.CommentParams, comments.CommentResult, ("checkout", "path", "text"),
            example='hedgerow comment fix-login src/login.py "Why twice?" --lines 12-14'),
    Command("editComment", "Edit Comment", "Change, resolve, reopen, delete or bring back a comment.", "review",
            comments.EditCommentParams, comments.CommentResult, ("id",),
            example="hedgerow edit-comment c4k2m9x7 --resolved"),
    Command("comments", "Show Comments", "Show the comments on a checkout's work, where their lines are by now.",
            "review", comments.CommentsParams, comments.CommentsResult, ("checkout",),
            example="hedgerow comments fix-login"),
    Command("sendComments", "Send Comments", "Make one prompt of the drafts of a checkout.", "review",
            comments.SendCommentsParams, comments.SendCommentsResult, ("checkout",),
            example="hedgerow send-comments fix-login --delivered"),
    Command("start", "Start Session", "Start an agent with a prompt, in a new worktree or where you say.", "sessions",
            sessions.StartParams, sessions.StartResult, ("agent", "prompt"), changes=True, plans=True,
            example='hedgerow start codex "fix the login test"'),
    Command("stop", "Stop Session", "Stop a session's agent; the conversation stays and can be resumed.", "sessions",
            sessions.StopParams, sessions.SessionResult, ("session",),
            example="hedgerow stop fix-login"),
    Command("resume", "Resume Session", "Go on with a conversation, its worktree restored if that is gone.", "sessions",
            sessions.ResumeParams, sessions.StartResult, ("session", "prompt"), changes=True, plans=True,
            example='hedgerow resume fix-login "and now the tests"'),
    Command("fork", "Fork Session", "Go on from a copy of a conversation, in a worktree of its own.", "sessions",
            sessions.ForkParams, sessions.StartResult, ("session", "prompt"), changes=True, plans=True,
            example='hedgerow fork fix-login "try it without the cache"'),
    Command("send", "Send Prompt", "Give a session's agent a prompt.", "sessions",
            sessions.SendParams, sessions.SessionResult, ("session", "text"),
            example='hedgerow send fix-login "also check the logout"'),
    Command("answer", "Answer", "Answer what a session asks: approve, deny, choose, or reply.", "sessions",
            sessions.AnswerParams, sessions.SessionResult, ("session", "decision"),
            example="hedgerow answer fix-login approve"),
    Command("attach", "Attach to Session", "Say what to run in a terminal to be with a session's agent.", "sessions",
            sessions.AttachParams, sessions.AttachResult, ("session",), example="hedgerow attach fix-login"),
    Command("logs", "Show Session Log", "Show what a session's terminal shows, or what was said last.", "sessions",
            sessions.LogsParams, sessions.LogsResult, ("session",), example="hedgerow logs fix-login --lines 50"),
    Command("pin", "Pin Session", "Protect a session's worktree from clean-up (or no longer).", "sessions",
            sessions.PinParams, sessions.SessionResult, ("session",),
            example="hedgerow pin fix-login"),
    Command("archive", "Archive Session", "Put a session away; clean-up takes its worktree.", "sessions",
            sessions.ArchiveParams, sessions.StartResult, ("session",), changes=True, plans=True,
            example="hedgerow archive fix-login"),
    Command("markSeen", "Mark Seen", "Say that you have looked at what a session did.", "sessions",
            sessions.MarkSeenParams, sessions.SessionResult, ("session",),
            example="hedgerow mark-seen fix-login"),
    Command("undo", "Undo", "Undo the newest operation, or the one named.", "undo",
            worktrees.UndoParams, plans.ChangeResult, ("operation",), changes=True, plans=True,
            example="hedgerow undo"),
    Command("follow", "Follow Edits", "Show this editor each edit of a checkout, or of all of them, as it is made.",
            "follow", follow.FollowParams, follow.FollowResult, ("checkout",), example="hedgerow follow fix-login"),
)  # fmt: skip

BY_VERB: dict[str, Command] = {command.verb: command for command in COMMANDS}


@dataclass(frozen=True)
class Notification:
    """A message from the server that no one asked for."""

    method: str
    params: type[Model]
    summary: str


NOTIFICATIONS: tuple[Notification, ...] = (
    Notification("hedgerow/listChanged", checkouts.ListChanged, "Rows of the list that are new, changed or gone."),
    Notification(
        "hedgerow/attention", sessions.Attention, "A session has started to wait, is done, or failed; told once."
    ),
    Notification("hedgerow/edited", follow.Edited, "A file of a checkout that this client follows was edited."),
    Notification("hedgerow/commentsChanged", comments.CommentsChanged, "Ask for the comments again."),
    Notification(
        "hedgerow/reviewChanged", review.ReviewChanged, "Files of a checkout of which a review says otherwise."
    ),
    Notification("hedgerow/serverStatus", checkouts.ServerStatus, "How the server is."),
)
