export const PROTOCOL_VERSION = 1;

export interface ListParams {
  repository?: string | null;
  all?: boolean;
  wait?: boolean;
  sizes?: boolean;
}

export interface Base {
  oid: string;
  from: string | null;
  ahead: number | null;
  behind: number | null;
}

export type CheckoutKind = 'local' | 'managed' | 'kept' | 'foreign';

export interface CheckoutRow {
  id: string;
  repository: string;
  path: string;
  name: string;
  label: string;
  kind: CheckoutKind;
  owner: string;
  state: CheckoutState;
  head: Head;
  base: Base | null;
  counts: Counts | null;
  operation: string | null;
  landed: Landed | null;
  locked: Locked | null;
  setup: SetupState;
  sizeBytes: number | null;
  created: number | null;
  active: number | null;
  pending: boolean;
  problem: string | null;
}

export type CheckoutState = 'ok' | 'making' | 'missing' | 'orphaned' | 'unreadable';

export interface Counts {
  staged: number;
  unstaged: number;
  untracked: number;
  conflicted: number;
}

export interface Head {
  kind: HeadKind;
  branch: string | null;
  oid: string | null;
  subject: string | null;
  committed: number | null;
}

export type HeadKind = 'branch' | 'detached' | 'unborn' | 'unknown';

export interface Landed {
  state: string;
  onto: string | null;
  how: string | null;
}

export interface Locked {
  reason: string;
}

export interface RepositoryRow {
  id: string;
  name: string;
  path: string;
  commonDir: string;
  trusted: boolean;
  bare: boolean;
  shallow: boolean;
  objectFormat: string;
  refFormat: string;
  defaultBranch: string | null;
  problems: readonly (string)[];
}

export type SetupState = 'none' | 'done' | 'skipped' | 'notAllowed' | 'failed';

export interface ListResult {
  revision: number;
  repositories: readonly (RepositoryRow)[];
  checkouts: readonly (CheckoutRow)[];
}

export interface HistoryParams {
  repository?: string | null;
  all?: boolean;
  limit?: number;
}

export interface Operation {
  id: string;
  repository: string | null;
  command: string;
  title: string;
  state: string;
  started: number;
  ended: number | null;
  undoable: boolean;
  undoneBy: string | null;
  undoes: string | null;
  snapshots: readonly (string)[];
  checkouts: readonly (string)[];
  error: string | null;
}

export interface Snapshot {
  id: string;
  repository: string;
  checkout: string | null;
  name: string;
  path: string;
  ref: string;
  oid: string;
  created: number;
  reason: string;
  head: string | null;
  sizeBytes: number;
  files: number;
  operation: string | null;
}

export interface HistoryResult {
  operations: readonly (Operation)[];
  snapshots: readonly (Snapshot)[];
}

export interface ShowParams {
  repository?: string | null;
  id: string;
}

export interface ShownFile {
  path: string;
  status: string;
}

export interface ShowResult {
  operation: Operation | null;
  snapshot: Snapshot | null;
  files: readonly (ShownFile)[];
  recover: readonly (string)[];
  text: string;
}

export interface DoctorParams {
  repository?: string | null;
}

export interface Check {
  name: string;
  ok: boolean;
  text: string;
}

export interface DoctorResult {
  version: string;
  checks: readonly (Check)[];
}

export interface SetupChoice {
  skip?: boolean;
  sha256?: string | null;
  choice?: string | null;
}

export interface CreateParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  from?: string | null;
  name?: string | null;
  branch?: string | null;
  carry?: 'none' | 'copy' | 'move';
  keep?: boolean;
  setup?: SetupChoice | null;
}

export interface Effect {
  text: string;
  checkout: string | null;
  path: string | null;
  ref: string | null;
}

export interface Kept {
  checkout: string | null;
  name: string;
  path: string | null;
  reason: string;
}

export interface Loss {
  kind: string;
  text: string;
  count: number;
  paths: readonly (string)[];
  kept: string;
}

export interface Plan {
  token: string;
  command: string;
  title: string;
  effects: readonly (Effect)[];
  losses: readonly (Loss)[];
  conflicts: readonly (string)[];
  kept: readonly (Kept)[];
  setup: SetupScript | null;
  needsAgreement: boolean;
}

export interface SetupReport {
  state: string;
  path: string | null;
  sha256: string | null;
  log: string | null;
  exitCode: number | null;
}

export interface SetupScript {
  path: string;
  sha256: string;
  text: string;
  allowed: boolean;
}

export interface ChangeResult {
  plan: Plan | null;
  operation: Operation | null;
  message: string;
  checkouts: readonly (string)[];
  paths: readonly (string)[];
  kept: readonly (Kept)[];
  setup: SetupReport | null;
  warnings: readonly (string)[];
}

export interface KeepParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  checkout: string;
  kept?: boolean;
}

export interface AdoptParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  checkout: string;
}

export interface SetBaseParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  checkout: string;
  base: string;
}

export interface BranchHereParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  checkout: string;
  branch: string;
}

export interface RenameParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  checkout: string;
  label: string;
}

export interface CleanUpParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  checkouts?: readonly (string)[];
  landed?: boolean;
  retention?: boolean;
  deleteBranch?: boolean;
}

export interface RestoreParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  snapshot: string;
  place?: 'new' | 'old';
  name?: string | null;
}

export interface RepairParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  only?: readonly (string)[];
}

export interface UndoParams {
  repository?: string | null;
  token?: string | null;
  dryRun?: boolean;
  operation?: string | null;
}

export interface ListChanged {
  revision: number;
  repositories: readonly (RepositoryRow)[];
  changed: readonly (CheckoutRow)[];
  removed: readonly (string)[];
}

export interface ServerStatus {
  health: string;
  quiescent: boolean;
  message: string | null;
}

export interface InitializationOptions {
  settings?: Record<string, unknown>;
  trustedFolders?: readonly (string)[] | null;
  asks?: boolean;
}

export interface Commands {
  list: { params: ListParams; result: ListResult };
  history: { params: HistoryParams; result: HistoryResult };
  show: { params: ShowParams; result: ShowResult };
  doctor: { params: DoctorParams; result: DoctorResult };
  create: { params: CreateParams; result: ChangeResult };
  keep: { params: KeepParams; result: ChangeResult };
  adopt: { params: AdoptParams; result: ChangeResult };
  setBase: { params: SetBaseParams; result: ChangeResult };
  branchHere: { params: BranchHereParams; result: ChangeResult };
  rename: { params: RenameParams; result: ChangeResult };
  cleanUp: { params: CleanUpParams; result: ChangeResult };
  restore: { params: RestoreParams; result: ChangeResult };
  repair: { params: RepairParams; result: ChangeResult };
  undo: { params: UndoParams; result: ChangeResult };
}

export const COMMANDS = [
  {
    "verb": "list",
    "title": "List Worktrees",
    "primary": [],
    "changes": false,
    "plans": false
  },
  {
    "verb": "history",
    "title": "Show History",
    "primary": [],
    "changes": false,
    "plans": false
  },
  {
    "verb": "show",
    "title": "Show Details",
    "primary": [
      "id"
    ],
    "changes": false,
    "plans": false
  },
  {
    "verb": "doctor",
    "title": "Check Health",
    "primary": [],
    "changes": false,
    "plans": false
  },
  {
    "verb": "create",
    "title": "Create Worktree",
    "primary": [
      "name"
    ],
    "changes": true,
    "plans": true
  },
  {
    "verb": "keep",
    "title": "Keep Worktree",
    "primary": [
      "checkout"
    ],
    "changes": true,
    "plans": false
  },
  {
    "verb": "adopt",
    "title": "Adopt Worktree",
    "primary": [
      "checkout"
    ],
    "changes": true,
    "plans": false
  },
  {
    "verb": "setBase",
    "title": "Set Base",
    "primary": [
      "checkout",
      "base"
    ],
    "changes": true,
    "plans": false
  },
  {
    "verb": "branchHere",
    "title": "Create Branch Here",
    "primary": [
      "checkout",
      "branch"
    ],
    "changes": true,
    "plans": false
  },
  {
    "verb": "rename",
    "title": "Rename",
    "primary": [
      "checkout",
      "label"
    ],
    "changes": true,
    "plans": false
  },
  {
    "verb": "cleanUp",
    "title": "Clean Up",
    "primary": [
      "checkouts"
    ],
    "changes": true,
    "plans": true
  },
  {
    "verb": "restore",
    "title": "Restore",
    "primary": [
      "snapshot"
    ],
    "changes": true,
    "plans": true
  },
  {
    "verb": "repair",
    "title": "Repair",
    "primary": [
      "only"
    ],
    "changes": true,
    "plans": true
  },
  {
    "verb": "undo",
    "title": "Undo",
    "primary": [
      "operation"
    ],
    "changes": true,
    "plans": true
  }
] as const;
