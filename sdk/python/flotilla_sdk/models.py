# Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
"""What the API takes and gives. A member that was left out is `UNSET`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime as DateTime
from typing import Literal
from uuid import UUID

from flotilla_sdk import codec
from flotilla_sdk.codec import UNSET, Unset

__all__ = [
    "AddressOnly",
    "AuthenticatorCode",
    "AuthenticatorKey",
    "CurrentSession",
    "Invitation",
    "InvitationList",
    "InvitationToken",
    "LinkSignIn",
    "MadeInvitation",
    "NewInvitation",
    "NewMember",
    "NewOrganisation",
    "NewPost",
    "NewSite",
    "Organisation",
    "PasswordChange",
    "PasswordReset",
    "PasswordSignIn",
    "Post",
    "PostPage",
    "Proof",
    "RecoveryCodes",
    "Session",
    "SessionChoice",
    "SessionList",
    "ShownInvitation",
    "SignUp",
    "Site",
    "SitePage",
    "Welcome",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressOnly:
    """An address of mail. What is answered is the same whether it has an account or not."""

    email: str

    @classmethod
    def from_json(cls, value: object) -> AddressOnly:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "AddressOnly")
        return cls(
            email=codec.required(members, "email", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "email": self.email,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorCode:
    """What the app shows."""

    code: str

    @classmethod
    def from_json(cls, value: object) -> AuthenticatorCode:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "AuthenticatorCode")
        return cls(
            code=codec.required(members, "code", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "code": self.code,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorKey:
    """For an authenticator app: `address` as a link or picture, or `key` typed in."""

    key: str
    address: str

    @classmethod
    def from_json(cls, value: object) -> AuthenticatorKey:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "AuthenticatorKey")
        return cls(
            key=codec.required(members, "key", codec.string),
            address=codec.required(members, "address", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "key": self.key,
                "address": self.address,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentSession:
    """Who is signed in, and for which organisation the session acts; `csrf_token` goes along with each change."""

    id: UUID
    account_id: UUID
    email: str
    name: str
    administrator: bool
    second_factor: bool
    organisation_id: UUID | None
    role: Literal["owner", "admin", "editor", "writer"] | None
    organisations: Sequence[Organisation]
    csrf_token: str

    @classmethod
    def from_json(cls, value: object) -> CurrentSession:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "CurrentSession")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            account_id=codec.required(members, "account_id", codec.uuid),
            email=codec.required(members, "email", codec.string),
            name=codec.required(members, "name", codec.string),
            administrator=codec.required(members, "administrator", codec.boolean),
            second_factor=codec.required(members, "second_factor", codec.boolean),
            organisation_id=codec.required(members, "organisation_id", codec.nullable(codec.uuid)),
            role=codec.required(members, "role", codec.nullable(codec.word)),
            organisations=codec.required(members, "organisations", codec.array(Organisation.from_json)),
            csrf_token=codec.required(members, "csrf_token", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "account_id": self.account_id,
                "email": self.email,
                "name": self.name,
                "administrator": self.administrator,
                "second_factor": self.second_factor,
                "organisation_id": self.organisation_id,
                "role": self.role,
                "organisations": self.organisations,
                "csrf_token": self.csrf_token,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """An invitation that nobody has accepted yet."""

    id: UUID
    email: str | None
    role: Literal["owner", "admin", "editor", "writer"]
    expires_at: DateTime
    created_at: DateTime

    @classmethod
    def from_json(cls, value: object) -> Invitation:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Invitation")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            email=codec.required(members, "email", codec.nullable(codec.string)),
            role=codec.required(members, "role", codec.word),
            expires_at=codec.required(members, "expires_at", codec.date_time),
            created_at=codec.required(members, "created_at", codec.date_time),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "email": self.email,
                "role": self.role,
                "expires_at": self.expires_at,
                "created_at": self.created_at,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationList:
    """The oldest first."""

    items: Sequence[Invitation]

    @classmethod
    def from_json(cls, value: object) -> InvitationList:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "InvitationList")
        return cls(
            items=codec.required(members, "items", codec.array(Invitation.from_json)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "items": self.items,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationToken:
    """An invitation's link."""

    token: str
    """What is behind # in the link."""

    @classmethod
    def from_json(cls, value: object) -> InvitationToken:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "InvitationToken")
        return cls(
            token=codec.required(members, "token", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "token": self.token,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSignIn:
    """A link that came by mail, and the code of a second factor."""

    token: str
    """What is behind # in the link."""
    code: str | None | Unset = UNSET
    """Of the authenticator app, or a recovery code; needed if the account has a second factor."""

    @classmethod
    def from_json(cls, value: object) -> LinkSignIn:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "LinkSignIn")
        return cls(
            token=codec.required(members, "token", codec.string),
            code=codec.optional(members, "code", codec.nullable(codec.string)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "token": self.token,
                "code": self.code,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeInvitation:
    """`link` is shown this once, and null if it was mailed."""

    id: UUID
    email: str | None
    role: Literal["owner", "admin", "editor", "writer"]
    expires_at: DateTime
    created_at: DateTime
    link: str | None

    @classmethod
    def from_json(cls, value: object) -> MadeInvitation:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "MadeInvitation")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            email=codec.required(members, "email", codec.nullable(codec.string)),
            role=codec.required(members, "role", codec.word),
            expires_at=codec.required(members, "expires_at", codec.date_time),
            created_at=codec.required(members, "created_at", codec.date_time),
            link=codec.required(members, "link", codec.nullable(codec.string)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "email": self.email,
                "role": self.role,
                "expires_at": self.expires_at,
                "created_at": self.created_at,
                "link": self.link,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """With `email` it is mailed there, and is for that address alone; without, its link is in the answer."""

    role: Literal["owner", "admin", "editor", "writer"]
    email: str | None | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NewInvitation:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewInvitation")
        return cls(
            role=codec.required(members, "role", codec.word),
            email=codec.optional(members, "email", codec.nullable(codec.string)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "role": self.role,
                "email": self.email,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """Somebody who has no account yet and accepts an invitation that was mailed."""

    token: str
    """What is behind # in the link."""
    name: str
    password: str

    @classmethod
    def from_json(cls, value: object) -> NewMember:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewMember")
        return cls(
            token=codec.required(members, "token", codec.string),
            name=codec.required(members, "name", codec.string),
            password=codec.required(members, "password", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "token": self.token,
                "name": self.name,
                "password": self.password,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganisation:
    """An organisation to make."""

    name: str

    @classmethod
    def from_json(cls, value: object) -> NewOrganisation:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewOrganisation")
        return cls(
            name=codec.required(members, "name", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "name": self.name,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """A post to create."""

    title: str
    body: str

    @classmethod
    def from_json(cls, value: object) -> NewPost:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewPost")
        return cls(
            title=codec.required(members, "title", codec.string),
            body=codec.required(members, "body", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "title": self.title,
                "body": self.body,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """A site to create."""

    slug: str
    title: str

    @classmethod
    def from_json(cls, value: object) -> NewSite:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewSite")
        return cls(
            slug=codec.required(members, "slug", codec.string),
            title=codec.required(members, "title", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "slug": self.slug,
                "title": self.title,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation that somebody is in, and their role there."""

    id: UUID
    name: str
    role: Literal["owner", "admin", "editor", "writer"]

    @classmethod
    def from_json(cls, value: object) -> Organisation:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Organisation")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            name=codec.required(members, "name", codec.string),
            role=codec.required(members, "role", codec.word),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "name": self.name,
                "role": self.role,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    """A new password in place of the present one."""

    present_password: str
    password: str

    @classmethod
    def from_json(cls, value: object) -> PasswordChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "PasswordChange")
        return cls(
            present_password=codec.required(members, "present_password", codec.string),
            password=codec.required(members, "password", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "present_password": self.present_password,
                "password": self.password,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordReset:
    """A new password for one that was forgotten."""

    token: str
    """What is behind # in the link."""
    password: str
    code: str | None | Unset = UNSET
    """Of the authenticator app, or a recovery code; needed if the account has a second factor."""

    @classmethod
    def from_json(cls, value: object) -> PasswordReset:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "PasswordReset")
        return cls(
            token=codec.required(members, "token", codec.string),
            password=codec.required(members, "password", codec.string),
            code=codec.optional(members, "code", codec.nullable(codec.string)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "token": self.token,
                "password": self.password,
                "code": self.code,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSignIn:
    """An address, the account's password, and the code of a second factor."""

    email: str
    password: str
    code: str | None | Unset = UNSET
    """Of the authenticator app, or a recovery code; needed if the account has a second factor."""

    @classmethod
    def from_json(cls, value: object) -> PasswordSignIn:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "PasswordSignIn")
        return cls(
            email=codec.required(members, "email", codec.string),
            password=codec.required(members, "password", codec.string),
            code=codec.optional(members, "code", codec.nullable(codec.string)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "email": self.email,
                "password": self.password,
                "code": self.code,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post."""

    id: UUID
    site_id: UUID
    title: str
    body: str
    created_at: DateTime

    @classmethod
    def from_json(cls, value: object) -> Post:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Post")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            title=codec.required(members, "title", codec.string),
            body=codec.required(members, "body", codec.string),
            created_at=codec.required(members, "created_at", codec.date_time),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "title": self.title,
                "body": self.body,
                "created_at": self.created_at,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    """Posts in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Post]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> PostPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "PostPage")
        return cls(
            items=codec.required(members, "items", codec.array(Post.from_json)),
            next=codec.required(members, "next", codec.nullable(codec.uuid)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "items": self.items,
                "next": self.next,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The account's password once more, before its protection is changed; and the code, if it has a second factor."""

    present_password: str
    code: str | None | Unset = UNSET
    """Of the authenticator app, or a recovery code; needed if the account has a second factor."""

    @classmethod
    def from_json(cls, value: object) -> Proof:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Proof")
        return cls(
            present_password=codec.required(members, "present_password", codec.string),
            code=codec.optional(members, "code", codec.nullable(codec.string)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "present_password": self.present_password,
                "code": self.code,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodes:
    """Each counts once in place of a code. They are not shown again."""

    recovery_codes: Sequence[str]

    @classmethod
    def from_json(cls, value: object) -> RecoveryCodes:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "RecoveryCodes")
        return cls(
            recovery_codes=codec.required(members, "recovery_codes", codec.array(codec.string)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "recovery_codes": self.recovery_codes,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A place where somebody is signed in; `current` is the one that asks."""

    id: UUID
    created_at: DateTime
    last_used_at: DateTime
    expires_at: DateTime
    client_address: str | None
    user_agent: str
    current: bool

    @classmethod
    def from_json(cls, value: object) -> Session:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Session")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            created_at=codec.required(members, "created_at", codec.date_time),
            last_used_at=codec.required(members, "last_used_at", codec.date_time),
            expires_at=codec.required(members, "expires_at", codec.date_time),
            client_address=codec.required(members, "client_address", codec.nullable(codec.string)),
            user_agent=codec.required(members, "user_agent", codec.string),
            current=codec.required(members, "current", codec.boolean),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "created_at": self.created_at,
                "last_used_at": self.last_used_at,
                "expires_at": self.expires_at,
                "client_address": self.client_address,
                "user_agent": self.user_agent,
                "current": self.current,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChoice:
    """The organisation that the session is to act for."""

    organisation_id: UUID

    @classmethod
    def from_json(cls, value: object) -> SessionChoice:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "SessionChoice")
        return cls(
            organisation_id=codec.required(members, "organisation_id", codec.uuid),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "organisation_id": self.organisation_id,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionList:
    """All of them, the one used last first."""

    items: Sequence[Session]

    @classmethod
    def from_json(cls, value: object) -> SessionList:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "SessionList")
        return cls(
            items=codec.required(members, "items", codec.array(Session.from_json)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "items": self.items,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownInvitation:
    """What whoever has the link is told; with `email`, whether that address has an account."""

    organisation_name: str
    role: Literal["owner", "admin", "editor", "writer"]
    email: str | None
    account_exists: bool

    @classmethod
    def from_json(cls, value: object) -> ShownInvitation:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "ShownInvitation")
        return cls(
            organisation_name=codec.required(members, "organisation_name", codec.string),
            role=codec.required(members, "role", codec.word),
            email=codec.required(members, "email", codec.nullable(codec.string)),
            account_exists=codec.required(members, "account_exists", codec.boolean),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "organisation_name": self.organisation_name,
                "role": self.role,
                "email": self.email,
                "account_exists": self.account_exists,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """What is chosen once the mail has come."""

    token: str
    """What is behind # in the link."""
    name: str
    password: str

    @classmethod
    def from_json(cls, value: object) -> SignUp:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "SignUp")
        return cls(
            token=codec.required(members, "token", codec.string),
            name=codec.required(members, "name", codec.string),
            password=codec.required(members, "password", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "token": self.token,
                "name": self.name,
                "password": self.password,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site; `post_count` may be some seconds old."""

    id: UUID
    slug: str
    title: str
    post_count: int
    created_at: DateTime

    @classmethod
    def from_json(cls, value: object) -> Site:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Site")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            slug=codec.required(members, "slug", codec.string),
            title=codec.required(members, "title", codec.string),
            post_count=codec.required(members, "post_count", codec.integer),
            created_at=codec.required(members, "created_at", codec.date_time),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "slug": self.slug,
                "title": self.title,
                "post_count": self.post_count,
                "created_at": self.created_at,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePage:
    """Sites in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Site]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> SitePage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "SitePage")
        return cls(
            items=codec.required(members, "items", codec.array(Site.from_json)),
            next=codec.required(members, "next", codec.nullable(codec.uuid)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "items": self.items,
                "next": self.next,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The first administrator."""

    token: str
    """What is behind # in the link."""
    email: str
    name: str
    password: str

    @classmethod
    def from_json(cls, value: object) -> Welcome:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Welcome")
        return cls(
            token=codec.required(members, "token", codec.string),
            email=codec.required(members, "email", codec.string),
            name=codec.required(members, "name", codec.string),
            password=codec.required(members, "password", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "token": self.token,
                "email": self.email,
                "name": self.name,
                "password": self.password,
            }
        )
