// Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
import type { AddressChange, AddressOnly, ApiKey, ApiKeyPage, ApiKeyWithSecret, AuthenticatorCode, AuthenticatorKey, CurrentSession, Delivery, DeliveryPage, InvitationList, InvitationToken, LinkSignIn, LinkToken, ListedDelivery, ListedPost, ListedRevision, MadeInvitation, Media, MediaChange, MediaPage, Member, MemberChange, MemberPage, NavigationItem, NavigationItemChange, NavigationPage, NewApiKey, NewInvitation, NewMember, NewNavigationItem, NewOrganisation, NewPost, NewRedirect, NewSite, NewSubscriber, NewTag, NewWebhook, PasswordChange, PasswordReset, PasswordSignIn, Post, PostChange, PostPage, Proof, RecoveryCodes, Redirect, RedirectChange, RedirectPage, Revision, RevisionPage, SessionChoice, SessionList, ShownInvitation, ShownSignUp, SignUp, Site, SiteChange, SitePage, Subscriber, SubscriberChange, SubscriberPage, Tag, TagChange, TagPage, Webhook, WebhookChange, WebhookPage, WebhookWithSecret, Welcome } from "./models.js";
import type { Timestamp, Uuid } from "./strings.js";
import { segment, Transport, type CallOptions } from "./transport.js";

/** Flotilla, API version 1. Every method rejects with ApiError when the API says no. */
export class Client extends Transport {
  /**
   * Creates a site at `<slug>.<blog domain>`.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async createSite(
    body: NewSite,
    options: { idempotencyKey?: string } & CallOptions = {},
  ): Promise<Site> {
    return (await this.call("POST", "/api/v1/sites", {
      headers: { "idempotency-key": options.idempotencyKey },
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

  /**
   * Changes what is sent of a site; the rest stays.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async changeSite(
    siteId: Uuid,
    body: SiteChange,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<Site> {
    return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Site;
  }

  /**
   * Deletes a site with everything on it.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async deleteSite(
    siteId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/sites/${segment(siteId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /**
   * Adds a post to a site. The answer means that it is saved.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async createPost(
    siteId: Uuid,
    body: NewPost,
    options: { idempotencyKey?: string } & CallOptions = {},
  ): Promise<Post> {
    return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/posts`, {
      headers: { "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Post;
  }

  /**
   * Lists a site's posts. Sorted by `published_at`, it has those alone that have such a time.
   *
   * `limit`: At most so many.
   *
   * `after`: `next` of the page before, in the same order.
   *
   * `sort`: What they are sorted by; with `-`, the other way round.
   *
   * `status`: A key that reads content sees what is published alone.
   *
   * `title`: How the title begins, whatever its capitals.
   */
  async listPosts(
    siteId: Uuid,
    options: { limit?: number; after?: string; sort?: "id" | "-id" | "published_at" | "-published_at" | "updated_at" | "-updated_at" | "title" | "-title"; status?: "draft" | "scheduled" | "published" | "unlisted" | "archived"; tag?: string; author?: Uuid; language?: string; title?: string; publishedFrom?: Timestamp; publishedBefore?: Timestamp } & CallOptions = {},
  ): Promise<PostPage> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts`, {
      query: { "limit": options.limit, "after": options.after, "sort": options.sort, "status": options.status, "tag": options.tag, "author": options.author, "language": options.language, "title": options.title, "published_from": options.publishedFrom, "published_before": options.publishedBefore },
    }, options)) as PostPage;
  }

  /**
   * Everything that `listPosts` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: `next` of the page before, in the same order.
   *
   * `sort`: What they are sorted by; with `-`, the other way round.
   *
   * `status`: A key that reads content sees what is published alone.
   *
   * `title`: How the title begins, whatever its capitals.
   */
  async *iteratePosts(
    siteId: Uuid,
    options: { limit?: number; after?: string; sort?: "id" | "-id" | "published_at" | "-published_at" | "updated_at" | "-updated_at" | "title" | "-title"; status?: "draft" | "scheduled" | "published" | "unlisted" | "archived"; tag?: string; author?: Uuid; language?: string; title?: string; publishedFrom?: Timestamp; publishedBefore?: Timestamp } & CallOptions = {},
  ): AsyncGenerator<ListedPost, void, undefined> {
    for (;;) {
      const page = await this.listPosts(siteId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows a post. */
  async getPost(
    siteId: Uuid,
    postId: Uuid,
    options: CallOptions = {},
  ): Promise<Post> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}`, {}, options)) as Post;
  }

  /**
   * Changes what is sent of a post; the rest stays. Every save keeps a revision.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async changePost(
    siteId: Uuid,
    postId: Uuid,
    body: PostChange,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<Post> {
    return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Post;
  }

  /**
   * Deletes a post with its revisions.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async deletePost(
    siteId: Uuid,
    postId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /**
   * Lists what a post was each time that it was saved, the oldest first.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async listRevisions(
    siteId: Uuid,
    postId: Uuid,
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): Promise<RevisionPage> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}/revisions`, {
      query: { "limit": options.limit, "after": options.after },
    }, options)) as RevisionPage;
  }

  /**
   * Everything that `listRevisions` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async *iterateRevisions(
    siteId: Uuid,
    postId: Uuid,
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): AsyncGenerator<ListedRevision, void, undefined> {
    for (;;) {
      const page = await this.listRevisions(siteId, postId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows a post as it was saved once. */
  async getRevision(
    siteId: Uuid,
    postId: Uuid,
    revisionId: Uuid,
    options: CallOptions = {},
  ): Promise<Revision> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}/revisions/${segment(revisionId)}`, {}, options)) as Revision;
  }

  /**
   * Gives a post the title, the text and the excerpt of a revision; that is a save like any other.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async restoreRevision(
    siteId: Uuid,
    postId: Uuid,
    revisionId: Uuid,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<Post> {
    return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}/revisions/${segment(revisionId)}/restore`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
    }, options)) as Post;
  }

  /**
   * Makes a tag for a site's posts.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async createTag(
    siteId: Uuid,
    body: NewTag,
    options: { idempotencyKey?: string } & CallOptions = {},
  ): Promise<Tag> {
    return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/tags`, {
      headers: { "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Tag;
  }

  /**
   * Lists a site's tags in the order of their ids.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async listTags(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): Promise<TagPage> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/tags`, {
      query: { "limit": options.limit, "after": options.after },
    }, options)) as TagPage;
  }

  /**
   * Everything that `listTags` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async *iterateTags(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): AsyncGenerator<Tag, void, undefined> {
    for (;;) {
      const page = await this.listTags(siteId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows a tag. */
  async getTag(
    siteId: Uuid,
    tagId: Uuid,
    options: CallOptions = {},
  ): Promise<Tag> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/tags/${segment(tagId)}`, {}, options)) as Tag;
  }

  /**
   * Changes what is sent of a tag; posts that have it are shown with its new slug.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async changeTag(
    siteId: Uuid,
    tagId: Uuid,
    body: TagChange,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<Tag> {
    return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/tags/${segment(tagId)}`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Tag;
  }

  /**
   * Deletes a tag and takes it from its posts.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async deleteTag(
    siteId: Uuid,
    tagId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/tags/${segment(tagId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /**
   * Lists a site's pictures and files, those of drafts too, in the order of ids: with `-id`, the newest first.
   *
   * `limit`: At most so many.
   *
   * `sort`: The order of their making; with `-`, the other way round.
   */
  async listMedia(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid; sort?: "id" | "-id" } & CallOptions = {},
  ): Promise<MediaPage> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/media`, {
      query: { "limit": options.limit, "after": options.after, "sort": options.sort },
    }, options)) as MediaPage;
  }

  /**
   * Everything that `listMedia` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `sort`: The order of their making; with `-`, the other way round.
   */
  async *iterateMedia(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid; sort?: "id" | "-id" } & CallOptions = {},
  ): AsyncGenerator<Media, void, undefined> {
    for (;;) {
      const page = await this.listMedia(siteId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /**
   * Keeps a file, which is the body. What the site has already, by its content, is answered as it is there.
   *
   * `fileName`: How the file is called; it gets an ending of its type.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async uploadMedia(
    siteId: Uuid,
    body: Uint8Array,
    options: { fileName: string; alternativeText?: string; idempotencyKey?: string } & CallOptions,
  ): Promise<Media> {
    return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/media`, {
      query: { "file_name": options.fileName, "alternative_text": options.alternativeText },
      headers: { "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Media;
  }

  /** The file itself, with its type; pictures are to be shown, everything else to be saved. */
  async getMediaContent(
    siteId: Uuid,
    mediaId: Uuid,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/media/${segment(mediaId)}/content`, {
      raw: true,
    }, options)) as Uint8Array;
  }

  /** Shows what is known of a picture or file, such as a post's `cover_media_id`. */
  async getMedia(
    siteId: Uuid,
    mediaId: Uuid,
    options: CallOptions = {},
  ): Promise<Media> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/media/${segment(mediaId)}`, {}, options)) as Media;
  }

  /**
   * Changes the alternative text of a picture or file.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async changeMedia(
    siteId: Uuid,
    mediaId: Uuid,
    body: MediaChange,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<Media> {
    return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/media/${segment(mediaId)}`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Media;
  }

  /**
   * Deletes a picture or file. Posts that had it as their cover have none then, and are in another version.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async deleteMedia(
    siteId: Uuid,
    mediaId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/media/${segment(mediaId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /**
   * Says for a path of a site that it leads elsewhere, or that it is gone.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async createRedirect(
    siteId: Uuid,
    body: NewRedirect,
    options: { idempotencyKey?: string } & CallOptions = {},
  ): Promise<Redirect> {
    return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/redirects`, {
      headers: { "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Redirect;
  }

  /**
   * Lists a site's redirects in the order of their ids.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   *
   * `fromPath`: The one of this path.
   */
  async listRedirects(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid; fromPath?: string } & CallOptions = {},
  ): Promise<RedirectPage> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/redirects`, {
      query: { "limit": options.limit, "after": options.after, "from_path": options.fromPath },
    }, options)) as RedirectPage;
  }

  /**
   * Everything that `listRedirects` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   *
   * `fromPath`: The one of this path.
   */
  async *iterateRedirects(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid; fromPath?: string } & CallOptions = {},
  ): AsyncGenerator<Redirect, void, undefined> {
    for (;;) {
      const page = await this.listRedirects(siteId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows a redirect. */
  async getRedirect(
    siteId: Uuid,
    redirectId: Uuid,
    options: CallOptions = {},
  ): Promise<Redirect> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/redirects/${segment(redirectId)}`, {}, options)) as Redirect;
  }

  /**
   * Changes what is sent of a redirect; the rest stays.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async changeRedirect(
    siteId: Uuid,
    redirectId: Uuid,
    body: RedirectChange,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<Redirect> {
    return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/redirects/${segment(redirectId)}`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Redirect;
  }

  /**
   * Deletes a redirect.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async deleteRedirect(
    siteId: Uuid,
    redirectId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/redirects/${segment(redirectId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /**
   * Puts an entry into a menu of a site. Those behind its place move on, and are in another version.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async createNavigationItem(
    siteId: Uuid,
    body: NewNavigationItem,
    options: { idempotencyKey?: string } & CallOptions = {},
  ): Promise<NavigationItem> {
    return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/navigation`, {
      headers: { "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as NavigationItem;
  }

  /**
   * Lists the entries of a site's menus in the order of their ids; `parent_id` and `position` say where they are.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async listNavigation(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid; menu?: "header" | "footer" } & CallOptions = {},
  ): Promise<NavigationPage> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/navigation`, {
      query: { "limit": options.limit, "after": options.after, "menu": options.menu },
    }, options)) as NavigationPage;
  }

  /**
   * Everything that `listNavigation` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async *iterateNavigation(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid; menu?: "header" | "footer" } & CallOptions = {},
  ): AsyncGenerator<NavigationItem, void, undefined> {
    for (;;) {
      const page = await this.listNavigation(siteId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows an entry of a menu. */
  async getNavigationItem(
    siteId: Uuid,
    itemId: Uuid,
    options: CallOptions = {},
  ): Promise<NavigationItem> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/navigation/${segment(itemId)}`, {}, options)) as NavigationItem;
  }

  /**
   * Changes what is sent of an entry, or moves it: below another parent it is last unless `position` says where.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async changeNavigationItem(
    siteId: Uuid,
    itemId: Uuid,
    body: NavigationItemChange,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<NavigationItem> {
    return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/navigation/${segment(itemId)}`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as NavigationItem;
  }

  /**
   * Takes an entry out of its menu, with all that is below it.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async deleteNavigationItem(
    siteId: Uuid,
    itemId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/navigation/${segment(itemId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /**
   * Adds a subscriber to a site. Nothing is mailed to them by that.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async createSubscriber(
    siteId: Uuid,
    body: NewSubscriber,
    options: { idempotencyKey?: string } & CallOptions = {},
  ): Promise<Subscriber> {
    return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/subscribers`, {
      headers: { "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Subscriber;
  }

  /**
   * Lists a site's subscribers in the order of ids: with `-id`, the newest first.
   *
   * `limit`: At most so many.
   *
   * `sort`: The order of their making; with `-`, the other way round.
   *
   * `email`: The one with this address, whatever its capitals.
   */
  async listSubscribers(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid; sort?: "id" | "-id"; status?: "pending" | "active" | "unsubscribed" | "bounced"; email?: string } & CallOptions = {},
  ): Promise<SubscriberPage> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/subscribers`, {
      query: { "limit": options.limit, "after": options.after, "sort": options.sort, "status": options.status, "email": options.email },
    }, options)) as SubscriberPage;
  }

  /**
   * Everything that `listSubscribers` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `sort`: The order of their making; with `-`, the other way round.
   *
   * `email`: The one with this address, whatever its capitals.
   */
  async *iterateSubscribers(
    siteId: Uuid,
    options: { limit?: number; after?: Uuid; sort?: "id" | "-id"; status?: "pending" | "active" | "unsubscribed" | "bounced"; email?: string } & CallOptions = {},
  ): AsyncGenerator<Subscriber, void, undefined> {
    for (;;) {
      const page = await this.listSubscribers(siteId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows a subscriber. */
  async getSubscriber(
    siteId: Uuid,
    subscriberId: Uuid,
    options: CallOptions = {},
  ): Promise<Subscriber> {
    return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/subscribers/${segment(subscriberId)}`, {}, options)) as Subscriber;
  }

  /**
   * Changes a subscriber's status, and with it the times when they confirmed and unsubscribed.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async changeSubscriber(
    siteId: Uuid,
    subscriberId: Uuid,
    body: SubscriberChange,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<Subscriber> {
    return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/subscribers/${segment(subscriberId)}`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Subscriber;
  }

  /**
   * Deletes a subscriber; who unsubscribed and is deleted can be added again as if they never had been there.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async deleteSubscriber(
    siteId: Uuid,
    subscriberId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/subscribers/${segment(subscriberId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /** Makes a webhook. Its secret is in this answer and nowhere else: an Idempotency-Key is refused here. */
  async createWebhook(
    body: NewWebhook,
    options: CallOptions = {},
  ): Promise<WebhookWithSecret> {
    return (await this.call("POST", "/api/v1/webhooks", {
      body,
    }, options)) as WebhookWithSecret;
  }

  /**
   * Lists the webhooks in the order of their ids; with `site_id`, those of that site alone.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async listWebhooks(
    options: { limit?: number; after?: Uuid; siteId?: Uuid } & CallOptions = {},
  ): Promise<WebhookPage> {
    return (await this.call("GET", "/api/v1/webhooks", {
      query: { "limit": options.limit, "after": options.after, "site_id": options.siteId },
    }, options)) as WebhookPage;
  }

  /**
   * Everything that `listWebhooks` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async *iterateWebhooks(
    options: { limit?: number; after?: Uuid; siteId?: Uuid } & CallOptions = {},
  ): AsyncGenerator<Webhook, void, undefined> {
    for (;;) {
      const page = await this.listWebhooks(options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows a webhook. */
  async getWebhook(
    webhookId: Uuid,
    options: CallOptions = {},
  ): Promise<Webhook> {
    return (await this.call("GET", `/api/v1/webhooks/${segment(webhookId)}`, {}, options)) as Webhook;
  }

  /**
   * Changes what is sent of a webhook, pauses it or lets it go on; its secret stays.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   *
   * `idempotencyKey`: Sent again with the same key, the same request is done once and gets the same answer.
   */
  async changeWebhook(
    webhookId: Uuid,
    body: WebhookChange,
    options: { ifMatch?: string; idempotencyKey?: string } & CallOptions = {},
  ): Promise<Webhook> {
    return (await this.call("PATCH", `/api/v1/webhooks/${segment(webhookId)}`, {
      headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
      body,
    }, options)) as Webhook;
  }

  /**
   * Deletes a webhook with what was delivered to it.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async deleteWebhook(
    webhookId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/webhooks/${segment(webhookId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /**
   * Lists what was sent to a webhook, or is to be, in the order of ids: with `-id`, the newest first.
   *
   * `limit`: At most so many.
   *
   * `sort`: The order of their making; with `-`, the other way round.
   */
  async listWebhookDeliveries(
    webhookId: Uuid,
    options: { limit?: number; after?: Uuid; sort?: "id" | "-id"; status?: "pending" | "delivered" | "failed"; event?: string } & CallOptions = {},
  ): Promise<DeliveryPage> {
    return (await this.call("GET", `/api/v1/webhooks/${segment(webhookId)}/deliveries`, {
      query: { "limit": options.limit, "after": options.after, "sort": options.sort, "status": options.status, "event": options.event },
    }, options)) as DeliveryPage;
  }

  /**
   * Everything that `listWebhookDeliveries` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `sort`: The order of their making; with `-`, the other way round.
   */
  async *iterateWebhookDeliveries(
    webhookId: Uuid,
    options: { limit?: number; after?: Uuid; sort?: "id" | "-id"; status?: "pending" | "delivered" | "failed"; event?: string } & CallOptions = {},
  ): AsyncGenerator<ListedDelivery, void, undefined> {
    for (;;) {
      const page = await this.listWebhookDeliveries(webhookId, options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows one delivery with what is sent. */
  async getWebhookDelivery(
    webhookId: Uuid,
    deliveryId: Uuid,
    options: CallOptions = {},
  ): Promise<Delivery> {
    return (await this.call("GET", `/api/v1/webhooks/${segment(webhookId)}/deliveries/${segment(deliveryId)}`, {}, options)) as Delivery;
  }

  /** Makes a key. Its secret is in this answer and nowhere else: an Idempotency-Key is refused here. */
  async createApiKey(
    body: NewApiKey,
    options: CallOptions = {},
  ): Promise<ApiKeyWithSecret> {
    return (await this.call("POST", "/api/v1/api-keys", {
      body,
    }, options)) as ApiKeyWithSecret;
  }

  /**
   * Lists the keys in the order of their ids, those too that were revoked.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async listApiKeys(
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): Promise<ApiKeyPage> {
    return (await this.call("GET", "/api/v1/api-keys", {
      query: { "limit": options.limit, "after": options.after },
    }, options)) as ApiKeyPage;
  }

  /**
   * Everything that `listApiKeys` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async *iterateApiKeys(
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): AsyncGenerator<ApiKey, void, undefined> {
    for (;;) {
      const page = await this.listApiKeys(options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /** Shows a key. */
  async getApiKey(
    keyId: Uuid,
    options: CallOptions = {},
  ): Promise<ApiKey> {
    return (await this.call("GET", `/api/v1/api-keys/${segment(keyId)}`, {}, options)) as ApiKey;
  }

  /**
   * Revokes a key for good; replicas that know it let it in for some seconds more. It goes on being listed.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async revokeApiKey(
    keyId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/api-keys/${segment(keyId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }

  /** Mails a link to an address, with which to go on. Whether it has an account already, only the mail says. */
  async startSignUp(
    body: AddressOnly,
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("POST", "/api/v1/sign-ups", {
      body,
    }, options);
  }

  /** Which address a link to sign up was mailed to. It is not used up by that. */
  async showSignUp(
    body: LinkToken,
    options: CallOptions = {},
  ): Promise<ShownSignUp> {
    return (await this.call("POST", "/api/v1/sign-ups/show", {
      body,
    }, options)) as ShownSignUp;
  }

  /** Makes the account whose address the link was mailed to, and signs it in: the answer sets the cookie. */
  async finishSignUp(
    body: SignUp,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("POST", "/api/v1/sign-ups/finish", {
      body,
    }, options)) as CurrentSession;
  }

  /** Makes the first administrator of the platform, with the link that `up.sh` printed, and signs them in. */
  async welcome(
    body: Welcome,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("POST", "/api/v1/welcome", {
      body,
    }, options)) as CurrentSession;
  }

  /** Who is signed in. */
  async getSession(
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("GET", "/api/v1/session", {}, options)) as CurrentSession;
  }

  /** Signs in with a password: the answer sets the cookie. 401 `code_required` if the account has a second factor. */
  async signIn(
    body: PasswordSignIn,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("POST", "/api/v1/session", {
      body,
    }, options)) as CurrentSession;
  }

  /** Ends this session. */
  async signOut(
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", "/api/v1/session", {}, options);
  }

  /** The session acts for another organisation from now on, with a new cookie. */
  async chooseOrganisation(
    body: SessionChoice,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("PATCH", "/api/v1/session", {
      body,
    }, options)) as CurrentSession;
  }

  /** Mails a link to sign in with; to an address without an account, one to sign up with. */
  async sendSignInLink(
    body: AddressOnly,
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("POST", "/api/v1/session/links", {
      body,
    }, options);
  }

  /** Signs in with a link that was mailed: the answer sets the cookie, and the link is used up. */
  async signInByLink(
    body: LinkSignIn,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("POST", "/api/v1/session/by-link", {
      body,
    }, options)) as CurrentSession;
  }

  /** Lists the places where the account is signed in. */
  async listSessions(
    options: CallOptions = {},
  ): Promise<SessionList> {
    return (await this.call("GET", "/api/v1/sessions", {}, options)) as SessionList;
  }

  /** Signs the account out everywhere, here too: at once on this replica, within 3 s on the others. */
  async endAllSessions(
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", "/api/v1/sessions", {}, options);
  }

  /** Signs the account out in one place. */
  async endSession(
    sessionId: Uuid,
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/sessions/${segment(sessionId)}`, {}, options);
  }

  /** Mails a link to choose a new password with; to an address without an account, one to sign up with. */
  async startPasswordReset(
    body: AddressOnly,
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("POST", "/api/v1/password-resets", {
      body,
    }, options);
  }

  /** Sets a new password with a link that was mailed. Every session of the account ends. */
  async finishPasswordReset(
    body: PasswordReset,
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("POST", "/api/v1/password-resets/finish", {
      body,
    }, options);
  }

  /** Sets a new password. This session goes on with a new cookie, all others end. */
  async changePassword(
    body: PasswordChange,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("PUT", "/api/v1/account/password", {
      body,
    }, options)) as CurrentSession;
  }

  /** Mails a link to a new address for the account. If that has an account already, only the mail says so. */
  async startEmailChange(
    body: AddressChange,
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("POST", "/api/v1/account/email", {
      body,
    }, options);
  }

  /** The account has the new address now. This session goes on with a new cookie, all others end. */
  async finishEmailChange(
    body: LinkToken,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("POST", "/api/v1/account/email/confirm", {
      body,
    }, options)) as CurrentSession;
  }

  /** Makes a key for an authenticator app. It counts once it is confirmed with a code. */
  async setUpAuthenticator(
    body: Proof,
    options: CallOptions = {},
  ): Promise<AuthenticatorKey> {
    return (await this.call("POST", "/api/v1/account/authenticator", {
      body,
    }, options)) as AuthenticatorKey;
  }

  /** From now on the account asks for codes. The answer has recovery codes, and all other sessions end. */
  async confirmAuthenticator(
    body: AuthenticatorCode,
    options: CallOptions = {},
  ): Promise<RecoveryCodes> {
    return (await this.call("POST", "/api/v1/account/authenticator/confirm", {
      body,
    }, options)) as RecoveryCodes;
  }

  /** Makes new recovery codes in place of the old ones. */
  async renewRecoveryCodes(
    body: Proof,
    options: CallOptions = {},
  ): Promise<RecoveryCodes> {
    return (await this.call("POST", "/api/v1/account/authenticator/recovery-codes", {
      body,
    }, options)) as RecoveryCodes;
  }

  /** The password is enough again. */
  async removeAuthenticator(
    body: Proof,
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("POST", "/api/v1/account/authenticator/remove", {
      body,
    }, options);
  }

  /** Makes an organisation, with oneself as owner. The session acts for it from now on, with a new cookie. */
  async createOrganisation(
    body: NewOrganisation,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("POST", "/api/v1/organisations", {
      body,
    }, options)) as CurrentSession;
  }

  /** Lists the invitations that nobody has accepted yet. */
  async listInvitations(
    options: CallOptions = {},
  ): Promise<InvitationList> {
    return (await this.call("GET", "/api/v1/invitations", {}, options)) as InvitationList;
  }

  /** Invites somebody to the session's organisation. Owners and admins may, with a role that is not above theirs. */
  async invite(
    body: NewInvitation,
    options: CallOptions = {},
  ): Promise<MadeInvitation> {
    return (await this.call("POST", "/api/v1/invitations", {
      body,
    }, options)) as MadeInvitation;
  }

  /** Takes an invitation back: its link is good for nothing from now on. */
  async takeInvitationBack(
    invitationId: Uuid,
    options: CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/invitations/${segment(invitationId)}`, {}, options);
  }

  /** What an invitation's link is for. It is not used up by that. */
  async showInvitation(
    body: InvitationToken,
    options: CallOptions = {},
  ): Promise<ShownInvitation> {
    return (await this.call("POST", "/api/v1/invitations/show", {
      body,
    }, options)) as ShownInvitation;
  }

  /** Joins the organisation. The session acts for it from now on, with a new cookie. */
  async acceptInvitation(
    body: InvitationToken,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("POST", "/api/v1/invitations/accept", {
      body,
    }, options)) as CurrentSession;
  }

  /** Makes an account for the address that was invited by mail, joins, and signs in. */
  async acceptInvitationAsNewMember(
    body: NewMember,
    options: CallOptions = {},
  ): Promise<CurrentSession> {
    return (await this.call("POST", "/api/v1/invitations/accept-new", {
      body,
    }, options)) as CurrentSession;
  }

  /**
   * Lists who is in the session's organisation, in the order of their accounts' ids. Owners and admins may.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async listMembers(
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): Promise<MemberPage> {
    return (await this.call("GET", "/api/v1/members", {
      query: { "limit": options.limit, "after": options.after },
    }, options)) as MemberPage;
  }

  /**
   * Everything that `listMembers` lists, page after page.
   *
   * `limit`: At most so many.
   *
   * `after`: Only what comes after this id; `next` of the page before.
   */
  async *iterateMembers(
    options: { limit?: number; after?: Uuid } & CallOptions = {},
  ): AsyncGenerator<Member, void, undefined> {
    for (;;) {
      const page = await this.listMembers(options);
      yield* page.items;
      const following = page.next ?? null;
      if (following === null) return;
      options = { ...options, after: following };
    }
  }

  /**
   * Gives a member another role: neither theirs nor the new one may be above one's own. The last owner stays one.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async changeMember(
    accountId: Uuid,
    body: MemberChange,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<Member> {
    return (await this.call("PATCH", `/api/v1/members/${segment(accountId)}`, {
      headers: { "if-match": options.ifMatch },
      body,
    }, options)) as Member;
  }

  /**
   * Ends a membership: oneself may leave, owners and admins remove others. The last owner stays, as do posts.
   *
   * `ifMatch`: Only if it is still in the version with this `etag`; otherwise 412.
   */
  async removeMember(
    accountId: Uuid,
    options: { ifMatch?: string } & CallOptions = {},
  ): Promise<void> {
    await this.call("DELETE", `/api/v1/members/${segment(accountId)}`, {
      headers: { "if-match": options.ifMatch },
    }, options);
  }
}
