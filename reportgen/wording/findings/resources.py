"""Words for the findings on what the training used of its machine."""

from reportgen import formatting
from reportgen.diagnosis.findings import Finding
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.subject import Subject, as_percent


def word_memory_grows(finding: Finding, subject: Subject) -> Sentences:
    """How much memory grew, how fast, and when the machine would be full."""
    say, facts = subject.say, finding.evidence
    text = say(
        "Over the second half of the run, the memory of the training process grew steadily from {before} to {after}, by "
        "{hourly} per hour.",
        before=formatting.memory_size(facts.memory_before or 0),
        after=formatting.memory_size(facts.memory_after or 0),
        hourly=formatting.memory_size(facts.memory_per_hour or 0),
    )
    if facts.seconds_left is not None:
        rest = say(
            "At this rate, the machine's {all} would be full after {time}.",
            all=formatting.memory_size(facts.machine_memory or 0),
            time=formatting.duration(facts.seconds_left, subject.language),
        )
        text = subject.join(text, rest)
    todo = say(
        "Look for tensors, arrays or logs that are kept in a list: keep plain numbers, such as float(loss). A data "
        "cache that fills slowly looks the same."
    )
    return Sentences(say("Memory grew steadily"), subject.join(text, todo))


def word_idle_gpu(finding: Finding, subject: Subject) -> Sentences:
    """How busy the graphics cards and the processors were."""
    say, facts = subject.say, finding.evidence
    text = say(
        "The GPU was busy for {busy} of the time (median), while training kept {cores} CPU cores busy.",
        busy=as_percent(facts.gpu_ratio),
        cores=formatting.short(facts.cpu_cores or 0.0, 2),
    )
    todo = say(
        "The GPU is probably waiting for data. Load and prepare data in parallel and ahead of time, or use larger batches."
    )
    return Sentences(say("The GPU is idle most of the time"), subject.join(text, todo))
