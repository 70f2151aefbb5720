// Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
import type { Timestamp, Uuid } from "./strings.js";

/** The account's new address, and the proof that it is theirs. */
export interface AddressChange {
  present_password: string;
  /** Of the authenticator app, or a recovery code; needed if the account has a second factor. */
  code?: string | null;
  email: string;
}

/** An address of mail. What is answered is the same whether it has an account or not. */
export interface AddressOnly {
  email: string;
}

/** A key. `prefix` is how its secret begins; `last_used_at` may be a minute old. */
export interface ApiKey {
  id: Uuid;
  site_id: Uuid | null;
  name: string;
  prefix: string;
  scopes: Array<"read_content" | "write_content" | "manage">;
  last_used_at: Timestamp | null;
  expires_at: Timestamp | null;
  revoked_at: Timestamp | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** Keys in the order of their ids; `next` is the `after` of the next page, null on the last. */
export interface ApiKeyPage {
  items: Array<ApiKey>;
  next: Uuid | null;
}

/** A key that was just made: `secret` is shown this once. */
export interface ApiKeyWithSecret {
  id: Uuid;
  site_id: Uuid | null;
  name: string;
  prefix: string;
  scopes: Array<"read_content" | "write_content" | "manage">;
  last_used_at: Timestamp | null;
  expires_at: Timestamp | null;
  revoked_at: Timestamp | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
  secret: string;
}

/** What the app shows. */
export interface AuthenticatorCode {
  code: string;
}

/**
 * For an authenticator app: `address` as a link, `picture` to be scanned, or `key` typed in. The picture is a QR
 * code of the address, an SVG in a data: URI.
 */
export interface AuthenticatorKey {
  key: string;
  address: string;
  picture: string;
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

/** The same, with what is sent. */
export interface Delivery {
  id: Uuid;
  webhook_id: Uuid;
  event: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  next_attempt_at: Timestamp | null;
  response_status: number | null;
  response_seconds: number | null;
  last_error: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
  payload: Record<string, unknown>;
}

/** Deliveries in the order that was asked for; `next` is the `after` of the next page, null on the last. */
export interface DeliveryPage {
  items: Array<ListedDelivery>;
  next: Uuid | null;
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

/** A link that came by mail. */
export interface LinkToken {
  /** What is behind # in the link. */
  token: string;
}

/**
 * One event for a webhook, and what became of it; `next_attempt_at` while it is pending. `response_status` and
 * `last_error`, why it did not arrive, are the last attempt's.
 */
export interface ListedDelivery {
  id: Uuid;
  webhook_id: Uuid;
  event: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  next_attempt_at: Timestamp | null;
  response_status: number | null;
  response_seconds: number | null;
  last_error: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** A post as a list has it. */
export interface ListedPost {
  id: Uuid;
  site_id: Uuid;
  slug: string;
  title: string;
  body: string;
  excerpt: string;
  status: "draft" | "scheduled" | "published" | "unlisted" | "archived";
  published_at: Timestamp | null;
  language: string | null;
  translation_group_id: Uuid | null;
  cover_media_id: Uuid | null;
  seo_title: string | null;
  seo_description: string | null;
  canonical_url: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/**
 * A post as it was saved once, without its text. `account_id` is null where a program saved, or an operator of the
 * platform, who then stands in `operator`.
 */
export interface ListedRevision {
  id: Uuid;
  post_id: Uuid;
  account_id: Uuid | null;
  operator: string | null;
  title: string;
  excerpt: string;
  reason: string;
  created_at: Timestamp;
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

/** A picture or another file of a site; `alternative_text` is for who does not see it. */
export interface Media {
  id: Uuid;
  site_id: Uuid;
  file_name: string;
  content_type: string;
  size_bytes: number;
  width_pixels: number | null;
  height_pixels: number | null;
  duration_seconds: number | null;
  alternative_text: string;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** What is to be changed of a picture or file; what is left out stays. */
export interface MediaChange {
  alternative_text?: string;
}

/** Pictures and files in the order that was asked for; `next` is the `after` of the next page, null on the last. */
export interface MediaPage {
  items: Array<Media>;
  next: Uuid | null;
}

/** Somebody who is in the organisation, since `created_at` or once before. */
export interface Member {
  account_id: Uuid;
  name: string;
  email: string;
  role: "owner" | "admin" | "editor" | "writer";
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** Another role for a member. */
export interface MemberChange {
  role: "owner" | "admin" | "editor" | "writer";
}

/** Members in the order of their accounts; `next` is the `after` of the next page, null on the last. */
export interface MemberPage {
  items: Array<Member>;
  next: Uuid | null;
}

/** An entry of a menu; `position` is its place among those of the same menu and parent, from 0. */
export interface NavigationItem {
  id: Uuid;
  site_id: Uuid;
  menu: "header" | "footer";
  parent_id: Uuid | null;
  position: number;
  label: string;
  url: string;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** What is to be changed of an entry; what is left out stays. */
export interface NavigationItemChange {
  label?: string;
  url?: string;
  parent_id?: Uuid | null;
  position?: number;
}

/** Entries in the order of their ids; `next` is the `after` of the next page, null on the last. */
export interface NavigationPage {
  items: Array<NavigationItem>;
  next: Uuid | null;
}

/** A key to create; with `site_id`, for that site alone. */
export interface NewApiKey {
  name: string;
  scopes: Array<"read_content" | "write_content" | "manage">;
  site_id?: Uuid | null;
  expires_at?: Timestamp | null;
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

/** An entry to put into a menu: last below its parent, or at the top, unless `position` says where from 0. */
export interface NewNavigationItem {
  label: string;
  url: string;
  parent_id?: Uuid | null;
  position?: number;
  menu: "header" | "footer";
}

/** An organisation to make. */
export interface NewOrganisation {
  name: string;
}

/**
 * A post to create. It is published at once unless `status` says otherwise. Without `slug` it gets one of its title.
 * `tags` are slugs; those that the site has not yet are made. `authors` are accounts in their order.
 */
export interface NewPost {
  title: string;
  body: string;
  slug?: string | null;
  excerpt?: string;
  status?: "draft" | "scheduled" | "published" | "unlisted" | "archived";
  published_at?: Timestamp | null;
  language?: string | null;
  translation_group_id?: Uuid | null;
  cover_media_id?: Uuid | null;
  seo_title?: string | null;
  seo_description?: string | null;
  canonical_url?: string | null;
  tags?: Array<string>;
  authors?: Array<Uuid>;
  reason?: string;
}

/** A redirect to create: 308 to `to_url`, unless `status_code` says otherwise; 410 has no `to_url`. */
export interface NewRedirect {
  from_path: string;
  to_url?: string | null;
  status_code?: 301 | 302 | 307 | 308 | 410;
}

/** A site to create. Where it begins on its own domains is `/` unless `base_path` says otherwise. */
export interface NewSite {
  slug: string;
  title: string;
  base_path?: string;
  language?: string;
  time_zone?: string;
  theme?: string;
  theme_settings?: Record<string, JsonValue>;
}

/** Somebody to add: `active` says that they have confirmed, elsewhere, that they want to be written to. */
export interface NewSubscriber {
  email: string;
  status?: "pending" | "active" | "unsubscribed" | "bounced";
}

/** A tag to create. */
export interface NewTag {
  slug: string;
  name: string;
  description?: string;
}

/** An address to tell what happens; with `site_id`, on that site alone. */
export interface NewWebhook {
  url: string;
  events: Array<"post.published" | "post.changed" | "post.deleted">;
  paused?: boolean;
  site_id?: Uuid | null;
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

/** A post, with the slugs of its tags and the accounts of its authors. */
export interface Post {
  id: Uuid;
  site_id: Uuid;
  slug: string;
  title: string;
  body: string;
  excerpt: string;
  status: "draft" | "scheduled" | "published" | "unlisted" | "archived";
  published_at: Timestamp | null;
  language: string | null;
  translation_group_id: Uuid | null;
  cover_media_id: Uuid | null;
  seo_title: string | null;
  seo_description: string | null;
  canonical_url: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
  tags: Array<string>;
  authors: Array<Uuid>;
}

/**
 * What is to be changed of a post; what is left out stays. `tags` are slugs; those that the site has not yet are
 * made. `authors` are accounts in their order. `reason` is kept with the revision that every save makes.
 */
export interface PostChange {
  slug?: string;
  title?: string;
  body?: string;
  excerpt?: string;
  status?: "draft" | "scheduled" | "published" | "unlisted" | "archived";
  published_at?: Timestamp | null;
  language?: string | null;
  translation_group_id?: Uuid | null;
  cover_media_id?: Uuid | null;
  seo_title?: string | null;
  seo_description?: string | null;
  canonical_url?: string | null;
  tags?: Array<string>;
  authors?: Array<Uuid>;
  reason?: string;
}

/** Posts in the order that was asked for; `next` is the `after` of the next page, null on the last. */
export interface PostPage {
  items: Array<ListedPost>;
  next: string | null;
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

/** What is said for an old path: another address, or that it is gone for good. */
export interface Redirect {
  id: Uuid;
  site_id: Uuid;
  from_path: string;
  to_url: string | null;
  status_code: 301 | 302 | 307 | 308 | 410;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** What is to be changed of a redirect; what is left out stays. */
export interface RedirectChange {
  from_path?: string;
  to_url?: string | null;
  status_code?: 301 | 302 | 307 | 308 | 410;
}

/** Redirects in the order of their ids; `next` is the `after` of the next page, null on the last. */
export interface RedirectPage {
  items: Array<Redirect>;
  next: Uuid | null;
}

/** A post as it was saved once. */
export interface Revision {
  id: Uuid;
  post_id: Uuid;
  account_id: Uuid | null;
  operator: string | null;
  title: string;
  excerpt: string;
  reason: string;
  created_at: Timestamp;
  body: string;
}

/** Revisions, the oldest first; `next` is the `after` of the next page, null on the last. */
export interface RevisionPage {
  items: Array<ListedRevision>;
  next: Uuid | null;
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

/** Whose link to sign up it is. */
export interface ShownSignUp {
  email: string;
}

/** What is chosen once the mail has come. */
export interface SignUp {
  /** What is behind # in the link. */
  token: string;
  name: string;
  password: string;
}

/** A site; `post_count` may be some seconds old, and is no part of its version. */
export interface Site {
  id: Uuid;
  slug: string;
  title: string;
  base_path: string;
  language: string;
  time_zone: string;
  theme: string;
  theme_settings: Record<string, unknown>;
  post_count: number;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** What is to be changed of a site; what is left out stays. */
export interface SiteChange {
  slug?: string;
  title?: string;
  base_path?: string;
  language?: string;
  time_zone?: string;
  theme?: string;
  theme_settings?: Record<string, JsonValue>;
}

/** Sites in the order of their ids; `next` is the `after` of the next page, null on the last. */
export interface SitePage {
  items: Array<Site>;
  next: Uuid | null;
}

/** Somebody who wants a site's posts by e-mail. Nobody is written to who is not `active`. */
export interface Subscriber {
  id: Uuid;
  site_id: Uuid;
  email: string;
  status: "pending" | "active" | "unsubscribed" | "bounced";
  confirmed_at: Timestamp | null;
  unsubscribed_at: Timestamp | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** Another status of a subscriber; without one, all stays. */
export interface SubscriberChange {
  status?: "pending" | "active" | "unsubscribed" | "bounced";
}

/** Subscribers in the order that was asked for; `next` is the `after` of the next page, null on the last. */
export interface SubscriberPage {
  items: Array<Subscriber>;
  next: Uuid | null;
}

/** What posts of a site are about. */
export interface Tag {
  id: Uuid;
  site_id: Uuid;
  slug: string;
  name: string;
  description: string;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** What is to be changed of a tag; what is left out stays. */
export interface TagChange {
  slug?: string;
  name?: string;
  description?: string;
}

/** Tags in the order of their ids; `next` is the `after` of the next page, null on the last. */
export interface TagPage {
  items: Array<Tag>;
  next: Uuid | null;
}

/** An address that is told what happens on all sites, or on one; paused since `paused_at`. */
export interface Webhook {
  id: Uuid;
  site_id: Uuid | null;
  url: string;
  events: Array<string>;
  paused_at: Timestamp | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
}

/** What is to be changed of a webhook; what is left out stays. While it is `paused`, nothing is sent. */
export interface WebhookChange {
  url?: string;
  events?: Array<"post.published" | "post.changed" | "post.deleted">;
  paused?: boolean;
}

/** Webhooks in the order of their ids; `next` is the `after` of the next page, null on the last. */
export interface WebhookPage {
  items: Array<Webhook>;
  next: Uuid | null;
}

/** A webhook that was just made: `secret`, which what is sent is signed with, is shown this once. */
export interface WebhookWithSecret {
  id: Uuid;
  site_id: Uuid | null;
  url: string;
  events: Array<string>;
  paused_at: Timestamp | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  /** The version, as `If-Match` takes it. */
  etag: string;
  secret: string;
}

/** The first administrator. */
export interface Welcome {
  /** What is behind # in the link. */
  token: string;
  email: string;
  name: string;
  password: string;
}

export type JsonValue = unknown;
