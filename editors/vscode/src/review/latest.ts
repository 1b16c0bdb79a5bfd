/**
 * Questions whose answers grow old: whoever asks while one is awaited gets the answer of a question that was put later
 * than their own call, and never more than two are on their way for the same thing. Pure.
 */
export class Latest<T> {
  readonly #asked = new Map<string, Promise<T>>();
  readonly #next = new Map<string, Promise<T>>();

  constructor(private readonly ask: (key: string) => Promise<T>) {}

  /** An answer that is no older than this call. */
  now(key: string): Promise<T> {
    const waiting = this.#next.get(key);
    if (waiting !== undefined) return waiting;
    const before = this.#asked.get(key);
    if (before === undefined) return this.#start(key);
    const next = before
      .catch(() => undefined) // whoever asked that is told
      .then(() => {
        this.#next.delete(key);
        return this.#start(key);
      });
    this.#next.set(key, next);
    return next;
  }

  #start(key: string): Promise<T> {
    const answer = this.ask(key).finally(() => {
      if (this.#asked.get(key) === answer) this.#asked.delete(key);
    });
    this.#asked.set(key, answer);
    return answer;
  }
}
