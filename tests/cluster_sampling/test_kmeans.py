import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_sampling.kmeans import _without_empty, cluster
from cluster_sampling.ties import first_of_highest
from workbench.errors import BadInput, RunFailed


def unit(rows):
    rows = np.asarray(rows, dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def blobs(count, k, *, d=8, spread=0.05, seed=0):
    generator = np.random.default_rng(seed)
    centres = unit(generator.normal(size=(k, d)))
    members = np.arange(count) % k
    return unit(centres[members] + spread * generator.normal(size=(count, d))), members


def test_clusters_are_the_blobs():
    rows, members = blobs(60, 3)

    clusters = cluster(rows, 3, seed=0, restarts=5)

    pairs = set(zip(members.tolist(), clusters.labels.tolist(), strict=True))
    assert len(pairs) == 3
    assert len({label for _, label in pairs}) == 3
    means = unit([rows[clusters.labels == label].mean(axis=0) for label in range(3)])
    np.testing.assert_allclose(clusters.centroids, means, atol=1e-5)


def test_clusters_by_direction_of_four_rows():
    rows = unit([[1, 0.1], [1, -0.1], [-1, 0.1], [-1, -0.1]])

    clusters = cluster(rows, 2, seed=0)

    assert clusters.labels[0] == clusters.labels[1] != clusters.labels[2] == clusters.labels[3]
    right = clusters.centroids[clusters.labels[0]]
    np.testing.assert_allclose(right, [1, 0], atol=1e-6)
    np.testing.assert_allclose(clusters.closeness, [1 / np.sqrt(1.01)] * 4, rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(4, 40),
    k=st.integers(2, 4),
    d=st.integers(2, 6),
    seed=st.integers(0, 1000),
)
def test_every_row_is_with_its_nearest_centroid_and_no_cluster_is_empty(count, k, d, seed):
    rows = unit(np.random.default_rng(seed).normal(size=(count, d)))

    clusters = cluster(rows, k, seed=seed)
    again = cluster(rows, k, seed=seed)

    np.testing.assert_array_equal(clusters.labels, again.labels)
    np.testing.assert_array_equal(clusters.centroids, again.centroids)
    assert set(clusters.labels) == set(range(k))
    np.testing.assert_allclose(np.linalg.norm(clusters.centroids, axis=1), 1, atol=1e-5)
    cosines = rows @ clusters.centroids.T
    own = cosines[np.arange(count), clusters.labels]
    assert (own >= cosines.max(axis=1) - 1e-5).all()


def test_as_many_clusters_as_clips_give_each_its_own():
    rows = unit(np.eye(5))

    assert sorted(cluster(rows, 5, seed=0).labels.tolist()) == [0, 1, 2, 3, 4]


def test_duplicates_share_a_cluster_and_leave_none_empty():
    rows = unit([[1, 0]] * 50 + [[0, 1], [-1, 0], [0, -1]])

    clusters = cluster(rows, 4, seed=0)

    assert len(set(clusters.labels[:50].tolist())) == 1
    assert set(clusters.labels.tolist()) == {0, 1, 2, 3}


def test_empty_clusters_get_the_rows_farthest_from_their_centroids():
    rows = unit([[1, 0], [1, 0.1], [1, -0.1], [0, 1]])
    centroids = unit([[1, 0], [-1, 0]])

    clusters = _without_empty(rows, centroids)

    assert clusters.labels.tolist() == [0, 0, 0, 1]
    assert clusters.refilled == 1
    np.testing.assert_array_equal(clusters.centroids[1], rows[3])


def test_a_centroid_without_direction_is_refilled():
    rows = unit([[1, 0], [-1, 0], [1, 0.5]])
    centroids = np.array([[0, 0], [1, 0]], dtype=np.float32)

    clusters = _without_empty(rows, centroids)

    np.testing.assert_allclose(np.linalg.norm(clusters.centroids, axis=1), 1)
    assert clusters.labels.tolist() == [1, 0, 1]


def test_clips_too_alike_for_k_fail():
    rows = unit([[1, 0], [1, 1e-5], [1, -1e-5]])

    with pytest.raises(RunFailed, match="stay empty"):
        cluster(rows, 3, seed=0)


@pytest.mark.parametrize(
    ("rows", "k", "message"),
    [
        (unit(np.eye(4)), 1, "k = 1 leaves no farthest cluster"),
        (unit(np.eye(4)), 0, "k = 0 leaves no farthest cluster"),
        (unit(np.eye(4)), 5, "k = 5 exceeds the 4 clips"),
        (unit(np.eye(4))[[0, 0, 1, 1]], 3, "k = 3 exceeds the 2 clips that differ"),
        (np.array([[1, 0], [np.nan, 0]], dtype=np.float32), 2, "not finite"),
        (np.empty((0, 4), dtype=np.float32), 2, "k = 2 exceeds the 0 clips"),
    ],
)
def test_unusable_clusterings_are_refused(rows, k, message):
    with pytest.raises(BadInput, match=message):
        cluster(rows, k, seed=0)


def test_first_of_highest_takes_the_lowest_column_among_equals():
    values = np.array([[0.1, 0.5, 0.5], [0.3, 0.3 + 5e-7, 0.2], [0.3, 0.31, 0.2]], dtype="f4")

    assert first_of_highest(values).tolist() == [1, 0, 1]
