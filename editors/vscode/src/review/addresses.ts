/**
 * Addresses of the documents that we serve: a file as it is at the base, as it was accepted last, or, where the file
 * itself cannot be shown, as it is now. Their path is the file's own, so that the editor takes them for versions of it;
 * what they are stands in the query. Pure: strings in, strings out.
 */
export const SCHEME = "hedgerow-base";

/** `base` and `reviewed` as the server has them; `now` for what is gone, a link or another repository. */
export type Side = "base" | "reviewed" | "now";

export interface Address {
  checkout: string;
  side: Side;
  /** As `baseContent` takes it. */
  path: string;
  /** Where a renamed file is now. */
  now?: string;
}

const SIDES: readonly unknown[] = ["base", "reviewed", "now"] satisfies Side[];

export function queryOf({ checkout, side, path, now }: Address): string {
  return JSON.stringify({ checkout, side, path, now });
}

/** Of an address of ours, or of one that the server gave (`/<checkout>/<side>/<path>`). */
export function addressOf({ path, query }: { path: string; query: string }): Address | undefined {
  const [, first, second, rest] = /^\/([^/]+)\/([a-z]+)\/(.+)$/s.exec(path) ?? [];
  const found: Parts =
    query === "" ? { checkout: first && decodeURIComponent(first), side: second, path: rest } : parsed(query);
  const { checkout, side } = found;
  if (typeof checkout !== "string" || typeof found.path !== "string" || !SIDES.includes(side))
    return undefined;
  const address = { checkout, side: side as Side, path: found.path };
  return typeof found.now === "string" ? { ...address, now: found.now } : address;
}

interface Parts {
  checkout?: unknown;
  side?: unknown;
  path?: unknown;
  now?: unknown;
}

function parsed(query: string): Parts {
  try {
    const value: unknown = JSON.parse(query);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {}; // somebody else's address
  }
}
