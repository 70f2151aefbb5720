"""What the API takes and gives about accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.accounts.password_rules import LEAST_LENGTH, MOST_LENGTH
from app.models.words import EMAIL_LENGTH
from app.surfaces.api.schemas import Etag, Given, Id

NAME_LENGTH = 200


def _printable(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("unprintable", "A name is one line, without control characters")
    return value


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH), AfterValidator(_printable)
]
Email = Annotated[str, StringConstraints(min_length=3, max_length=EMAIL_LENGTH)]
# What is typed to prove something may be anything; only what is set has to be a good password.
Typed = Annotated[str, StringConstraints(max_length=1000)]
NewPassword = Annotated[str, StringConstraints(min_length=LEAST_LENGTH, max_length=MOST_LENGTH)]
Token = Annotated[
    str, StringConstraints(min_length=1, max_length=200), Field(description="What is behind # in the link.")
]
Code = Annotated[
    str | None,
    StringConstraints(max_length=100),
    Field(description="Of the authenticator app, or a recovery code; needed if the account has a second factor."),
]
Role = Literal["owner", "admin", "editor", "writer"]


class AddressOnly(BaseModel):
    """An address of mail. What is answered is the same whether it has an account or not."""

    email: Email


class PasswordSignIn(BaseModel):
    """An address, the account's password, and the code of a second factor."""

    email: Email
    password: Typed
    code: Code = None


class LinkSignIn(BaseModel):
    """A link that came by mail, and the code of a second factor."""

    token: Token
    code: Code = None


class ShownSignUp(BaseModel):
    """Whose link to sign up it is."""

    email: str


class SignUp(BaseModel):
    """What is chosen once the mail has come."""

    token: Token
    name: Name
    password: NewPassword


class Welcome(BaseModel):
    """The first administrator."""

    token: Token
    email: Email
    name: Name
    password: NewPassword


class PasswordReset(BaseModel):
    """A new password for one that was forgotten."""

    token: Token
    password: NewPassword
    code: Code = None


class PasswordChange(BaseModel):
    """A new password in place of the present one."""

    present_password: Typed
    password: NewPassword


class Proof(BaseModel):
    """The account's password once more, before its protection is changed; and the code, if it has a second factor."""

    present_password: Typed
    code: Code = None


class AddressChange(Proof):
    """The account's new address, and the proof that it is theirs."""

    email: Email


class LinkToken(BaseModel):
    """A link that came by mail."""

    token: Token


class AuthenticatorKey(BaseModel):
    """For an authenticator app: `address` as a link, `picture` to be scanned, or `key` typed in.

    The picture is a QR code of the address, an SVG in a data: URI.
    """

    key: str
    address: str
    picture: str


class AuthenticatorCode(BaseModel):
    """What the app shows."""

    code: Annotated[str, StringConstraints(min_length=6, max_length=20)]


class RecoveryCodes(BaseModel):
    """Each counts once in place of a code. They are not shown again."""

    recovery_codes: list[str]


class Organisation(BaseModel):
    """An organisation that somebody is in, and their role there."""

    id: Id
    name: str
    role: Role


class NewOrganisation(BaseModel):
    """An organisation to make."""

    name: Name


class CurrentSession(BaseModel):
    """Who is signed in, and for which organisation the session acts; `csrf_token` goes along with each change."""

    id: Id
    account_id: Id
    email: str
    name: str
    administrator: bool
    second_factor: bool
    organisation_id: Id | None
    role: Role | None
    organisations: list[Organisation]
    csrf_token: str


class SessionChoice(BaseModel):
    """The organisation that the session is to act for."""

    organisation_id: Id


class Session(BaseModel):
    """A place where somebody is signed in; `current` is the one that asks."""

    id: Id
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    client_address: str | None
    user_agent: str
    current: bool


class SessionList(BaseModel):
    """All of them, the one used last first."""

    items: list[Session]


class NewInvitation(BaseModel):
    """With `email` it is mailed there, and is for that address alone; without, its link is in the answer."""

    role: Role
    email: Email | None = None


class Invitation(BaseModel):
    """An invitation that nobody has accepted yet."""

    id: Id
    email: str | None
    role: Role
    expires_at: datetime
    created_at: datetime


class MadeInvitation(Invitation):
    """`link` is shown this once, and null if it was mailed."""

    link: str | None


class InvitationList(BaseModel):
    """The oldest first."""

    items: list[Invitation]


class InvitationToken(BaseModel):
    """An invitation's link."""

    token: Token


class ShownInvitation(BaseModel):
    """What whoever has the link is told; with `email`, whether that address has an account."""

    organisation_name: str
    role: Role
    email: str | None
    account_exists: bool


class NewMember(BaseModel):
    """Somebody who has no account yet and accepts an invitation that was mailed."""

    token: Token
    name: Name
    password: NewPassword


class Member(BaseModel):
    """Somebody who is in the organisation, since `created_at` or once before."""

    account_id: Id
    name: str
    email: str
    role: Role
    created_at: datetime
    updated_at: datetime
    etag: Etag


class MemberPage(BaseModel):
    """Members in the order of their accounts; `next` is the `after` of the next page, null on the last."""

    items: list[Member]
    next: Id | None


class MemberChange(Given):
    """Another role for a member."""

    role: Role
