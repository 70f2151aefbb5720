const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
export class ApiError extends Error {
    status;
    code;
    retryAfterSeconds;
    requestId;
    body;
    name = "ApiError";
    constructor(status, code, message, retryAfterSeconds = null, requestId = null, body = undefined) {
        super(message);
        this.status = status;
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
        this.requestId = requestId;
        this.body = body;
    }
    get faults() {
        const said = isObject(this.body) ? this.body["errors"] : undefined;
        const found = Array.isArray(said) ? said.filter(isObject) : [];
        return found.map((item) => ({
            where: firstText(item, "where"),
            pointer: firstText(item, "pointer"),
            detail: firstText(item, "detail"),
        }));
    }
}
export class UnexpectedAnswer extends Error {
    name = "UnexpectedAnswer";
}
export function answerOf(status, content) {
    const body = content === "" ? undefined : parsed(content);
    if (body === undefined && content !== "")
        throw new UnexpectedAnswer(`the answer with status ${status} is not JSON`);
    return body;
}
export function errorOf(status, headers, content) {
    const body = parsed(content);
    const said = isObject(body) ? body : {};
    const code = firstText(said, "code") || lastSegment(firstText(said, "type")) || `http_${status}`;
    const message = firstText(said, "detail", "title") || `The server answered with status ${status}.`;
    return new ApiError(status, code, message, retryAfterSeconds(headers), headers.get("x-request-id"), body);
}
export function retryAfterSeconds(headers) {
    const said = headers.get("retry-after")?.trim() ?? "";
    return /^\d{1,7}$/.test(said) ? Number(said) : null;
}
export function pauseBeforeRepeating(method, sent, status, headers, longestSeconds) {
    const harmless = REPEATABLE.has(method) || sent.has("idempotency-key");
    const pause = retryAfterSeconds(headers);
    return harmless && status === 503 && pause !== null && pause <= longestSeconds ? pause : null;
}
function parsed(content) {
    try {
        return JSON.parse(content);
    }
    catch (error) {
        if (error instanceof SyntaxError)
            return undefined;
        throw error;
    }
}
function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
function firstText(said, ...names) {
    for (const name of names) {
        const value = said[name];
        if (typeof value === "string" && value !== "")
            return value;
    }
    return "";
}
function lastSegment(address) {
    if (address === "" || address === "about:blank")
        return "";
    return address.replace(/[/#]+$/, "").replace(/^.*[/#]/, "");
}
