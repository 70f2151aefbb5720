"""All models. Migrations and checks need every one; a replica's start imports those alone that it asks for."""

from app.models.account import Account, PlatformAdministrator
from app.models.account_event import AccountEvent
from app.models.api_key import ApiKey
from app.models.audit import AuditEvent, CaptainAuditEvent, PlatformAuditEvent
from app.models.authorship import PostAuthor, Revision
from app.models.base import Base
from app.models.credential import Credential, RecoveryCode
from app.models.invitation import Invitation
from app.models.job import Job
from app.models.mail import Mail
from app.models.media import Media
from app.models.navigation import NavigationItem, Redirect
from app.models.organisation import Member, Organisation
from app.models.plan import OrganisationLimit, Plan, PlanLimit
from app.models.post import Post
from app.models.publication import Artefact, Publication
from app.models.readership import PageViewDay, Subscriber
from app.models.request import IdempotencyKey, RequestCount
from app.models.schema_compatibility import SchemaCompatibility
from app.models.sealing_key import SealingKey
from app.models.session import OneTimeToken, Session
from app.models.site import Site
from app.models.site_domain import SiteDomain
from app.models.tag import PostTag, Tag
from app.models.throttle import Throttle
from app.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "Account",
    "AccountEvent",
    "ApiKey",
    "Artefact",
    "AuditEvent",
    "Base",
    "CaptainAuditEvent",
    "Credential",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "Mail",
    "Media",
    "Member",
    "NavigationItem",
    "OneTimeToken",
    "Organisation",
    "OrganisationLimit",
    "PageViewDay",
    "Plan",
    "PlanLimit",
    "PlatformAdministrator",
    "PlatformAuditEvent",
    "Post",
    "PostAuthor",
    "PostTag",
    "Publication",
    "RecoveryCode",
    "Redirect",
    "RequestCount",
    "Revision",
    "SchemaCompatibility",
    "SealingKey",
    "Session",
    "Site",
    "SiteDomain",
    "Subscriber",
    "Tag",
    "Throttle",
    "Webhook",
    "WebhookDelivery",
]
