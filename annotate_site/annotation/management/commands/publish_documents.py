from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from annotate_site.annotation.services.documents import publish_default_documents


class Command(BaseCommand):
    help = (
        "Publish the consent and the instructions that come with the site, where there are none. "
        "From then on people are asked to agree before they judge; managers change the texts."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        documents = publish_default_documents()
        for document in documents:
            self.stdout.write(str(document))
        if not documents:
            self.stdout.write("there is a version of each already; nothing was changed")
