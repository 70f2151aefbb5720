// A link's secret is behind # in the address: it is read here and sent in a body, so that no log and no referrer has
// it. It is used up by a click alone, never by opening the page.
const said = location.hash.slice(1);

/** The secret; empty if the link has none. */
export const token = decoded(said).replace(/^(invitation|email)=/, "");

/** Where somebody goes on who had to sign in first: to the page whose link they opened. Empty if there was none. */
export const onward = onwardFrom(said);

function onwardFrom(fragment: string): string {
  if (fragment.startsWith("invitation=")) return "/invitation";
  return fragment.startsWith("email=") ? "/account/email" : "";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return ""; // a link that was cut off within a letter
    throw error;
  }
}
