"use strict";
// Every form talks to the API. A link's secret is behind # in the address: it is read here and sent in a body, so that no
// log and no referrer has it. It is used up by a click alone, never by opening the page.
const API = "/api/v1";
const token = decodeURIComponent(location.hash.slice(1)).replace(/^(invitation|email)=/, "");
// Somebody who has to sign in first comes back to the page whose link they opened.
const onward = location.hash.startsWith("#invitation=") ? "/invitation" : location.hash.startsWith("#email=") ? "/account/email" : "";
let csrf = "";

async function send(method, path, body) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (csrf) headers["X-CSRF-Token"] = csrf;
  let response;
  try {
    response = await fetch(API + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin" });
  } catch {
    throw { code: "unreachable", detail: "The platform cannot be reached right now; try again in a moment." };
  }
  const text = await response.text();
  let answer = null;
  try { answer = text ? JSON.parse(text) : null; } catch { answer = null; }
  if (!response.ok) throw answer ?? { code: "unknown", detail: `The platform answered with status ${response.status}; try again in a moment.` };
  if (answer?.csrf_token) csrf = answer.csrf_token;
  return answer;
}

function tell(scope, message, plain = false) {
  const notice = scope.querySelector(".notice");
  notice.classList.toggle("plain", plain);
  notice.textContent = message;
  notice.hidden = !message;
}

function fill(scope, attribute, values) {
  for (const element of scope.querySelectorAll(`[data-${attribute}]`)) {
    const value = values?.[element.dataset[attribute]];
    if (value === undefined || value === null) continue;
    if (element.tagName === "A") element.href = value;
    else if (element.tagName === "IMG") element.src = value;
    else element.textContent = Array.isArray(value) ? value.join("\n") : value;
  }
}

function askForCode(form) {
  const label = form.querySelector(".code");
  if (!label) return;
  const input = label.querySelector("input");
  label.hidden = false;
  input.disabled = false;
  input.required = true;
  input.focus();
}

async function submitted(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const [method, path] = form.dataset.send.split(" ");
  if (form.dataset.share) {
    const name = form.dataset.share;
    const shared = document.querySelector(`form:not([data-share]) [name=${name}]`);
    if (!shared.reportValidity()) return;
    form.elements[name].value = shared.value;
  }
  const body = Object.fromEntries(new FormData(form));
  if ("token" in form.dataset) body.token = token;
  const button = form.querySelector("button");
  button.disabled = true;
  tell(form, "");
  try {
    const answer = await send(method, path, body);
    if (form.dataset.then) {
      const next = onward ? `${onward}#${token}` : form.dataset.then;
      location.replace(next);
      if (location.pathname === next) location.reload();
      return;
    }
    const done = document.querySelector(`[data-for=${form.dataset.done}]`);
    fill(done, "answer", answer);
    done.hidden = false;
    form.reset();
    // What led to this step goes with it: a key that is in the app now, for one.
    (form.closest(".done") ?? form).hidden = true;
  } catch (problem) {
    if (problem.code === "code_required") askForCode(form);
    const codeAsked = problem.code === "code_required";
    tell(form, codeAsked ? "Your account asks for a code too." : problem.detail ?? String(problem), codeAsked);
  } finally {
    button.disabled = false;
  }
}

function item(title, detail, action, act) {
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
    button.addEventListener("click", act);
    line.append(button);
  }
  return line;
}

const when = (time) => new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

function browser(agent) {
  const name = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox" : /Chrome\//.test(agent) ? "Chrome" : /Safari\//.test(agent) ? "Safari" : "";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Windows/.test(agent) ? "Windows" : /Mac OS X/.test(agent) ? "macOS" : /Linux/.test(agent) ? "Linux" : "";
  return [name || agent.slice(0, 40) || "A browser", system].filter(Boolean).join(" on ");
}

async function doing(work) {
  const notice = document.querySelector("main");
  try {
    tell(notice, "");
    await work();
  } catch (problem) {
    tell(notice, problem.detail ?? String(problem));
  }
}

async function showAccount(page) {
  const session = await send("GET", "/session");
  fill(page, "show", session);
  document.getElementById("administrator").hidden = !session.administrator;
  document.getElementById("factor-on").hidden = !session.second_factor;
  document.getElementById("factor-off").hidden = session.second_factor;
  const organisations = session.organisations.map((one) =>
    one.id === session.organisation_id
      ? item(one.name, `${one.role}, chosen for this session`)
      : item(one.name, one.role, "Choose", () => doing(async () => {
          await send("PATCH", "/session", { organisation_id: one.id });
          await showAccount(page);
        })));
  document.getElementById("organisations").replaceChildren(...organisations);
  document.getElementById("no-organisation").hidden = organisations.length > 0;
  const { items } = await send("GET", "/sessions");
  const sessions = items.map((one) => {
    const detail = `${one.client_address ?? "unknown address"}, last used ${when(one.last_used_at)}`;
    return one.current
      ? item(`${browser(one.user_agent)} (this one)`, detail)
      : item(browser(one.user_agent), detail, "End", () => doing(async () => {
          await send("DELETE", `/sessions/${one.id}`);
          await showAccount(page);
        }));
  });
  document.getElementById("sessions").replaceChildren(...sessions);
  page.hidden = false;
}

function startAccount(page) {
  const leave = (path) => () => doing(async () => {
    await send("DELETE", path);
    location.assign("/sign-in");
  });
  document.getElementById("sign-out").addEventListener("click", leave("/session"));
  document.getElementById("sign-out-everywhere").addEventListener("click", leave("/sessions"));
  doing(async () => {
    try {
      await showAccount(page);
    } catch (problem) {
      if (problem.code === "not_signed_in") location.replace("/sign-in");
      else throw problem;
    }
  });
}

async function signedIn() {
  try {
    return await send("GET", "/session");
  } catch (problem) {
    if (problem.code === "not_signed_in") return null;
    throw problem;
  }
}

async function showInvitation(page) {
  const invitation = await send("POST", "/invitations/show", { token });
  const session = await signedIn();
  fill(page, "show", { ...invitation, signed_in_as: session?.email });
  const mine = session && (!invitation.email || invitation.email === session.email);
  const cases = mine ? ["member"] : invitation.email && !invitation.account_exists ? ["new"] : invitation.email ? ["sign-in"] : ["sign-in", "sign-in-or-up"];
  for (const element of page.querySelectorAll("[data-case]")) element.hidden = !cases.includes(element.dataset.case);
  document.getElementById("to-sign-in").href = `/sign-in#invitation=${token}`;
  page.hidden = false;
}

async function showNewAddress(page) {
  const session = await signedIn();
  fill(page, "show", session);
  for (const element of page.querySelectorAll("[data-case]")) element.hidden = element.dataset.case !== (session ? "member" : "sign-in");
  document.getElementById("to-sign-in").href = `/sign-in#email=${token}`;
  page.hidden = false;
}

for (const form of document.querySelectorAll("form[data-send]")) form.addEventListener("submit", submitted);
for (const form of document.querySelectorAll("form[data-token]")) {
  if (!token && !form.closest("#invitation")) tell(form, "This link is not complete; open it again from your mail.");
}
const account = document.getElementById("account");
if (account) startAccount(account);
const invitation = document.getElementById("invitation");
if (invitation) doing(() => showInvitation(invitation));
const newAddress = document.getElementById("new-address");
if (newAddress) doing(() => showNewAddress(newAddress));
