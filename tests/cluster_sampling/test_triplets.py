from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_sampling import triplets
from cluster_sampling.features import Features
from cluster_sampling.kmeans import cluster
from cluster_sampling.triplets import (
    NO_NEGATIVE,
    NO_ORIGINAL,
    NO_POSITIVE,
    TRIPLET_SCHEMA,
    choose_triplets,
    farthest_clusters,
)
from workbench.errors import BadInput
from workbench.manifests import ImageEntry

CENTROIDS = np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32)
CLIPS = {"a": (1, 0), "b": (0.8, 0.6), "c": (0, 1), "d": (-1, 0), "e": (-0.6, -0.8)}
LABELS = np.array([0, 0, 1, 2, 2])
# image -> clip, generation, embedding
IMAGES = {
    "i1": ("a", 0, (0, 1)),
    "i2": ("a", 1, (0.6, 0.8)),
    "i3": ("a", 1, (1, 0)),
    "i4": ("b", 0, (0, 1)),
    "i5": ("b", 0, (0.6, -0.8)),
    "i6": ("c", 0, (1, 0)),
    "i7": ("d", 0, (0, 1)),
    "i8": ("e", 3, (-1, 0)),
}


def features(vectors):
    return Features(tuple(vectors), np.array(list(vectors.values()), dtype=np.float32))


def manifest_of(images):
    return {
        name: ImageEntry(image_id=name, clip_id=clip, image=f"{name}.png", generation=generation)
        for name, (clip, generation, _) in images.items()
    }


def chosen(clips=CLIPS, images=IMAGES, labels=LABELS, centroids=CENTROIDS, *, seed=0, per_clip=1):
    return choose_triplets(
        features(clips),
        features({name: vector for name, (_, _, vector) in images.items()}),
        manifest_of(images),
        labels,
        centroids,
        seed=seed,
        per_clip=per_clip,
    )


def test_triplets_equal_those_worked_out_by_hand():
    selection = chosen()

    rows = selection.triplets.to_pylist()
    # Farthest: of (1, 0) is (-1, 0) and the reverse; of (0, 1) both are, and the lower number wins.
    assert [(r["clip_id"], r["original_id"], r["positive_id"]) for r in rows] == [
        ("a", "i2", "i5"),  # cosines of b's pictures with (1, 0): 0 and 0.6
        ("b", "i4", "i2"),  # cosines of a's pictures with (0.8, 0.6): 0.6, 0.96 and 0.8
        ("d", "i7", "i8"),
        ("e", "i8", "i7"),
    ]
    assert [(r["clip_cluster"], r["negative_cluster"]) for r in rows] == [
        *((0, 2), (0, 2)),
        *((2, 0), (2, 0)),
    ]
    originals = [r["similarity_original"] for r in rows]
    positives = [r["similarity_positive"] for r in rows]
    assert originals == pytest.approx([0.6, 0.6, 0.0, 0.6])
    assert positives == pytest.approx([0.6, 0.96, 1.0, -0.8])
    assert selection.skipped == {NO_POSITIVE: 1}
    assert selection.short == 0
    assert selection.triplets.schema == TRIPLET_SCHEMA


def test_negatives_come_from_the_farthest_cluster_with_their_cosine():
    for row in chosen(seed=3, per_clip=2).triplets.to_pylist():
        clip, _, vector = IMAGES[row["negative_id"]]
        assert LABELS[sorted(CLIPS).index(clip)] == row["negative_cluster"]
        assert row["similarity_negative"] == pytest.approx(
            float(np.dot(CLIPS[row["clip_id"]], vector))
        )


def test_several_triplets_go_round_the_originals_with_other_negatives():
    selection = chosen(per_clip=3)

    of_a = [row for row in selection.triplets.to_pylist() if row["clip_id"] == "a"]
    assert [row["original_id"] for row in of_a] == ["i2", "i3"]
    assert {row["positive_id"] for row in of_a} == {"i5"}
    assert {row["negative_id"] for row in of_a} == {"i7", "i8"}
    assert selection.short == 2  # a and b: only two pictures lie in cluster 2
    assert Counter(selection.triplets["clip_id"].to_pylist()) == {"a": 2, "b": 2, "d": 3, "e": 3}


def test_originals_come_round_again():
    of_e = [r for r in chosen(per_clip=5).triplets.to_pylist() if r["clip_id"] == "e"]

    assert [row["original_id"] for row in of_e] == ["i8"] * 5
    assert {row["negative_id"] for row in of_e} == {"i1", "i2", "i3", "i4", "i5"}


def test_skips_are_counted_by_reason():
    images = {name: IMAGES[name] for name in ("i1", "i4", "i6", "i5")}

    selection = chosen(images=images)

    # a and b: nothing lies in cluster 2; c is alone; d and e own nothing.
    assert selection.skipped == {NO_NEGATIVE: 2, NO_POSITIVE: 1, NO_ORIGINAL: 2}
    assert selection.triplets.num_rows == 0
    assert selection.triplets.schema == TRIPLET_SCHEMA


def test_equally_near_pictures_give_the_lowest_id():
    images = {
        "p2": ("b", 0, (1, 0)),
        "p1": ("b", 0, (1, 0)),
        "p0": ("b", 0, (0.6, 0.8)),
        "own": ("a", 0, (0, 1)),
        "far": ("d", 0, (-1, 0)),
    }

    rows = chosen(images=images).triplets.to_pylist()

    assert rows[0]["clip_id"] == "a"
    assert rows[0]["positive_id"] == "p1"


def test_negatives_are_uniform():
    drawn = Counter(
        row["negative_id"]
        for seed in range(500)
        for row in chosen(seed=seed).triplets.to_pylist()
        if row["clip_id"] == "d"
    )

    # 500 draws from five pictures: mean 100, standard deviation 9.
    assert set(drawn) == {"i1", "i2", "i3", "i4", "i5"}
    assert all(60 < count < 140 for count in drawn.values())


def test_a_picture_of_an_unknown_clip_is_refused():
    with pytest.raises(BadInput, match="image 'i9' is of clip 'z', which has no audio features"):
        chosen(images={**IMAGES, "i9": ("z", 0, (1, 0))})


def test_farthest_cluster_is_never_the_own():
    same = np.array([[1, 0], [1, 0], [1, 0]], dtype=np.float32)

    assert farthest_clusters(same).tolist() == [1, 0, 0]
    assert farthest_clusters(CENTROIDS).tolist() == [2, 0, 0]


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def random_world(seed, clip_count, d=4):
    """Clips and pictures in id order, pictures 0 to 3 a clip."""
    generator = np.random.default_rng(seed)
    clips = unit(generator.normal(size=(clip_count, d)))
    owners = np.repeat(np.arange(clip_count), generator.integers(0, 4, clip_count))
    pictures = unit(generator.normal(size=(len(owners), d)))
    clip_ids = tuple(f"c{i:02d}" for i in range(clip_count))
    image_ids = tuple(f"i{i:02d}" for i in range(len(owners)))
    manifest = {
        name: ImageEntry(
            image_id=name,
            clip_id=clip_ids[owner],
            image="x.png",
            generation=int(generator.integers(0, 2)),
        )
        for name, owner in zip(image_ids, owners, strict=True)
    }
    return Features(clip_ids, clips), Features(image_ids, pictures), manifest


worlds = {
    "seed": st.integers(0, 10_000),
    "clip_count": st.integers(4, 16),
    "k": st.integers(2, 4),
    "per_clip": st.integers(1, 4),
}


@settings(max_examples=60, deadline=None)
@given(**worlds)
def test_every_triplet_obeys_the_rule(seed, clip_count, k, per_clip):
    audio, images, manifest = random_world(seed, clip_count)
    clusters = cluster(audio.rows, k, seed=seed)

    selection = choose_triplets(
        audio,
        images,
        manifest,
        clusters.labels,
        clusters.centroids,
        seed=seed,
        per_clip=per_clip,
    )

    label = dict(zip(audio.ids, clusters.labels.tolist(), strict=True))
    vector = dict(zip(audio.ids, audio.rows, strict=True)) | dict(
        zip(images.ids, images.rows, strict=True)
    )
    rows = selection.triplets.to_pylist()
    for row in rows:
        clip = row["clip_id"]
        own = [m for m in manifest.values() if m.clip_id == clip]
        original = manifest[row["original_id"]]
        assert original.clip_id == clip
        assert original.generation == max(m.generation for m in own)
        positive = manifest[row["positive_id"]]
        assert positive.clip_id != clip
        assert label[positive.clip_id] == label[clip] == row["clip_cluster"]
        rivals = [
            float(vector[clip] @ vector[m.image_id])
            for m in manifest.values()
            if m.clip_id != clip and label[m.clip_id] == label[clip]
        ]
        assert row["similarity_positive"] == pytest.approx(max(rivals), abs=1e-5)
        away = label[manifest[row["negative_id"]].clip_id]
        cosines = clusters.centroids @ clusters.centroids[label[clip]]
        assert away == row["negative_cluster"] != label[clip]
        assert cosines[away] == pytest.approx(np.delete(cosines, label[clip]).min(), abs=1e-5)
    keys = [tuple(list(row.values())[:4]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys, key=lambda key: key[0])
    assert max(Counter(key[0] for key in keys).values(), default=0) <= per_clip
    assert len({key[0] for key in keys}) + sum(selection.skipped.values()) == clip_count


@settings(max_examples=30, deadline=None)
@given(order_seed=st.integers(0, 1000), **worlds)
def test_order_of_the_input_does_not_matter(order_seed, seed, clip_count, k, per_clip):
    audio, images, manifest = random_world(seed, clip_count)
    clusters = cluster(audio.rows, k, seed=seed)
    generator = np.random.default_rng(order_seed)
    clip_order = generator.permutation(len(audio))
    image_order = generator.permutation(len(images))
    shuffled_audio = Features(tuple(audio.ids[i] for i in clip_order), audio.rows[clip_order])
    shuffled_images = Features(tuple(images.ids[i] for i in image_order), images.rows[image_order])
    options = {"seed": seed, "per_clip": per_clip}

    straight = choose_triplets(
        audio, images, manifest, clusters.labels, clusters.centroids, **options
    )
    shuffled = choose_triplets(
        shuffled_audio,
        shuffled_images,
        manifest,
        clusters.labels[clip_order],
        clusters.centroids,
        **options,
    )

    assert straight.triplets.select(range(6)) == shuffled.triplets.select(range(6))
    assert (straight.skipped, straight.short) == (shuffled.skipped, shuffled.short)


def test_chunks_do_not_change_the_result(monkeypatch):
    audio, images, manifest = random_world(5, 16)
    clusters = cluster(audio.rows, 2, seed=0)
    arguments = (audio, images, manifest, clusters.labels, clusters.centroids)
    whole = choose_triplets(*arguments, seed=0, per_clip=3)

    monkeypatch.setattr(triplets, "_CHUNK_CELLS", 1)
    monkeypatch.setattr(triplets, "_CHUNK_ROWS", 1)
    in_pieces = choose_triplets(*arguments, seed=0, per_clip=3)

    assert in_pieces.triplets.select(range(6)) == whole.triplets.select(range(6))
    for name in ("similarity_original", "similarity_positive", "similarity_negative"):
        np.testing.assert_allclose(
            in_pieces.triplets[name].to_numpy(), whole.triplets[name].to_numpy(), atol=1e-6
        )


def test_other_seeds_draw_other_negatives():
    drawn = {
        tuple(chosen(seed=seed, per_clip=5).triplets["negative_id"].to_pylist())
        for seed in range(10)
    }

    assert len(drawn) == 10


def test_new_clips_leave_the_draws_of_others_alone():
    more_clips = {**CLIPS, "f": (1, 0)}

    before = chosen(per_clip=2).triplets.to_pylist()
    after = chosen(clips=more_clips, labels=np.append(LABELS, 1), per_clip=2).triplets.to_pylist()

    assert after == before
