/**
 * Addresses of the documents that we serve: a file as it is at the base, as it was accepted last, or, where the file
 * itself cannot be shown, as it is now. Pure: strings in, strings out.
 */
export const SCHEME = "hedgerow-base";

/** `base` and `reviewed` as the server has them; `now` for what is gone, a link or another repository. */
export type Side = "base" | "reviewed" | "now";

export interface Address {
  checkout: string;
  side: Side;
  /** As `baseContent` takes it. */
  path: string;
}

const SIDES: readonly string[] = ["base", "reviewed", "now"] satisfies Side[];

/** The path of the address; its last part is the name of the file, so that its language is known. */
export function pathOf({ checkout, side, path }: Address): string {
  return `/${encodeURIComponent(checkout)}/${side}/${path}`;
}

export function addressOf(path: string): Address | undefined {
  const [, checkout, side, rest] = /^\/([^/]+)\/([a-z]+)\/(.+)$/s.exec(path) ?? [];
  if (checkout === undefined || side === undefined || rest === undefined || !SIDES.includes(side))
    return undefined;
  return { checkout: decodeURIComponent(checkout), side: side as Side, path: rest };
}
