"""Tables of people, organisations, roles and sessions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.access import Level, OrganisationKind, Role
from procure.kernel.labelled import LabelledEnum
from procure.registers.accounts.events import OrganisationAct, PersonAct
from procure.store.base import Identified, Model, Removable, Versioned
from procure.store.proposals import Proposal, by_two, one_open, other_decides
from procure.store.types import CanonicalJson, id_type, index_where, one_of


class Organisation(Identified, Versioned, Model):
    """A body that takes part: buyer, supplier, assessor, finance, audit, expert pool, platform."""

    __table_args__ = (
        CheckConstraint(
            "kind NOT IN ('civil_affairs_bureau','street_office','department')"
            " OR (level IS NOT NULL AND number_prefix IS NOT NULL)",
            name="buyer_has_level_and_prefix",
        ),
    )

    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[OrganisationKind] = mapped_column(one_of(OrganisationKind, "organisation_kind"))
    level: Mapped[Level | None] = mapped_column(one_of(Level, "organisation_level"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    number_prefix: Mapped[str | None] = mapped_column(String(8), unique=True)
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    representative: Mapped[str] = mapped_column(String(40), default="")
    bank_name: Mapped[str] = mapped_column(String(100), default="")
    bank_account: Mapped[str] = mapped_column(String(40), default="")
    rating: Mapped[str | None] = mapped_column(String(2))
    rating_valid_until: Mapped[date | None]
    institution_class: Mapped[str | None] = mapped_column(String(20))
    """What an institution is classed as (`InstitutionClass`), None when nobody has said so."""
    is_active: Mapped[bool] = mapped_column(default=True)

    @property
    def told(self) -> dict[str, Any]:
        """Which organisation an event is about."""
        return {"subject_id": self.id, "organisation": self.name}


ORGANISATION_WORDS = {
    "name": "名称",
    "level": "层级",
    "parent_id": "上级单位",
    "credit_code": "统一社会信用代码",
    "number_prefix": "项目编号字头",
    "address": "地址",
    "phone": "电话",
    "representative": "法定代表人或负责人",
    "bank_name": "开户银行",
    "bank_account": "收款账号",
    "rating": "社会组织评估等级",
    "rating_valid_until": "评估等级有效期",
    "institution_class": "事业单位类别",
}
"""The particulars of an organisation besides its kind, by column."""


class User(Identified, Versioned, Model):
    """A person with an account, in one organisation."""

    __tablename__ = "user_account"

    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[str] = mapped_column(String(40), default="")
    speciality: Mapped[str] = mapped_column(String(40), default="")
    employer: Mapped[str] = mapped_column(String(100), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    password_is_temporary: Mapped[bool] = mapped_column(default=False)
    """Whether somebody else has seen the password; it must then be changed before anything else."""
    totp_pending: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A new authenticator's secret that has not yet been confirmed by a code; wrapped."""
    totp_pending_at: Mapped[datetime | None]
    """Since when it waits to be confirmed."""
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    organisation: Mapped[Organisation] = relationship(lazy="raise")

    @property
    def in_use(self) -> bool:
        """Whether neither the account nor its organisation, which must be loaded, is closed."""
        return self.is_active and self.organisation.is_active

    @property
    def told(self) -> dict[str, Any]:
        """Whom an event is about."""
        return {"subject_id": self.id, "person": self.name}


PERSON_WORDS = {
    "name": "姓名",
    "email": "邮箱",
    "phone": "电话",
    "title": "职务或职称",
    "speciality": "专业",
    "employer": "工作单位",
}
"""The particulars of a person besides their organisation, by column."""


class RoleGrant(Identified, Model):
    """A role asked for by one administrator and granted by another; revoking keeps the row."""

    __table_args__ = (
        CheckConstraint("granted_by IS NULL OR granted_by <> requested_by", name="two_people"),
        CheckConstraint("granted_by IS NULL OR granted_by <> user_id", name="not_to_oneself"),
        CheckConstraint(
            "(granted_by IS NULL) = (granted_at IS NULL)", name="granted_by_and_at_together"
        ),
        index_where(
            "uq_role_grant_open", "user_id", "role", where="revoked_at IS NULL", unique=True
        ),
    )

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[Role] = mapped_column(one_of(Role, "role"))
    requested_by: Mapped[str] = mapped_column(String(64))
    requested_at: Mapped[datetime]
    granted_by: Mapped[str | None] = mapped_column(String(64))
    granted_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    """Why it was refused or revoked; a refused role is one revoked before it was granted."""

    @property
    def is_open(self) -> bool:
        """Whether it waits for the security administrator."""
        return self.granted_at is None and self.revoked_at is None

    @property
    def is_held(self) -> bool:
        """Whether it was granted and not taken back."""
        return self.granted_at is not None and self.revoked_at is None


IS_ASKED = RoleGrant.granted_at.is_(None) & RoleGrant.revoked_at.is_(None)
IS_HELD = RoleGrant.granted_at.is_not(None) & RoleGrant.revoked_at.is_(None)


class ResetKind(LabelledEnum):
    """What somebody who cannot sign in any more needs anew."""

    PASSWORD = "password", "重置密码"
    SECOND_FACTOR = "second_factor", "重置动态口令"


class Asked(Proposal):
    """What one administrator asks for, with the reason, and another carries out or refuses."""

    reason: Mapped[str] = mapped_column(String(200))
    proposed_by: Mapped[str] = mapped_column("requested_by", String(64))
    proposed_at: Mapped[datetime] = mapped_column("requested_at")
    decided_by: Mapped[str | None] = mapped_column(String(64))
    confirmed: Mapped[bool] = mapped_column("carried_out", default=False)


class CredentialReset(Asked, Model):
    """A reset asked for by one administrator and carried out, or refused, by another.

    Ended without a decision where nobody decided.
    """

    __table_args__ = (
        other_decides("requested_by"),
        CheckConstraint("decided_by IS NULL OR decided_by <> user_id", name="not_for_oneself"),
        one_open("credential_reset", "user_id", "kind"),
    )
    SUBJECT = "user_id"

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[ResetKind] = mapped_column(one_of(ResetKind, "reset_kind"))


class ChangeRequest(Asked):
    """A change of a record; `changes` holds for each column what it was and what it is to be."""

    changes: Mapped[dict[str, list[str | None]]] = mapped_column(CanonicalJson)
    refusal: Mapped[str] = mapped_column(String(200), default="")


class OrganisationRequest(ChangeRequest, Model):
    """A change of an organisation asked for by one administrator and carried out by another."""

    __table_args__ = by_two("organisation_request", "organisation_id", asked_by="requested_by")
    SUBJECT = "organisation_id"

    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    act: Mapped[OrganisationAct] = mapped_column(one_of(OrganisationAct, "organisation_act"))


class PersonRequest(ChangeRequest, Model):
    """A change of a person's account asked for by one administrator and carried out by another."""

    __table_args__ = (
        *by_two("person_request", "user_id", asked_by="requested_by"),
        CheckConstraint("decided_by IS NULL OR decided_by <> user_id", name="not_for_oneself"),
    )
    SUBJECT = "user_id"

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    act: Mapped[PersonAct] = mapped_column(one_of(PersonAct, "person_act"))


class WebSession(Removable, Model):
    """A sign-in on one device; the cookie holds the secret, this row only its digest."""

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    factor_required: Mapped[bool] = mapped_column(default=True)
    """Whether this sign-in is worth nothing without a one-time code."""
    second_factor_at: Mapped[datetime | None]
    attempt_id: Mapped[str | None] = mapped_column(id_type())
    """The try by which it began, settled once the code is given too."""
    revoked_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(64), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")


class LoginAttempt(Identified, Removable, Model):
    """A try to sign in; throttling counts these rows, and locks nobody out.

    `account` is a keyed digest of what was typed as the name, whether such a person exists or not.
    `device` names a device that has signed in to this account before; all others share the empty
    one. `network` is what the address counts as when strangers are watched.
    """

    __table_args__ = (
        Index("ix_login_attempt_lane", "account", "device", "at"),
        Index("ix_login_attempt_network", "network", "at"),
        Index("ix_login_attempt_at", "at"),
    )

    account: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    network: Mapped[str] = mapped_column(String(64), server_default="")
    at: Mapped[datetime]
    succeeded: Mapped[bool]


class RecoveryCode(Identified, Removable, Model):
    """A one-time code for a person who lost the second factor; only its digest is kept."""

    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]
