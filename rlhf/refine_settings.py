"""Settings of a refinement: what a command, a form and a saved run agree on."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rlhf.devices import Device
from workbench.axes import Axis

Adapted = Literal["attention", "transformer", "unet"]
ObjectiveName = Literal["refl", "draft", "ddpo", "grpo", "dpo"]
Keep = Literal["best", "last"]
Pessimism = Literal["sd", "minimum"]
Targets = Literal["own", "shuffled"]


class RefineSettings(BaseModel):
    """How one adapter is trained (Eqs. 10-11)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    axis: Axis = Field(description="Axis to improve; the reward model must be of the same axis.")
    objective: ObjectiveName = Field(
        default="refl",
        description=(
            "What teaches the axis: refl = the reward's gradient at one random late step, as in "
            "Eqs. 10-11; draft = its gradient through the last steps of the rollout; ddpo and grpo "
            "= policy gradients, for rewards without a gradient; dpo = the judgements themselves."
        ),
    )
    seed: int = Field(default=0, ge=0, lt=2**31, description="Seed of noise, steps and batches.")
    steps: int = Field(default=40, ge=1, le=100_000, description="Optimizer steps.")
    batch_size: int = Field(
        default=4,
        ge=1,
        le=1024,
        description="Pictures painted and rewarded per step; for dpo, pairs compared.",
    )
    micro_batch: int = Field(
        default=0,
        ge=0,
        le=1024,
        description=(
            "Pictures (for dpo, pairs) that go through the painter at once; the gradients of a "
            "batch are added up, so only memory and speed change. 0 takes a batch whole."
        ),
    )
    decode_batch: int = Field(
        default=0,
        ge=0,
        le=1024,
        description=(
            "Pictures that the reward looks at once, through the VAE's decoder, which takes far "
            "more memory than the UNet; 0: as many as go through the painter. 1 suits 1024 px."
        ),
    )
    pretrain_batch_size: int = Field(
        default=8, ge=1, le=1024, description="Pictures per step for L_pre."
    )
    stay_close_to: Literal["base", "snapshot"] = Field(
        default="base",
        description=(
            "Pictures for L_pre: base = the base painter's own, painted first; snapshot = the "
            "pictures that people compared, which also pulls the painter towards them."
        ),
    )
    pretraining_pictures: int = Field(
        default=48, ge=1, le=65_536, description="How many of its own pictures it paints for L_pre."
    )
    pretraining_weight: float = Field(
        default=1.0,
        ge=0,
        le=1000,
        description=(
            "Factor of L_pre in the sum; 0 leaves the reward alone, as ReFL does. lambda is "
            "calibrated against the whole L_pre whatever this is."
        ),
    )
    kl_weight: float = Field(
        default=0.0,
        ge=0,
        le=1_000_000,
        description=(
            "Factor of the mean squared difference between what the painter predicts with and "
            "without the adapter, on the pictures of L_pre: the KL to the base up to a factor. "
            "Costs a third more on them; off, as L_pre holds the painter already."
        ),
    )
    learning_rate: float = Field(
        default=1e-3,
        gt=0,
        le=1,
        description="Rate of AdamW. 1e-3 suits the miniature painter, 1e-5 suits SDXL.",
    )
    weight_decay: float = Field(default=1e-4, ge=0, le=10, description="AdamW's decay.")
    max_grad_norm: float = Field(
        default=1.0, gt=0, le=1000, description="The summed gradient is clipped to this norm."
    )
    rank: int = Field(default=8, ge=1, le=1024, description="Rank r of the LoRA; alpha equals r.")
    adapted: Adapted = Field(
        default="attention",
        description=(
            "Where the LoRA goes: attention; transformer = attention and feed-forward; unet = "
            "these and the convolutions, where a miniature painter learned texture that pleased "
            "the reward and blurred what the pictures were of."
        ),
    )
    adapt_text_encoders: bool = Field(
        default=True,
        description=(
            "Adapt both text encoders too: what a word means is learned there, and pictures stay "
            "those of a painter who was told something else. Prompts cannot be cached then."
        ),
    )
    painting_steps: int = Field(
        default=12, ge=2, le=1000, description="Denoising steps of a training rollout."
    )
    painting_guidance: float = Field(
        default=1.0,
        ge=1,
        le=30,
        description="Classifier-free guidance in the rollout; 1 switches it off, as ReFL does.",
    )
    gradient_from: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description=(
            "refl: the step that gets the gradient is drawn uniformly from this share of the "
            "rollout to its end. ReFL draws from step 30 of 40 on, where tone and scene are "
            "decided already and little but texture can change."
        ),
    )
    draft_steps: int = Field(
        default=1,
        ge=1,
        le=1000,
        description=(
            "draft: how many of the last denoising steps get a gradient (K). Memory grows with K; "
            "the paper on DRaFT found that 1 learns fastest for its cost."
        ),
    )
    inner_updates: int = Field(
        default=2,
        ge=1,
        le=100,
        description=(
            "ddpo, grpo: optimizer steps on the same painted pictures. The clip matters from the "
            "second on."
        ),
    )
    ratio_clip: float = Field(
        default=1e-4,
        gt=0,
        lt=1,
        description=(
            "ddpo, grpo: how far a decision may become more or less likely before it pushes no "
            "more, per latent value. 1e-4 as in DDPO; with the miniature painter it stops about a "
            "third of the decisions in the second update."
        ),
    )
    advantage_clip: float = Field(
        default=5.0,
        gt=0,
        le=1000,
        description="ddpo, grpo: bound of the advantages, in sd. 5 as in DDPO.",
    )
    advantage_buffer: int = Field(
        default=16,
        ge=1,
        le=10_000,
        description="ddpo: how many of the last rewards of each prompt are remembered.",
    )
    advantage_minimum: int = Field(
        default=8,
        ge=1,
        le=10_000,
        description=(
            "ddpo: a prompt with fewer remembered rewards is compared with those of all prompts. "
            "DDPO waits for 16, at batches of hundreds."
        ),
    )
    group_size: int = Field(
        default=4,
        ge=1,
        le=1024,
        description=(
            "grpo: pictures of one prompt that are compared with each other, at least 2; "
            "batch_size is a multiple of it. More make a steadier mean, fewer leave more prompts."
        ),
    )
    dpo_beta: float = Field(
        default=500.0,
        gt=0,
        le=10_000_000,
        description=(
            "dpo: how soon a pair counts as learned; less lets the painter move further from its "
            "base. 500 suits the miniature painter, where 5000, Diffusion-DPO's choice for SDXL, "
            "is saturated within 20 steps."
        ),
    )
    reward_weight: float | None = Field(
        default=None,
        gt=0,
        description=(
            "lambda of Eq. 11, the factor of the loss that teaches the axis. Left out, it is "
            "calibrated to gradient_ratio."
        ),
    )
    gradient_ratio: float = Field(
        default=4.0,
        gt=0,
        le=1000,
        description=(
            "Wanted |lambda * grad L_RLHF| / |grad L_pre| when lambda is calibrated, whatever the "
            "objective's L_RLHF is. On the base's own pictures grad L_pre is mostly noise; at 0.5 "
            "a miniature painter did not move."
        ),
    )
    reward_views: int = Field(
        default=0,
        ge=0,
        le=64,
        description=(
            "Slightly moved and grainy copies of each picture over which its reward is averaged; "
            "0 asks for the reward of the picture itself."
        ),
    )
    pessimism: Pessimism = Field(
        default="sd",
        description=(
            "What the heads of the reward model count for where they disagree: sd = their mean "
            "less caution; minimum = as much as the least of them, whatever caution is."
        ),
    )
    caution: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description=(
            "How many sd between the asked heads are taken off the reward: what only some of them "
            "believe is the first that gets exploited."
        ),
    )
    specificity: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description=(
            "Share of what a picture would earn with the other clips on average that is taken off "
            "its reward. At 1 a picture earns by what is special to its clip alone, and a change "
            "that would please with any music, which the other axes pay for, earns nothing. Not "
            "for cre, which is about the picture itself."
        ),
    )
    guard_weight: float = Field(
        default=1.0,
        ge=0,
        le=1000,
        description=(
            "What a fall by one sd on a guarded axis costs, in sd of the axis that is improved. "
            "Counts only where guards are given: reward models of other axes, on which no picture "
            "may become worse than the base paints it."
        ),
    )
    targets: Targets = Field(
        default="own",
        description=(
            "shuffled: every picture is rewarded for another clip's music and text. A control: "
            "what it gains as well has nothing to do with the clip."
        ),
    )
    margin_sd: float = Field(
        default=2.0,
        ge=-100,
        le=100,
        description=(
            "Pictures above this standardised reward are good enough and push no more; ddpo and "
            "grpo count them as just that good."
        ),
    )
    snr_gamma: float = Field(
        default=5.0, gt=0, le=1000, description="Gamma of the min-SNR weights in L_pre."
    )
    ema_decay: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Decay of the averaged adapter; 0 saves the last one. 0.99 suits 200 steps.",
    )
    precision: Literal["fp32", "bf16"] = Field(
        default="fp32",
        description="Of the frozen UNet and text encoders; the adapter is always fp32. bf16 suits "
        "a GPU.",
    )
    vae_precision: Literal["fp32", "bf16"] = Field(
        default="fp32",
        description=(
            "Of the frozen VAE. SDXL's overflows in fp16 but not in bf16, where decoding takes "
            "less time and memory and colours are less exact."
        ),
    )
    saves_memory: bool = Field(
        default=False,
        description="Recompute the UNet's activations instead of keeping them: for 1024 px.",
    )
    saves_decoder_memory: bool = Field(
        default=False,
        description=(
            "The same for the VAE's decoder. decode_batch saves more, as one of its blocks alone "
            "holds half of the activations."
        ),
    )
    compile_blocks: bool = Field(
        default=False,
        description=(
            "Compile the UNet's repeated blocks: the first steps take minutes, the others less. "
            "For a GPU and many steps; results may differ in the last bits."
        ),
    )
    evaluation_pictures: int = Field(
        default=8,
        ge=1,
        le=4096,
        description="Held-out pictures painted before and after with the same seeds.",
    )
    watch_every: int = Field(
        default=20,
        ge=0,
        le=100_000,
        description=(
            "Steps between looks at held-out pictures, which stop a run that breaks a bound and "
            "choose the adapter to keep; 0 does without, and keeps the last one."
        ),
    )
    watch_pictures: int = Field(
        default=16,
        ge=2,
        le=4096,
        description=(
            "Held-out pictures painted at each look, as deployed; 16 take the miniature painter a "
            "few seconds."
        ),
    )
    keep: Keep = Field(
        default="best",
        description=(
            "Which look's adapter is saved, among those within the bounds: best = the judges' "
            "favourite, the base included; last = the latest."
        ),
    )
    diversity_bound: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description=(
            "Share of the base's diversity between prompts that may be lost: a painter that "
            "collapses paints alike whatever it is told."
        ),
    )
    adherence_bound: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description=(
            "Share of the base's adherence that may be lost, which is how much nearer pictures "
            "are to their own prompt than to others': hacked pictures forget what they are of."
        ),
    )
    loss_pre_bound: float = Field(
        default=0.15,
        ge=0,
        le=100,
        description=(
            "Share by which L_pre may rise over the base's, on fixed pictures and noise. A healthy "
            "run of the miniature painter rose by 7 % in 80 steps, one without L_pre by 29 % in 40."
        ),
    )
    judge_bound: float = Field(
        default=2.0,
        ge=0,
        le=1000,
        description=(
            "How far the judges' reward may fall behind its best while the optimised one rises, "
            "in paired standard errors: within 2 it may be chance."
        ),
    )
    judge_patience: int = Field(
        default=2,
        ge=1,
        le=1000,
        description="Looks in a row that must find the judges that far behind.",
    )
    checkpoint_every: int = Field(
        default=10, ge=1, le=100_000, description="Steps between checkpoints."
    )
    adapter_every: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description=(
            "Keep the adapter of every so many steps in a folder of its own, to see when it was "
            "best; 0 keeps the last one alone."
        ),
    )
    device: Device = Field(
        default="auto", description="auto takes a GPU where there is one; cuda insists on it."
    )
