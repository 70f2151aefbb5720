// Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
import type { Timestamp, Uuid } from "./strings.js";

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
