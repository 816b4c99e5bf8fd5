"""Who may do what: roles, permissions, and the one map between them.

A permission names a verb of the procedure. Which *object* an actor may touch with it is a policy's
business (own organisation, own case, not the drafter …); this module answers only whether a role
carries the verb at all. What is not listed is denied.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from procure.kernel.errors import ALLOWED, Denied, Verdict, refused, refused_if
from procure.kernel.labelled import LabelledEnum
from procure.kernel.laws import cite


class OrganisationKind(LabelledEnum):
    """What an organisation is in the procedure."""

    CIVIL_AFFAIRS_BUREAU = "civil_affairs_bureau", "民政局"
    STREET_OFFICE = "street_office", "街道办事处（镇人民政府）"
    DEPARTMENT = "department", "其他购买主体"
    FINANCE = "finance", "财政部门"
    SUPPLIER = "supplier", "承接主体"
    ASSESSOR = "assessor", "第三方评估机构"
    EXPERT_POOL = "expert_pool", "评审专家库"
    AUDIT = "audit", "审计机关"
    PLATFORM = "platform", "平台运行单位"


BUYER_KINDS = frozenset(
    {
        OrganisationKind.CIVIL_AFFAIRS_BUREAU,
        OrganisationKind.STREET_OFFICE,
        OrganisationKind.DEPARTMENT,
    }
)


class Level(LabelledEnum):
    """Level of government; money and oversight follow it (R-SH-1)."""

    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    DISTRICT = "district", "区级"
    STREET = "street", "街道（镇）级"


class Role(LabelledEnum):
    """A function a person holds in one organisation."""

    CATALOGUE_KEEPER = "catalogue_keeper", "目录管理员"
    CLERK = "clerk", "采购经办人"
    APPROVER = "approver", "审核负责人"
    ACCEPTER = "accepter", "验收负责人"
    BUDGET_OFFICER = "budget_officer", "预算管理员"
    TREASURER = "treasurer", "国库支付员"
    EXPERT = "expert", "评审专家"
    SUPPLIER_MEMBER = "supplier_member", "机构经办人"
    SUPPLIER_SIGNATORY = "supplier_signatory", "机构负责人"
    EVALUATOR = "evaluator", "评估员"
    LEAD_EVALUATOR = "lead_evaluator", "评估负责人"
    AUDITOR = "auditor", "审计人员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"
    SYSTEM = "system", "系统"


THREE_ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""三员: none may hold two of these, none may hold a business role (GB/T 22239 8.1.5)."""

ROLES_BY_KIND: dict[OrganisationKind, frozenset[Role]] = {
    OrganisationKind.CIVIL_AFFAIRS_BUREAU: frozenset(
        {Role.CATALOGUE_KEEPER, Role.CLERK, Role.APPROVER, Role.ACCEPTER}
    ),
    OrganisationKind.STREET_OFFICE: frozenset({Role.CLERK, Role.APPROVER, Role.ACCEPTER}),
    OrganisationKind.DEPARTMENT: frozenset({Role.CLERK, Role.APPROVER, Role.ACCEPTER}),
    OrganisationKind.FINANCE: frozenset({Role.BUDGET_OFFICER, Role.TREASURER}),
    OrganisationKind.SUPPLIER: frozenset({Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY}),
    OrganisationKind.ASSESSOR: frozenset({Role.EVALUATOR, Role.LEAD_EVALUATOR}),
    OrganisationKind.EXPERT_POOL: frozenset({Role.EXPERT}),
    OrganisationKind.AUDIT: frozenset({Role.AUDITOR}),
    OrganisationKind.PLATFORM: THREE_ADMINS,
}
"""Which roles a person of an organisation may hold at all; anything else is refused."""


class Permission(StrEnum):
    """A verb of the procedure. `PUBLIC` needs no sign-in, `SIGNED_IN` needs nothing more."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"

    CATALOGUE_KEEP = "catalogue.keep"

    BUDGET_REGISTER = "budget.register"
    BUDGET_VIEW = "budget.view"

    PROJECT_VIEW = "project.view"
    PLAN_DRAFT = "plan.draft"
    PLAN_APPROVE = "plan.approve"
    INTENTION_PUBLISH = "intention.publish"

    TENDER_DRAFT = "tender.draft"
    TENDER_PUBLISH = "tender.publish"
    TENDER_TERMINATE = "tender.terminate"
    BIDS_OPEN = "bids.open"
    DAMAGE_CONFIRM = "damage.confirm"

    BID_DRAFT = "bid.draft"
    BID_SUBMIT = "bid.submit"
    BID_VIEW_OWN = "bid.view_own"

    PANEL_DRAW = "panel.draw"
    ABSENCE_DECIDE = "absence.decide"
    BID_CHECK = "bid.check"
    BID_SCORE = "bid.score"
    REVIEW_VIEW = "review.view"
    WINNER_DECIDE = "winner.decide"
    RESULT_ANNOUNCE = "result.announce"

    CONTRACT_DRAFT = "contract.draft"
    CONTRACT_SIGN_BUYER = "contract.sign_buyer"
    CONTRACT_SIGN_SUPPLIER = "contract.sign_supplier"
    CONTRACT_PUBLISH = "contract.publish"
    CONTRACT_VIEW = "contract.view"

    DELIVERY_RECORD = "delivery.record"
    DELIVERY_REVIEW = "delivery.review"
    DELIVERY_VIEW = "delivery.view"

    EVALUATION_ASSIGN = "evaluation.assign"
    EVALUATION_SCORE = "evaluation.score"
    EVALUATION_SUBMIT = "evaluation.submit"
    EVALUATION_CONFIRM = "evaluation.confirm"
    EVALUATION_VIEW = "evaluation.view"

    ACCEPTANCE_DECIDE = "acceptance.decide"
    ACCEPTANCE_PUBLISH = "acceptance.publish"
    ACCEPTANCE_VIEW = "acceptance.view"
    OPINION_ENTER = "opinion.enter"

    PAYMENT_REQUEST = "payment.request"
    PAYMENT_REVIEW = "payment.review"
    PAYMENT_APPROVE = "payment.approve"
    PAYMENT_PAY = "payment.pay"
    PAYMENT_VIEW = "payment.view"

    AUDIT_READ = "audit.read"
    AUDIT_EXPORT = "audit.export"
    TRAIL_VERIFY = "trail.verify"

    ACCOUNT_KEEP = "account.keep"
    ROLE_REQUEST = "role.request"
    ROLE_GRANT = "role.grant"
    SESSION_REVOKE = "session.revoke"
    SECURITY_LOG_READ = "security_log.read"


_BUYER_READS = frozenset(
    {
        Permission.PROJECT_VIEW,
        Permission.BUDGET_VIEW,
        Permission.REVIEW_VIEW,
        Permission.CONTRACT_VIEW,
        Permission.DELIVERY_VIEW,
        Permission.EVALUATION_VIEW,
        Permission.ACCEPTANCE_VIEW,
        Permission.PAYMENT_VIEW,
    }
)
_SUPPLIER = frozenset(
    {
        Permission.PROJECT_VIEW,
        Permission.BID_DRAFT,
        Permission.BID_VIEW_OWN,
        Permission.CONTRACT_VIEW,
        Permission.DELIVERY_RECORD,
        Permission.DELIVERY_VIEW,
        Permission.EVALUATION_VIEW,
        Permission.ACCEPTANCE_VIEW,
        Permission.PAYMENT_REQUEST,
        Permission.PAYMENT_VIEW,
    }
)

PERMISSIONS_BY_ROLE: dict[Role, frozenset[Permission]] = {
    Role.CATALOGUE_KEEPER: frozenset({Permission.CATALOGUE_KEEP, Permission.PROJECT_VIEW}),
    Role.CLERK: _BUYER_READS
    | {
        Permission.PLAN_DRAFT,
        Permission.INTENTION_PUBLISH,
        Permission.TENDER_DRAFT,
        Permission.BIDS_OPEN,
        Permission.PANEL_DRAW,
        Permission.BID_CHECK,
        # A buyer's representative on a panel scores like an expert; the policy asks for the seat.
        Permission.BID_SCORE,
        Permission.RESULT_ANNOUNCE,
        Permission.CONTRACT_DRAFT,
        Permission.CONTRACT_PUBLISH,
        Permission.DELIVERY_REVIEW,
        Permission.EVALUATION_ASSIGN,
        Permission.ACCEPTANCE_PUBLISH,
        Permission.OPINION_ENTER,
        Permission.PAYMENT_REVIEW,
    },
    Role.APPROVER: _BUYER_READS
    | {
        Permission.PLAN_APPROVE,
        Permission.TENDER_PUBLISH,
        Permission.TENDER_TERMINATE,
        Permission.DAMAGE_CONFIRM,
        Permission.ABSENCE_DECIDE,
        Permission.WINNER_DECIDE,
        Permission.CONTRACT_SIGN_BUYER,
        Permission.EVALUATION_CONFIRM,
        Permission.PAYMENT_APPROVE,
    },
    Role.ACCEPTER: _BUYER_READS
    | {Permission.ACCEPTANCE_DECIDE, Permission.OPINION_ENTER, Permission.BID_SCORE},
    Role.BUDGET_OFFICER: frozenset(
        {Permission.BUDGET_REGISTER, Permission.BUDGET_VIEW, Permission.PROJECT_VIEW}
    ),
    Role.TREASURER: frozenset(
        {
            Permission.BUDGET_VIEW,
            Permission.PROJECT_VIEW,
            Permission.CONTRACT_VIEW,
            Permission.PAYMENT_VIEW,
            Permission.PAYMENT_PAY,
        }
    ),
    Role.EXPERT: frozenset({Permission.PROJECT_VIEW, Permission.BID_SCORE}),
    Role.SUPPLIER_MEMBER: _SUPPLIER,
    Role.SUPPLIER_SIGNATORY: _SUPPLIER | {Permission.BID_SUBMIT, Permission.CONTRACT_SIGN_SUPPLIER},
    Role.EVALUATOR: frozenset(
        {
            Permission.PROJECT_VIEW,
            Permission.CONTRACT_VIEW,
            Permission.DELIVERY_VIEW,
            Permission.EVALUATION_VIEW,
            Permission.EVALUATION_SCORE,
        }
    ),
    Role.LEAD_EVALUATOR: frozenset(
        {
            Permission.PROJECT_VIEW,
            Permission.CONTRACT_VIEW,
            Permission.DELIVERY_VIEW,
            Permission.EVALUATION_VIEW,
            Permission.EVALUATION_SCORE,
            Permission.EVALUATION_SUBMIT,
        }
    ),
    Role.AUDITOR: _BUYER_READS | {Permission.AUDIT_READ, Permission.AUDIT_EXPORT},
    Role.SYSTEM_ADMIN: frozenset({Permission.ACCOUNT_KEEP, Permission.ROLE_REQUEST}),
    Role.SECURITY_ADMIN: frozenset({Permission.ROLE_GRANT, Permission.SESSION_REVOKE}),
    Role.AUDIT_ADMIN: frozenset({Permission.SECURITY_LOG_READ, Permission.TRAIL_VERIFY}),
    Role.SYSTEM: frozenset(Permission) - {Permission.PUBLIC, Permission.SIGNED_IN},
}


@dataclass(frozen=True)
class Actor:
    """Who acts: a person in one organisation, or the system, or nobody (a visitor).

    `scope` holds the ids of the organisation and of all organisations below it, whose cases a
    buyer's person may read (each sees its own and what is below it).
    """

    user_id: str
    name: str
    organisation_id: str
    organisation_name: str
    organisation_kind: OrganisationKind | None
    level: Level | None
    roles: frozenset[Role]
    scope: frozenset[str] = field(default_factory=frozenset)
    permissions: frozenset[Permission] = field(init=False, default_factory=frozenset)

    def __post_init__(self) -> None:
        granted: frozenset[Permission] = frozenset({Permission.PUBLIC})
        if self.roles:
            granted |= {Permission.SIGNED_IN}
        for role in self.roles:
            granted |= PERMISSIONS_BY_ROLE[role]
        object.__setattr__(self, "permissions", granted)

    @property
    def is_signed_in(self) -> bool:
        """Whether this is a person or the system, not a visitor."""
        return bool(self.roles)

    @property
    def is_buyer(self) -> bool:
        """Whether the organisation may buy (O102 art 5; R-GPS-1)."""
        return self.organisation_kind in BUYER_KINDS

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles carries the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Denied unless one of the roles carries the permission."""
        if not self.may(permission):
            raise Denied(
                "您的岗位没有办理这一步的权限。",
                remedy=f"这一步由“{role_words(permission)}”办理；如需调整岗位，请联系本单位管理员。",
            )

    def holds(self, *roles: Role) -> bool:
        """Whether the actor holds at least one of the roles."""
        return not self.roles.isdisjoint(roles)


VISITOR = Actor("", "访客", "", "", None, None, frozenset())
SYSTEM_ACTOR = Actor("system", "系统", "system", "平台", None, None, frozenset({Role.SYSTEM}))


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The human roles that carry a permission, in the order of the enum."""
    return tuple(
        role for role in Role if role is not Role.SYSTEM and permission in PERMISSIONS_BY_ROLE[role]
    )


def kinds_with(permission: Permission) -> frozenset[OrganisationKind]:
    """The kinds of organisations whose people may carry a permission."""
    roles = set(roles_with(permission))
    return frozenset(kind for kind, held in ROLES_BY_KIND.items() if roles & held)


def role_words(permission: Permission) -> str:
    """The human roles that carry a permission, as words."""
    return "、".join(role.label for role in roles_with(permission)) or "系统"


def carries(actor: Actor, permission: Permission, what: str = "") -> Verdict:
    """Whether a role of the actor carries the permission; `what` names the step in the refusal."""
    if actor.may(permission):
        return ALLOWED
    return refused(
        f"您的岗位不能{what}。" if what else "您的岗位没有办理这一步的权限。",
        remedy=f"这一步由“{role_words(permission)}”办理。",
    )


def refusal_of_roles(kind: OrganisationKind, roles: Iterable[Role]) -> str | None:
    """Why these roles may not be held together by one person of such an organisation, or None.

    三员 are kept apart from one another and from business (GB/T 22239-2019 8.1.5); a role must fit
    the kind of organisation; signing a contract and accepting its delivery are different people
    (R 5.3), as are asking for and approving money.
    """
    held = frozenset(roles)
    foreign = held - ROLES_BY_KIND[kind]
    if foreign:
        words = "、".join(sorted(role.label for role in foreign))
        return f"“{kind.label}”的人员不能担任：{words}。"
    if len(held & THREE_ADMINS) > 1:
        return "系统管理员、安全管理员、审计管理员必须由三个人分别担任（三员分立）。"
    for one, other, why in INCOMPATIBLE_ROLES:
        if one in held and other in held:
            return f"{one.label}与{other.label}不能由同一人担任：{why}。"
    return None


INCOMPATIBLE_ROLES: tuple[tuple[Role, Role, str], ...] = (
    (Role.CLERK, Role.APPROVER, "经办与审核不相容"),
    (
        Role.CLERK,
        Role.ACCEPTER,
        f"采购经办与履约验收不相容（{cite('duties_apart')}）",
    ),
    (
        Role.APPROVER,
        Role.ACCEPTER,
        f"合同签订与履约验收不相容（{cite('duties_apart')}）",
    ),
    (
        Role.BUDGET_OFFICER,
        Role.TREASURER,
        f"预算管理与资金支付不相容（{cite('accounts_apart')}）",
    ),
)


def may_take_back(actor: Actor, asked_by: str) -> Verdict:
    """Whether the actor is who asked for what two people decide: whoever else is against it refuses
    it, and gives the reason.
    """
    return refused_if(
        actor.user_id != asked_by,
        "这项申请由别人提出，只能由申请人撤回。",
        remedy="不同意的，请作出决定并写明理由。",
    )
