"""`captain doctor`: what is wrong, and the command that mends it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from captain.doctor_facts import Facts, Unknown
from captain.finding import Finding, Level

_WIDTH = 110


def as_json(facts: Facts, findings: Sequence[Finding]) -> Mapping[str, object]:
    """For `--json`: whether all is well, and each finding's fields; `level` is wrong or note."""
    return {
        "stack": facts.stack,
        "well": is_well(findings),
        "findings": [asdict(finding) for finding in findings],
    }


def is_well(findings: Sequence[Finding]) -> bool:
    """Notes are no illness."""
    return all(finding.level is Level.NOTE for finding in findings)


def report(facts: Facts, findings: Sequence[Finding]) -> list[str]:
    """Lines for a person: what is wrong first, in numbers, each with its command; then what is worth knowing."""
    wrong = [finding for finding in findings if finding.level is Level.WRONG]
    notes = [finding for finding in findings if finding.level is Level.NOTE]
    if not wrong:
        lines = [f"{facts.stack} is well: {_summary(facts)}"]
    else:
        lines = [f"{facts.stack} is unwell: {'one thing is' if len(wrong) == 1 else f'{len(wrong)} things are'} wrong."]
        for number, finding in enumerate(wrong, 1):
            lines += ["", *_shown(f"{number}. ", finding)]
    if notes:
        lines += ["", "Worth knowing:"]
        for finding in notes:
            lines += _shown("- ", finding)
    return lines


def _shown(mark: str, finding: Finding) -> list[str]:
    indent = " " * len(mark)
    text = textwrap.wrap(
        finding.sentence, _WIDTH, initial_indent=mark, subsequent_indent=indent, break_long_words=False
    )
    # A command stays in one line: it is there to be copied.
    return [*text, f"{indent}→ {finding.mend}"]


def _summary(facts: Facts) -> str:
    running = sum(task.ready for task in facts.tasks)
    parts = [
        f"{len(facts.services)} services with {running} tasks on {_nodes(len(facts.nodes))}",
        "no alert fires",
    ]
    ends = sorted({edge.expires for edge in facts.edges if edge.expires is not None})
    if ends:
        parts.append(f"the certificate ends on {ends[0]:%Y-%m-%d}")
    if not isinstance(facts.disks, Unknown) and facts.disks:
        fullest = min(facts.disks, key=lambda disk: disk.free_bytes / disk.size_bytes)
        parts.append(f"{fullest.free_bytes / fullest.size_bytes:.0%} of the disk is free")
    return ", ".join(parts) + "."


def _nodes(number: int) -> str:
    return "1 node" if number == 1 else f"{number} nodes"
