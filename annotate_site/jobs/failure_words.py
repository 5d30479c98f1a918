"""Why a run failed, as the worker stores it.

What a command says for itself (`musepainter refine`, say) stays as it was said: the packages know
no other language, and the log beside it holds the same words.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from annotate_site.datasets.failure_words import FAILURES as SNAPSHOT_FAILURES

FAILURES = (
    gettext_noop("the worker stopped while this run was going on; launch it again"),
    gettext_noop("the process was killed by %(signal)s; the machine may have run out of memory"),
    gettext_noop("the process ended with code %(code)s and said nothing"),
    gettext_noop("every clip is described; choose “again” to describe them anew"),
    gettext_noop("there is no candidate picture yet; paint some first"),
    gettext_noop("the painter made no picture; see the log"),
    gettext_noop("no triplet could be chosen; add clips or pictures, or lower k"),
    gettext_noop("%(snapshot)s has no hash; see the log"),
    gettext_noop("there is no snapshot %(id)s; choose another"),
    gettext_noop(
        "nothing waits for these annotators; choose comparisons first, or ask for more annotators"
    ),
    gettext_noop(
        "simulated annotators go by key and tempo, and clips without descriptors are among those "
        "to judge (%(n)s); run “Describe clips” first"
    ),
    gettext_noop(
        "the reward model is unfit: %(reasons)s; gather more judgements, or change the settings "
        "of this refinement and tick “Use although unfit”"
    ),
    gettext_noop(
        "nothing says whether the reward model is fit; train it again, or change the settings of "
        "this refinement and tick “Use although unfit”"
    ),
    *SNAPSHOT_FAILURES,
)
