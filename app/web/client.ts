// The platform as these pages see it: through the SDK alone, as whoever is signed in with this browser.
import { ApiError, Client, type CurrentSession } from "./sdk/index.js";

export const client = new Client("");

/** What went wrong, as a sentence for people. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  console.error(error);
  // What fetch rejects with: no connection, or no answer in time.
  if (error instanceof TypeError || error instanceof DOMException) {
    return "The platform cannot be reached right now; try again in a moment.";
  }
  return String(error);
}

/** Whether the API said no with this code. */
export function saidNo(error: unknown, code: string): boolean {
  return error instanceof ApiError && error.code === code;
}

/** Who is signed in; null if nobody is. */
export async function signedIn(): Promise<CurrentSession | null> {
  try {
    return await client.getSession();
  } catch (error) {
    if (saidNo(error, "not_signed_in")) return null;
    throw error;
  }
}
