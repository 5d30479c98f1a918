from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories.profiles import tiny_profile
from workbench.profiles import Profile


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return tiny_profile(tmp_path_factory.mktemp("models"), steps=2)


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory, profile: Profile) -> Path:
    """A testbed that has gone as far as its first snapshot."""
    # Torch loads only if a test needs it.
    from rich.console import Console  # noqa: PLC0415  see above

    from miniature.testbed import clips as world  # noqa: PLC0415  see above
    from miniature.testbed.lanes import Alone  # noqa: PLC0415  see above
    from miniature.testbed.material import Bed, gather, people_of  # noqa: PLC0415  see above
    from miniature.testbed.painting import Atelier  # noqa: PLC0415  see above
    from miniature.testbed.preference_folders import (  # noqa: PLC0415  see above
        Collection,
        write_preferences,
    )
    from miniature.testbed.settings import LoopSettings  # noqa: PLC0415  see above
    from miniature.testbed.stages import Stages  # noqa: PLC0415  see above
    from workbench.run_folder import started_run  # noqa: PLC0415  see above

    settings = LoopSettings(
        clips=12, candidates_per_clip=3, comparisons=30, annotators=6, adversaries=0, clusters=2
    )
    folder = tmp_path_factory.mktemp("testbed") / "bed"
    with started_run(folder, kind="testbed", settings=settings, seed=0) as run:
        clips = world.learning_clips(0, settings.clips)
        stages, atelier = Stages(run, Console(quiet=True)), Atelier(run, profile, 4, False)
        crew, people = Alone(atelier), people_of(settings)
        bed = Bed(settings, folder, stages, crew, atelier, clips, people)
        world.write_clips(run, clips, bed.clip_folder)
        found = gather(bed, 1, {})
        collection = Collection(bed.clip_folder, clips, found.images, found.votes, 0)
        write_preferences(collection, folder / "round-1" / "snapshot", name="tiny")
    return folder
