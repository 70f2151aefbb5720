// Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
import type { Timestamp, Uuid } from "./strings.js";

/** An address of mail. What is answered is the same whether it has an account or not. */
export interface AddressOnly {
  email: string;
}

/** What the app shows. */
export interface AuthenticatorCode {
  code: string;
}

/** For an authenticator app: `address` as a link or picture, or `key` typed in. */
export interface AuthenticatorKey {
  key: string;
  address: string;
}

/** Who is signed in, and for which organisation the session acts; `csrf_token` goes along with each change. */
export interface CurrentSession {
  id: Uuid;
  account_id: Uuid;
  email: string;
  name: string;
  administrator: boolean;
  second_factor: boolean;
  organisation_id: Uuid | null;
  role: "owner" | "admin" | "editor" | "writer" | null;
  organisations: Array<Organisation>;
  csrf_token: string;
}

/** An invitation that nobody has accepted yet. */
export interface Invitation {
  id: Uuid;
  email: string | null;
  role: "owner" | "admin" | "editor" | "writer";
  expires_at: Timestamp;
  created_at: Timestamp;
}

/** The oldest first. */
export interface InvitationList {
  items: Array<Invitation>;
}

/** An invitation's link. */
export interface InvitationToken {
  /** What is behind # in the link. */
  token: string;
}

/** A link that came by mail, and the code of a second factor. */
export interface LinkSignIn {
  /** What is behind # in the link. */
  token: string;
  /** Of the authenticator app, or a recovery code; needed if the account has a second factor. */
  code?: string | null;
}

/** `link` is shown this once, and null if it was mailed. */
export interface MadeInvitation {
  id: Uuid;
  email: string | null;
  role: "owner" | "admin" | "editor" | "writer";
  expires_at: Timestamp;
  created_at: Timestamp;
  link: string | null;
}

/** With `email` it is mailed there, and is for that address alone; without, its link is in the answer. */
export interface NewInvitation {
  role: "owner" | "admin" | "editor" | "writer";
  email?: string | null;
}

/** Somebody who has no account yet and accepts an invitation that was mailed. */
export interface NewMember {
  /** What is behind # in the link. */
  token: string;
  name: string;
  password: string;
}

/** An organisation to make. */
export interface NewOrganisation {
  name: string;
}

/** A post to create. */
export interface NewPost {
  title: string;
  body: string;
}

/** A site to create. */
export interface NewSite {
  slug: string;
  title: string;
}

/** An organisation that somebody is in, and their role there. */
export interface Organisation {
  id: Uuid;
  name: string;
  role: "owner" | "admin" | "editor" | "writer";
}

/** A new password in place of the present one. */
export interface PasswordChange {
  present_password: string;
  password: string;
}

/** A new password for one that was forgotten. */
export interface PasswordReset {
  /** What is behind # in the link. */
  token: string;
  password: string;
  /** Of the authenticator app, or a recovery code; needed if the account has a second factor. */
  code?: string | null;
}

/** An address, the account's password, and the code of a second factor. */
export interface PasswordSignIn {
  email: string;
  password: string;
  /** Of the authenticator app, or a recovery code; needed if the account has a second factor. */
  code?: string | null;
}

/** A post. */
export interface Post {
  id: Uuid;
  site_id: Uuid;
  title: string;
  body: string;
  created_at: Timestamp;
}

/** Posts in the order of their ids; `next` is the `after` of the next page, null on the last. */
export interface PostPage {
  items: Array<Post>;
  next: Uuid | null;
}

/** The account's password once more, before its protection is changed; and the code, if it has a second factor. */
export interface Proof {
  present_password: string;
  /** Of the authenticator app, or a recovery code; needed if the account has a second factor. */
  code?: string | null;
}

/** Each counts once in place of a code. They are not shown again. */
export interface RecoveryCodes {
  recovery_codes: Array<string>;
}

/** A place where somebody is signed in; `current` is the one that asks. */
export interface Session {
  id: Uuid;
  created_at: Timestamp;
  last_used_at: Timestamp;
  expires_at: Timestamp;
  client_address: string | null;
  user_agent: string;
  current: boolean;
}

/** The organisation that the session is to act for. */
export interface SessionChoice {
  organisation_id: Uuid;
}

/** All of them, the one used last first. */
export interface SessionList {
  items: Array<Session>;
}

/** What whoever has the link is told; with `email`, whether that address has an account. */
export interface ShownInvitation {
  organisation_name: string;
  role: "owner" | "admin" | "editor" | "writer";
  email: string | null;
  account_exists: boolean;
}

/** What is chosen once the mail has come. */
export interface SignUp {
  /** What is behind # in the link. */
  token: string;
  name: string;
  password: string;
}

/** A site; `post_count` may be some seconds old. */
export interface Site {
  id: Uuid;
  slug: string;
  title: string;
  post_count: number;
  created_at: Timestamp;
}

/** Sites in the order of their ids; `next` is the `after` of the next page, null on the last. */
export interface SitePage {
  items: Array<Site>;
  next: Uuid | null;
}

/** The first administrator. */
export interface Welcome {
  /** What is behind # in the link. */
  token: string;
  email: string;
  name: string;
  password: string;
}
