# Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
"""A client for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from flotilla_sdk import codec
from flotilla_sdk.models import (
    AddressOnly,
    AuthenticatorCode,
    AuthenticatorKey,
    CurrentSession,
    InvitationList,
    InvitationToken,
    LinkSignIn,
    MadeInvitation,
    NewInvitation,
    NewMember,
    NewOrganisation,
    NewPost,
    NewSite,
    PasswordChange,
    PasswordReset,
    PasswordSignIn,
    Post,
    PostPage,
    Proof,
    RecoveryCodes,
    SessionChoice,
    SessionList,
    ShownInvitation,
    SignUp,
    Site,
    SitePage,
    Welcome,
)
from flotilla_sdk.transport import AsyncTransport


class AsyncClient(AsyncTransport):
    """Flotilla, API version 1. Every method raises ApiError when the API says no."""

    async def create_site(
        self,
        body: NewSite,
    ) -> Site:
        """Creates a site at `<slug>.<blog domain>`."""
        return Site.from_json(
            await self._call(
                "POST",
                "/api/v1/sites",
                body=body,
            )
        )

    async def list_sites(
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
            await self._call(
                "GET",
                "/api/v1/sites",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    async def iterate_sites(
        self,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> AsyncIterator[Site]:
        """Everything that `list_sites` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_sites(limit=limit, after=after)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def get_site(
        self,
        site_id: UUID,
    ) -> Site:
        """Shows a site."""
        return Site.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}",
            )
        )

    async def create_post(
        self,
        site_id: UUID,
        body: NewPost,
    ) -> Post:
        """Adds a post to a site. The answer means that it is saved."""
        return Post.from_json(
            await self._call(
                "POST",
                f"/api/v1/sites/{codec.segment(site_id)}/posts",
                body=body,
            )
        )

    async def list_posts(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> PostPage:
        """Lists a site's posts in the order of their ids.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        return PostPage.from_json(
            await self._call(
                "GET",
                f"/api/v1/sites/{codec.segment(site_id)}/posts",
                query={
                    "limit": limit,
                    "after": after,
                },
            )
        )

    async def iterate_posts(
        self,
        site_id: UUID,
        *,
        limit: int | None = None,
        after: UUID | None = None,
    ) -> AsyncIterator[Post]:
        """Everything that `list_posts` lists, page after page.

        `limit`: At most so many.

        `after`: Only what comes after this id; `next` of the page before.
        """
        while True:
            _page = await self.list_posts(site_id, limit=limit, after=after)
            for _item in _page.items:
                yield _item
            if _page.next is None:
                return
            after = _page.next

    async def start_sign_up(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to an address, with which to go on. Whether it has an account already, only the mail says."""
        await self._call(
            "POST",
            "/api/v1/sign-ups",
            body=body,
        )

    async def finish_sign_up(
        self,
        body: SignUp,
    ) -> CurrentSession:
        """Makes the account whose address the link was mailed to, and signs it in: the answer sets the cookie."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/sign-ups/finish",
                body=body,
            )
        )

    async def welcome(
        self,
        body: Welcome,
    ) -> CurrentSession:
        """Makes the first administrator of the platform, with the link that `up.sh` printed, and signs them in."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/welcome",
                body=body,
            )
        )

    async def get_session(
        self,
    ) -> CurrentSession:
        """Who is signed in."""
        return CurrentSession.from_json(
            await self._call(
                "GET",
                "/api/v1/session",
            )
        )

    async def sign_in(
        self,
        body: PasswordSignIn,
    ) -> CurrentSession:
        """Signs in with a password: the answer sets the cookie. 401 `code_required` if the account has a second
        factor.
        """
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/session",
                body=body,
            )
        )

    async def sign_out(
        self,
    ) -> None:
        """Ends this session."""
        await self._call(
            "DELETE",
            "/api/v1/session",
        )

    async def choose_organisation(
        self,
        body: SessionChoice,
    ) -> CurrentSession:
        """The session acts for another organisation from now on, with a new cookie."""
        return CurrentSession.from_json(
            await self._call(
                "PATCH",
                "/api/v1/session",
                body=body,
            )
        )

    async def send_sign_in_link(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to sign in with; to an address without an account, one to sign up with."""
        await self._call(
            "POST",
            "/api/v1/session/links",
            body=body,
        )

    async def sign_in_by_link(
        self,
        body: LinkSignIn,
    ) -> CurrentSession:
        """Signs in with a link that was mailed: the answer sets the cookie, and the link is used up."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/session/by-link",
                body=body,
            )
        )

    async def list_sessions(
        self,
    ) -> SessionList:
        """Lists the places where the account is signed in."""
        return SessionList.from_json(
            await self._call(
                "GET",
                "/api/v1/sessions",
            )
        )

    async def end_all_sessions(
        self,
    ) -> None:
        """Signs the account out everywhere, here too: at once on this replica, within 3 s on the others."""
        await self._call(
            "DELETE",
            "/api/v1/sessions",
        )

    async def end_session(
        self,
        session_id: UUID,
    ) -> None:
        """Signs the account out in one place."""
        await self._call(
            "DELETE",
            f"/api/v1/sessions/{codec.segment(session_id)}",
        )

    async def start_password_reset(
        self,
        body: AddressOnly,
    ) -> None:
        """Mails a link to choose a new password with; to an address without an account, one to sign up with."""
        await self._call(
            "POST",
            "/api/v1/password-resets",
            body=body,
        )

    async def finish_password_reset(
        self,
        body: PasswordReset,
    ) -> None:
        """Sets a new password with a link that was mailed. Every session of the account ends."""
        await self._call(
            "POST",
            "/api/v1/password-resets/finish",
            body=body,
        )

    async def change_password(
        self,
        body: PasswordChange,
    ) -> CurrentSession:
        """Sets a new password. This session goes on with a new cookie, all others end."""
        return CurrentSession.from_json(
            await self._call(
                "PUT",
                "/api/v1/account/password",
                body=body,
            )
        )

    async def set_up_authenticator(
        self,
        body: Proof,
    ) -> AuthenticatorKey:
        """Makes a key for an authenticator app. It counts once it is confirmed with a code."""
        return AuthenticatorKey.from_json(
            await self._call(
                "POST",
                "/api/v1/account/authenticator",
                body=body,
            )
        )

    async def confirm_authenticator(
        self,
        body: AuthenticatorCode,
    ) -> RecoveryCodes:
        """From now on the account asks for codes. The answer has recovery codes, and all other sessions end."""
        return RecoveryCodes.from_json(
            await self._call(
                "POST",
                "/api/v1/account/authenticator/confirm",
                body=body,
            )
        )

    async def renew_recovery_codes(
        self,
        body: Proof,
    ) -> RecoveryCodes:
        """Makes new recovery codes in place of the old ones."""
        return RecoveryCodes.from_json(
            await self._call(
                "POST",
                "/api/v1/account/authenticator/recovery-codes",
                body=body,
            )
        )

    async def remove_authenticator(
        self,
        body: Proof,
    ) -> None:
        """The password is enough again."""
        await self._call(
            "POST",
            "/api/v1/account/authenticator/remove",
            body=body,
        )

    async def create_organisation(
        self,
        body: NewOrganisation,
    ) -> CurrentSession:
        """Makes an organisation, with oneself as owner. The session acts for it from now on, with a new cookie."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/organisations",
                body=body,
            )
        )

    async def list_invitations(
        self,
    ) -> InvitationList:
        """Lists the invitations that nobody has accepted yet."""
        return InvitationList.from_json(
            await self._call(
                "GET",
                "/api/v1/invitations",
            )
        )

    async def invite(
        self,
        body: NewInvitation,
    ) -> MadeInvitation:
        """Invites somebody to the session's organisation. Owners and admins may, with a role that is not above
        theirs.
        """
        return MadeInvitation.from_json(
            await self._call(
                "POST",
                "/api/v1/invitations",
                body=body,
            )
        )

    async def take_invitation_back(
        self,
        invitation_id: UUID,
    ) -> None:
        """Takes an invitation back: its link is good for nothing from now on."""
        await self._call(
            "DELETE",
            f"/api/v1/invitations/{codec.segment(invitation_id)}",
        )

    async def show_invitation(
        self,
        body: InvitationToken,
    ) -> ShownInvitation:
        """What an invitation's link is for. It is not used up by that."""
        return ShownInvitation.from_json(
            await self._call(
                "POST",
                "/api/v1/invitations/show",
                body=body,
            )
        )

    async def accept_invitation(
        self,
        body: InvitationToken,
    ) -> CurrentSession:
        """Joins the organisation. The session acts for it from now on, with a new cookie."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/invitations/accept",
                body=body,
            )
        )

    async def accept_invitation_as_new_member(
        self,
        body: NewMember,
    ) -> CurrentSession:
        """Makes an account for the address that was invited by mail, joins, and signs in."""
        return CurrentSession.from_json(
            await self._call(
                "POST",
                "/api/v1/invitations/accept-new",
                body=body,
            )
        )
