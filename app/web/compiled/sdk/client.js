import { segment, Transport } from "./transport.js";
export class Client extends Transport {
    async createSite(body, options = {}) {
        return (await this.call("POST", "/api/v1/sites", {
            headers: { "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async listSites(options = {}) {
        return (await this.call("GET", "/api/v1/sites", {
            query: { "limit": options.limit, "after": options.after },
        }, options));
    }
    async *iterateSites(options = {}) {
        for (;;) {
            const page = await this.listSites(options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getSite(siteId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}`, {}, options));
    }
    async changeSite(siteId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async deleteSite(siteId, options = {}) {
        await this.call("DELETE", `/api/v1/sites/${segment(siteId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async createPost(siteId, body, options = {}) {
        return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/posts`, {
            headers: { "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async listPosts(siteId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts`, {
            query: { "limit": options.limit, "after": options.after, "sort": options.sort, "status": options.status, "tag": options.tag, "author": options.author, "language": options.language, "title": options.title, "published_from": options.publishedFrom, "published_before": options.publishedBefore },
        }, options));
    }
    async *iteratePosts(siteId, options = {}) {
        for (;;) {
            const page = await this.listPosts(siteId, options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getPost(siteId, postId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}`, {}, options));
    }
    async changePost(siteId, postId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async deletePost(siteId, postId, options = {}) {
        await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async listRevisions(siteId, postId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}/revisions`, {
            query: { "limit": options.limit, "after": options.after },
        }, options));
    }
    async *iterateRevisions(siteId, postId, options = {}) {
        for (;;) {
            const page = await this.listRevisions(siteId, postId, options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getRevision(siteId, postId, revisionId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}/revisions/${segment(revisionId)}`, {}, options));
    }
    async restoreRevision(siteId, postId, revisionId, options = {}) {
        return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/posts/${segment(postId)}/revisions/${segment(revisionId)}/restore`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
        }, options));
    }
    async createTag(siteId, body, options = {}) {
        return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/tags`, {
            headers: { "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async listTags(siteId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/tags`, {
            query: { "limit": options.limit, "after": options.after },
        }, options));
    }
    async *iterateTags(siteId, options = {}) {
        for (;;) {
            const page = await this.listTags(siteId, options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getTag(siteId, tagId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/tags/${segment(tagId)}`, {}, options));
    }
    async changeTag(siteId, tagId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/tags/${segment(tagId)}`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async deleteTag(siteId, tagId, options = {}) {
        await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/tags/${segment(tagId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async listMedia(siteId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/media`, {
            query: { "limit": options.limit, "after": options.after, "sort": options.sort },
        }, options));
    }
    async *iterateMedia(siteId, options = {}) {
        for (;;) {
            const page = await this.listMedia(siteId, options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async uploadMedia(siteId, body, options) {
        return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/media`, {
            query: { "file_name": options.fileName, "alternative_text": options.alternativeText },
            headers: { "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async getMediaContent(siteId, mediaId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/media/${segment(mediaId)}/content`, {
            raw: true,
        }, options));
    }
    async getMedia(siteId, mediaId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/media/${segment(mediaId)}`, {}, options));
    }
    async changeMedia(siteId, mediaId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/media/${segment(mediaId)}`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async deleteMedia(siteId, mediaId, options = {}) {
        await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/media/${segment(mediaId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async createRedirect(siteId, body, options = {}) {
        return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/redirects`, {
            headers: { "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async listRedirects(siteId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/redirects`, {
            query: { "limit": options.limit, "after": options.after, "from_path": options.fromPath },
        }, options));
    }
    async *iterateRedirects(siteId, options = {}) {
        for (;;) {
            const page = await this.listRedirects(siteId, options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getRedirect(siteId, redirectId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/redirects/${segment(redirectId)}`, {}, options));
    }
    async changeRedirect(siteId, redirectId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/redirects/${segment(redirectId)}`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async deleteRedirect(siteId, redirectId, options = {}) {
        await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/redirects/${segment(redirectId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async createNavigationItem(siteId, body, options = {}) {
        return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/navigation`, {
            headers: { "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async listNavigation(siteId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/navigation`, {
            query: { "limit": options.limit, "after": options.after, "menu": options.menu },
        }, options));
    }
    async *iterateNavigation(siteId, options = {}) {
        for (;;) {
            const page = await this.listNavigation(siteId, options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getNavigationItem(siteId, itemId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/navigation/${segment(itemId)}`, {}, options));
    }
    async changeNavigationItem(siteId, itemId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/navigation/${segment(itemId)}`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async deleteNavigationItem(siteId, itemId, options = {}) {
        await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/navigation/${segment(itemId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async createSubscriber(siteId, body, options = {}) {
        return (await this.call("POST", `/api/v1/sites/${segment(siteId)}/subscribers`, {
            headers: { "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async listSubscribers(siteId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/subscribers`, {
            query: { "limit": options.limit, "after": options.after, "sort": options.sort, "status": options.status, "email": options.email },
        }, options));
    }
    async *iterateSubscribers(siteId, options = {}) {
        for (;;) {
            const page = await this.listSubscribers(siteId, options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getSubscriber(siteId, subscriberId, options = {}) {
        return (await this.call("GET", `/api/v1/sites/${segment(siteId)}/subscribers/${segment(subscriberId)}`, {}, options));
    }
    async changeSubscriber(siteId, subscriberId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/sites/${segment(siteId)}/subscribers/${segment(subscriberId)}`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async deleteSubscriber(siteId, subscriberId, options = {}) {
        await this.call("DELETE", `/api/v1/sites/${segment(siteId)}/subscribers/${segment(subscriberId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async createWebhook(body, options = {}) {
        return (await this.call("POST", "/api/v1/webhooks", {
            body,
        }, options));
    }
    async listWebhooks(options = {}) {
        return (await this.call("GET", "/api/v1/webhooks", {
            query: { "limit": options.limit, "after": options.after, "site_id": options.siteId },
        }, options));
    }
    async *iterateWebhooks(options = {}) {
        for (;;) {
            const page = await this.listWebhooks(options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getWebhook(webhookId, options = {}) {
        return (await this.call("GET", `/api/v1/webhooks/${segment(webhookId)}`, {}, options));
    }
    async changeWebhook(webhookId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/webhooks/${segment(webhookId)}`, {
            headers: { "if-match": options.ifMatch, "idempotency-key": options.idempotencyKey },
            body,
        }, options));
    }
    async deleteWebhook(webhookId, options = {}) {
        await this.call("DELETE", `/api/v1/webhooks/${segment(webhookId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async listWebhookDeliveries(webhookId, options = {}) {
        return (await this.call("GET", `/api/v1/webhooks/${segment(webhookId)}/deliveries`, {
            query: { "limit": options.limit, "after": options.after, "sort": options.sort, "status": options.status, "event": options.event },
        }, options));
    }
    async *iterateWebhookDeliveries(webhookId, options = {}) {
        for (;;) {
            const page = await this.listWebhookDeliveries(webhookId, options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getWebhookDelivery(webhookId, deliveryId, options = {}) {
        return (await this.call("GET", `/api/v1/webhooks/${segment(webhookId)}/deliveries/${segment(deliveryId)}`, {}, options));
    }
    async createApiKey(body, options = {}) {
        return (await this.call("POST", "/api/v1/api-keys", {
            body,
        }, options));
    }
    async listApiKeys(options = {}) {
        return (await this.call("GET", "/api/v1/api-keys", {
            query: { "limit": options.limit, "after": options.after },
        }, options));
    }
    async *iterateApiKeys(options = {}) {
        for (;;) {
            const page = await this.listApiKeys(options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async getApiKey(keyId, options = {}) {
        return (await this.call("GET", `/api/v1/api-keys/${segment(keyId)}`, {}, options));
    }
    async revokeApiKey(keyId, options = {}) {
        await this.call("DELETE", `/api/v1/api-keys/${segment(keyId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
    async startSignUp(body, options = {}) {
        await this.call("POST", "/api/v1/sign-ups", {
            body,
        }, options);
    }
    async showSignUp(body, options = {}) {
        return (await this.call("POST", "/api/v1/sign-ups/show", {
            body,
        }, options));
    }
    async finishSignUp(body, options = {}) {
        return (await this.call("POST", "/api/v1/sign-ups/finish", {
            body,
        }, options));
    }
    async welcome(body, options = {}) {
        return (await this.call("POST", "/api/v1/welcome", {
            body,
        }, options));
    }
    async getSession(options = {}) {
        return (await this.call("GET", "/api/v1/session", {}, options));
    }
    async signIn(body, options = {}) {
        return (await this.call("POST", "/api/v1/session", {
            body,
        }, options));
    }
    async signOut(options = {}) {
        await this.call("DELETE", "/api/v1/session", {}, options);
    }
    async chooseOrganisation(body, options = {}) {
        return (await this.call("PATCH", "/api/v1/session", {
            body,
        }, options));
    }
    async sendSignInLink(body, options = {}) {
        await this.call("POST", "/api/v1/session/links", {
            body,
        }, options);
    }
    async signInByLink(body, options = {}) {
        return (await this.call("POST", "/api/v1/session/by-link", {
            body,
        }, options));
    }
    async listSessions(options = {}) {
        return (await this.call("GET", "/api/v1/sessions", {}, options));
    }
    async endAllSessions(options = {}) {
        await this.call("DELETE", "/api/v1/sessions", {}, options);
    }
    async endSession(sessionId, options = {}) {
        await this.call("DELETE", `/api/v1/sessions/${segment(sessionId)}`, {}, options);
    }
    async startPasswordReset(body, options = {}) {
        await this.call("POST", "/api/v1/password-resets", {
            body,
        }, options);
    }
    async finishPasswordReset(body, options = {}) {
        await this.call("POST", "/api/v1/password-resets/finish", {
            body,
        }, options);
    }
    async changePassword(body, options = {}) {
        return (await this.call("PUT", "/api/v1/account/password", {
            body,
        }, options));
    }
    async startEmailChange(body, options = {}) {
        await this.call("POST", "/api/v1/account/email", {
            body,
        }, options);
    }
    async finishEmailChange(body, options = {}) {
        return (await this.call("POST", "/api/v1/account/email/confirm", {
            body,
        }, options));
    }
    async setUpAuthenticator(body, options = {}) {
        return (await this.call("POST", "/api/v1/account/authenticator", {
            body,
        }, options));
    }
    async confirmAuthenticator(body, options = {}) {
        return (await this.call("POST", "/api/v1/account/authenticator/confirm", {
            body,
        }, options));
    }
    async renewRecoveryCodes(body, options = {}) {
        return (await this.call("POST", "/api/v1/account/authenticator/recovery-codes", {
            body,
        }, options));
    }
    async removeAuthenticator(body, options = {}) {
        await this.call("POST", "/api/v1/account/authenticator/remove", {
            body,
        }, options);
    }
    async createOrganisation(body, options = {}) {
        return (await this.call("POST", "/api/v1/organisations", {
            body,
        }, options));
    }
    async listInvitations(options = {}) {
        return (await this.call("GET", "/api/v1/invitations", {}, options));
    }
    async invite(body, options = {}) {
        return (await this.call("POST", "/api/v1/invitations", {
            body,
        }, options));
    }
    async takeInvitationBack(invitationId, options = {}) {
        await this.call("DELETE", `/api/v1/invitations/${segment(invitationId)}`, {}, options);
    }
    async showInvitation(body, options = {}) {
        return (await this.call("POST", "/api/v1/invitations/show", {
            body,
        }, options));
    }
    async acceptInvitation(body, options = {}) {
        return (await this.call("POST", "/api/v1/invitations/accept", {
            body,
        }, options));
    }
    async acceptInvitationAsNewMember(body, options = {}) {
        return (await this.call("POST", "/api/v1/invitations/accept-new", {
            body,
        }, options));
    }
    async listMembers(options = {}) {
        return (await this.call("GET", "/api/v1/members", {
            query: { "limit": options.limit, "after": options.after },
        }, options));
    }
    async *iterateMembers(options = {}) {
        for (;;) {
            const page = await this.listMembers(options);
            yield* page.items;
            const following = page.next ?? null;
            if (following === null)
                return;
            options = { ...options, after: following };
        }
    }
    async changeMember(accountId, body, options = {}) {
        return (await this.call("PATCH", `/api/v1/members/${segment(accountId)}`, {
            headers: { "if-match": options.ifMatch },
            body,
        }, options));
    }
    async removeMember(accountId, options = {}) {
        await this.call("DELETE", `/api/v1/members/${segment(accountId)}`, {
            headers: { "if-match": options.ifMatch },
        }, options);
    }
}
