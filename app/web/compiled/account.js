import { client, saidNo } from "./client.js";
import { doing, fill, part } from "./page.js";
export function startAccount(page) {
    leaving("sign-out", () => client.signOut());
    leaving("sign-out-everywhere", () => client.endAllSessions());
    void doing(async () => {
        try {
            await show(page);
        }
        catch (error) {
            if (!saidNo(error, "not_signed_in"))
                throw error;
            location.replace("/sign-in");
        }
    });
}
function leaving(id, leave) {
    part(id).addEventListener("click", () => doing(async () => {
        await leave();
        location.assign("/sign-in");
    }));
}
async function show(page) {
    const session = await client.getSession();
    fill(page, "show", session);
    part("administrator").hidden = !session.administrator;
    part("factor-on").hidden = !session.second_factor;
    part("factor-off").hidden = session.second_factor;
    part("organisations").replaceChildren(...session.organisations.map((one) => organisation(page, session, one)));
    part("no-organisation").hidden = session.organisations.length > 0;
    const { items } = await client.listSessions();
    part("sessions").replaceChildren(...items.map((one) => signedInAt(page, one)));
    page.hidden = false;
}
function organisation(page, session, one) {
    if (one.id === session.organisation_id)
        return item(one.name, `${one.role}, chosen for this session`);
    return item(one.name, one.role, "Choose", async () => {
        await client.chooseOrganisation({ organisation_id: one.id });
        await show(page);
    });
}
function signedInAt(page, one) {
    const detail = `${one.client_address ?? "unknown address"}, last used ${when(one.last_used_at)}`;
    if (one.current)
        return item(`${browser(one.user_agent)} (this one)`, detail);
    return item(browser(one.user_agent), detail, "End", async () => {
        await client.endSession(one.id);
        await show(page);
    });
}
function item(title, detail, action = "", act) {
    const line = document.createElement("li");
    const text = document.createElement("span");
    const small = document.createElement("small");
    text.textContent = title;
    small.textContent = detail;
    text.append(small);
    line.append(text);
    if (act) {
        const button = document.createElement("button");
        button.className = "quiet";
        button.textContent = action;
        button.addEventListener("click", () => doing(act));
        line.append(button);
    }
    return line;
}
function when(time) {
    return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
const BROWSERS = { "Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari" };
const SYSTEMS = {
    Android: "Android",
    iPhone: "iOS",
    iPad: "iOS",
    Windows: "Windows",
    "Mac OS X": "macOS",
    Linux: "Linux",
};
function browser(agent) {
    const named = (words) => Object.entries(words).find(([word]) => agent.includes(word))?.[1];
    return [named(BROWSERS) ?? (agent.slice(0, 40) || "A browser"), named(SYSTEMS)].filter(Boolean).join(" on ");
}
