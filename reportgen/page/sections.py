"""The parts of a page below the verdict, in their order. The contents bar lists them.

A new part is a template in ``templates/sections/`` and an entry in `KINDS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reportgen.languages import marked
from reportgen.page.contents import PageSection, ReportPage

FEWEST_LINKS: Final = 4  # sections from which a page has a contents bar; our choice: fewer are found by scrolling


@dataclass(frozen=True)
class SectionKind:
    """One part that a page may have.

    Attributes:
        id: Id of its heading, which links go to.
        name: Its name in the contents bar, at most three words.
        is_shown: Whether a page has it; an empty part is left out.
    """

    id: str
    name: str
    is_shown: Callable[[ReportPage], bool] = lambda page: True

    @property
    def template(self) -> str:
        """The file that writes it."""
        return f"sections/{self.id}.html.jinja"


KINDS: Final = (
    SectionKind("outputs", marked("Parts"), lambda page: bool(page.outputs)),
    SectionKind("charts", marked("Charts"), lambda page: bool(page.charts[1:] or page.small_charts)),
    SectionKind("metrics", marked("Numbers")),
    SectionKind("comparison", marked("Baseline"), lambda page: page.comparison is not None),
    SectionKind("findings", marked("Findings")),
    SectionKind("evaluation", marked("Test data"), lambda page: bool(page.evaluations)),
    SectionKind("additions", marked("Notes and figures"), lambda page: bool(page.additions)),
    SectionKind("resources", marked("Resources"), lambda page: bool(page.resource_plots and not page.resources_folded)),
    SectionKind("settings", marked("Settings"), lambda page: page.settings is not None),
    SectionKind("facts", marked("Run details")),
)


def sections_of(page: ReportPage) -> tuple[PageSection, ...]:
    """The parts that a page has, in order."""
    say = page.language.say
    return tuple(PageSection(kind.id, say(kind.name), kind.template) for kind in KINDS if kind.is_shown(page))
