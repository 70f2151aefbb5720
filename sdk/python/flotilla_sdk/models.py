# Generated from sdk/openapi.json by `python -m app sdk generate`; do not edit.
"""What the API takes and gives. A member that was left out is `UNSET`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime as DateTime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from flotilla_sdk import codec
from flotilla_sdk.codec import UNSET, Unset

__all__ = [
    "AddressChange",
    "AddressOnly",
    "ApiKey",
    "ApiKeyPage",
    "ApiKeyWithSecret",
    "AuthenticatorCode",
    "AuthenticatorKey",
    "CurrentSession",
    "Delivery",
    "DeliveryPage",
    "Invitation",
    "InvitationList",
    "InvitationToken",
    "JsonValue",
    "LinkSignIn",
    "LinkToken",
    "ListedDelivery",
    "ListedPost",
    "ListedRevision",
    "MadeInvitation",
    "Media",
    "MediaChange",
    "MediaPage",
    "Member",
    "MemberChange",
    "MemberPage",
    "NavigationItem",
    "NavigationItemChange",
    "NavigationPage",
    "NewApiKey",
    "NewInvitation",
    "NewMember",
    "NewNavigationItem",
    "NewOrganisation",
    "NewPost",
    "NewRedirect",
    "NewSite",
    "NewSubscriber",
    "NewTag",
    "NewWebhook",
    "Organisation",
    "PasswordChange",
    "PasswordReset",
    "PasswordSignIn",
    "Post",
    "PostChange",
    "PostPage",
    "Proof",
    "RecoveryCodes",
    "Redirect",
    "RedirectChange",
    "RedirectPage",
    "Revision",
    "RevisionPage",
    "Session",
    "SessionChoice",
    "SessionList",
    "ShownInvitation",
    "ShownSignUp",
    "SignUp",
    "Site",
    "SiteChange",
    "SitePage",
    "Subscriber",
    "SubscriberChange",
    "SubscriberPage",
    "Tag",
    "TagChange",
    "TagPage",
    "Webhook",
    "WebhookChange",
    "WebhookPage",
    "WebhookWithSecret",
    "Welcome",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """The account's new address, and the proof that it is theirs."""

    present_password: str
    code: str | None | Unset = UNSET
    """Of the authenticator app, or a recovery code; needed if the account has a second factor."""
    email: str

    @classmethod
    def from_json(cls, value: object) -> AddressChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "AddressChange")
        return cls(
            present_password=codec.required(members, "present_password", codec.string),
            code=codec.optional(members, "code", codec.nullable(codec.string)),
            email=codec.required(members, "email", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "present_password": self.present_password,
                "code": self.code,
                "email": self.email,
            }
        )


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
class ApiKey:
    """A key. `prefix` is how its secret begins; `last_used_at` may be a minute old."""

    id: UUID
    site_id: UUID | None
    name: str
    prefix: str
    scopes: Sequence[Literal["read_content", "write_content", "manage"]]
    last_used_at: DateTime | None
    expires_at: DateTime | None
    revoked_at: DateTime | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> ApiKey:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "ApiKey")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.nullable(codec.uuid)),
            name=codec.required(members, "name", codec.string),
            prefix=codec.required(members, "prefix", codec.string),
            scopes=codec.required(members, "scopes", codec.array(codec.word)),
            last_used_at=codec.required(members, "last_used_at", codec.nullable(codec.date_time)),
            expires_at=codec.required(members, "expires_at", codec.nullable(codec.date_time)),
            revoked_at=codec.required(members, "revoked_at", codec.nullable(codec.date_time)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "name": self.name,
                "prefix": self.prefix,
                "scopes": self.scopes,
                "last_used_at": self.last_used_at,
                "expires_at": self.expires_at,
                "revoked_at": self.revoked_at,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyPage:
    """Keys in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[ApiKey]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> ApiKeyPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "ApiKeyPage")
        return cls(
            items=codec.required(members, "items", codec.array(ApiKey.from_json)),
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
class ApiKeyWithSecret:
    """A key that was just made: `secret` is shown this once."""

    id: UUID
    site_id: UUID | None
    name: str
    prefix: str
    scopes: Sequence[Literal["read_content", "write_content", "manage"]]
    last_used_at: DateTime | None
    expires_at: DateTime | None
    revoked_at: DateTime | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""
    secret: str

    @classmethod
    def from_json(cls, value: object) -> ApiKeyWithSecret:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "ApiKeyWithSecret")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.nullable(codec.uuid)),
            name=codec.required(members, "name", codec.string),
            prefix=codec.required(members, "prefix", codec.string),
            scopes=codec.required(members, "scopes", codec.array(codec.word)),
            last_used_at=codec.required(members, "last_used_at", codec.nullable(codec.date_time)),
            expires_at=codec.required(members, "expires_at", codec.nullable(codec.date_time)),
            revoked_at=codec.required(members, "revoked_at", codec.nullable(codec.date_time)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
            secret=codec.required(members, "secret", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "name": self.name,
                "prefix": self.prefix,
                "scopes": self.scopes,
                "last_used_at": self.last_used_at,
                "expires_at": self.expires_at,
                "revoked_at": self.revoked_at,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
                "secret": self.secret,
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
    """For an authenticator app: `address` as a link, `picture` to be scanned, or `key` typed in. The picture is a QR
    code of the address, an SVG in a data: URI.
    """

    key: str
    address: str
    picture: str

    @classmethod
    def from_json(cls, value: object) -> AuthenticatorKey:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "AuthenticatorKey")
        return cls(
            key=codec.required(members, "key", codec.string),
            address=codec.required(members, "address", codec.string),
            picture=codec.required(members, "picture", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "key": self.key,
                "address": self.address,
                "picture": self.picture,
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
class Delivery:
    """The same, with what is sent."""

    id: UUID
    webhook_id: UUID
    event: str
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    next_attempt_at: DateTime | None
    response_status: int | None
    response_seconds: float | None
    last_error: str | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""
    payload: Mapping[str, Any]

    @classmethod
    def from_json(cls, value: object) -> Delivery:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Delivery")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            webhook_id=codec.required(members, "webhook_id", codec.uuid),
            event=codec.required(members, "event", codec.string),
            status=codec.required(members, "status", codec.word),
            attempts=codec.required(members, "attempts", codec.integer),
            next_attempt_at=codec.required(members, "next_attempt_at", codec.nullable(codec.date_time)),
            response_status=codec.required(members, "response_status", codec.nullable(codec.integer)),
            response_seconds=codec.required(members, "response_seconds", codec.nullable(codec.number)),
            last_error=codec.required(members, "last_error", codec.nullable(codec.string)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
            payload=codec.required(members, "payload", codec.mapping(codec.anything)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "webhook_id": self.webhook_id,
                "event": self.event,
                "status": self.status,
                "attempts": self.attempts,
                "next_attempt_at": self.next_attempt_at,
                "response_status": self.response_status,
                "response_seconds": self.response_seconds,
                "last_error": self.last_error,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
                "payload": self.payload,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """Deliveries in the order that was asked for; `next` is the `after` of the next page, null on the last."""

    items: Sequence[ListedDelivery]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> DeliveryPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "DeliveryPage")
        return cls(
            items=codec.required(members, "items", codec.array(ListedDelivery.from_json)),
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
class LinkToken:
    """A link that came by mail."""

    token: str
    """What is behind # in the link."""

    @classmethod
    def from_json(cls, value: object) -> LinkToken:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "LinkToken")
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
class ListedDelivery:
    """One event for a webhook, and what became of it; `next_attempt_at` while it is pending. `response_status` and
    `last_error`, why it did not arrive, are the last attempt's.
    """

    id: UUID
    webhook_id: UUID
    event: str
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    next_attempt_at: DateTime | None
    response_status: int | None
    response_seconds: float | None
    last_error: str | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> ListedDelivery:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "ListedDelivery")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            webhook_id=codec.required(members, "webhook_id", codec.uuid),
            event=codec.required(members, "event", codec.string),
            status=codec.required(members, "status", codec.word),
            attempts=codec.required(members, "attempts", codec.integer),
            next_attempt_at=codec.required(members, "next_attempt_at", codec.nullable(codec.date_time)),
            response_status=codec.required(members, "response_status", codec.nullable(codec.integer)),
            response_seconds=codec.required(members, "response_seconds", codec.nullable(codec.number)),
            last_error=codec.required(members, "last_error", codec.nullable(codec.string)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "webhook_id": self.webhook_id,
                "event": self.event,
                "status": self.status,
                "attempts": self.attempts,
                "next_attempt_at": self.next_attempt_at,
                "response_status": self.response_status,
                "response_seconds": self.response_seconds,
                "last_error": self.last_error,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPost:
    """A post as a list has it."""

    id: UUID
    site_id: UUID
    slug: str
    title: str
    body: str
    excerpt: str
    status: Literal["draft", "scheduled", "published", "unlisted", "archived"]
    published_at: DateTime | None
    language: str | None
    translation_group_id: UUID | None
    cover_media_id: UUID | None
    seo_title: str | None
    seo_description: str | None
    canonical_url: str | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> ListedPost:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "ListedPost")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            slug=codec.required(members, "slug", codec.string),
            title=codec.required(members, "title", codec.string),
            body=codec.required(members, "body", codec.string),
            excerpt=codec.required(members, "excerpt", codec.string),
            status=codec.required(members, "status", codec.word),
            published_at=codec.required(members, "published_at", codec.nullable(codec.date_time)),
            language=codec.required(members, "language", codec.nullable(codec.string)),
            translation_group_id=codec.required(members, "translation_group_id", codec.nullable(codec.uuid)),
            cover_media_id=codec.required(members, "cover_media_id", codec.nullable(codec.uuid)),
            seo_title=codec.required(members, "seo_title", codec.nullable(codec.string)),
            seo_description=codec.required(members, "seo_description", codec.nullable(codec.string)),
            canonical_url=codec.required(members, "canonical_url", codec.nullable(codec.string)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "slug": self.slug,
                "title": self.title,
                "body": self.body,
                "excerpt": self.excerpt,
                "status": self.status,
                "published_at": self.published_at,
                "language": self.language,
                "translation_group_id": self.translation_group_id,
                "cover_media_id": self.cover_media_id,
                "seo_title": self.seo_title,
                "seo_description": self.seo_description,
                "canonical_url": self.canonical_url,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRevision:
    """A post as it was saved once, without its text. `account_id` is null where a program saved, or an operator of
    the platform, who then stands in `operator`.
    """

    id: UUID
    post_id: UUID
    account_id: UUID | None
    operator: str | None
    title: str
    excerpt: str
    reason: str
    created_at: DateTime

    @classmethod
    def from_json(cls, value: object) -> ListedRevision:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "ListedRevision")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            post_id=codec.required(members, "post_id", codec.uuid),
            account_id=codec.required(members, "account_id", codec.nullable(codec.uuid)),
            operator=codec.required(members, "operator", codec.nullable(codec.string)),
            title=codec.required(members, "title", codec.string),
            excerpt=codec.required(members, "excerpt", codec.string),
            reason=codec.required(members, "reason", codec.string),
            created_at=codec.required(members, "created_at", codec.date_time),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "post_id": self.post_id,
                "account_id": self.account_id,
                "operator": self.operator,
                "title": self.title,
                "excerpt": self.excerpt,
                "reason": self.reason,
                "created_at": self.created_at,
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
class Media:
    """A picture or another file of a site; `alternative_text` is for who does not see it."""

    id: UUID
    site_id: UUID
    file_name: str
    content_type: str
    size_bytes: int
    width_pixels: int | None
    height_pixels: int | None
    duration_seconds: float | None
    alternative_text: str
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> Media:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Media")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            file_name=codec.required(members, "file_name", codec.string),
            content_type=codec.required(members, "content_type", codec.string),
            size_bytes=codec.required(members, "size_bytes", codec.integer),
            width_pixels=codec.required(members, "width_pixels", codec.nullable(codec.integer)),
            height_pixels=codec.required(members, "height_pixels", codec.nullable(codec.integer)),
            duration_seconds=codec.required(members, "duration_seconds", codec.nullable(codec.number)),
            alternative_text=codec.required(members, "alternative_text", codec.string),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "file_name": self.file_name,
                "content_type": self.content_type,
                "size_bytes": self.size_bytes,
                "width_pixels": self.width_pixels,
                "height_pixels": self.height_pixels,
                "duration_seconds": self.duration_seconds,
                "alternative_text": self.alternative_text,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaChange:
    """What is to be changed of a picture or file; what is left out stays."""

    alternative_text: str | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> MediaChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "MediaChange")
        return cls(
            alternative_text=codec.optional(members, "alternative_text", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "alternative_text": self.alternative_text,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPage:
    """Pictures and files in the order that was asked for; `next` is the `after` of the next page, null on the last.
    """

    items: Sequence[Media]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> MediaPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "MediaPage")
        return cls(
            items=codec.required(members, "items", codec.array(Media.from_json)),
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
class Member:
    """Somebody who is in the organisation, since `created_at` or once before."""

    account_id: UUID
    name: str
    email: str
    role: Literal["owner", "admin", "editor", "writer"]
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> Member:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Member")
        return cls(
            account_id=codec.required(members, "account_id", codec.uuid),
            name=codec.required(members, "name", codec.string),
            email=codec.required(members, "email", codec.string),
            role=codec.required(members, "role", codec.word),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "account_id": self.account_id,
                "name": self.name,
                "email": self.email,
                "role": self.role,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """Another role for a member."""

    role: Literal["owner", "admin", "editor", "writer"]

    @classmethod
    def from_json(cls, value: object) -> MemberChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "MemberChange")
        return cls(
            role=codec.required(members, "role", codec.word),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "role": self.role,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    """Members in the order of their accounts; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Member]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> MemberPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "MemberPage")
        return cls(
            items=codec.required(members, "items", codec.array(Member.from_json)),
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
class NavigationItem:
    """An entry of a menu; `position` is its place among those of the same menu and parent, from 0."""

    id: UUID
    site_id: UUID
    menu: Literal["header", "footer"]
    parent_id: UUID | None
    position: int
    label: str
    url: str
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> NavigationItem:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NavigationItem")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            menu=codec.required(members, "menu", codec.word),
            parent_id=codec.required(members, "parent_id", codec.nullable(codec.uuid)),
            position=codec.required(members, "position", codec.integer),
            label=codec.required(members, "label", codec.string),
            url=codec.required(members, "url", codec.string),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "menu": self.menu,
                "parent_id": self.parent_id,
                "position": self.position,
                "label": self.label,
                "url": self.url,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationItemChange:
    """What is to be changed of an entry; what is left out stays."""

    label: str | Unset = UNSET
    url: str | Unset = UNSET
    parent_id: UUID | None | Unset = UNSET
    position: int | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NavigationItemChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NavigationItemChange")
        return cls(
            label=codec.optional(members, "label", codec.string),
            url=codec.optional(members, "url", codec.string),
            parent_id=codec.optional(members, "parent_id", codec.nullable(codec.uuid)),
            position=codec.optional(members, "position", codec.integer),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "label": self.label,
                "url": self.url,
                "parent_id": self.parent_id,
                "position": self.position,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationPage:
    """Entries in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[NavigationItem]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> NavigationPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NavigationPage")
        return cls(
            items=codec.required(members, "items", codec.array(NavigationItem.from_json)),
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
class NewApiKey:
    """A key to create; with `site_id`, for that site alone."""

    name: str
    scopes: Sequence[Literal["read_content", "write_content", "manage"]]
    site_id: UUID | None | Unset = UNSET
    expires_at: DateTime | None | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NewApiKey:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewApiKey")
        return cls(
            name=codec.required(members, "name", codec.string),
            scopes=codec.required(members, "scopes", codec.array(codec.word)),
            site_id=codec.optional(members, "site_id", codec.nullable(codec.uuid)),
            expires_at=codec.optional(members, "expires_at", codec.nullable(codec.date_time)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "name": self.name,
                "scopes": self.scopes,
                "site_id": self.site_id,
                "expires_at": self.expires_at,
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
class NewNavigationItem:
    """An entry to put into a menu: last below its parent, or at the top, unless `position` says where from 0."""

    label: str
    url: str
    parent_id: UUID | None | Unset = UNSET
    position: int | Unset = UNSET
    menu: Literal["header", "footer"]

    @classmethod
    def from_json(cls, value: object) -> NewNavigationItem:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewNavigationItem")
        return cls(
            label=codec.required(members, "label", codec.string),
            url=codec.required(members, "url", codec.string),
            parent_id=codec.optional(members, "parent_id", codec.nullable(codec.uuid)),
            position=codec.optional(members, "position", codec.integer),
            menu=codec.required(members, "menu", codec.word),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "label": self.label,
                "url": self.url,
                "parent_id": self.parent_id,
                "position": self.position,
                "menu": self.menu,
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
    """A post to create. It is published at once unless `status` says otherwise. Without `slug` it gets one of its
    title. `tags` are slugs; those that the site has not yet are made. `authors` are accounts in their order.
    """

    title: str
    body: str
    slug: str | None | Unset = UNSET
    excerpt: str | Unset = UNSET
    status: Literal["draft", "scheduled", "published", "unlisted", "archived"] | Unset = UNSET
    published_at: DateTime | None | Unset = UNSET
    language: str | None | Unset = UNSET
    translation_group_id: UUID | None | Unset = UNSET
    cover_media_id: UUID | None | Unset = UNSET
    seo_title: str | None | Unset = UNSET
    seo_description: str | None | Unset = UNSET
    canonical_url: str | None | Unset = UNSET
    tags: Sequence[str] | Unset = UNSET
    authors: Sequence[UUID] | Unset = UNSET
    reason: str | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NewPost:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewPost")
        return cls(
            title=codec.required(members, "title", codec.string),
            body=codec.required(members, "body", codec.string),
            slug=codec.optional(members, "slug", codec.nullable(codec.string)),
            excerpt=codec.optional(members, "excerpt", codec.string),
            status=codec.optional(members, "status", codec.word),
            published_at=codec.optional(members, "published_at", codec.nullable(codec.date_time)),
            language=codec.optional(members, "language", codec.nullable(codec.string)),
            translation_group_id=codec.optional(members, "translation_group_id", codec.nullable(codec.uuid)),
            cover_media_id=codec.optional(members, "cover_media_id", codec.nullable(codec.uuid)),
            seo_title=codec.optional(members, "seo_title", codec.nullable(codec.string)),
            seo_description=codec.optional(members, "seo_description", codec.nullable(codec.string)),
            canonical_url=codec.optional(members, "canonical_url", codec.nullable(codec.string)),
            tags=codec.optional(members, "tags", codec.array(codec.string)),
            authors=codec.optional(members, "authors", codec.array(codec.uuid)),
            reason=codec.optional(members, "reason", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "title": self.title,
                "body": self.body,
                "slug": self.slug,
                "excerpt": self.excerpt,
                "status": self.status,
                "published_at": self.published_at,
                "language": self.language,
                "translation_group_id": self.translation_group_id,
                "cover_media_id": self.cover_media_id,
                "seo_title": self.seo_title,
                "seo_description": self.seo_description,
                "canonical_url": self.canonical_url,
                "tags": self.tags,
                "authors": self.authors,
                "reason": self.reason,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRedirect:
    """A redirect to create: 308 to `to_url`, unless `status_code` says otherwise; 410 has no `to_url`."""

    from_path: str
    to_url: str | None | Unset = UNSET
    status_code: Literal[301, 302, 307, 308, 410] | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NewRedirect:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewRedirect")
        return cls(
            from_path=codec.required(members, "from_path", codec.string),
            to_url=codec.optional(members, "to_url", codec.nullable(codec.string)),
            status_code=codec.optional(members, "status_code", codec.word),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "from_path": self.from_path,
                "to_url": self.to_url,
                "status_code": self.status_code,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """A site to create. Where it begins on its own domains is `/` unless `base_path` says otherwise."""

    slug: str
    title: str
    base_path: str | Unset = UNSET
    language: str | Unset = UNSET
    time_zone: str | Unset = UNSET
    theme: str | Unset = UNSET
    theme_settings: Mapping[str, JsonValue] | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NewSite:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewSite")
        return cls(
            slug=codec.required(members, "slug", codec.string),
            title=codec.required(members, "title", codec.string),
            base_path=codec.optional(members, "base_path", codec.string),
            language=codec.optional(members, "language", codec.string),
            time_zone=codec.optional(members, "time_zone", codec.string),
            theme=codec.optional(members, "theme", codec.string),
            theme_settings=codec.optional(members, "theme_settings", codec.mapping(read_JsonValue)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "slug": self.slug,
                "title": self.title,
                "base_path": self.base_path,
                "language": self.language,
                "time_zone": self.time_zone,
                "theme": self.theme,
                "theme_settings": self.theme_settings,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscriber:
    """Somebody to add: `active` says that they have confirmed, elsewhere, that they want to be written to."""

    email: str
    status: Literal["pending", "active", "unsubscribed", "bounced"] | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NewSubscriber:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewSubscriber")
        return cls(
            email=codec.required(members, "email", codec.string),
            status=codec.optional(members, "status", codec.word),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "email": self.email,
                "status": self.status,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTag:
    """A tag to create."""

    slug: str
    name: str
    description: str | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NewTag:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewTag")
        return cls(
            slug=codec.required(members, "slug", codec.string),
            name=codec.required(members, "name", codec.string),
            description=codec.optional(members, "description", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "slug": self.slug,
                "name": self.name,
                "description": self.description,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """An address to tell what happens; with `site_id`, on that site alone."""

    url: str
    events: Sequence[Literal["post.published", "post.changed", "post.deleted"]]
    paused: bool | Unset = UNSET
    site_id: UUID | None | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> NewWebhook:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "NewWebhook")
        return cls(
            url=codec.required(members, "url", codec.string),
            events=codec.required(members, "events", codec.array(codec.word)),
            paused=codec.optional(members, "paused", codec.boolean),
            site_id=codec.optional(members, "site_id", codec.nullable(codec.uuid)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "url": self.url,
                "events": self.events,
                "paused": self.paused,
                "site_id": self.site_id,
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
    """A post, with the slugs of its tags and the accounts of its authors."""

    id: UUID
    site_id: UUID
    slug: str
    title: str
    body: str
    excerpt: str
    status: Literal["draft", "scheduled", "published", "unlisted", "archived"]
    published_at: DateTime | None
    language: str | None
    translation_group_id: UUID | None
    cover_media_id: UUID | None
    seo_title: str | None
    seo_description: str | None
    canonical_url: str | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""
    tags: Sequence[str]
    authors: Sequence[UUID]

    @classmethod
    def from_json(cls, value: object) -> Post:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Post")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            slug=codec.required(members, "slug", codec.string),
            title=codec.required(members, "title", codec.string),
            body=codec.required(members, "body", codec.string),
            excerpt=codec.required(members, "excerpt", codec.string),
            status=codec.required(members, "status", codec.word),
            published_at=codec.required(members, "published_at", codec.nullable(codec.date_time)),
            language=codec.required(members, "language", codec.nullable(codec.string)),
            translation_group_id=codec.required(members, "translation_group_id", codec.nullable(codec.uuid)),
            cover_media_id=codec.required(members, "cover_media_id", codec.nullable(codec.uuid)),
            seo_title=codec.required(members, "seo_title", codec.nullable(codec.string)),
            seo_description=codec.required(members, "seo_description", codec.nullable(codec.string)),
            canonical_url=codec.required(members, "canonical_url", codec.nullable(codec.string)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
            tags=codec.required(members, "tags", codec.array(codec.string)),
            authors=codec.required(members, "authors", codec.array(codec.uuid)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "slug": self.slug,
                "title": self.title,
                "body": self.body,
                "excerpt": self.excerpt,
                "status": self.status,
                "published_at": self.published_at,
                "language": self.language,
                "translation_group_id": self.translation_group_id,
                "cover_media_id": self.cover_media_id,
                "seo_title": self.seo_title,
                "seo_description": self.seo_description,
                "canonical_url": self.canonical_url,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
                "tags": self.tags,
                "authors": self.authors,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChange:
    """What is to be changed of a post; what is left out stays. `tags` are slugs; those that the site has not yet are
    made. `authors` are accounts in their order. `reason` is kept with the revision that every save makes.
    """

    slug: str | Unset = UNSET
    title: str | Unset = UNSET
    body: str | Unset = UNSET
    excerpt: str | Unset = UNSET
    status: Literal["draft", "scheduled", "published", "unlisted", "archived"] | Unset = UNSET
    published_at: DateTime | None | Unset = UNSET
    language: str | None | Unset = UNSET
    translation_group_id: UUID | None | Unset = UNSET
    cover_media_id: UUID | None | Unset = UNSET
    seo_title: str | None | Unset = UNSET
    seo_description: str | None | Unset = UNSET
    canonical_url: str | None | Unset = UNSET
    tags: Sequence[str] | Unset = UNSET
    authors: Sequence[UUID] | Unset = UNSET
    reason: str | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> PostChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "PostChange")
        return cls(
            slug=codec.optional(members, "slug", codec.string),
            title=codec.optional(members, "title", codec.string),
            body=codec.optional(members, "body", codec.string),
            excerpt=codec.optional(members, "excerpt", codec.string),
            status=codec.optional(members, "status", codec.word),
            published_at=codec.optional(members, "published_at", codec.nullable(codec.date_time)),
            language=codec.optional(members, "language", codec.nullable(codec.string)),
            translation_group_id=codec.optional(members, "translation_group_id", codec.nullable(codec.uuid)),
            cover_media_id=codec.optional(members, "cover_media_id", codec.nullable(codec.uuid)),
            seo_title=codec.optional(members, "seo_title", codec.nullable(codec.string)),
            seo_description=codec.optional(members, "seo_description", codec.nullable(codec.string)),
            canonical_url=codec.optional(members, "canonical_url", codec.nullable(codec.string)),
            tags=codec.optional(members, "tags", codec.array(codec.string)),
            authors=codec.optional(members, "authors", codec.array(codec.uuid)),
            reason=codec.optional(members, "reason", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "slug": self.slug,
                "title": self.title,
                "body": self.body,
                "excerpt": self.excerpt,
                "status": self.status,
                "published_at": self.published_at,
                "language": self.language,
                "translation_group_id": self.translation_group_id,
                "cover_media_id": self.cover_media_id,
                "seo_title": self.seo_title,
                "seo_description": self.seo_description,
                "canonical_url": self.canonical_url,
                "tags": self.tags,
                "authors": self.authors,
                "reason": self.reason,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPage:
    """Posts in the order that was asked for; `next` is the `after` of the next page, null on the last."""

    items: Sequence[ListedPost]
    next: str | None

    @classmethod
    def from_json(cls, value: object) -> PostPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "PostPage")
        return cls(
            items=codec.required(members, "items", codec.array(ListedPost.from_json)),
            next=codec.required(members, "next", codec.nullable(codec.string)),
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
class Redirect:
    """What is said for an old path: another address, or that it is gone for good."""

    id: UUID
    site_id: UUID
    from_path: str
    to_url: str | None
    status_code: Literal[301, 302, 307, 308, 410]
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> Redirect:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Redirect")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            from_path=codec.required(members, "from_path", codec.string),
            to_url=codec.required(members, "to_url", codec.nullable(codec.string)),
            status_code=codec.required(members, "status_code", codec.word),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "from_path": self.from_path,
                "to_url": self.to_url,
                "status_code": self.status_code,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectChange:
    """What is to be changed of a redirect; what is left out stays."""

    from_path: str | Unset = UNSET
    to_url: str | None | Unset = UNSET
    status_code: Literal[301, 302, 307, 308, 410] | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> RedirectChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "RedirectChange")
        return cls(
            from_path=codec.optional(members, "from_path", codec.string),
            to_url=codec.optional(members, "to_url", codec.nullable(codec.string)),
            status_code=codec.optional(members, "status_code", codec.word),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "from_path": self.from_path,
                "to_url": self.to_url,
                "status_code": self.status_code,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectPage:
    """Redirects in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Redirect]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> RedirectPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "RedirectPage")
        return cls(
            items=codec.required(members, "items", codec.array(Redirect.from_json)),
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
class Revision:
    """A post as it was saved once."""

    id: UUID
    post_id: UUID
    account_id: UUID | None
    operator: str | None
    title: str
    excerpt: str
    reason: str
    created_at: DateTime
    body: str

    @classmethod
    def from_json(cls, value: object) -> Revision:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Revision")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            post_id=codec.required(members, "post_id", codec.uuid),
            account_id=codec.required(members, "account_id", codec.nullable(codec.uuid)),
            operator=codec.required(members, "operator", codec.nullable(codec.string)),
            title=codec.required(members, "title", codec.string),
            excerpt=codec.required(members, "excerpt", codec.string),
            reason=codec.required(members, "reason", codec.string),
            created_at=codec.required(members, "created_at", codec.date_time),
            body=codec.required(members, "body", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "post_id": self.post_id,
                "account_id": self.account_id,
                "operator": self.operator,
                "title": self.title,
                "excerpt": self.excerpt,
                "reason": self.reason,
                "created_at": self.created_at,
                "body": self.body,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionPage:
    """Revisions, the oldest first; `next` is the `after` of the next page, null on the last."""

    items: Sequence[ListedRevision]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> RevisionPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "RevisionPage")
        return cls(
            items=codec.required(members, "items", codec.array(ListedRevision.from_json)),
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
class ShownSignUp:
    """Whose link to sign up it is."""

    email: str

    @classmethod
    def from_json(cls, value: object) -> ShownSignUp:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "ShownSignUp")
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
    """A site; `post_count` may be some seconds old, and is no part of its version."""

    id: UUID
    slug: str
    title: str
    base_path: str
    language: str
    time_zone: str
    theme: str
    theme_settings: Mapping[str, Any]
    post_count: int
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> Site:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Site")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            slug=codec.required(members, "slug", codec.string),
            title=codec.required(members, "title", codec.string),
            base_path=codec.required(members, "base_path", codec.string),
            language=codec.required(members, "language", codec.string),
            time_zone=codec.required(members, "time_zone", codec.string),
            theme=codec.required(members, "theme", codec.string),
            theme_settings=codec.required(members, "theme_settings", codec.mapping(codec.anything)),
            post_count=codec.required(members, "post_count", codec.integer),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "slug": self.slug,
                "title": self.title,
                "base_path": self.base_path,
                "language": self.language,
                "time_zone": self.time_zone,
                "theme": self.theme,
                "theme_settings": self.theme_settings,
                "post_count": self.post_count,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChange:
    """What is to be changed of a site; what is left out stays."""

    slug: str | Unset = UNSET
    title: str | Unset = UNSET
    base_path: str | Unset = UNSET
    language: str | Unset = UNSET
    time_zone: str | Unset = UNSET
    theme: str | Unset = UNSET
    theme_settings: Mapping[str, JsonValue] | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> SiteChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "SiteChange")
        return cls(
            slug=codec.optional(members, "slug", codec.string),
            title=codec.optional(members, "title", codec.string),
            base_path=codec.optional(members, "base_path", codec.string),
            language=codec.optional(members, "language", codec.string),
            time_zone=codec.optional(members, "time_zone", codec.string),
            theme=codec.optional(members, "theme", codec.string),
            theme_settings=codec.optional(members, "theme_settings", codec.mapping(read_JsonValue)),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "slug": self.slug,
                "title": self.title,
                "base_path": self.base_path,
                "language": self.language,
                "time_zone": self.time_zone,
                "theme": self.theme,
                "theme_settings": self.theme_settings,
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
class Subscriber:
    """Somebody who wants a site's posts by e-mail. Nobody is written to who is not `active`."""

    id: UUID
    site_id: UUID
    email: str
    status: Literal["pending", "active", "unsubscribed", "bounced"]
    confirmed_at: DateTime | None
    unsubscribed_at: DateTime | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> Subscriber:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Subscriber")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            email=codec.required(members, "email", codec.string),
            status=codec.required(members, "status", codec.word),
            confirmed_at=codec.required(members, "confirmed_at", codec.nullable(codec.date_time)),
            unsubscribed_at=codec.required(members, "unsubscribed_at", codec.nullable(codec.date_time)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "email": self.email,
                "status": self.status,
                "confirmed_at": self.confirmed_at,
                "unsubscribed_at": self.unsubscribed_at,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberChange:
    """Another status of a subscriber; without one, all stays."""

    status: Literal["pending", "active", "unsubscribed", "bounced"] | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> SubscriberChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "SubscriberChange")
        return cls(
            status=codec.optional(members, "status", codec.word),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "status": self.status,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberPage:
    """Subscribers in the order that was asked for; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Subscriber]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> SubscriberPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "SubscriberPage")
        return cls(
            items=codec.required(members, "items", codec.array(Subscriber.from_json)),
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
class Tag:
    """What posts of a site are about."""

    id: UUID
    site_id: UUID
    slug: str
    name: str
    description: str
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> Tag:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Tag")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.uuid),
            slug=codec.required(members, "slug", codec.string),
            name=codec.required(members, "name", codec.string),
            description=codec.required(members, "description", codec.string),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "slug": self.slug,
                "name": self.name,
                "description": self.description,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """What is to be changed of a tag; what is left out stays."""

    slug: str | Unset = UNSET
    name: str | Unset = UNSET
    description: str | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> TagChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "TagChange")
        return cls(
            slug=codec.optional(members, "slug", codec.string),
            name=codec.optional(members, "name", codec.string),
            description=codec.optional(members, "description", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "slug": self.slug,
                "name": self.name,
                "description": self.description,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPage:
    """Tags in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Tag]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> TagPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "TagPage")
        return cls(
            items=codec.required(members, "items", codec.array(Tag.from_json)),
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
class Webhook:
    """An address that is told what happens on all sites, or on one; paused since `paused_at`."""

    id: UUID
    site_id: UUID | None
    url: str
    events: Sequence[str]
    paused_at: DateTime | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""

    @classmethod
    def from_json(cls, value: object) -> Webhook:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "Webhook")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.nullable(codec.uuid)),
            url=codec.required(members, "url", codec.string),
            events=codec.required(members, "events", codec.array(codec.string)),
            paused_at=codec.required(members, "paused_at", codec.nullable(codec.date_time)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "url": self.url,
                "events": self.events,
                "paused_at": self.paused_at,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChange:
    """What is to be changed of a webhook; what is left out stays. While it is `paused`, nothing is sent."""

    url: str | Unset = UNSET
    events: Sequence[Literal["post.published", "post.changed", "post.deleted"]] | Unset = UNSET
    paused: bool | Unset = UNSET

    @classmethod
    def from_json(cls, value: object) -> WebhookChange:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "WebhookChange")
        return cls(
            url=codec.optional(members, "url", codec.string),
            events=codec.optional(members, "events", codec.array(codec.word)),
            paused=codec.optional(members, "paused", codec.boolean),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "url": self.url,
                "events": self.events,
                "paused": self.paused,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPage:
    """Webhooks in the order of their ids; `next` is the `after` of the next page, null on the last."""

    items: Sequence[Webhook]
    next: UUID | None

    @classmethod
    def from_json(cls, value: object) -> WebhookPage:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "WebhookPage")
        return cls(
            items=codec.required(members, "items", codec.array(Webhook.from_json)),
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
class WebhookWithSecret:
    """A webhook that was just made: `secret`, which what is sent is signed with, is shown this once."""

    id: UUID
    site_id: UUID | None
    url: str
    events: Sequence[str]
    paused_at: DateTime | None
    created_at: DateTime
    updated_at: DateTime
    etag: str
    """The version, as `If-Match` takes it."""
    secret: str

    @classmethod
    def from_json(cls, value: object) -> WebhookWithSecret:
        """Raises UnexpectedAnswer for another form; members that are not known are left out."""
        members = codec.members(value, "WebhookWithSecret")
        return cls(
            id=codec.required(members, "id", codec.uuid),
            site_id=codec.required(members, "site_id", codec.nullable(codec.uuid)),
            url=codec.required(members, "url", codec.string),
            events=codec.required(members, "events", codec.array(codec.string)),
            paused_at=codec.required(members, "paused_at", codec.nullable(codec.date_time)),
            created_at=codec.required(members, "created_at", codec.date_time),
            updated_at=codec.required(members, "updated_at", codec.date_time),
            etag=codec.required(members, "etag", codec.string),
            secret=codec.required(members, "secret", codec.string),
        )

    def to_json(self) -> dict[str, object]:
        """The JSON object, without what is UNSET."""
        return codec.object_of(
            {
                "id": self.id,
                "site_id": self.site_id,
                "url": self.url,
                "events": self.events,
                "paused_at": self.paused_at,
                "created_at": self.created_at,
                "updated_at": self.updated_at,
                "etag": self.etag,
                "secret": self.secret,
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


JsonValue: TypeAlias = Any


def read_JsonValue(value: object) -> JsonValue:
    read: JsonValue = codec.anything(value)
    return read
