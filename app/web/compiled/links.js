import { client, signedIn } from "./client.js";
import { doing, fill, part, showCases } from "./page.js";
import { token } from "./token.js";
export function startInvitation(page) {
    void doing(async () => {
        const invitation = await client.showInvitation({ token });
        const session = await signedIn();
        fill(page, "show", { ...invitation, signed_in_as: session?.email });
        const mine = session && (!invitation.email || invitation.email === session.email);
        if (mine)
            showCases(page, "member");
        else if (!invitation.email)
            showCases(page, "sign-in", "sign-in-or-up");
        else
            showCases(page, invitation.account_exists ? "sign-in" : "new");
        signingInLeadsBack("invitation");
        page.hidden = false;
    });
}
export function startSignUp(page) {
    void doing(async () => {
        if (token)
            fill(page, "show", await client.showSignUp({ token }));
        page.hidden = false;
        page.querySelector("input")?.focus();
    });
}
export function startNewAddress(page) {
    void doing(async () => {
        const session = await signedIn();
        fill(page, "show", session ?? {});
        showCases(page, session ? "member" : "sign-in");
        signingInLeadsBack("email");
        page.hidden = false;
    });
}
function signingInLeadsBack(what) {
    part("to-sign-in").setAttribute("href", `/sign-in#${what}=${token}`);
}
