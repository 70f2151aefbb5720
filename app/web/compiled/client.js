import { ApiError, Client } from "./sdk/index.js";
export const client = new Client("");
export function sentence(error) {
    if (error instanceof ApiError)
        return error.message;
    console.error(error);
    if (error instanceof TypeError || error instanceof DOMException) {
        return "The platform cannot be reached right now; try again in a moment.";
    }
    return String(error);
}
export function saidNo(error, code) {
    return error instanceof ApiError && error.code === code;
}
export async function signedIn() {
    try {
        return await client.getSession();
    }
    catch (error) {
        if (saidNo(error, "not_signed_in"))
            return null;
        throw error;
    }
}
