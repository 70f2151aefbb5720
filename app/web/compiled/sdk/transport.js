import { answerOf, errorOf, pauseBeforeRepeating } from "./errors.js";
export class Transport {
    #baseUrl;
    #options;
    #csrfToken = "";
    constructor(baseUrl, options = {}) {
        this.#baseUrl = baseUrl.replace(/\/+$/, "");
        this.#options = options;
    }
    async call(method, path, carried, options) {
        const { repeats = 2, longestPauseSeconds = 10, fetch = globalThis.fetch } = this.#options;
        const seconds = options.timeoutSeconds ?? this.#options.timeoutSeconds ?? 30;
        const bounds = new Bounds(seconds, options.signal);
        const headers = this.#headers(method, carried);
        const init = { method, headers, signal: bounds.signal };
        if (carried.body instanceof Uint8Array)
            init.body = carried.body;
        else if (carried.body !== undefined)
            init.body = JSON.stringify(carried.body);
        const address = this.#baseUrl + path + queryOf(carried.query ?? {});
        try {
            for (let attempt = 0;; attempt++) {
                const response = await fetch(address, init);
                if (response.ok && carried.raw)
                    return new Uint8Array(await response.arrayBuffer());
                const content = await response.text();
                if (response.ok)
                    return this.#noted(answerOf(response.status, content));
                const pause = attempt < repeats
                    ? pauseBeforeRepeating(method, headers, response.status, response.headers, longestPauseSeconds)
                    : null;
                if (pause === null)
                    throw errorOf(response.status, response.headers, content);
                await bounds.pause(pause);
            }
        }
        finally {
            bounds.end();
        }
    }
    #noted(answer) {
        if (typeof answer === "object" && answer !== null && "csrf_token" in answer) {
            this.#csrfToken = String(answer.csrf_token);
        }
        return answer;
    }
    #headers(method, carried) {
        const headers = new Headers({ Accept: carried.raw ? "*/*" : "application/json" });
        for (const [name, value] of Object.entries(carried.headers ?? {})) {
            if (value !== undefined && value !== null)
                headers.set(name, String(value));
        }
        if (this.#options.token !== undefined)
            headers.set("Authorization", `Bearer ${this.#options.token}`);
        if (carried.body !== undefined) {
            headers.set("Content-Type", carried.body instanceof Uint8Array ? "application/octet-stream" : "application/json");
        }
        if (this.#csrfToken !== "" && method !== "GET")
            headers.set("X-CSRF-Token", this.#csrfToken);
        return headers;
    }
}
export function segment(value) {
    const said = String(value);
    if (said === "" || said === "." || said === "..")
        throw new RangeError(`"${said}" cannot be part of an address`);
    return encodeURIComponent(said);
}
function queryOf(given) {
    const pairs = new URLSearchParams();
    for (const [name, value] of Object.entries(given)) {
        if (value === undefined || value === null)
            continue;
        for (const item of Array.isArray(value) ? value : [value])
            pairs.append(name, String(item));
    }
    const said = pairs.toString();
    return said === "" ? "" : `?${said}`;
}
class Bounds {
    #controller = new AbortController();
    #timer;
    #given;
    #abort = () => this.#controller.abort(this.#given?.reason);
    constructor(seconds, given) {
        this.#given = given;
        this.#timer = setTimeout(() => {
            this.#controller.abort(new DOMException(`no answer within ${seconds} s`, "TimeoutError"));
        }, seconds * 1000);
        if (given?.aborted)
            this.#abort();
        given?.addEventListener("abort", this.#abort);
    }
    get signal() {
        return this.#controller.signal;
    }
    pause(seconds) {
        return new Promise((resolve, reject) => {
            const stop = () => {
                clearTimeout(timer);
                reject(this.signal.reason);
            };
            const timer = setTimeout(() => {
                this.signal.removeEventListener("abort", stop);
                resolve();
            }, seconds * 1000);
            this.signal.addEventListener("abort", stop, { once: true });
        });
    }
    end() {
        clearTimeout(this.#timer);
        this.#given?.removeEventListener("abort", this.#abort);
    }
}
