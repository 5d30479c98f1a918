from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotate_site.accounts.models import Role
from annotate_site.accounts.permissions import person_of, role_required
from annotate_site.annotation.models import DocumentKind
from annotate_site.annotation.services.documents import render_markdown
from annotate_site.core.exceptions import Refused
from annotate_site.quality.forms.texts import PreviewForm, TextForm, language_name
from annotate_site.quality.navigation import project_page
from annotate_site.quality.selectors.texts import (
    diff_lines,
    history_of,
    text_states,
    texts_to_edit,
)
from annotate_site.quality.services.texts import publish_text, texts_of


@require_safe
@role_required(Role.MANAGER)
def texts(request: HttpRequest) -> HttpResponse:
    return project_page(request, "texts.html", {"states": text_states()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.MANAGER)
def edit(request: HttpRequest, kind: str) -> HttpResponse:
    """The newest version of a text, to be changed into the next one."""
    chosen = _kind(kind)
    newest, known = texts_to_edit(kind)
    initial = {"based_on": newest} | {f"text_{code}": text for code, text in known.items()}
    form = TextForm(request.POST or None, languages=known, initial=initial)
    if request.method == "POST" and form.is_valid() and "publish" in request.POST:
        try:
            publish_text(
                kind=kind,
                texts=form.texts(),
                based_on=form.cleaned_data["based_on"],
                by=person_of(request),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Published. People are asked to read it once more."))
            return redirect("quality:edit_text", kind)
    parts = [
        (language, field, render_markdown(str(field.value() or "")))
        for language, field in form.text_fields()
    ]
    context = {
        "kind": chosen,
        "newest": newest,
        "form": form,
        "parts": parts,
        "history": history_of(kind),
    }
    return project_page(request, "text.html", context, status=422 if form.errors else 200)


@require_POST
@role_required(Role.MANAGER)
def preview(request: HttpRequest) -> HttpResponse:
    """What a text looks like: a fragment for the editor."""
    language = next((name for name in request.POST if name.startswith("text_")), "text")
    form = PreviewForm({"text": request.POST.get(language, "")})
    if not form.is_valid():
        return HttpResponse(str(form.errors["text"][0]), status=422, content_type="text/plain")
    html = render_markdown(form.cleaned_data["text"])
    return render(request, "quality/text_preview.html", {"html": html})


@require_safe
@role_required(Role.MANAGER)
def version(request: HttpRequest, kind: str, version: int) -> HttpResponse:
    """One version as it was, and what it changed."""
    chosen = _kind(kind)
    shown, before = texts_of(kind, version), texts_of(kind, version - 1)
    if not shown:
        raise Http404("there is no such version")
    parts = [
        (
            language_name(language),
            render_markdown(shown.get(language, "")),
            diff_lines(before.get(language, ""), shown.get(language, "")) if before else [],
        )
        for language in sorted({*shown, *before})
    ]
    context = {"kind": chosen, "version": version, "parts": parts}
    return project_page(request, "text_version.html", context)


def _kind(kind: str) -> DocumentKind:
    if kind not in DocumentKind.values:
        raise Http404("there is no such text")
    return DocumentKind(kind)
