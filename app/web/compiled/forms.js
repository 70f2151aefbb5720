import { client, saidNo, sentence } from "./client.js";
import { fill, tell } from "./page.js";
import { onward, token } from "./token.js";
class Filled {
    #data;
    constructor(form) {
        this.#data = new FormData(form);
    }
    text(name) {
        const value = this.#data.get(name);
        if (typeof value !== "string")
            throw new Error(`this form has no ${name}`);
        return value;
    }
    code() {
        return this.#data.has("code") ? this.text("code") : undefined;
    }
    person() {
        return { name: this.text("name"), password: this.text("password") };
    }
}
const SENDS = {
    acceptInvitation: () => client.acceptInvitation({ token }),
    acceptInvitationAsNewMember: (filled) => client.acceptInvitationAsNewMember({ token, ...filled.person() }),
    changePassword: (filled) => client.changePassword({ present_password: filled.text("present_password"), password: filled.text("password") }),
    confirmAuthenticator: (filled) => client.confirmAuthenticator({ code: filled.text("code") }),
    createOrganisation: (filled) => client.createOrganisation({ name: filled.text("name") }),
    finishEmailChange: () => client.finishEmailChange({ token }),
    finishPasswordReset: (filled) => client.finishPasswordReset({ token, password: filled.text("password"), code: filled.code() }),
    finishSignUp: (filled) => client.finishSignUp({ token, ...filled.person() }),
    removeAuthenticator: (filled) => client.removeAuthenticator({ present_password: filled.text("present_password"), code: filled.text("code") }),
    sendSignInLink: (filled) => client.sendSignInLink({ email: filled.text("email") }),
    setUpAuthenticator: (filled) => client.setUpAuthenticator({ present_password: filled.text("present_password") }),
    signIn: (filled) => client.signIn({ email: filled.text("email"), password: filled.text("password"), code: filled.code() }),
    signInByLink: (filled) => client.signInByLink({ token, code: filled.code() }),
    startEmailChange: (filled) => client.startEmailChange({
        email: filled.text("email"),
        present_password: filled.text("present_password"),
        code: filled.code(),
    }),
    startPasswordReset: (filled) => client.startPasswordReset({ email: filled.text("email") }),
    startSignUp: (filled) => client.startSignUp({ email: filled.text("email") }),
    welcome: (filled) => client.welcome({ token, email: filled.text("email"), ...filled.person() }),
};
export function startForms() {
    const sends = new Map(Object.entries(SENDS));
    for (const form of document.querySelectorAll("form[data-send]")) {
        const send = sends.get(form.dataset["send"] ?? "");
        if (!send)
            throw new Error(`no form sends ${form.dataset["send"]}`);
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            void submitted(form, send);
        });
    }
    for (const form of document.querySelectorAll("form[data-token]")) {
        if (token || form.closest("#invitation"))
            continue;
        tell(form, "This link is not complete; open it again from your mail.");
    }
}
async function submitted(form, send) {
    if (!shared(form))
        return;
    const button = form.querySelector("button");
    button?.toggleAttribute("disabled", true);
    tell(form, "");
    try {
        const answer = await send(new Filled(form));
        if (form.dataset["then"])
            goOn(form.dataset["then"]);
        else
            showDone(form, answer ?? {});
    }
    catch (error) {
        const codeAsked = saidNo(error, "code_required");
        if (codeAsked)
            askForCode(form);
        tell(form, codeAsked ? "Your account asks for a code too." : sentence(error), codeAsked);
    }
    finally {
        button?.toggleAttribute("disabled", false);
    }
}
function shared(form) {
    const name = form.dataset["share"];
    if (!name)
        return true;
    const from = document.querySelector(`form:not([data-share]) [name=${name}]`);
    const to = form.querySelector(`[name=${name}]`);
    if (!from || !to)
        throw new Error(`this page has no ${name} to share`);
    if (!from.reportValidity())
        return false;
    to.value = from.value;
    return true;
}
function goOn(then) {
    const next = onward ? `${onward}#${token}` : then;
    location.replace(next);
    if (location.pathname === next)
        location.reload();
}
function showDone(form, answer) {
    const done = document.querySelector(`[data-for=${form.dataset["done"]}]`);
    if (!done)
        throw new Error(`this page has no place for ${form.dataset["done"]}`);
    fill(done, "answer", answer);
    done.hidden = false;
    form.reset();
    (form.closest(".done") ?? form).hidden = true;
}
function askForCode(form) {
    const label = form.querySelector(".code");
    const input = label?.querySelector("input");
    if (!label || !input)
        return;
    label.hidden = false;
    input.disabled = false;
    input.required = true;
    input.focus();
}
