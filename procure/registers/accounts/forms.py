"""What people type to come in, and what administrators type about people and organisations."""

from procure.kernel.access import ROLES_BY_KIND, Level, OrganisationKind, Role
from procure.kernel.codes import CodeKind, check_code
from procure.kernel.vocabulary import InstitutionClass
from procure.registers.accounts.models import ResetKind
from procure.registers.accounts.passwords import LEAST, temporary_password
from procure.registers.accounts.use_cases.adding import AddPerson
from procure.web.fields.choices import ChoiceField
from procure.web.fields.dates import DateField
from procure.web.fields.text import (
    CodeField,
    EmailField,
    LongTextField,
    PhoneField,
    SecretField,
    TextField,
)
from procure.web.forms import ProcureForm


class SignInForm(ProcureForm):
    """Name and password; with the one-time code where a password alone has to wait."""

    username = TextField("用户名", maximum=60, width="half", autocomplete="username", printed=False)
    password = SecretField("密码")
    code = CodeField("动态口令", one_time=True, optional=True, maximum=20)


class CodeForm(ProcureForm):
    """The one-time code, or a recovery code."""

    code = CodeField("动态口令", one_time=True, maximum=20)


class ChangePasswordForm(ProcureForm):
    """The present password and the new one."""

    old = SecretField("当前密码")
    new = SecretField(
        "新密码",
        autocomplete="new-password",
        hint=f"至少 {LEAST} 个字符，可以用空格和中文；不要含有姓名、单位或常用词。",
    )


class EnrolForm(ProcureForm):
    """The password once more, before an authenticator is bound."""

    password = SecretField("当前密码")


class ReasonForm(ProcureForm):
    """Why: for whatever is closed, refused or taken back."""

    reason = LongTextField("原因", maximum=200, minimum=2, rows=3)


class PersonForm(ProcureForm):
    """Particulars of a person."""

    name = TextField("姓名", maximum=40, width="half")
    phone = PhoneField("电话", optional=True, autocomplete="off")
    email = EmailField("邮箱", optional=True, maximum=120, autocomplete="off")
    title = TextField("职务或职称", optional=True, maximum=40, width="half")
    speciality = TextField("专业", optional=True, maximum=40, width="half", hint="评审专家填写")
    employer = TextField("工作单位", optional=True, maximum=100, hint="评审专家填写，用于回避")


class EditPersonForm(PersonForm):
    """New particulars of a person, and why those that take a second person."""

    reason = LongTextField(
        "修改原因",
        optional=True,
        mark="修改姓名、工作单位时必填",
        maximum=200,
        rows=3,
        hint="写明依据和核实的情况，例如调动文件；安全管理员据此核对。",
    )


class AddPersonForm(PersonForm):
    """A new person; the password is made by the platform."""

    username = TextField(
        "用户名", maximum=40, width="half", autocomplete="off", hint="小写字母开头，登录时使用"
    )
    organisation_id = ChoiceField("单位", style="select")

    def person(self) -> AddPerson:
        """The person, with a password to begin with."""
        return self.command(AddPerson, password=temporary_password())


def _credit_code_fault(text: str) -> str | None:
    verdict = check_code(text)
    if verdict.kind is not CodeKind.USCC:
        return "这不是统一社会信用代码。"
    return None if verdict.valid else verdict.why


class OrganisationForm(ProcureForm):
    """Particulars of an organisation."""

    name = TextField("名称", maximum=100, minimum=2)
    credit_code = CodeField("统一社会信用代码", optional=True, maximum=18, check=_credit_code_fault)
    level = ChoiceField(
        "层级",
        choices=Level,
        optional=True,
        style="select",
        hint="购买主体和财政部门必须选择",
    )
    number_prefix = CodeField(
        "项目编号字头", optional=True, maximum=8, hint="购买主体必须填写，例如 DMMZ"
    )
    parent_id = ChoiceField("上级单位", optional=True, style="select")
    representative = TextField("法定代表人或负责人", optional=True, maximum=40, width="half")
    address = TextField("地址", optional=True, maximum=200)
    phone = PhoneField("电话", optional=True, autocomplete="off")
    bank_name = TextField("开户银行", optional=True, maximum=100)
    bank_account = CodeField("收款账号", optional=True, maximum=40)
    rating = ChoiceField(
        "社会组织评估等级",
        choices=[(f"{level}A", f"{level}A") for level in range(5, 0, -1)],
        optional=True,
        style="select",
    )
    rating_valid_until = DateField("评估等级有效期至", optional=True)
    institution_class = ChoiceField(
        "事业单位类别",
        choices=InstitutionClass,
        optional=True,
        style="select",
        hint="只有事业单位填写，以编制部门的核定为准。",
    )

    def codes(self) -> dict[str, str | None]:
        """What no two organisations share, None where there is none."""
        return {
            "credit_code": self.credit_code.data or None,
            "number_prefix": self.number_prefix.data or None,
        }


class EditOrganisationForm(OrganisationForm):
    """New particulars of an organisation, and why those that take a second person."""

    reason = LongTextField(
        "修改原因",
        optional=True,
        mark="只修改地址、电话时选填",
        maximum=200,
        rows=3,
        hint="写明依据和核实的情况，例如登记证书变更日期；安全管理员据此核对。",
    )


class AddOrganisationForm(OrganisationForm):
    """A new organisation."""

    kind = ChoiceField("单位类型", choices=OrganisationKind, style="select")


class RequestRoleForm(ProcureForm):
    """One of the roles that a person of such an organisation may hold."""

    role = ChoiceField("岗位")

    def offer(self, kind: OrganisationKind) -> None:
        """Offer the roles of the organisation's kind, in the order of the procedure."""
        self.role.choices = [role for role in Role if role in ROLES_BY_KIND[kind]]


class RequestResetForm(ProcureForm):
    """What a person who cannot sign in needs anew, and why."""

    kind = ChoiceField("需要重置的内容", choices=ResetKind)
    reason = LongTextField("原因", maximum=200, minimum=2, rows=3, hint="写明如何核实了本人身份")


class DecideForm(ProcureForm):
    """Grant or refuse, with the reason of a refusal."""

    decision = ChoiceField("决定")
    reason = TextField("不同意的原因", optional=True, mark="不同意时必填", maximum=200)
