export { Client } from "./client.js";
export { ApiError, UnexpectedAnswer, type Fault, type ProblemBody } from "./errors.js";
export type * from "./models.js";
export type { CalendarDate, Timestamp, Uuid } from "./strings.js";
export { Transport, type CallOptions, type ClientOptions } from "./transport.js";
