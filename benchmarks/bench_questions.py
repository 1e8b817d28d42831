"""Prints how often the diagnosis agrees with what experts answered to public questions about training curves.

    python -m benchmarks.bench_questions                  both parts
    python -m benchmarks.bench_questions --part tune      only the part that thresholds may be chosen by
    python -m benchmarks.bench_questions --part held      the other one, with its disagreements

The disagreements of the part "held" are printed on request only, so that nobody tunes by them by accident.
benchmarks/README.md says how the questions were collected and labelled.
"""

import argparse
from collections.abc import Callable, Sequence

from benchmarks.questions import (
    PARTS,
    Agreement,
    PublicQuestion,
    Reply,
    ask_project,
    ask_runmedic,
    ask_trainproof,
    read_questions,
    score,
    version_of,
)


def line_of(name: str, found: Agreement) -> str:
    """One tool's row."""
    return f"  {name:<16}{found.headline!s:>12}{found.advice!s:>12}{found.both!s:>12}"


def confusion_lines(found: Agreement) -> list[str]:
    """The answers given instead, by the expert's headline."""
    lines = []
    for expected in dict.fromkeys(expert for expert, _ in found.confusion):
        said = {given: n for (expert, given), n in found.confusion.items() if expert == expected}
        right, total = said.pop(expected, 0), sum(n for (expert, _), n in found.confusion.items() if expert == expected)
        others = ", ".join(f"{given} {n}" for given, n in sorted(said.items(), key=lambda item: -item[1]))
        lines.append(f"  {expected:<18}{right:>3} of {total:<4}{others}".rstrip())
    return lines


def missed_lines(found: Agreement) -> list[str]:
    """The disagreements, with the address, the expected answer and the given one."""
    lines = []
    for missed in found.missed:
        expert, said = missed.question.expert, missed.said
        lines.append(f"  {missed.question.name}  {missed.question.address}")
        if not missed.headline_agrees:
            lines.append(f"      headline: expected {_either(expert.headlines)}; got {_either(said.headlines)}")
        if not missed.advice_agrees:
            lines.append(f"      advice: expected {_either(expert.advices)}; got {_either(said.advices)}")
    return lines


def _either(categories: Sequence[str]) -> str:
    return " or ".join(categories) or "no answer"


def tools() -> dict[str, Callable[[PublicQuestion], Reply]]:
    """The tools to ask, by the name to print."""
    found: dict[str, Callable[[PublicQuestion], Reply]] = {"reportgen": ask_project}
    others: dict[str, Callable[[PublicQuestion], Reply]] = {"runmedic": ask_runmedic, "trainproof": ask_trainproof}
    for name, ask in others.items():
        if (version := version_of(name)) is not None:
            found[f"{name} {version}"] = ask
    return found


def main(argv: list[str] | None = None) -> int:
    """Command line; see the module docstring."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench_questions",
        description="How often the diagnosis agrees with experts' answers to public questions.",
    )
    parser.add_argument("--part", choices=PARTS, help="only this part")
    chosen = parser.parse_args(argv)
    questions = read_questions()
    for part in PARTS if chosen.part is None else (chosen.part,):
        asked = [question for question in questions if question.part == part]
        open_ones = sum(not question.is_answerable for question in asked)
        print(f"\n== {part}: {len(asked)} cases, {open_ones} of them not answerable from curves")
        print(f"  {'agreement':<16}{'headline':>12}{'advice':>12}{'both':>12}")
        found = {name: score(asked, ask) for name, ask in tools().items()}
        for name, agreement in found.items():
            print(line_of(name, agreement))
        for kind in dict.fromkeys(question.kind for question in asked):
            of_kind = [question for question in asked if question.kind == kind]
            print(f"  only {kind}s ({len(of_kind)}):")
            for name, ask in tools().items():
                print(line_of(name, score(of_kind, ask)))
        if part == "held" and chosen.part is None:
            continue
        own = found["reportgen"]
        print("\n  headlines in agreement, and what reportgen said otherwise", *confusion_lines(own), sep="\n")
        print("\n  disagreements of reportgen", *missed_lines(own), sep="\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
