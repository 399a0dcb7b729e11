"""When Python looks for garbage: seldom, in a process that lives for months and keeps most of what it made."""

import gc


def collect_seldom() -> None:
    """What is there by now stays and is not looked at again; of the rest, all is looked at seldom.

    To be called once everything is imported and made. A full look at the modules, schemas and templates of the door
    took 150 ms, in which nobody was answered; one at a worker's cached cases takes longer.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
