/**
 * The rows that the server told us: repositories, their checkouts, and sessions. Owns how an answer and the
 * notifications after it become one list; knows neither the editor nor the server.
 */
import type { CheckoutRow, ListChanged, ListResult, RepositoryRow, SessionRow } from "../protocol.generated";

export class List {
  #revision: number | undefined;
  /** The newest answer's. */
  #answered = 0;
  /** How many answers are on their way, and what was told meanwhile. */
  #awaited = 0;
  #meanwhile: ListChanged[] = [];
  readonly #repositories = new Map<string, RepositoryRow>();
  readonly #checkouts = new Map<string, CheckoutRow>();
  readonly #sessions = new Map<string, SessionRow>();
  readonly #listeners = new Set<() => void>();

  /** Calls when rows may differ; what is returned ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** False until the first answer, and again after {@link clear}. */
  get loaded(): boolean {
    return this.#revision !== undefined;
  }

  get repositories(): RepositoryRow[] {
    return [...this.#repositories.values()].sort((a, b) => a.name.localeCompare(b.name));
  }

  get all(): CheckoutRow[] {
    return [...this.#checkouts.values()];
  }

  get sessions(): SessionRow[] {
    return [...this.#sessions.values()];
  }

  /** Local first, then the most recently active. */
  checkouts(repository: string): CheckoutRow[] {
    const isLocal = (row: CheckoutRow) => (row.kind === "local" ? 1 : 0);
    return this.all
      .filter((row) => row.repository === repository)
      .sort(
        (a, b) =>
          isLocal(b) - isLocal(a) || (b.active ?? 0) - (a.active ?? 0) || a.label.localeCompare(b.label),
      );
  }

  repository(id: string): RepositoryRow | undefined {
    return this.#repositories.get(id);
  }

  checkout(id: string): CheckoutRow | undefined {
    return this.#checkouts.get(id);
  }

  session(id: string): SessionRow | undefined {
    return this.#sessions.get(id);
  }

  /** The checkout that a file is in: the innermost one. */
  holding(path: string): CheckoutRow | undefined {
    return this.all
      .filter((row) => path === row.path || path.startsWith(`${row.path}/`))
      .sort((a, b) => b.path.length - a.path.length)[0];
  }

  /**
   * Takes in an answer, with what was told after it was made and came before it. False when a notification between
   * them was lost, so that the list must be asked for again.
   */
  async take(asked: Promise<ListResult>): Promise<boolean> {
    this.#awaited += 1;
    try {
      const answer = await asked;
      if (answer.revision < this.#answered) return true; // to an earlier question
      this.replace(answer);
      return this.#meanwhile.every((change) => this.#apply(change));
    } finally {
      this.#awaited -= 1;
      if (this.#awaited === 0) this.#meanwhile = [];
    }
  }

  replace(answer: ListResult): void {
    this.#empty();
    this.#revision = this.#answered = answer.revision;
    for (const row of answer.repositories) this.#repositories.set(row.id, row);
    for (const row of answer.checkouts) this.#checkouts.set(row.id, row);
    for (const row of answer.sessions) this.#sessions.set(row.id, row);
    this.#tell();
  }

  /** Takes in one notification. False when one before it was lost, so that the list must be asked for again. */
  apply(change: ListChanged): boolean {
    if (this.#awaited > 0) this.#meanwhile.push(change);
    return this.#apply(change);
  }

  #apply(change: ListChanged): boolean {
    if (this.#revision === undefined || change.revision <= this.#revision) return true; // the answer has it, or will
    if (change.revision > this.#revision + 1) return false;
    this.#revision = change.revision;
    for (const row of change.repositories) this.#take(row);
    for (const row of change.changed) this.#checkouts.set(row.id, row);
    for (const row of change.sessions) this.#sessions.set(row.id, row);
    for (const id of change.removed) {
      this.#checkouts.delete(id);
      this.#repositories.delete(id);
      this.#sessions.delete(id);
    }
    this.#tell();
    return true;
  }

  /** A repository is its common directory: its id becomes another when Hedgerow first writes there. */
  #take(row: RepositoryRow): void {
    for (const { id, commonDir } of this.#repositories.values()) {
      if (commonDir === row.commonDir && id !== row.id) this.#repositories.delete(id);
    }
    this.#repositories.set(row.id, row);
  }

  clear(): void {
    this.#answered = 0;
    this.#meanwhile = [];
    this.#empty();
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #empty(): void {
    this.#revision = undefined;
    this.#repositories.clear();
    this.#checkouts.clear();
    this.#sessions.clear();
  }
}
