/**
 * Which checkouts are under review in this window, and what the server says of them: the files that differ, and the
 * hunks of those that somebody looks at. Owns asking again when the server says that an answer is another by now.
 * Draws nothing and decides nothing.
 */
import * as vscode from "vscode";
import type { DiffResult, FileChange, HunksResult, ReviewChanged } from "../protocol.generated";
import type { List } from "../rows/list";
import { refusal } from "../server/refusal";
import { NoServer, type Server } from "../server/server";
import { Latest } from "./latest";

/** Files of a review that are listed, and by which the list grows when the person asks for more. */
const FILES_SHOWN = 1000;
/** Files that the server tells in one answer at most. */
const PAGE_MOST = 10_000;
const REMEMBERED = "hedgerow.reviews";

export interface Review {
  checkout: string;
  /** Undefined until the first answer. */
  diff: DiffResult | undefined;
}

/** What may be another by now. `path` undefined: any file, or which files there are. */
export interface Change {
  checkout: string;
  path?: string;
}

export class Reviews implements vscode.Disposable {
  readonly #reviews = new Map<string, Review>();
  readonly #readings = new Map<string, HunksResult>();
  readonly #asked = new Map<string, Promise<HunksResult | undefined>>();
  readonly #diffs: Latest<DiffResult>;
  readonly #hunks: Latest<HunksResult>;
  readonly #changed = new vscode.EventEmitter<Change>();
  readonly onDidChange = this.#changed.event;
  readonly #listening: vscode.Disposable[];
  /** How many files of a checkout are listed, where that is more than at first. */
  readonly #wanted = new Map<string, number>();

  constructor(
    private readonly server: Server,
    private readonly list: List,
    private readonly memory: vscode.Memento,
    private readonly looksAt: (checkout: string, path: string) => boolean,
  ) {
    this.#diffs = new Latest((checkout) => this.#askForDiff(checkout));
    this.#hunks = new Latest((key) => this.#askForHunks(key));
    for (const checkout of memory.get<string[]>(REMEMBERED, [])) {
      this.#reviews.set(checkout, { checkout, diff: undefined });
    }
    this.#listening = [
      server.on("hedgerow/reviewChanged", (told) => {
        this.#heard(told);
      }),
      server.onLife((life) => {
        if (life === "running") for (const checkout of this.#reviews.keys()) void this.refresh(checkout);
      }),
    ];
  }

  get all(): Review[] {
    return [...this.#reviews.values()];
  }

  has(checkout: string): boolean {
    return this.#reviews.has(checkout);
  }

  of(checkout: string): Review | undefined {
    return this.#reviews.get(checkout);
  }

  file(checkout: string, path: string): FileChange | undefined {
    return this.#reviews.get(checkout)?.diff?.files.find((file) => file.path === path);
  }

  /** The params by which every request names a checkout. */
  named(checkout: string): { repository: string | null; checkout: string } {
    const row = this.list.checkout(checkout);
    return {
      repository: row === undefined ? null : (this.list.repository(row.repository)?.path ?? row.path),
      checkout,
    };
  }

  /** Puts a checkout under review; ends when it is known what differs, or throws what the server refuses with. */
  async begin(checkout: string): Promise<Review> {
    const before = this.#reviews.get(checkout);
    const review: Review = before ?? { checkout, diff: undefined };
    const diff = await this.#diffs.now(checkout);
    this.#reviews.set(checkout, review);
    this.#take(review, diff);
    this.#remember();
    return review;
  }

  /** Lists more of the files; false when there are no more. */
  async more(checkout: string): Promise<boolean> {
    const diff = this.#reviews.get(checkout)?.diff;
    if (diff === undefined || diff.cursor === null) return false;
    const listed = diff.files.length;
    this.#wanted.set(checkout, listed + FILES_SHOWN);
    await this.refresh(checkout);
    return (this.#reviews.get(checkout)?.diff?.files.length ?? 0) > listed;
  }

  end(checkout: string): void {
    if (!this.#reviews.delete(checkout)) return;
    this.#wanted.delete(checkout);
    for (const [key, { checkout: whose }] of this.#readings)
      if (whose === checkout) this.#readings.delete(key);
    this.#remember();
    this.#changed.fire({ checkout });
  }

  /** The hunks of a file as they were told last. */
  reading(checkout: string, path: string): HunksResult | undefined {
    return this.#readings.get(keyOf(checkout, path));
  }

  /** The hunks of a file, asked for where they are not known; undefined where they cannot be had. */
  async read(checkout: string, path: string): Promise<HunksResult | undefined> {
    const known = this.reading(checkout, path);
    if (known !== undefined) return known;
    const key = keyOf(checkout, path);
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const answer = this.readAgain(checkout, path).finally(() => this.#asked.delete(key));
    this.#asked.set(key, answer);
    return answer;
  }

  async readAgain(checkout: string, path: string): Promise<HunksResult | undefined> {
    const key = keyOf(checkout, path);
    const answer = await this.#quietly(checkout, () => this.#hunks.now(key));
    if (answer === undefined) {
      this.#readings.delete(key);
      return undefined;
    }
    const before = this.#readings.get(key);
    this.#readings.set(key, answer);
    if (JSON.stringify(before) !== JSON.stringify(answer)) this.#changed.fire({ checkout, path });
    return answer;
  }

  /** Asks again for everything that is known of a checkout. */
  async refresh(checkout: string, paths?: readonly string[]): Promise<void> {
    // Also what is being asked for just now: its answer may be from before.
    const known = new Set([...this.#readings.keys(), ...this.#asked.keys()]);
    const asked = [...known].map(async (key) => {
      const [whose, path] = partsOf(key);
      if (whose !== checkout || paths?.includes(path) === false) return;
      if (this.looksAt(checkout, path)) await this.readAgain(checkout, path);
      else this.#readings.delete(key);
    });
    const review = this.#reviews.get(checkout);
    if (review !== undefined) {
      const diff = await this.#quietly(checkout, () => this.#diffs.now(checkout));
      if (diff !== undefined && this.#reviews.get(checkout) === review) this.#take(review, diff);
    }
    await Promise.all(asked);
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#changed.dispose();
  }

  #heard({ checkout, all, paths, notices }: ReviewChanged): void {
    if (this.#reviews.has(checkout)) {
      for (const notice of notices) void vscode.window.showWarningMessage(notice);
    }
    void this.refresh(checkout, all ? undefined : paths);
  }

  #take(review: Review, diff: DiffResult): void {
    const before = review.diff;
    review.diff = diff;
    if (before === undefined || JSON.stringify(before) !== JSON.stringify(diff)) {
      this.#changed.fire({ checkout: review.checkout });
    }
  }

  #remember(): void {
    void this.memory.update(REMEMBERED, [...this.#reviews.keys()]);
  }

  /** What is asked in the background is not told when it fails; a checkout that is gone is under review no longer. */
  async #quietly<T>(checkout: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof NoServer) return undefined;
      const { message, code } = refusal(error);
      this.server.log.info(`no answer for the review: ${message}`);
      if (code === "noSuchCheckout") this.end(checkout);
      return undefined;
    }
  }

  async #askForDiff(checkout: string): Promise<DiffResult> {
    const wanted = this.#wanted.get(checkout) ?? FILES_SHOWN;
    const ask = (had: number, cursor: string | null) =>
      this.server.request("diff", {
        ...this.named(checkout),
        limit: Math.min(wanted - had, PAGE_MOST),
        cursor,
      });
    let diff = await ask(0, null);
    while (diff.cursor !== null && diff.files.length < wanted) {
      const page = await ask(diff.files.length, diff.cursor);
      diff = { ...diff, files: [...diff.files, ...page.files], cursor: page.cursor };
    }
    return diff;
  }

  #askForHunks(key: string): Promise<HunksResult> {
    const [checkout, path] = partsOf(key);
    return this.server.request("hunks", { ...this.named(checkout), path });
  }
}

function keyOf(checkout: string, path: string): string {
  return `${checkout}\n${path}`;
}

function partsOf(key: string): [checkout: string, path: string] {
  const end = key.indexOf("\n"); // the name of a file may have more of them
  return [key.slice(0, end), key.slice(end + 1)];
}
