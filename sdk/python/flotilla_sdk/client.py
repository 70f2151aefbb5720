# Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
"""A client that waits for each answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime as DateTime
from typing import Literal
from uuid import UUID

from flotilla_sdk import codec
from flotilla_sdk.models import (
    AddressChange,
    AddressOnly,
    ApiKey,
    ApiKeyPage,
    ApiKeyWithSecret,
    AuthenticatorCode,
    AuthenticatorKey,
    CurrentSession,
    InvitationList,
    InvitationToken,
    LinkSignIn,
    LinkToken,
    ListedPost,
    ListedRevision,
    MadeInvitation,
    NewApiKey,
    NewInvitation,
    NewMember,
    NewOrganisation,
    NewPost,
    NewSite,
    NewTag,
    PasswordChange,
    PasswordReset,
    PasswordSignIn,
    Post,
    PostChange,
    PostPage,
    Proof,
    RecoveryCodes,
    Revision,
    RevisionPage,
    SessionChoice,
    SessionList,
    ShownInvitation,
    SignUp,
    Site,
    SiteChange,
    SitePage,
    Tag,
    TagChange,
    TagPage,
    Welcome,
)
from flotilla_sdk.transport import Transport


class Client(Transport):
    """Flotilla, API version 1. Every method raises ApiError when the API says no."""

    def create_site(
        self,
        body: NewSite,
        *,
        idempotency_key: str | None = None,
    ) -> Site:
        """Creates a site at `<slug>.<blog domain>`.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Site.from_json(
            self._call(
                "POST",
                "/api/v1/sites",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    def list_sites(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> SitePage:
        """Lists the sites in the order of their ids.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return SitePage.from_json(
            self._call(
                "GET",
                "/api/v1/sites",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    def iterate_sites(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> Iterator[Site]:
        """Everything that `list_sites` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = self.list_sites(limit=limit, after=after)
            yield from _page.items
            if _page.next is None:
                return
            after = _page.next

    def get_site(
        self,
        site_id: UUID,
    ) -> Site:
        """Shows a site."""
        return Site.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}",
            )
        )

    def change_site(
        self,
        site_id: UUID,
        body: SiteChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Site:
        """Changes what is sent of a site; the rest stays.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Site.from_json(
            self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    def delete_site(
        self,
        site_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a site with everything on it.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}",
            headers={
                "if-match": if_match,
            },
        )

    def create_post(
        self,
        site_id: UUID,
        body: NewPost,
        *,
        idempotency_key: str | None = None,
    ) -> Post:
        """Adds a post to a site. The answer means that it is saved.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Post.from_json(
            self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/posts",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    def list_posts(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: str | None = None,
        sort: Literal["id", "-id", "published_at", "-published_at", "updated_at", "-updated_at", "title", "-title"] | None = None,
        status: Literal["draft", "scheduled", "published", "unlisted", "archived"] | None = None,
        tag: str | None = None,
        author: UUID | None = None,
        language: str | None = None,
        title: str | None = None,
        published_from: DateTime | None = None,
        published_before: DateTime | None = None,
    ) -> PostPage:
        """Lists a site's posts. Sorted by `published_at`, it has those alone that have such a time.

        `limit`: At most so many.

        `after`: `next` of the page before, in the same order.

        `sort`: What they are sorted by; with `-`, the other way round.

        `status`: A key that reads content sees what is published alone.

        `title`: How the title begins, whatever its capitals.
        """
        return PostPage.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts",
                query={
                    "limit": limit,
                    "after": after,
                    "sort": sort,
                    "status": status,
                    "tag": tag,
                    "author": author,
                    "language": language,
                    "title": title,
                    "published_from": published_from,
                    "published_before": published_before,
                },
            )
        )

    def iterate_posts(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: str | None = None,
        sort: Literal["id", "-id", "published_at", "-published_at", "updated_at", "-updated_at", "title", "-title"] | None = None,
        status: Literal["draft", "scheduled", "published", "unlisted", "archived"] | None = None,
        tag: str | None = None,
        author: UUID | None = None,
        language: str | None = None,
        title: str | None = None,
        published_from: DateTime | None = None,
        published_before: DateTime | None = None,
    ) -> Iterator[ListedPost]:
        """Everything that `list_posts` lists, page after page.

        `limit`: At most so many.

        `after`: `next` of the page before, in the same order.

        `sort`: What they are sorted by; with `-`, the other way round.

        `status`: A key that reads content sees what is published alone.

        `title`: How the title begins, whatever its capitals.
        """
        while True:
            _page = self.list_posts(site_id, limit=limit, after=after, sort=sort, status=status, tag=tag, author=author, language=language, title=title, published_from=published_from, published_before=published_before)
            yield from _page.items
            if _page.next is None:
                return
            after = _page.next

    def get_post(
        self,
        site_id: UUID,
        post_id: UUID,
    ) -> Post:
        """Shows a post."""
        return Post.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}",
            )
        )

    def change_post(
        self,
        site_id: UUID,
        post_id: UUID,
        body: PostChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Post:
        """Changes what is sent of a post; the rest stays. Every save keeps a revision.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Post.from_json(
            self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    def delete_post(
        self,
        site_id: UUID,
        post_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a post with its revisions.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}",
            headers={
                "if-match": if_match,
            },
        )

    def list_revisions(
        self,
        site_id: UUID,
        post_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> RevisionPage:
        """Lists what a post was each time that it was saved, the oldest first.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return RevisionPage.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}/revisions",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    def iterate_revisions(
        self,
        site_id: UUID,
        post_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> Iterator[ListedRevision]:
        """Everything that `list_revisions` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = self.list_revisions(site_id, post_id, limit=limit, after=after)
            yield from _page.items
            if _page.next is None:
                return
            after = _page.next

    def get_revision(
        self,
        site_id: UUID,
        post_id: UUID,
        revision_id: UUID,
    ) -> Revision:
        """Shows a post as it was saved once."""
        return Revision.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}/revisions/{codec.segment(revision_id)}",
            )
        )

    def restore_revision(
        self,
        site_id: UUID,
        post_id: UUID,
        revision_id: UUID,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Post:
        """Gives a post the title, the text and the excerpt of a revision; that is a save like any other.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Post.from_json(
            self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/posts/{codec.segment(post_id)}/revisions/{codec.segment(revision_id)}/restore",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
            )
        )

    def create_tag(
        self,
        site_id: UUID,
        body: NewTag,
        *,
        idempotency_key: str | None = None,
    ) -> Tag:
        """Makes a tag for a site's posts.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Tag.from_json(
            self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/tags",
                headers={
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    def list_tags(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> TagPage:
        """Lists a site's tags in the order of their ids.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return TagPage.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/tags",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    def iterate_tags(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> Iterator[Tag]:
        """Everything that `list_tags` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = self.list_tags(site_id, limit=limit, after=after)
            yield from _page.items
            if _page.next is None:
                return
            after = _page.next

    def get_tag(
        self,
        site_id: UUID,
        tag_id: UUID,
    ) -> Tag:
        """Shows a tag."""
        return Tag.from_json(
            self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/tags/{codec.segment(tag_id)}",
            )
        )

    def change_tag(
        self,
        site_id: UUID,
        tag_id: UUID,
        body: TagChange,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Tag:
        """Changes what is sent of a tag; posts that have it are shown with its new slug.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.

        `idempotency_key`: Sent again with the same key, the same request is done once and gets the same answer.
        """
        return Tag.from_json(
            self._call(
                "PATCH",
                f"/api/v1/sites/{codec.segment(site_id)}/tags/{codec.segment(tag_id)}",
                headers={
                    "if-match": if_match,
                    "idempotency-key": idempotency_key,
                },
                body=body,
            )
        )

    def delete_tag(
        self,
        site_id: UUID,
        tag_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Deletes a tag and takes it from its posts.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        self._call(
            "DELETE",
            f"/api/v1/sites/{codec.segment(site_id)}/tags/{codec.segment(tag_id)}",
            headers={
                "if-match": if_match,
            },
        )

    def create_api_key(
        self,
        body: NewApiKey,
    ) -> ApiKeyWithSecret:
        """Makes a key. Its secret is in this answer and nowhere else: an Idempotency-Key is refused here."""
        return ApiKeyWithSecret.from_json(
            self._call(
                "POST",
                "/api/v1/api-keys",
                body=body,
            )
        )

    def list_api_keys(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> ApiKeyPage:
        """Lists the keys in the order of their ids, those too that were revoked.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return ApiKeyPage.from_json(
            self._call(
                "GET",
                "/api/v1/api-keys",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    def iterate_api_keys(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> Iterator[ApiKey]:
        """Everything that `list_api_keys` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = self.list_api_keys(limit=limit, after=after)
            yield from _page.items
            if _page.next is None:
                return
            after = _page.next

    def get_api_key(
        self,
        key_id: UUID,
    ) -> ApiKey:
        """Shows a key."""
        return ApiKey.from_json(
            self._call(
                "GET",
                f"/api/v1/api-keys/{codec.segment(key_id)}",
            )
        )

    def revoke_api_key(
        self,
        key_id: UUID,
        *,
        if_match: str | None = None,
    ) -> None:
        """Revokes a key for good; replicas that know it let it in for some seconds more. It goes on being listed.

        `if_match`: Only if it is still in the version with this `etag`; otherwise 412.
        """
        self._call(
            "DELETE",
            f"/api/v1/api-keys/{codec.segment(key_id)}",
            headers={
                "if-match": if_match,
            },
        )

    def start_sign_up(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to an address, with which to go on. Whether it has an account already, only the mail says."""
        self._call(
            "POST",
            "/api/v1/sign-ups",
            body=body,
        )

    def finish_sign_up(
        self,
        body: SignUp,
    ) -> CurrentSession:
        """Makes the account whose address the link was mailed to, and signs it in: the answer sets the cookie."""
        return CurrentSession.from_json(
            self._call(
                "POST",
                "/api/v1/sign-ups/finish",
                body=body,
            )
        )

    def welcome(
        self,
        body: Welcome,
    ) -> CurrentSession:
        """Makes the first administrator of the platform, with the link that `up.sh` printed, and signs them in."""
        return CurrentSession.from_json(
            self._call(
                "POST",
                "/api/v1/welcome",
                body=body,
            )
        )

    def get_session(
        self,
    ) -> CurrentSession:
        """Who is signed in."""
        return CurrentSession.from_json(
            self._call(
                "GET",
                "/api/v1/session",
            )
        )

    def sign_in(
        self,
        body: PasswordSignIn,
    ) -> CurrentSession:
        """Signs in with a password: the answer sets the cookie. 401 `code_required` if the account has a second
        factor.
        """
        return CurrentSession.from_json(
            self._call(
                "POST",
                "/api/v1/session",
                body=body,
            )
        )

    def sign_out(
        self,
    ) -> None:
        """Ends this session."""
        self._call(
            "DELETE",
            "/api/v1/session",
        )

    def choose_organisation(
        self,
        body: SessionChoice,
    ) -> CurrentSession:
        """The session acts for another organisation from now on, with a new cookie."""
        return CurrentSession.from_json(
            self._call(
                "PATCH",
                "/api/v1/session",
                body=body,
            )
        )

    def send_sign_in_link(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to sign in with; to an address without an account, one to sign up with."""
        self._call(
            "POST",
            "/api/v1/session/links",
            body=body,
        )

    def sign_in_by_link(
        self,
        body: LinkSignIn,
    ) -> CurrentSession:
        """Signs in with a link that was mailed: the answer sets the cookie, and the link is used up."""
        return CurrentSession.from_json(
            self._call(
                "POST",
                "/api/v1/session/by-link",
                body=body,
            )
        )

    def list_sessions(
        self,
    ) -> SessionList:
        """Lists the places where the account is signed in."""
        return SessionList.from_json(
            self._call(
                "GET",
                "/api/v1/sessions",
            )
        )

    def end_all_sessions(
        self,
    ) -> None:
        """Signs the account out everywhere, here too: at once on this replica, within 3 s on the others."""
        self._call(
            "DELETE",
            "/api/v1/sessions",
        )

    def end_session(
        self,
        session_id: UUID,
    ) -> None:
        """Signs the account out in one place."""
        self._call(
            "DELETE",
            f"/api/v1/sessions/{codec.segment(session_id)}",
        )

    def start_password_reset(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to choose a new password with; to an address without an account, one to sign up with."""
        self._call(
            "POST",
            "/api/v1/password-resets",
            body=body,
        )

    def finish_password_reset(
        self,
        body: PasswordReset,
    ) -> None:
        """Sets a new password with a link that was mailed. Every session of the account ends."""
        self._call(
            "POST",
            "/api/v1/password-resets/finish",
            body=body,
        )

    def change_password(
        self,
        body: PasswordChange,
    ) -> CurrentSession:
        """Sets a new password. This session goes on with a new cookie, all others end."""
        return CurrentSession.from_json(
            self._call(
                "PUT",
                "/api/v1/account/password",
                body=body,
            )
        )

    def start_email_change(
        self,
        body: AddressChange,
    ) -> None:
        """Mails a link to a new address for the account. If that has an account already, only the mail says so."""
        self._call(
            "POST",
            "/api/v1/account/email",
            body=body,
        )

    def finish_email_change(
        self,
        body: LinkToken,
    ) -> CurrentSession:
        """The account has the new address now. This session goes on with a new cookie, all others end."""
        return CurrentSession.from_json(
            self._call(
                "POST",
                "/api/v1/account/email/confirm",
                body=body,
            )
        )

    def set_up_authenticator(
        self,
        body: Proof,
    ) -> AuthenticatorKey:
        """Makes a key for an authenticator app. It counts once it is confirmed with a code."""
        return AuthenticatorKey.from_json(
            self._call(
                "POST",
                "/api/v1/account/authenticator",
                body=body,
            )
        )

    def confirm_authenticator(
        self,
        body: AuthenticatorCode,
    ) -> RecoveryCodes:
        """From now on the account asks for codes. The answer has recovery codes, and all other sessions end."""
        return RecoveryCodes.from_json(
            self._call(
                "POST",
                "/api/v1/account/authenticator/confirm",
                body=body,
            )
        )

    def renew_recovery_codes(
        self,
        body: Proof,
    ) -> RecoveryCodes:
        """Makes new recovery codes in place of the old ones."""
        return RecoveryCodes.from_json(
            self._call(
                "POST",
                "/api/v1/account/authenticator/recovery-codes",
                body=body,
            )
        )

    def remove_authenticator(
        self,
        body: Proof,
    ) -> None:
        """The password is enough again."""
        self._call(
            "POST",
            "/api/v1/account/authenticator/remove",
            body=body,
        )

    def create_organisation(
        self,
        body: NewOrganisation,
    ) -> CurrentSession:
        """Makes an organisation, with oneself as owner. The session acts for it from now on, with a new cookie."""
        return CurrentSession.from_json(
            self._call(
                "POST",
                "/api/v1/organisations",
                body=body,
            )
        )

    def list_invitations(
        self,
    ) -> InvitationList:
        """Lists the invitations that nobody has accepted yet."""
        return InvitationList.from_json(
            self._call(
                "GET",
                "/api/v1/invitations",
            )
        )

    def invite(
        self,
        body: NewInvitation,
    ) -> MadeInvitation:
        """Invites somebody to the session's organisation. Owners and admins may, with a role that is not above
        theirs.
        """
        return MadeInvitation.from_json(
            self._call(
                "POST",
                "/api/v1/invitations",
                body=body,
            )
        )

    def take_invitation_back(
        self,
        invitation_id: UUID,
    ) -> None:
        """Takes an invitation back: its link is good for nothing from now on."""
        self._call(
            "DELETE",
            f"/api/v1/invitations/{codec.segment(invitation_id)}",
        )

    def show_invitation(
        self,
        body: InvitationToken,
    ) -> ShownInvitation:
        """What an invitation's link is for. It is not used up by that."""
        return ShownInvitation.from_json(
            self._call(
                "POST",
                "/api/v1/invitations/show",
                body=body,
            )
        )

    def accept_invitation(
        self,
        body: InvitationToken,
    ) -> CurrentSession:
        """Joins the organisation. The session acts for it from now on, with a new cookie."""
        return CurrentSession.from_json(
            self._call(
                "POST",
                "/api/v1/invitations/accept",
                body=body,
            )
        )

    def accept_invitation_as_new_member(
        self,
        body: NewMember,
    ) -> CurrentSession:
        """Makes an account for the address that was invited by mail, joins, and signs in."""
        return CurrentSession.from_json(
            self._call(
                "POST",
                "/api/v1/invitations/accept-new",
                body=body,
            )
        )
