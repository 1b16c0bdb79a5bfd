// The real programs that the tests drive, as run.sh found them. What is not there is a reason to skip, or with CI=true
// a failure.
import { existsSync } from "node:fs";

/** @type {{ name: string; program: string | undefined }[]} */
export const EDITORS = [
  { name: "VS Code 1.100 (our oldest)", program: process.env.HEDGEROW_CODE_OLDEST },
  { name: "VS Code 1.139 (today's)", program: process.env.HEDGEROW_CODE_TODAY },
];
export const CHROMIUM = process.env.HEDGEROW_CHROMIUM;
export const VSIX = process.env.HEDGEROW_VSIX;
export const AGENTS = process.env.HEDGEROW_AGENTS;
export const SERVER = process.env.HEDGEROW_PROGRAM;

/** The value of `skip` for a test that needs these; false when all are there. */
export function skipWithout(/** @type {Record<string, string | undefined>} */ parts) {
  const missing = Object.keys(parts).filter((name) => !parts[name] || !existsSync(parts[name]));
  if (missing.length === 0) return false;
  const reason = `not on this machine: ${missing.join(", ")}`;
  if (process.env.CI === "true") throw new Error(reason);
  return reason;
}
