// What the SDK does about people; as people.py does it with Python.
import { ApiError, Client } from "./index.js";

/**
 * `mailed` is the secret in the newest mail to an address, `first` that of the first administrator's link, `delivered` the
 * id of a new delivery to a webhook.
 */
export interface Desk {
  mailed(email: string): Promise<string>;
  first(): Promise<string>;
  delivered(webhook: string): Promise<string>;
  code(key: string): string;
}

function check(holds: boolean, what: string, seen: unknown): asserts holds {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(seen)}`);
}

export async function people(client: Client, slug: string, desk: Desk): Promise<void> {
  const email = `${slug}@example.org`;
  const password = "a quiet harbour";
  const another = "another harbour";
  await client.startSignUp({ email });
  const signUp = await client.showSignUp({ token: await desk.mailed(email) });
  check(signUp.email === email, "whose link it is", signUp);
  const session = await client.finishSignUp({ token: await desk.mailed(email), name: "Ada", password });
  check(session.email === email && session.organisation_id === null, "the account that was made", session);
  const wrong = await client.signIn({ email, password: "not the password" }).catch((error: unknown) => error);
  check(wrong instanceof ApiError && wrong.code === "wrong_credentials", "another password", wrong);
  await client.signIn({ email, password });
  await client.sendSignInLink({ email });
  await client.signInByLink({ token: await desk.mailed(email) });
  await client.startPasswordReset({ email });
  await client.finishPasswordReset({ token: await desk.mailed(email), password: another });
  await client.signIn({ email, password: another });
  const changed = await client.changePassword({ present_password: another, password });
  const present = await client.getSession();
  check(JSON.stringify(present) === JSON.stringify(changed), "the session after the change", present);

  const moved = `moved-${email}`;
  await client.startEmailChange({ email: moved, present_password: password });
  const afterwards = await client.finishEmailChange({ token: await desk.mailed(moved) });
  check(afterwards.email === moved, "the new address", afterwards);

  const key = await client.setUpAuthenticator({ present_password: password });
  const codes = await client.confirmAuthenticator({ code: desk.code(key.key) });
  const [code = ""] = codes.recovery_codes;
  const renewed = await client.renewRecoveryCodes({ present_password: password, code });
  await client.removeAuthenticator({ present_password: password, code: renewed.recovery_codes[0] ?? "" });

  const made = await client.createOrganisation({ name: "Harbour" });
  check(made.role === "owner" && made.organisation_id !== null, "the organisation that was made", made);
  const chosen = await client.chooseOrganisation({ organisation_id: made.organisation_id });
  check(chosen.organisation_id === made.organisation_id, "the organisation that was chosen", chosen);
  const back = await client.invite({ role: "writer" });
  const listed = await client.listInvitations();
  check(listed.items.length === 1 && listed.items[0]?.id === back.id, "the open invitation", listed);
  await client.takeInvitationBack(back.id);
  const { link } = await client.invite({ role: "admin" });
  const second = `second-${email}`;
  await client.invite({ role: "editor", email: second });
  const shown = await client.showInvitation({ token: await desk.mailed(second) });
  check(shown.organisation_name === "Harbour" && !shown.account_exists, "the invitation", shown);
  await client.signOut();
  const token = await desk.mailed(second);
  const joined = await client.acceptInvitationAsNewMember({ token, name: "Bob", password });
  check(joined.role === "editor", "the new member", joined);

  const first = `first-${email}`;
  const welcome = await client.welcome({ token: await desk.first(), email: first, name: "Cy", password });
  check(welcome.administrator, "the first administrator", welcome);
  const accepted = await client.acceptInvitation({ token: link?.split("#")[1] ?? "" });
  check(accepted.role === "admin", "the invitation that was accepted", accepted);
  const members = await client.listMembers({ limit: 10 });
  const roles = members.items.map((one) => `${one.name}: ${one.role}`);
  check(roles.join() === "Ada: owner,Bob: editor,Cy: admin", "the members", members);
  const [, bob] = members.items;
  const writer = await client.changeMember(bob?.account_id ?? "", { role: "writer" }, { ifMatch: bob?.etag ?? "" });
  check(writer.role === "writer", "another role", writer);
  await client.removeMember(writer.account_id);
  const sessions = await client.listSessions();
  check(sessions.items.length === 1 && sessions.items[0]?.current === true, "the only session", sessions);
  await client.endSession(sessions.items[0].id);
  await client.signIn({ email: first, password });
  await client.endAllSessions();
}
