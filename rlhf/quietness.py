"""Progress bars: only our own, because the libraries' would garble them."""

from __future__ import annotations

from workbench.command_line import quieten_libraries


def only_our_bars() -> None:
    """Keep chatter and progress bars of the model libraries off the terminal; imports them."""
    quieten_libraries()  # Before the imports: the libraries read their levels then.
    from datasets import disable_progress_bars  # noqa: PLC0415  commands must answer --help at once
    from diffusers.utils import logging as of_diffusers  # noqa: PLC0415  the same
    from transformers.utils import logging as of_transformers  # noqa: PLC0415  the same

    disable_progress_bars()
    for chatter in (of_diffusers, of_transformers):
        chatter.disable_progress_bar()
        chatter.set_verbosity_error()
