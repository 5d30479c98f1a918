"""The commands of this package: pull, reward train, reward evaluate, refine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from rich.console import Console

from rlhf.devices import Device
from rlhf.quietness import only_our_bars
from rlhf.refine_settings import RefineSettings
from rlhf.reward_settings import RewardSettings
from workbench.axes import AXIS_NAMES, Axis
from workbench.command_line import courteous, is_first_process, print_json, with_settings
from workbench.profiles import chosen_profile

if TYPE_CHECKING:
    from rlhf._refinement_card import Refined
    from rlhf.sweep import Swept

ProfileOption = Annotated[
    Optional[str],  # noqa: UP045 typer reads it
    typer.Option("--profile", help="Which models to use; else MUSEPAINTER_PROFILE, else mini."),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on from the checkpoint of an interrupted run.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
SnapshotArgument = Annotated[Path, typer.Argument(help="Folder of a preference snapshot.")]

reward = typer.Typer(add_completion=False)


def pull(
    reference: Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="Which snapshot.")],
    output: Annotated[
        Optional[Path],  # noqa: UP045 typer reads it
        typer.Option("-o", "--output", help="New folder for it; else NAME-VERSION or NAME here."),
    ] = None,
    site: Annotated[
        str, typer.Option(envvar="MUSEPAINTER_SITE", help="Address of the site.")
    ] = "http://127.0.0.1:8000",
    token: Annotated[
        str, typer.Option(envvar="MUSEPAINTER_TOKEN", help="Token of your account.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Fetch a preference snapshot from a site and verify every file of it."""
    from rlhf.pull import pull_snapshot, split_reference  # noqa: PLC0415  the door stays light

    name, version = split_reference(reference)
    folder = output or Path(f"{name}-{version}" if version else name)
    snapshot = pull_snapshot(name, folder, site=site, token=token, version=version)
    found = {
        "folder": str(folder),
        "sha256": snapshot.sha256,
        "files": len(snapshot.manifest["files"]),
        "counts": snapshot.manifest.get("counts"),
    }
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{folder}: {found['files']} files, all as hashed ({snapshot.sha256[:12]})")


@reward.command("train")
@courteous
@with_settings(RewardSettings)
def reward_train(
    snapshot: SnapshotArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="New run folder.")],
    settings: RewardSettings,
    beside: Annotated[
        Optional[list[Path]],  # noqa: UP045 typer reads it
        typer.Option("--beside", help="Run of another axis to compare rewards with; repeatable."),
    ] = None,
    profile: ProfileOption = None,
    resume: ResumeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train the reward model of one axis on a snapshot (Eq. 9)."""
    only_our_bars()
    from rlhf.reward_training import train_reward  # noqa: PLC0415  the door stays light

    report = train_reward(
        snapshot, output, settings, chosen_profile(profile), beside=beside or (), resume=resume
    )
    if not is_first_process():
        return
    if as_json:
        print_json(report.as_dict())
    else:
        _tell_report(report.as_dict())


@reward.command("evaluate")
@courteous
def reward_evaluate(
    scorers: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|BASELINE...",
            help="Run folders, or any of constant, imagebind, imagebind-music, imagebind-text, "
            "logistic, clip-score, pickscore.",
        ),
    ],
    snapshot: Annotated[Path, typer.Option("-s", "--snapshot", help="Folder of a snapshot.")],
    axis: Annotated[
        Optional[Axis],  # noqa: UP045 typer reads it
        typer.Option("--axis", help="Axis to judge them on; else that of the runs."),
    ] = None,
    model: Annotated[
        Optional[Path],  # noqa: UP045 typer reads it
        typer.Option("--model", help="Folder of a CLIPModel, for clip-score and pickscore."),
    ] = None,
    resamples: Annotated[
        int, typer.Option(min=10, help="Bootstrap resamples of clips for the intervals.")
    ] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resampling.")] = 0,
    device: Annotated[Device, typer.Option(help="auto takes a GPU where there is one.")] = "auto",
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure reward models and simple baselines side by side on the test pairs of a snapshot."""
    only_our_bars()
    from rlhf._evaluation_table import print_evaluation  # noqa: PLC0415  the door stays light
    from rlhf._intervals import Resampling  # noqa: PLC0415  the same
    from rlhf.reward_evaluation import evaluate_rewards  # noqa: PLC0415  the same

    found = evaluate_rewards(
        scorers,
        snapshot,
        chosen_profile(profile),
        axis=axis,
        clip_model=model,
        device=device,
        resampling=Resampling(resamples, seed),
    )
    if as_json:
        print_json(found.as_dict())
    else:
        print_evaluation(found, Console())


@with_settings(RefineSettings)
def refine(
    reward: Annotated[Path, typer.Option("--reward", help="Run folder of the reward model.")],
    snapshot: Annotated[Path, typer.Option("--snapshot", help="Folder of a snapshot.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="New run folder.")],
    settings: RefineSettings,
    guards: Annotated[
        Optional[list[Path]],  # noqa: UP045 typer reads it
        typer.Option("--guard", help="Reward run of another axis that may not suffer; repeatable."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Use the reward model although it is unfit; noted.")
    ] = False,
    sweep_lambda: Annotated[
        str,
        typer.Option(
            metavar="NUMBERS",
            help="Values of lambda such as 0.1,1,10: a quarter of the steps with each, judged on "
            "validation clips, then all steps with the best.",
        ),
    ] = "",
    profile: ProfileOption = None,
    resume: ResumeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fine-tune the painter on one axis: an adapter of its own (Eqs. 10-11)."""
    only_our_bars()
    from rlhf.refinement import refine as train_adapter  # noqa: PLC0415  the door stays light
    from rlhf.sweep import parsed_lambdas  # noqa: PLC0415  the same
    from rlhf.sweep import sweep_lambda as sweep  # noqa: PLC0415  the same

    inputs = (snapshot, reward, output, settings, chosen_profile(profile))
    manner: dict[str, Any] = {"guards": guards or (), "force": force, "resume": resume}
    swept = sweep(*inputs, parsed_lambdas(sweep_lambda), **manner) if sweep_lambda else None
    refined = swept.refined if swept else train_adapter(*inputs, **manner)
    if not is_first_process():
        return
    if as_json:
        print_json((swept or refined).as_dict())
        return
    if swept:
        _tell_swept(swept)
    _tell_refined(output, refined)


def _tell_swept(swept: Swept) -> None:
    from rlhf.sweep import SWEEP_COLUMNS  # noqa: PLC0415  the door stays light

    for row in (SWEEP_COLUMNS, *(trial.cells() for trial in swept.trials)):
        typer.echo("  " + " ".join(f"{cell:>9}" for cell in row))
    typer.echo(f"lambda {swept.chosen.reward_weight:g} pleased the judges most and was taken.")


def _tell_refined(output: Path, refined: Refined) -> None:
    from rlhf._refinement_card import (  # noqa: PLC0415  the door stays light
        WATCH_COLUMNS,
        cut_sentences,
        watch_rows,
        watch_sentences,
    )

    for sentence in cut_sentences(refined):
        typer.echo(f"warning: {sentence}", err=True)
    for sentence in watch_sentences(refined):
        typer.echo(sentence)
    if refined.ending:
        for row in (WATCH_COLUMNS, *watch_rows(refined.ending)):
            typer.echo("  " + " ".join(f"{cell:>9}" for cell in row).rstrip())
    found = refined.comparison
    typer.echo(
        f"{output}/adapter: proxy reward {found.reward_before:+.2f} -> {found.reward_after:+.2f} "
        f"sd on {found.n} held-out pictures, higher for {found.win_rate:.0%}; look at "
        f"{output}/contact_sheet.png"
    )


def _tell_report(report: dict[str, Any]) -> None:
    typer.echo(f"{AXIS_NAMES[report['axis']]} ({report['axis']})")
    for split, measured in report["splits"].items():
        if not measured["n"]:
            typer.echo(f"  {split:<10} no pairs")
            continue
        annotators = measured["human_ceiling"]
        typer.echo(
            f"  {split:<10} accuracy {measured['accuracy']:.3f} "
            f"[{measured['accuracy_low']:.3f}, {measured['accuracy_high']:.3f}]"
            + (f", annotators {annotators:.3f}" if annotators is not None else "")
            + f", loss {measured['loss']:.3f}, n = {measured['n']}"
        )
    fitness = report["fitness"]
    typer.echo(f"  {fitness['verdict']}" + "".join(f"; {reason}" for reason in fitness["reasons"]))
