export { Client } from "./client.js";
export { ApiError, UnexpectedAnswer } from "./errors.js";
export { Transport } from "./transport.js";
