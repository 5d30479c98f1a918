from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.catalog import selectors, services
from annotate_site.catalog.descriptors import descriptor_facts, measured_facts
from annotate_site.catalog.forms import MOST_UPLOAD_BYTES, UploadForm
from annotate_site.catalog.models import Clip
from annotate_site.core.exceptions import Refused

_CLIPS_PER_PAGE = 30
_FORM_BYTES = 1 << 20


@role_required(Role.MANAGER, Role.RESEARCHER)
def clips(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.clips_with_counts(), _CLIPS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": [(clip, measured_facts(clip)) for clip in page],
        "may_upload": person_of(request).has_role(Role.MANAGER),
    }
    return render(request, "catalog/clips.html", context)


@role_required(Role.MANAGER, Role.RESEARCHER)
def clip(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """One clip with its candidates by painter, which annotators never see."""
    found = get_object_or_404(Clip, id=clip_id)
    candidates = selectors.candidates_of(found)
    context = {
        "clip": found,
        "facts": descriptor_facts(found),
        "painters": [
            (painter, list(group))
            for painter, group in groupby(candidates, key=lambda candidate: candidate.painter)
        ],
    }
    return render(request, "catalog/clip.html", context)


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponseBase:
    """Turns a body that is too large away before the CSRF check reads it to the disk."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_UPLOAD_BYTES + _FORM_BYTES:
        context = {"form": UploadForm(), "is_too_large": True}
        return render(request, "catalog/upload.html", context, status=413)
    return _upload(request)


@csrf_protect
@role_required(Role.MANAGER)
def _upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        try:
            clip = services.import_upload(upload=fields.pop("sound"), **fields)
        except Refused as refusal:
            form.add_error("sound", f"{refusal}.")
        else:
            messages.success(request, _("“%(title)s” is in the catalogue.") % {"title": clip.title})
            return redirect("catalog:clip", clip.id)
    status = 422 if form.errors else 200
    return render(request, "catalog/upload.html", {"form": form}, status=status)


def credits(request: HttpRequest) -> HttpResponse:
    context = {
        "clips": selectors.credited_clips(),
        "pictures": selectors.credited_candidates(),
    }
    return render(request, "catalog/credits.html", context)
