"""`/organisations`, `/invitations` and `/members`: where people write together."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.accounts import inviting, members, organisations
from app.models.base import NO_ID
from app.surfaces.api.account_schemas import (
    CurrentSession,
    InvitationList,
    InvitationToken,
    MadeInvitation,
    MemberChange,
    MemberPage,
    NewInvitation,
    NewMember,
    NewOrganisation,
    ShownInvitation,
)
from app.surfaces.api.account_schemas import Member as ShownMember
from app.surfaces.api.answers import ACCOUNT_CONFLICT, CHANGED, LINK, NOTHING_THERE, json
from app.surfaces.api.browser import NO_STORE, Member, SignedIn, nothing, service_of, visitor_of, with_session
from app.surfaces.api.schemas import After, IfMatch, Key, Limit
from app.versions import wanted

router = APIRouter(tags=["organisations"])


@router.post("/organisations", status_code=201, response_model=CurrentSession)
async def create_organisation(request: Request, identity: SignedIn, organisation: NewOrganisation) -> Response:
    """Makes an organisation, with oneself as owner. The session acts for it from now on, with a new cookie."""
    _, secret = await organisations.create(service_of(request), identity, organisation.name, visitor_of(request))
    return await with_session(request, secret, 201)


@router.post("/invitations", status_code=201, response_model=MadeInvitation)
async def invite(request: Request, identity: Member, invitation: NewInvitation) -> Response:
    """Invites somebody to the session's organisation. Owners and admins may, with a role that is not above theirs."""
    made, link = await inviting.invite(
        service_of(request), identity, invitation.email, invitation.role, visitor_of(request)
    )
    return json(made | {"link": link}, 201, headers=NO_STORE)


@router.get("/invitations", response_model=InvitationList)
async def list_invitations(request: Request, identity: Member) -> Response:
    """Lists the invitations that nobody has accepted yet."""
    return json({"items": await inviting.open_invitations(service_of(request), identity)}, headers=NO_STORE)


@router.delete("/invitations/{invitation_id:id}", status_code=204, response_class=Response, responses=NOTHING_THERE)
async def take_invitation_back(request: Request, identity: Member, invitation_id: Key) -> Response:
    """Takes an invitation back: its link is good for nothing from now on."""
    await inviting.take_back(service_of(request), identity, invitation_id, visitor_of(request))
    return nothing()


@router.post("/invitations/show", response_model=ShownInvitation, responses=LINK)
async def show_invitation(request: Request, given: InvitationToken) -> Response:
    """What an invitation's link is for. It is not used up by that."""
    return json(await inviting.show(service_of(request), given.token, visitor_of(request)), headers=NO_STORE)


@router.post("/invitations/accept", response_model=CurrentSession, responses=LINK | ACCOUNT_CONFLICT)
async def accept_invitation(request: Request, identity: SignedIn, given: InvitationToken) -> Response:
    """Joins the organisation. The session acts for it from now on, with a new cookie."""
    return await with_session(
        request, await inviting.accept(service_of(request), identity, given.token, visitor_of(request))
    )


@router.post(
    "/invitations/accept-new", status_code=201, response_model=CurrentSession, responses=LINK | ACCOUNT_CONFLICT
)
async def accept_invitation_as_new_member(request: Request, given: NewMember) -> Response:
    """Makes an account for the address that was invited by mail, joins, and signs in."""
    secret = await inviting.accept_new(
        service_of(request), given.token, given.name, given.password, visitor_of(request)
    )
    return await with_session(request, secret, 201)


@router.get("/members", response_model=MemberPage)
async def list_members(request: Request, identity: Member, limit: Limit = 20, after: After = NO_ID) -> Response:
    """Lists who is in the session's organisation, in the order of their accounts' ids. Owners and admins may."""
    rows = await members.page(service_of(request), identity, after=after, limit=limit + 1)
    following = rows[limit - 1]["account_id"] if len(rows) > limit else None
    return json({"items": rows[:limit], "next": following}, headers=NO_STORE)


@router.patch(
    "/members/{account_id}",
    response_model=ShownMember,
    responses=NOTHING_THERE | ACCOUNT_CONFLICT | CHANGED,
)
async def change_member(
    request: Request, identity: Member, account_id: Key, change: MemberChange, if_match: IfMatch = None
) -> Response:
    """Gives a member another role: neither theirs nor the new one may be above one's own. The last owner stays one."""
    row = await members.change_role(
        service_of(request), identity, account_id, change.role, visitor_of(request), versions=wanted(if_match)
    )
    return json(row, headers={**NO_STORE, "ETag": row["etag"]})


@router.delete(
    "/members/{account_id}",
    status_code=204,
    response_class=Response,
    responses=NOTHING_THERE | ACCOUNT_CONFLICT | CHANGED,
)
async def remove_member(request: Request, identity: Member, account_id: Key, if_match: IfMatch = None) -> Response:
    """Ends a membership: oneself may leave, owners and admins remove others. The last owner stays, as do posts."""
    await members.remove(service_of(request), identity, account_id, visitor_of(request), versions=wanted(if_match))
    return nothing()
