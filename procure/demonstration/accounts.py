"""The invented people and organisations of the demonstration, one for each role and more."""

from dataclasses import dataclass

from procure.kernel.access import Level, OrganisationKind, Role

PASSWORD = "demo-Procure-2026"  # noqa: S105  shown on the sign-in page; demo mode only


@dataclass(frozen=True)
class DemonstrationOrganisation:
    """An organisation of the demonstration; `key` is how people below name it."""

    key: str
    name: str
    kind: OrganisationKind
    level: Level | None = None
    parent: str | None = None
    prefix: str | None = None
    credit_code: str | None = None
    address: str = ""
    phone: str = ""
    representative: str = ""
    bank_name: str = ""
    bank_account: str = ""


@dataclass(frozen=True)
class DemonstrationAccount:
    """A person of the demonstration. `listed` ones stand on the sign-in page."""

    username: str
    name: str
    organisation: str
    roles: tuple[Role, ...]
    what: str
    speciality: str = ""
    employer: str = ""
    title: str = ""
    listed: bool = True

    def as_entry(self) -> dict[str, str]:
        """The person as the sign-in page lists them."""
        names = {entry.key: entry.name for entry in DEMONSTRATION_ORGANISATIONS}
        return {
            "username": self.username,
            "name": self.name,
            "role": "、".join(role.label for role in self.roles),
            "organisation": names[self.organisation],
            "what": self.what,
        }


K, L, R = OrganisationKind, Level, Role

DEMONSTRATION_ORGANISATIONS: tuple[DemonstrationOrganisation, ...] = (
    DemonstrationOrganisation(
        "platform", "珠海市政府购买服务平台运行中心", K.PLATFORM, phone="0756-0000001"
    ),
    DemonstrationOrganisation(
        "city",
        "珠海市民政局",
        K.CIVIL_AFFAIRS_BUREAU,
        L.CITY,
        prefix="ZHMZ",
        address="珠海市香洲区示例路1号",
        phone="0756-0000010",
        representative="冯启明",
        credit_code="11440400007011116F",
    ),
    DemonstrationOrganisation(
        "bureau",
        "珠海市斗门区民政局",
        K.CIVIL_AFFAIRS_BUREAU,
        L.DISTRICT,
        parent="city",
        prefix="DMMZ",
        address="珠海市斗门区井岸镇示例街2号",
        phone="0756-0000020",
        representative="梁志远",
        credit_code="11440403007022229R",
    ),
    DemonstrationOrganisation(
        "street",
        "斗门区井岸镇人民政府",
        K.STREET_OFFICE,
        L.STREET,
        parent="bureau",
        prefix="DMJA",
        address="珠海市斗门区井岸镇示例路3号",
        phone="0756-0000030",
        representative="区少华",
        credit_code="11440403007033331N",
    ),
    DemonstrationOrganisation(
        "finance",
        "珠海市斗门区财政局",
        K.FINANCE,
        L.DISTRICT,
        phone="0756-0000040",
        credit_code="11440403007044444M",
    ),
    DemonstrationOrganisation(
        "audit",
        "珠海市斗门区审计局",
        K.AUDIT,
        L.DISTRICT,
        phone="0756-0000050",
        credit_code="11440403007055557L",
    ),
    DemonstrationOrganisation("experts", "广东省政府采购评审专家库（演示）", K.EXPERT_POOL),
    DemonstrationOrganisation(
        "qingnuan",
        "珠海市斗门区晴暖社会工作服务中心",
        K.SUPPLIER,
        address="珠海市斗门区白藤街道示例巷5号",
        phone="0756-0000061",
        representative="苏慧敏",
        bank_name="示例银行珠海斗门支行",
        bank_account="6200000000000000011",
        credit_code="52440403MJL1001132",
    ),
    DemonstrationOrganisation(
        "hefeng",
        "珠海市和风社会工作服务社",
        K.SUPPLIER,
        address="珠海市香洲区示例大道66号",
        phone="0756-0000062",
        representative="何卓然",
        bank_name="示例银行珠海香洲支行",
        bank_account="6200000000000000022",
        credit_code="52440400MJL200229J",
    ),
    DemonstrationOrganisation(
        "linli",
        "珠海市邻里互助社会服务中心",
        K.SUPPLIER,
        address="珠海市金湾区示例路18号",
        phone="0756-0000063",
        representative="邝美玲",
        bank_name="示例银行珠海金湾支行",
        bank_account="6200000000000000033",
        credit_code="52440404MJL3003346",
    ),
    DemonstrationOrganisation(
        "mingchi",
        "广东明尺社会服务评估中心",
        K.ASSESSOR,
        address="广州市越秀区示例街9号",
        phone="020-00000070",
        representative="温景行",
        credit_code="52440100MJL40044XK",
    ),
)

DEMONSTRATION_ACCOUNTS: tuple[DemonstrationAccount, ...] = (
    DemonstrationAccount(
        "jingban", "陈晓岚", "bureau", (R.CLERK,), "编制计划和采购文件，开标，办合同，核对支付"
    ),
    DemonstrationAccount(
        "shenhe", "梁志远", "bureau", (R.APPROVER,), "审核计划，发布公告，定标，签合同，批准支付"
    ),
    DemonstrationAccount(
        "yanshou", "黄雅文", "bureau", (R.ACCEPTER,), "组织履约验收，听取服务对象意见"
    ),
    DemonstrationAccount(
        "yusuan", "卢建国", "finance", (R.BUDGET_OFFICER,), "登记预算指标和各级分担"
    ),
    DemonstrationAccount("yusuan2", "邝思远", "finance", (R.BUDGET_OFFICER,), "审核预算的更正"),
    DemonstrationAccount("guoku", "谢婉婷", "finance", (R.TREASURER,), "办理国库集中支付"),
    DemonstrationAccount(
        "jigou1", "林佳怡", "qingnuan", (R.SUPPLIER_MEMBER,), "写标书，登记服务，申请支付"
    ),
    DemonstrationAccount(
        "fuzeren1", "苏慧敏", "qingnuan", (R.SUPPLIER_SIGNATORY,), "提交标书，签署合同"
    ),
    DemonstrationAccount(
        "zhuanjia1",
        "郑国梁",
        "experts",
        (R.EXPERT,),
        "评审打分，签署评审报告",
        "社会工作",
        "珠海示例职业学院",
        "副教授",
    ),
    DemonstrationAccount(
        "pinggu1",
        "容敏仪",
        "mingchi",
        (R.EVALUATOR,),
        "现场评估，按指标打分",
        title="中级社会工作师",
    ),
    DemonstrationAccount(
        "pinggu2", "温景行", "mingchi", (R.LEAD_EVALUATOR,), "提交评估报告", title="高级社会工作师"
    ),
    DemonstrationAccount("shenji", "罗正安", "audit", (R.AUDITOR,), "查看全部经过，导出审计包"),
    DemonstrationAccount("mulu", "冯启明", "city", (R.CATALOGUE_KEEPER,), "维护指导性目录"),
    DemonstrationAccount("xitong", "伍子文", "platform", (R.SYSTEM_ADMIN,), "开设账号，申请岗位"),
    DemonstrationAccount("anquan", "邓宁", "platform", (R.SECURITY_ADMIN,), "批准岗位，撤销登录"),
    DemonstrationAccount(
        "shenjiguanli", "曾可", "platform", (R.AUDIT_ADMIN,), "查看安全日志，核对存证链"
    ),
    DemonstrationAccount("jigou2", "何卓然", "hefeng", (R.SUPPLIER_MEMBER,), "另一家机构的经办人"),
    DemonstrationAccount(
        "fuzeren2", "袁诗韵", "hefeng", (R.SUPPLIER_SIGNATORY,), "另一家机构的负责人"
    ),
    DemonstrationAccount("jigou3", "邝美玲", "linli", (R.SUPPLIER_MEMBER,), "第三家机构的经办人"),
    DemonstrationAccount(
        "fuzeren3", "古天朗", "linli", (R.SUPPLIER_SIGNATORY,), "第三家机构的负责人"
    ),
    DemonstrationAccount(
        "zhuanjia2",
        "江月明",
        "experts",
        (R.EXPERT,),
        "评审专家",
        "养老服务",
        "斗门区示例医院",
        "主管护师",
    ),
    DemonstrationAccount(
        "zhuanjia3",
        "叶启航",
        "experts",
        (R.EXPERT,),
        "评审专家",
        "财务审计",
        "珠海示例会计师事务所",
        "注册会计师",
    ),
    DemonstrationAccount(
        "zhuanjia4",
        "白素芬",
        "experts",
        (R.EXPERT,),
        "评审专家",
        "社会工作",
        "中山示例大学",
        "讲师",
    ),
    DemonstrationAccount(
        "zhuanjia5",
        "康世明",
        "experts",
        (R.EXPERT,),
        "评审专家",
        "法律",
        "珠海示例律师事务所",
        "律师",
    ),
    DemonstrationAccount(
        "zhuanjia6",
        "龙雅琴",
        "experts",
        (R.EXPERT,),
        "评审专家",
        "养老服务",
        "江门示例养老院",
        "院长",
    ),
    DemonstrationAccount(
        "zhuanjia7",
        "倪志勤",
        "experts",
        (R.EXPERT,),
        "评审专家",
        "社会工作",
        "广州示例社工学院",
        "高级社会工作师",
    ),
    DemonstrationAccount(
        "jiedao", "区少华", "street", (R.CLERK,), "街道经办人，只看本街道的项目", listed=False
    ),
    DemonstrationAccount(
        "jiedaoshenhe", "甘若楠", "street", (R.APPROVER,), "街道审核负责人", listed=False
    ),
)
"""One-click entry stands beside each listed person; the list is short enough to read."""
