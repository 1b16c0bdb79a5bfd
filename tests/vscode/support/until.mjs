// Waiting for the world instead of for time.
export const LIMIT_MS = 60_000;

/** Waits until a condition on the world outside the editor holds. */
export async function until(/** @type {() => unknown} */ condition, /** @type {string} */ what) {
  const end = Date.now() + LIMIT_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`still not so after ${LIMIT_MS / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
