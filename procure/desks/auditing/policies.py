"""Who may take a case away, and who may have chains recomputed."""

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import ALLOWED, Invalid, Verdict, refused
from procure.kernel.laws import cite

LEAST_REASON, LONGEST_REASON = 4, 500


def may_export(actor: Actor) -> Verdict:
    """Whether the actor may take away the package of a case that they may audit at all.

    《审计法》第三十四条: auditors ask for material of those they audit.
    """
    if actor.may(Permission.AUDIT_EXPORT):
        return ALLOWED
    return refused(
        "您的岗位不能导出审计包。", remedy="审计包由审计人员导出；项目材料可在项目页面查看。"
    )


def may_verify(actor: Actor) -> Verdict:
    """Whether the actor may check packages and have all chains recomputed."""
    if actor.may(Permission.AUDIT_READ) or actor.may(Permission.TRAIL_VERIFY):
        return ALLOWED
    return refused(
        "您的岗位不核对存证链。",
        remedy="存证链由审计人员或审计管理员核对；审计包可以在本机自行核对。",
    )


def checked_reason(reason: str) -> str:
    """The reason for an export, trimmed; Invalid when it says nothing or too much."""
    said = " ".join(reason.split())
    if not LEAST_REASON <= len(said) <= LONGEST_REASON:
        raise Invalid(
            "reason",
            f"请写明导出事由，{LEAST_REASON} 到 {LONGEST_REASON} 个字。",
            cite("audit_material"),
            "例如：2026 年度政府购买服务专项审计。",
        )
    return said
