// Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
import type { AddressChange, AddressOnly, ApiKey, ApiKeyPage, ApiKeyWithSecret, AuthenticatorCode, AuthenticatorKey, CurrentSession, InvitationList, InvitationToken, LinkSignIn, LinkToken, ListedPost, ListedRevision, MadeInvitation, NewApiKey, NewInvitation, NewMember, NewOrganisation, NewPost, NewSite, NewTag, PasswordChange, PasswordReset, PasswordSignIn, Post, PostChange, PostPage, Proof, RecoveryCodes, Revision, RevisionPage, SessionChoice, SessionList, ShownInvitation, SignUp, Site, SiteChange, SitePage, Tag, TagChange, TagPage, Welcome } from "./models.js";
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
}
