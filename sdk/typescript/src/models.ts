// Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
import type { Timestamp, Uuid } from "./strings.js";

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

/** A post as it was saved once, without its text; `account_id` is null where a program saved. */
export interface ListedRevision {
  id: Uuid;
  post_id: Uuid;
  account_id: Uuid | null;
  title: string;
  excerpt: string;
  reason: string;
  created_at: Timestamp;
}

/** A key to create; with `site_id`, for that site alone. */
export interface NewApiKey {
  name: string;
  scopes: Array<"read_content" | "write_content" | "manage">;
  site_id?: Uuid | null;
  expires_at?: Timestamp | null;
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

/** A tag to create. */
export interface NewTag {
  slug: string;
  name: string;
  description?: string;
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

/** A post as it was saved once. */
export interface Revision {
  id: Uuid;
  post_id: Uuid;
  account_id: Uuid | null;
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

export type JsonValue = unknown;
