/** What a request that was refused says to the person, and to the program. Pure. */
import type { ErrorCode } from "../protocol.generated";

export interface Refusal {
  message: string;
  /** The server's code; "cancelled" when the person cancelled it; undefined for what is no refusal. */
  code: ErrorCode | "cancelled" | undefined;
}

const REQUEST_CANCELLED = -32800;

/** The sentence and code of a refused request, whatever was thrown. */
export function refusal(error: unknown): Refusal {
  if (!(error instanceof Error)) return { message: String(error), code: undefined };
  const { code, data } = error as { code?: unknown; data?: { code?: ErrorCode } };
  return { message: error.message, code: code === REQUEST_CANCELLED ? "cancelled" : data?.code };
}
