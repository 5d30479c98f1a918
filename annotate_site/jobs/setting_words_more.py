"""The words of the settings behind "More settings", marked for translation.

They repeat word for word what the packages say of them; a test names what is missing here.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

LABELS = (
    gettext_noop("Max duration s"),
    gettext_noop("Guidance"),
    gettext_noop("Size px"),
    gettext_noop("Batch"),
    gettext_noop("Device"),
    gettext_noop("Reads"),
    gettext_noop("Heads"),
    gettext_noop("Judges"),
    gettext_noop("Left out share"),
    gettext_noop("Hidden"),
    gettext_noop("Dropout"),
    gettext_noop("Input dropout"),
    gettext_noop("Missing share"),
    gettext_noop("Views"),
    gettext_noop("Weight decay"),
    gettext_noop("Warmup share"),
    gettext_noop("Centring"),
    gettext_noop("Evaluations"),
    gettext_noop("Patience"),
    gettext_noop("Resamples"),
    gettext_noop("Objective"),
    gettext_noop("Micro batch"),
    gettext_noop("Pretrain batch size"),
    gettext_noop("Stay close to"),
    gettext_noop("Pretraining pictures"),
    gettext_noop("Pretraining weight"),
    gettext_noop("Kl weight"),
    gettext_noop("Max grad norm"),
    gettext_noop("Adapted"),
    gettext_noop("Adapt text encoders"),
    gettext_noop("Painting steps"),
    gettext_noop("Painting guidance"),
    gettext_noop("Gradient from"),
    gettext_noop("Draft steps"),
    gettext_noop("Inner updates"),
    gettext_noop("Ratio clip"),
    gettext_noop("Advantage clip"),
    gettext_noop("Advantage buffer"),
    gettext_noop("Advantage minimum"),
    gettext_noop("Group size"),
    gettext_noop("Dpo beta"),
    gettext_noop("Reward weight"),
    gettext_noop("Gradient ratio"),
    gettext_noop("Reward views"),
    gettext_noop("Pessimism"),
    gettext_noop("Caution"),
    gettext_noop("Specificity"),
    gettext_noop("Guard weight"),
    gettext_noop("Targets"),
    gettext_noop("Margin sd"),
    gettext_noop("Snr gamma"),
    gettext_noop("Ema decay"),
    gettext_noop("Precision"),
    gettext_noop("Saves memory"),
    gettext_noop("Compile blocks"),
    gettext_noop("Evaluation pictures"),
    gettext_noop("Watch every"),
    gettext_noop("Watch pictures"),
    gettext_noop("Keep"),
    gettext_noop("Diversity bound"),
    gettext_noop("Adherence bound"),
    gettext_noop("Loss pre bound"),
    gettext_noop("Judge bound"),
    gettext_noop("Judge patience"),
    gettext_noop("Checkpoint every"),
    gettext_noop("Adapter every"),
    gettext_noop("Is guarded"),
    gettext_noop("Saves decoder memory"),
    gettext_noop("Decode batch"),
    gettext_noop("Vae precision"),
    gettext_noop("Mirrored"),
    gettext_noop("Backbone"),
    gettext_noop("Unfrozen"),
    gettext_noop("Learns"),
    gettext_noop("Lora rank"),
    gettext_noop("Last blocks"),
    gettext_noop("Tower learning rate"),
)
DESCRIPTIONS = (
    gettext_noop("Seconds read from the beginning; 600 hold almost every song in 50 MB."),
    gettext_noop("Denoising steps; the profile's suit its painter (mini 16, sdxl 30)."),
    gettext_noop("Scale of classifier-free guidance; 1 is none (mini 3.5, sdxl 5)."),
    gettext_noop("Edge of the square picture, a multiple of 8 (mini 64, sdxl 1024)."),
    gettext_noop("Pictures painted at once; changes memory and speed, not what is painted."),
    gettext_noop("auto takes the GPU if there is one."),
    gettext_noop(
        "What of the picture is read: embedding = only what pictures share with music and "
        "words; levels = what the image tower sees on its way as well, which holds more of "
        "tone, detail and composition; all = these and plain statistics of tone, colour and "
        "detail by place, which nobody had to learn."
    ),
    gettext_noop("Heads of the ensemble, each with weights of its own."),
    gettext_noop(
        "How many of the heads are never asked for rewards, and watch over refinement instead."
    ),
    gettext_noop(
        "Share of the training clips that each head leaves out, another for each, so that heads"
        " differ by more than their seeds. Where clips are few it costs accuracy."
    ),
    gettext_noop("Hidden units of a head for the clip, and as many for the picture."),
    gettext_noop("Rank of the product of clip and picture."),
    gettext_noop("Share of hidden units dropped while training."),
    gettext_noop("Share of feature columns dropped while training, so that none is relied on."),
    gettext_noop(
        "Share of pairs whose music, and as many whose text, is hidden while training, so that "
        "the model can also judge a clip that lacks one of them."
    ),
    gettext_noop(
        "Slightly moved and grainy copies of each picture to learn on besides the picture "
        "itself, so that the reward does not hang on exact pixels. Four changed nothing "
        "measurable in the miniature world."
    ),
    gettext_noop("Pairs per optimizer step; features are cached."),
    gettext_noop("AdamW's decay; strong, because judgements are few."),
    gettext_noop("Share of the steps over which the rate rises."),
    gettext_noop("Weight of the term that keeps rewards around 0."),
    gettext_noop("How often the validation pairs are scored."),
    gettext_noop("Evaluations without a better validation loss before training stops."),
    gettext_noop("Bootstrap resamples of clips for the CI."),
    gettext_noop("auto takes a GPU where there is one; cuda insists on it."),
    gettext_noop(
        "What teaches the axis: refl = the reward's gradient at one random late step, as in "
        "Eqs. 10-11; draft = its gradient through the last steps of the rollout; ddpo and grpo "
        "= policy gradients, for rewards without a gradient; dpo = the judgements themselves."
    ),
    gettext_noop(
        "Pictures (for dpo, pairs) that go through the painter at once; the gradients of a "
        "batch are added up, so only memory and speed change. 0 takes a batch whole."
    ),
    gettext_noop("Pictures per step for L_pre."),
    gettext_noop(
        "Pictures for L_pre: base = the base painter's own, painted first; snapshot = the "
        "pictures that people compared, which also pulls the painter towards them."
    ),
    gettext_noop("How many of its own pictures it paints for L_pre."),
    gettext_noop(
        "Factor of L_pre in the sum; 0 leaves the reward alone, as ReFL does. lambda is "
        "calibrated against the whole L_pre whatever this is."
    ),
    gettext_noop(
        "Factor of the mean squared difference between what the painter predicts with and "
        "without the adapter, on the pictures of L_pre: the KL to the base up to a factor. "
        "Costs a third more on them; off, as L_pre holds the painter already."
    ),
    gettext_noop("AdamW's decay."),
    gettext_noop("The summed gradient is clipped to this norm."),
    gettext_noop(
        "Where the LoRA goes: attention; transformer = attention and feed-forward; unet = these"
        " and the convolutions, where a miniature painter learned texture that pleased the "
        "reward and blurred what the pictures were of."
    ),
    gettext_noop(
        "Adapt both text encoders too: what a word means is learned there, and pictures stay "
        "those of a painter who was told something else. Prompts cannot be cached then."
    ),
    gettext_noop("Denoising steps of a training rollout."),
    gettext_noop("Classifier-free guidance in the rollout; 1 switches it off, as ReFL does."),
    gettext_noop(
        "refl: the step that gets the gradient is drawn uniformly from this share of the "
        "rollout to its end. ReFL draws from step 30 of 40 on, where tone and scene are decided"
        " already and little but texture can change."
    ),
    gettext_noop(
        "draft: how many of the last denoising steps get a gradient (K). Memory grows with K; "
        "the paper on DRaFT found that 1 learns fastest for its cost."
    ),
    gettext_noop(
        "ddpo, grpo: optimizer steps on the same painted pictures. The clip matters from the "
        "second on."
    ),
    gettext_noop(
        "ddpo, grpo: how far a decision may become more or less likely before it pushes no "
        "more, per latent value. 1e-4 as in DDPO; with the miniature painter it stops about a "
        "third of the decisions in the second update."
    ),
    gettext_noop("ddpo, grpo: bound of the advantages, in sd. 5 as in DDPO."),
    gettext_noop("ddpo: how many of the last rewards of each prompt are remembered."),
    gettext_noop(
        "ddpo: a prompt with fewer remembered rewards is compared with those of all prompts. "
        "DDPO waits for 16, at batches of hundreds."
    ),
    gettext_noop(
        "grpo: pictures of one prompt that are compared with each other, at least 2; batch_size"
        " is a multiple of it. More make a steadier mean, fewer leave more prompts."
    ),
    gettext_noop(
        "dpo: how soon a pair counts as learned; less lets the painter move further from its "
        "base. 500 suits the miniature painter, where 5000, Diffusion-DPO's choice for SDXL, is"
        " saturated within 20 steps."
    ),
    gettext_noop(
        "lambda of Eq. 11, the factor of the loss that teaches the axis. Left out, it is "
        "calibrated to gradient_ratio."
    ),
    gettext_noop(
        "Wanted |lambda * grad L_RLHF| / |grad L_pre| when lambda is calibrated, whatever the "
        "objective's L_RLHF is. On the base's own pictures grad L_pre is mostly noise; at 0.5 a"
        " miniature painter did not move."
    ),
    gettext_noop(
        "Slightly moved and grainy copies of each picture over which its reward is averaged; 0 "
        "asks for the reward of the picture itself."
    ),
    gettext_noop(
        "What the heads of the reward model count for where they disagree: sd = their mean less"
        " caution; minimum = as much as the least of them, whatever caution is."
    ),
    gettext_noop(
        "How many sd between the asked heads are taken off the reward: what only some of them "
        "believe is the first that gets exploited."
    ),
    gettext_noop(
        "Share of what a picture would earn with the other clips on average that is taken off "
        "its reward. At 1 a picture earns by what is special to its clip alone, and a change "
        "that would please with any music, which the other axes pay for, earns nothing. Not for"
        " cre, which is about the picture itself."
    ),
    gettext_noop(
        "What a fall by one sd on a guarded axis costs, in sd of the axis that is improved. "
        "Counts only where guards are given: reward models of other axes, on which no picture "
        "may become worse than the base paints it."
    ),
    gettext_noop(
        "shuffled: every picture is rewarded for another clip's music and text. A control: what"
        " it gains as well has nothing to do with the clip."
    ),
    gettext_noop(
        "Pictures above this standardised reward are good enough and push no more; ddpo and "
        "grpo count them as just that good."
    ),
    gettext_noop("Gamma of the min-SNR weights in L_pre."),
    gettext_noop("Decay of the averaged adapter; 0 saves the last one. 0.99 suits 200 steps."),
    gettext_noop(
        "Compile the UNet's repeated blocks: the first steps take minutes, the others less. For"
        " a GPU and many steps; results may differ in the last bits."
    ),
    gettext_noop("Held-out pictures painted before and after with the same seeds."),
    gettext_noop(
        "Steps between looks at held-out pictures, which stop a run that breaks a bound and "
        "choose the adapter to keep; 0 does without, and keeps the last one."
    ),
    gettext_noop(
        "Held-out pictures painted at each look, as deployed; 16 take the miniature painter a "
        "few seconds."
    ),
    gettext_noop(
        "Which look's adapter is saved, among those within the bounds: best = the judges' "
        "favourite, the base included; last = the latest."
    ),
    gettext_noop(
        "Share of the base's diversity between prompts that may be lost: a painter that "
        "collapses paints alike whatever it is told."
    ),
    gettext_noop(
        "Share of the base's adherence that may be lost, which is how much nearer pictures are "
        "to their own prompt than to others': hacked pictures forget what they are of."
    ),
    gettext_noop(
        "Share by which L_pre may rise over the base's, on fixed pictures and noise. A healthy "
        "run of the miniature painter rose by 7 % in 80 steps, one without L_pre by 29 % in 40."
    ),
    gettext_noop(
        "How far the judges' reward may fall behind its best while the optimised one rises, in "
        "paired standard errors: within 2 it may be chance."
    ),
    gettext_noop("Looks in a row that must find the judges that far behind."),
    gettext_noop("Steps between checkpoints."),
    gettext_noop(
        "Keep the adapter of every so many steps in a folder of its own, to see when it was "
        "best; 0 keeps the last one alone."
    ),
    gettext_noop(
        "Guard the other axes: their newest reward models on the same snapshot hold back "
        "pictures that become worse there than the base's. For refl and draft."
    ),
    gettext_noop(
        "The same for the VAE's decoder. decode_batch saves more, as one of its blocks alone "
        "holds half of the activations."
    ),
    gettext_noop(
        "Of the frozen UNet and text encoders; the adapter is always fp32. bf16 suits a GPU."
    ),
    gettext_noop("Recompute the UNet's activations instead of keeping them: for 1024 px."),
    gettext_noop(
        "Pictures that the reward looks at once, through the VAE's decoder, which takes far "
        "more memory than the UNet; 0: as many as go through the painter. 1 suits 1024 px."
    ),
    gettext_noop(
        "Of the frozen VAE. SDXL's overflows in fp16 but not in bf16, where decoding takes less"
        " time and memory and colours are less exact."
    ),
    gettext_noop(
        "ddpo, grpo: paint pictures in twins of one prompt and start, whose decisions are each "
        "other's opposite. What their rewards have in common cancels out, and the gradient of "
        "as many pictures points about twice as close to the true one."
    ),
    gettext_noop(
        "Folder of a CLIPModel (CLIP, CLIP-H, PickScore) that reads pictures and texts in place"
        " of the profile's embedder, which hears the music either way. Left out: the embedder does"
        " all."
    ),
    gettext_noop(
        "What of the backbone learns besides the heads: none = nothing, so that features are "
        "computed once; lora = adapters of low rank; last = the last blocks. The latter two "
        "encode the pictures in each step."
    ),
    gettext_noop("Which towers of the backbone learn, if any: for pictures, text, or both."),
    gettext_noop("Rank of LoRA in attention."),
    gettext_noop("Blocks of each tower that learn with last."),
    gettext_noop("Peak rate of what learns of the backbone; about 1e-5 suits last."),
    gettext_noop("In what the backbone computes; heads and loss are fp32. bf16 suits a GPU."),
    gettext_noop("Recompute the activations of a learning backbone instead of keeping them."),
    gettext_noop("Pairs per optimizer step, in all processes."),
)
