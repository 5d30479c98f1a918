"""A run that clusters a features folder and chooses its triplets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cluster_sampling.features import IMAGES_FILE, Features, load_features_folder
from cluster_sampling.kmeans import Clusters, cluster
from cluster_sampling.settings import SampleSettings
from cluster_sampling.triplets import Selection, choose_triplets
from workbench.errors import RunFailed
from workbench.files import refuse_existing, sha256_of_file, whole_file
from workbench.run_folder import RunFolder, started_run

CLUSTER_SCHEMA = pa.schema(
    [
        ("clip_id", pa.string()),
        ("cluster", pa.int32()),
        # Cosine of the clip and the centroid of its cluster.
        ("similarity", pa.float32()),
    ]
)


def sample_features(features: Path, out: Path, settings: SampleSettings) -> dict[str, Any]:
    """Write clusters.parquet, centroids.npy and triplets.parquet into the run folder `out`.

    Returns the counts that run.json holds. Raises BadInput for unusable features or k, RunFailed
    when no clip gives a triplet (the clusters are there then, to see why).
    """
    refuse_existing(out)
    folder = load_features_folder(features)
    audio = folder.audio.by_id()
    hashes = {
        name: sha256_of_file(features / name) for name in ("audio.npz", "image.npz", IMAGES_FILE)
    }
    with started_run(
        out, kind="sample", settings=settings, seed=settings.seed, inputs=hashes
    ) as run:
        run.progress("clusters", 0, 2)
        clusters = _clustered(audio, settings)
        _save_clusters(run, audio, clusters)
        run.progress("triplets", 1, 2)
        selection = choose_triplets(
            audio,
            folder.images,
            folder.manifest,
            clusters.labels,
            clusters.centroids,
            seed=settings.seed,
            per_clip=settings.per_clip,
        )
        counts = _counts(audio, folder.images, clusters, selection)
        run.note(counts=counts)
        if not selection.triplets.num_rows:
            raise RunFailed(f"no clip gave a triplet: {selection.skipped}; give a smaller k")
        with whole_file(run.path("triplets.parquet")) as partial:
            pq.write_table(selection.triplets, partial)
        run.progress("triplets", 2, 2)
    return counts


def _clustered(audio: Features, settings: SampleSettings) -> Clusters:
    return cluster(
        audio.rows,
        settings.k,
        seed=settings.seed,
        iterations=settings.iterations,
        restarts=settings.restarts,
    )


def _save_clusters(run: RunFolder, audio: Features, clusters: Clusters) -> None:
    with whole_file(run.path("centroids.npy")) as partial:
        np.save(partial, clusters.centroids)
    arrays = [
        pa.array(audio.ids, pa.string()),
        pa.array(clusters.labels, pa.int32()),
        pa.array(clusters.closeness, pa.float32()),
    ]
    with whole_file(run.path("clusters.parquet")) as partial:
        pq.write_table(pa.Table.from_arrays(arrays, schema=CLUSTER_SCHEMA), partial)


def _counts(
    audio: Features, images: Features, clusters: Clusters, selection: Selection
) -> dict[str, Any]:
    sizes = np.bincount(clusters.labels)
    return {
        "clips": len(audio),
        "images": len(images),
        "clusters": len(clusters.centroids),
        "smallest_cluster": int(sizes.min()),
        "largest_cluster": int(sizes.max()),
        "refilled_clusters": clusters.refilled,
        "triplets": selection.triplets.num_rows,
        "skipped_clips": selection.skipped,
        "clips_short_of_triplets": selection.short,
    }
