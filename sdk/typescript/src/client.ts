// Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
import type { NewPost, NewSite, Post, PostPage, Site, SitePage } from "./models.js";
import type { Uuid } from "./strings.js";
import { segment, Transport, type CallOptions } from "./transport.js";

/** Flotilla, API version 1. Every method rejects with ApiError when the API says no. */
export class Client extends Transport {
  /** Creates a site at `<slug>.<blog domain>`. */
  async createSite(
    body: NewSite,
    options: CallOptions = {},
  ): Promise<Site> {
    return (await this.call("POST", "/api/v1/sites", {
      body,
    }, options)) as Site;
  }

  /**
   * Lists the sites in the order of their ids.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async listSites(
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): Promise<SitePage> {
    return (await this.call("GET", "/api/v1/sites", {
      query: { "limit": options.limit, "after": options.after },
    }, options)) as SitePage;
  }

  /**
   * Everything that `listSites` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async *iterateSites(
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): AsyncGenerator<Site, void, undefined> {
    for (;;) {
      const page = await this.listSites(options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows a site. */
  async getSite(
    siteId: Uuid,
    options: CallOptions = {},
  ): Promise<Site> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}`, {}, options)) as Site;
  }

  /** Adds a post to a site. The answer means that it is saved. */
  async createPost(
    siteId: Uuid,
    body: NewPost,
    options: CallOptions = {},
  ): Promise<Post> {
    return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/posts`, {
      body,
    }, options)) as Post;
  }

  /**
   * Lists a site's posts in the order of their ids.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async listPosts(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): Promise<PostPage> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts`, {
      query: { "limit": options.limit, "after": options.after },
    }, options)) as PostPage;
  }

  /**
   * Everything that `listPosts` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async *iteratePosts(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): AsyncGenerator<Post, void, undefined> {
    for (;;) {
      const page = await this.listPosts(siteId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }
}
