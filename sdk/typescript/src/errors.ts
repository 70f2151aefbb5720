const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** An answer's whole JSON; `undefined` where it is not JSON. */
export type ProblemBody = unknown;

/** `pointer` is a JSON pointer into what `where` names: body, query, path or header. */
export interface Fault {
  where: string;
  pointer: string;
  detail: string;
}

/** An answer that is no success. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** A word for programs; `http_<status>` where the answer has none. */
    readonly code: string,
    /** One sentence for people. */
    message: string,
    /** How long the server asks to wait; null where it does not. */
    readonly retryAfterSeconds: number | null = null,
    /** What the server's log has the request under. */
    readonly requestId: string | null = null,
    readonly body: ProblemBody = undefined,
  ) {
    super(message);
  }

  /** Each thing that is wrong in the request, where the answer says it. */
  get faults(): Fault[] {
    const said = isObject(this.body) ? this.body["errors"] : undefined;
    const found = Array.isArray(said) ? said.filter(isObject) : [];
    return found.map((item) => ({
      where: firstText(item, "where"),
      pointer: firstText(item, "pointer"),
      detail: firstText(item, "detail"),
    }));
  }
}

/** The API answered a success that is not JSON: the address is not that of a platform. */
export class UnexpectedAnswer extends Error {
  override readonly name = "UnexpectedAnswer";
}

/** What a success holds, undefined for one without a body. Throws UnexpectedAnswer. */
export function answerOf(status: number, content: string): unknown {
  const body = content === "" ? undefined : parsed(content);
  if (body === undefined && content !== "") throw new UnexpectedAnswer(`the answer with status ${status} is not JSON`);
  return body;
}

/** The error of an answer: a problem of RFC 9457, or whatever else came. */
export function errorOf(status: number, headers: Headers, content: string): ApiError {
  const body = parsed(content);
  const said = isObject(body) ? body : {};
  const code = firstText(said, "code") || lastSegment(firstText(said, "type")) || `http_${status}`;
  const message = firstText(said, "detail", "title") || `The server answered with status ${status}.`;
  return new ApiError(status, code, message, retryAfterSeconds(headers), headers.get("x-request-id"), body);
}

/** `Retry-After` in seconds; a date, which the platform never sends, counts as none. */
export function retryAfterSeconds(headers: Headers): number | null {
  const said = headers.get("retry-after")?.trim() ?? "";
  return /^\d{1,7}$/.test(said) ? Number(said) : null;
}

/**
 * Seconds to wait before the same request is sent again, or null if it must not be: only what is harmless to repeat (by
 * its method, or for its `Idempotency-Key`), and was answered 503 with a Retry-After of at most `longestSeconds`.
 */
export function pauseBeforeRepeating(
  method: string,
  sent: Headers,
  status: number,
  headers: Headers,
  longestSeconds: number,
): number | null {
  const harmless = REPEATABLE.has(method) || sent.has("idempotency-key");
  const pause = retryAfterSeconds(headers);
  return harmless && status === 503 && pause !== null && pause <= longestSeconds ? pause : null;
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstText(said: Record<string, unknown>, ...names: string[]): string {
  for (const name of names) {
    const value = said[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return "";
}

/** A problem's type is an address whose end says which; `about:blank` says nothing. */
function lastSegment(address: string): string {
  if (address === "" || address === "about:blank") return "";
  return address.replace(/[/#]+$/, "").replace(/^.*[/#]/, "");
}
