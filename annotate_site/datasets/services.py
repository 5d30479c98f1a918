from __future__ import annotations

import logging
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from annotate_site.accounts.models import Person
from annotate_site.core.exceptions import Refused
from annotate_site.datasets.contents import counts_of, gather
from annotate_site.datasets.label import Label
from annotate_site.datasets.models import Snapshot, SnapshotState
from annotate_site.datasets.selectors import judgements_for, lineage_of
from annotate_site.datasets.snapshot_files import write_snapshot
from workbench import snapshots as snapshot_format
from workbench.errors import BadInput, RunInterrupted
from workbench.files import sha256_of_file, whole_folder
from workbench.snapshots import Split

logger = logging.getLogger(__name__)


def snapshot_folder(snapshot: Snapshot) -> Path:
    return Path(settings.SNAPSHOTS_ROOT) / snapshot.name / str(snapshot.version)


def open_snapshot(*, name: str, made_by: Person, include_simulated: bool, seed: int) -> Snapshot:
    """Reserve the next version of `name`. Its parent is the newest version that is ready."""
    _refuse_bad_name(name)
    earlier = Snapshot.objects.filter(name=name)
    try:
        with transaction.atomic():
            return Snapshot.objects.create(
                name=name,
                version=(earlier.aggregate(newest=Max("version"))["newest"] or 0) + 1,
                parent=earlier.filter(state=SnapshotState.READY).order_by("-version").first(),
                filters={"include_simulated": include_simulated},
                seed=seed,
                made_by=made_by,
            )
    except IntegrityError:
        raise Refused(
            _("somebody began a snapshot %(name)s just now; try again") % {"name": repr(name)}
        ) from None


def build_snapshot(*, snapshot: Snapshot) -> Snapshot:
    """Write the folder, whole or not at all, and mark the row ready.

    What goes wrong is stored in the row and raised again. Raises Refused for a snapshot that was
    built before, when there is no judgement, or when media are missing.
    """
    if snapshot.state != SnapshotState.BUILDING:
        raise Refused(
            _("%(snapshot)s was built before (%(state)s); take a new snapshot")
            % {"snapshot": snapshot, "state": snapshot.get_state_display()}
        )
    try:
        return _built(snapshot)
    except (Refused, BadInput, RunInterrupted) as error:
        _note_failure(snapshot, str(error))
        raise
    except Exception as error:
        logger.exception("building %s failed", snapshot)
        _note_failure(snapshot, f"{type(error).__name__}: {error}")
        raise


def _refuse_bad_name(name: str) -> None:
    try:
        Snapshot._meta.get_field("name").clean(name, None)
    except ValidationError:
        raise Refused(
            _(
                "%(name)s is no name for a snapshot; use at most 60 letters, digits, hyphens and "
                "underscores"
            )
            % {"name": repr(name[:60])}
        ) from None


def _built(snapshot: Snapshot) -> Snapshot:
    judgements = judgements_for(snapshot).iterator(chunk_size=2000)
    contents = gather(judgements, seed=snapshot.seed, kept=_earlier_splits(snapshot))
    if not contents.votes:
        raise Refused(_nothing_to_take(snapshot))
    snapshot.counts = counts_of(contents)
    folder = snapshot_folder(snapshot)
    with whole_folder(folder) as partial:
        write_snapshot(partial, contents, _label(snapshot))
    snapshot.sha256 = sha256_of_file(folder / "manifest.json")
    snapshot.state = SnapshotState.READY
    snapshot.save(update_fields=["counts", "sha256", "state"])
    return snapshot


def _earlier_splits(snapshot: Snapshot) -> dict[str, Split]:
    """The split of every clip in an earlier version, so that no test clip is ever trained on."""
    splits: dict[str, Split] = {}
    for ancestor in lineage_of(snapshot):
        if not (snapshot_folder(ancestor) / "manifest.json").is_file():
            raise Refused(
                _(
                    "the files of %(snapshot)s are gone, so its splits cannot be kept; restore "
                    "them or choose another name"
                )
                % {"snapshot": ancestor}
            )
        opened = snapshot_format.open_snapshot(snapshot_folder(ancestor), check_hashes=False)
        for row in opened.clips().select(["clip_id", "split"]).to_pylist():
            splits.setdefault(row["clip_id"], row["split"])
    return splits


def _label(snapshot: Snapshot) -> Label:
    parent = snapshot.parent
    return Label(
        name=snapshot.name,
        version=snapshot.version,
        parent={"name": parent.name, "version": parent.version, "sha256": parent.sha256}
        if parent
        else None,
        filters=snapshot.filters,
        seed=snapshot.seed,
        counts=snapshot.counts,
        created_at=snapshot.created_at,
    )


def _nothing_to_take(snapshot: Snapshot) -> str:
    if snapshot.filters["include_simulated"]:
        return _("there is no finished judgement yet; judge some comparisons on all three axes")
    return _("there is no judgement of people yet: judge some, or include simulated ones")


def _note_failure(snapshot: Snapshot, failure: str) -> None:
    snapshot.state = SnapshotState.FAILED
    snapshot.failure = failure
    snapshot.save(update_fields=["state", "failure"])
