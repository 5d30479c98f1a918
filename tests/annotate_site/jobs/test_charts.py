from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import translation

from annotate_site.jobs.charts import HEIGHT, WIDTH, Panel, panels_of


def _panels(tmp_path: Path, lines: list[dict[str, object]]) -> list[Panel]:
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return panels_of(metrics)


def test_panels_of_places_a_curve_by_its_extremes(tmp_path: Path) -> None:
    (panel,) = _panels(
        tmp_path, [{"step": 10, "loss": 2.0}, {"step": 20, "loss": 1.0}, {"step": 30, "loss": 0.0}]
    )
    (curve,) = panel.curves
    assert curve.points == "6.0,6.0 160.0,65.0 314.0,124.0"
    assert (panel.title, panel.lowest, panel.highest) == ("loss", 0.0, 2.0)
    assert (panel.first_step, panel.last_step, curve.last) == (10, 30, 0.0)
    assert (curve.end_x, curve.end_y) == (WIDTH - 6, HEIGHT - 6)


def test_panels_of_draws_training_and_held_out_values_together_and_first(tmp_path: Path) -> None:
    panels = _panels(
        tmp_path,
        [
            {"step": 1, "learning_rate": 0.1, "train_loss": 1.0, "epoch": 1},
            {"step": 1, "eval_loss": 2},
            {"step": 0, "watch_reward": 0.1},
        ],
    )
    assert [(p.title, [c.label for c in p.curves]) for p in panels] == [
        ("loss", ["training", "held-out"]),
        ("learning rate", [""]),
        ("reward", ["held-out"]),
    ]


def test_panels_of_skips_what_is_no_number(tmp_path: Path) -> None:
    lines = [{"step": 1, "loss": None, "name": "x"}, {"loss": 1.0}, {"step": "a"}]
    assert _panels(tmp_path, lines) == []


def test_panels_of_skips_a_line_that_is_half_written(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_text('{"step": 1, "loss": 1.0}\n[1]\n{"step": 2, "lo')
    (panel,) = panels_of(metrics)
    assert panel.last_step == 1


def test_panels_of_a_missing_file_gives_none(tmp_path: Path) -> None:
    assert panels_of(tmp_path / "metrics.jsonl") == []


@pytest.mark.parametrize("count", [1, 240, 241, 5000])
def test_panels_of_thins_long_curves_and_keeps_the_last_point(tmp_path: Path, count: int) -> None:
    (panel,) = _panels(tmp_path, [{"step": n, "loss": n % 7} for n in range(count)])
    (curve,) = panel.curves
    assert len(curve.points.split()) <= 240
    assert curve.last == (count - 1) % 7


def test_panels_of_leaves_a_trainers_summary_out_of_its_curve(tmp_path: Path) -> None:
    lines = [{"step": 1, "loss": 2}, {"step": 2, "loss": 1}, {"step": 2, "train_loss": 1.5}]
    (panel,) = _panels(tmp_path, lines)
    assert [(curve.label, curve.last) for curve in panel.curves] == [("", 1.0)]


def test_panels_of_are_titled_in_the_language_of_the_page(tmp_path: Path) -> None:
    lines = [{"step": n, "loss_pre": 1.0 / n, "watch_loss_pre": 0.5, "oddity": n} for n in (1, 2)]
    with translation.override("de"):
        panels = _panels(tmp_path, lines)
    assert [(p.title, [c.label for c in p.curves]) for p in panels] == [
        (
            "Verlust auf den eigenen Bildern des Grundmodells (L_pre)",
            ["Training", "zurückgehalten"],
        ),
        ("oddity", [""]),
    ]
