// Every form asks the API for what `data-send` names, a method of the SDK's client, with what is filled in.
import { client, saidNo, sentence } from "./client.js";
import { fill, tell } from "./page.js";
import type { Client } from "./sdk/index.js";
import { onward, token } from "./token.js";

/** What is filled in, by the inputs' names. */
class Filled {
  readonly #data: FormData;

  constructor(form: HTMLFormElement) {
    this.#data = new FormData(form);
  }

  /** Throws if the form has no such input. */
  text(name: string): string {
    const value = this.#data.get(name);
    if (typeof value !== "string") throw new Error(`this form has no ${name}`);
    return value;
  }

  /** That of the second factor; undefined as long as it is not asked for. */
  code(): string | undefined {
    return this.#data.has("code") ? this.text("code") : undefined;
  }

  /** What an account is made of, beside its address. */
  person(): { name: string; password: string } {
    return { name: this.text("name"), password: this.text("password") };
  }
}

type Send = (filled: Filled) => Promise<object | void>;

const SENDS = {
  acceptInvitation: () => client.acceptInvitation({ token }),
  acceptInvitationAsNewMember: (filled) => client.acceptInvitationAsNewMember({ token, ...filled.person() }),
  changePassword: (filled) =>
    client.changePassword({ present_password: filled.text("present_password"), password: filled.text("password") }),
  confirmAuthenticator: (filled) => client.confirmAuthenticator({ code: filled.text("code") }),
  createOrganisation: (filled) => client.createOrganisation({ name: filled.text("name") }),
  finishEmailChange: () => client.finishEmailChange({ token }),
  finishPasswordReset: (filled) =>
    client.finishPasswordReset({ token, password: filled.text("password"), code: filled.code() }),
  finishSignUp: (filled) => client.finishSignUp({ token, ...filled.person() }),
  removeAuthenticator: (filled) =>
    client.removeAuthenticator({ present_password: filled.text("present_password"), code: filled.text("code") }),
  sendSignInLink: (filled) => client.sendSignInLink({ email: filled.text("email") }),
  setUpAuthenticator: (filled) => client.setUpAuthenticator({ present_password: filled.text("present_password") }),
  signIn: (filled) =>
    client.signIn({ email: filled.text("email"), password: filled.text("password"), code: filled.code() }),
  signInByLink: (filled) => client.signInByLink({ token, code: filled.code() }),
  startEmailChange: (filled) =>
    client.startEmailChange({
      email: filled.text("email"),
      present_password: filled.text("present_password"),
      code: filled.code(),
    }),
  startPasswordReset: (filled) => client.startPasswordReset({ email: filled.text("email") }),
  startSignUp: (filled) => client.startSignUp({ email: filled.text("email") }),
  welcome: (filled) => client.welcome({ token, email: filled.text("email"), ...filled.person() }),
} satisfies Partial<Record<keyof Client, Send>>;

export function startForms(): void {
  const sends = new Map<string, Send>(Object.entries(SENDS));
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-send]")) {
    const send = sends.get(form.dataset["send"] ?? "");
    if (!send) throw new Error(`no form sends ${form.dataset["send"]}`);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void submitted(form, send);
    });
  }
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-token]")) {
    if (token || form.closest("#invitation")) continue;
    tell(form, "This link is not complete; open it again from your mail.");
  }
}

async function submitted(form: HTMLFormElement, send: Send): Promise<void> {
  if (!shared(form)) return;
  const button = form.querySelector("button");
  button?.toggleAttribute("disabled", true);
  tell(form, "");
  try {
    const answer = await send(new Filled(form));
    if (form.dataset["then"]) goOn(form.dataset["then"]);
    else showDone(form, answer ?? {});
  } catch (error) {
    const codeAsked = saidNo(error, "code_required");
    if (codeAsked) askForCode(form);
    tell(form, codeAsked ? "Your account asks for a code too." : sentence(error), codeAsked);
  } finally {
    button?.toggleAttribute("disabled", false);
  }
}

/** Takes over what the page's other form has already; whether that is acceptable. */
function shared(form: HTMLFormElement): boolean {
  const name = form.dataset["share"];
  if (!name) return true;
  const from = document.querySelector<HTMLInputElement>(`form:not([data-share]) [name=${name}]`);
  const to = form.querySelector<HTMLInputElement>(`[name=${name}]`);
  if (!from || !to) throw new Error(`this page has no ${name} to share`);
  if (!from.reportValidity()) return false;
  to.value = from.value;
  return true;
}

function goOn(then: string): void {
  const next = onward ? `${onward}#${token}` : then;
  location.replace(next);
  if (location.pathname === next) location.reload();
}

function showDone(form: HTMLFormElement, answer: object): void {
  const done = document.querySelector<HTMLElement>(`[data-for=${form.dataset["done"]}]`);
  if (!done) throw new Error(`this page has no place for ${form.dataset["done"]}`);
  fill(done, "answer", answer);
  done.hidden = false;
  form.reset();
  // What led to this step goes with it: a key that is in the app now, for one.
  (form.closest<HTMLElement>(".done") ?? form).hidden = true;
}

function askForCode(form: HTMLFormElement): void {
  const label = form.querySelector<HTMLElement>(".code");
  const input = label?.querySelector("input");
  if (!label || !input) return;
  label.hidden = false;
  input.disabled = false;
  input.required = true;
  input.focus();
}
