"""All models. Migrations and checks need every one; a replica's start imports those alone that it asks for."""

from app.models.account import Account
from app.models.api_key import ApiKey
from app.models.audit import AuditEvent
from app.models.authorship import PostAuthor, Revision
from app.models.base import Base
from app.models.job import Job
from app.models.media import Media
from app.models.navigation import NavigationItem, Redirect
from app.models.organisation import Member, Organisation
from app.models.plan import OrganisationLimit, Plan, PlanLimit
from app.models.post import Post
from app.models.publication import Artefact, Publication
from app.models.readership import PageViewDay, Subscriber
from app.models.request import IdempotencyKey, RequestCount
from app.models.schema_compatibility import SchemaCompatibility
from app.models.site import Site
from app.models.site_domain import SiteDomain
from app.models.tag import PostTag, Tag
from app.models.webhook import Webhook, WebhookDelivery

__all__ = [
    "Account",
    "ApiKey",
    "Artefact",
    "AuditEvent",
    "Base",
    "IdempotencyKey",
    "Job",
    "Media",
    "Member",
    "NavigationItem",
    "Organisation",
    "OrganisationLimit",
    "PageViewDay",
    "Plan",
    "PlanLimit",
    "Post",
    "PostAuthor",
    "PostTag",
    "Publication",
    "Redirect",
    "RequestCount",
    "Revision",
    "SchemaCompatibility",
    "Site",
    "SiteDomain",
    "Subscriber",
    "Tag",
    "Webhook",
    "WebhookDelivery",
]
