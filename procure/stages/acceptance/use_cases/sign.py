"""Verbs of signing: each member of the group signs the certificate, in the platform or on paper.

政府采购法 art 41: the members of who accepts sign the certificate and answer for it. Without all of
them the result is not announced, and nothing is paid on it.
"""

from procure.kernel.commands import Command
from procure.kernel.errors import Conflict, Invalid, first_refusal
from procure.kernel.lifecycle import advance
from procure.kernel.text import key
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.queries import printed
from procure.registers.documents.use_cases import file_upload
from procure.stages.acceptance import policies, queries
from procure.stages.acceptance.events import CertificateSigned, SignedCopyFiled
from procure.stages.acceptance.models import Acceptance, AcceptanceSignature
from procure.store.holding import moved, take_up
from procure.store.unit_of_work import UnitOfWork


class SignCertificate(Command):
    """Sign the certificate whose digest is `sha256`; `full_name` is the signer's own, typed."""

    acceptance_id: str
    version: int
    sha256: str
    full_name: str


class FileSignedCopy(Command):
    """Put the paper on file that members without an account have signed; `token` is an upload's."""

    acceptance_id: str
    version: int
    token: str


def sign_certificate(uow: UnitOfWork, command: SignCertificate) -> AcceptanceSignature:
    """Sign as a member of the group who has an account.

    Raises Denied or IllegalTransition by policy, Conflict when the certificate is not the one that
    was read, Invalid when the typed name is not the signer's.
    """
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    dossier = queries.dossier_of(uow.session, contract)
    member = dossier.missing.seat_of(uow.actor.user_id)
    verdict = policies.may_sign(uow.actor, acceptance, contract, waits=member is not None)
    certificate = printed(uow.session, id=acceptance.certificate_document_id)
    take_up(acceptance, command, first_refusal(verdict, certificate))
    assert member is not None
    advance("sign_certificate", acceptance.state)
    sha256 = queries.certificate_digest(uow.session, acceptance)
    if command.sha256 != sha256:
        raise Conflict(
            "您阅读的验收书与现在待签的不一致，没有签署。",
            rule=policies.RULE_SIGNATURE,
            remedy="请重新打开验收书，核对校验码后再签署。",
        )
    if key(command.full_name) != key(uow.actor.name):
        raise Invalid(
            "full_name",
            "填写的姓名与登录人的姓名不一致。",
            remedy="请填写您本人的姓名，表示由您本人签署。",
        )
    signature = AcceptanceSignature(
        acceptance_id=acceptance.id,
        round=acceptance.round,
        signed_by=uow.actor.user_id,
        sha256=sha256,
        recorded_by=uow.actor.user_id,
        recorded_at=uow.now,
    )
    uow.session.add(signature)
    moved(acceptance)
    uow.emit(
        CertificateSigned.of(
            acceptance,
            signature,
            contract,
            member=member.name,
            is_last=_all_signed(uow, acceptance),
        )
    )
    return signature


def file_signed_copy(uow: UnitOfWork, command: FileSignedCopy) -> AcceptanceSignature:
    """Put the signed paper on file for the members who have no account with the buyer, or whose
    account was closed since.
    """
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    dossier = queries.dossier_of(uow.session, contract)
    members = dossier.missing.on_paper
    verdict = policies.may_file_copy(uow.actor, acceptance, contract, on_paper=bool(members))
    certificate = printed(uow.session, id=acceptance.certificate_document_id)
    take_up(acceptance, command, first_refusal(verdict, certificate))
    advance("file_signed_copy", acceptance.state)
    document = file_upload(
        uow,
        command.token,
        project_id=contract.project_id,
        subject_id=acceptance.id,
        kind=DocumentKind.ACCEPTANCE_CERTIFICATE,
        title="履约验收书签字件",
        audience=DocumentAudience.PARTIES,
    )
    sha256 = queries.certificate_digest(uow.session, acceptance)
    signature = AcceptanceSignature(
        acceptance_id=acceptance.id,
        round=acceptance.round,
        document_id=document.id,
        covers=[member.position for member in members],
        sha256=sha256,
        recorded_by=uow.actor.user_id,
        recorded_at=uow.now,
    )
    uow.session.add(signature)
    moved(acceptance)
    uow.emit(
        SignedCopyFiled.of(
            acceptance,
            signature,
            contract,
            members=[member.name for member in members],
            copy_sha256=document.sha256,
            is_last=_all_signed(uow, acceptance),
        )
    )
    return signature


def _all_signed(uow: UnitOfWork, acceptance: Acceptance) -> bool:
    return not queries.missing_of(uow.session, [acceptance.id])[acceptance.id].members
