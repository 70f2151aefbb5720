import { answerOf, errorOf, pauseBeforeRepeating } from "./errors.js";

export interface ClientOptions {
  /** The API token. */
  token?: string;
  /** Bounds a call as a whole, its repeats and their pauses included; 30 unless given. */
  timeoutSeconds?: number;
  /** How often a GET, PUT or DELETE is sent again that was answered 503 with `Retry-After`; 2 unless given. */
  repeats?: number;
  /** Where the server asks for a longer pause, the call ends with its answer; 10 unless given. */
  longestPauseSeconds?: number;
  /** A fetch of one's own. */
  fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  /** Ends the call when it is aborted. */
  signal?: AbortSignal;
  /** For this call instead of the client's. */
  timeoutSeconds?: number;
}

type Single = string | number | boolean;

/** What a request carries. Of the query and the headers, what is undefined or null is left out. */
interface Carried {
  query?: Record<string, Single | readonly Single[] | null | undefined>;
  headers?: Record<string, Single | null | undefined>;
  /** A file's bytes, or what becomes JSON. */
  body?: unknown;
  /** Whether the answer is a file. */
  raw?: boolean;
}

/**
 * How the client sends. `baseUrl` is where the platform's dashboard is, such as `https://app.example.com`. What fetch
 * rejects with (no connection, a `TimeoutError`, the signal's reason) is passed on.
 */
export class Transport {
  readonly #baseUrl: string;
  readonly #options: ClientOptions;
  /** Of a session in a browser: the newest that an answer had. It goes along with each change. */
  #csrfToken = "";

  constructor(baseUrl: string, options: ClientOptions = {}) {
    this.#baseUrl = baseUrl.replace(/\/+$/, "");
    this.#options = options;
  }

  /** The answer's JSON, undefined for one without a body; its bytes if it is raw. Rejects with ApiError. */
  protected async call(method: string, path: string, carried: Carried, options: CallOptions): Promise<unknown> {
    const { repeats = 2, longestPauseSeconds = 10, fetch = globalThis.fetch } = this.#options;
    const seconds = options.timeoutSeconds ?? this.#options.timeoutSeconds ?? 30;
    const bounds = new Bounds(seconds, options.signal);
    const headers = this.#headers(method, carried);
    const init: RequestInit = { method, headers, signal: bounds.signal };
    if (carried.body instanceof Uint8Array) init.body = carried.body as Uint8Array<ArrayBuffer>;
    else if (carried.body !== undefined) init.body = JSON.stringify(carried.body);
    const address = this.#baseUrl + path + queryOf(carried.query ?? {});
    try {
      for (let attempt = 0; ; attempt++) {
        const response = await fetch(address, init);
        if (response.ok && carried.raw) return new Uint8Array(await response.arrayBuffer());
        const content = await response.text();
        if (response.ok) return this.#noted(answerOf(response.status, content));
        const pause =
          attempt < repeats
            ? pauseBeforeRepeating(method, headers, response.status, response.headers, longestPauseSeconds)
            : null;
        if (pause === null) throw errorOf(response.status, response.headers, content);
        await bounds.pause(pause);
      }
    } finally {
      bounds.end();
    }
  }

  /** The answer, after a look for what has to come with later requests. */
  #noted(answer: unknown): unknown {
    if (typeof answer === "object" && answer !== null && "csrf_token" in answer) {
      this.#csrfToken = String(answer.csrf_token);
    }
    return answer;
  }

  #headers(method: string, carried: Carried): Headers {
    const headers = new Headers({ Accept: carried.raw ? "*/*" : "application/json" });
    for (const [name, value] of Object.entries(carried.headers ?? {})) {
      if (value !== undefined && value !== null) headers.set(name, String(value));
    }
    if (this.#options.token !== undefined) headers.set("Authorization", `Bearer ${this.#options.token}`);
    if (carried.body !== undefined) {
      headers.set("Content-Type", carried.body instanceof Uint8Array ? "application/octet-stream" : "application/json");
    }
    if (this.#csrfToken !== "" && method !== "GET") headers.set("X-CSRF-Token", this.#csrfToken);
    return headers;
  }
}

/** A value as one segment of a path. Throws RangeError for those that would change the path. */
export function segment(value: Single): string {
  const said = String(value);
  if (said === "" || said === "." || said === "..") throw new RangeError(`"${said}" cannot be part of an address`);
  return encodeURIComponent(said);
}

function queryOf(given: NonNullable<Carried["query"]>): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? value : [value]) pairs.append(name, String(item));
  }
  const said = pairs.toString();
  return said === "" ? "" : `?${said}`;
}

/** A deadline and the caller's signal in one; Node 18 has no AbortSignal.any. */
class Bounds {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #given: AbortSignal | undefined;
  readonly #abort = (): void => this.#controller.abort(this.#given?.reason);

  constructor(seconds: number, given: AbortSignal | undefined) {
    this.#given = given;
    this.#timer = setTimeout(() => {
      this.#controller.abort(new DOMException(`no answer within ${seconds} s`, "TimeoutError"));
    }, seconds * 1000);
    if (given?.aborted) this.#abort();
    given?.addEventListener("abort", this.#abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  pause(seconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(this.signal.reason as Error);
      };
      const timer = setTimeout(() => {
        this.signal.removeEventListener("abort", stop);
        resolve();
      }, seconds * 1000);
      this.signal.addEventListener("abort", stop, { once: true });
    });
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#given?.removeEventListener("abort", this.#abort);
  }
}
