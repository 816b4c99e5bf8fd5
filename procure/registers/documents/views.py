"""Downloads of papers, every byte asked for by name and checked against its digest.

| address | method | endpoint | who |
|---|---|---|---|
| /documents/<document_id> | GET | documents.download_file | whom the paper is meant for (audiences) |
| /documents/<document_id>/view | GET | documents.view | the same, in the browser, own PDFs only |
"""

from flask import Blueprint
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.errors import NotFound
from procure.kernel.uploads import PDF
from procure.registers.documents import queries
from procure.registers.documents.storage import file_store
from procure.web.access import current_actor, permits, read_session
from procure.web.downloads import download

blueprint = Blueprint("documents", __name__, url_prefix="/documents")


@blueprint.get("/<document_id>")
@permits(Permission.PUBLIC)
def download_file(document_id: str) -> Response:
    """A paper to save."""
    document = queries.get_document(read_session(), current_actor(), document_id)
    content = file_store().read(document.sha256)
    return download(content, document.filename, document.media_type)


@blueprint.get("/<document_id>/view")
@permits(Permission.PUBLIC)
def view(document_id: str) -> Response:
    """A paper we printed ourselves, shown by the browser; uploads are only for saving."""
    document = queries.get_document(read_session(), current_actor(), document_id)
    if not document.template or document.media_type != PDF:
        raise NotFound("这份文件不能在网页中打开，请下载后查看。")
    content = file_store().read(document.sha256)
    return download(content, document.filename, PDF, inline=True)
