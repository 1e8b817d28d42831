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
        name: Its heading, which is also its name in the contents bar; a page may have it ready.
        is_shown: Whether a page has it; an empty part is left out.
    """

    id: str
    name: str | Callable[[ReportPage], str]
    is_shown: Callable[[ReportPage], bool] = lambda page: True

    @property
    def template(self) -> str:
        """The file that writes it."""
        return f"sections/{self.id}.html.jinja"

    def heading(self, page: ReportPage) -> str:
        """Its heading on a page."""
        return page.language.say(self.name) if isinstance(self.name, str) else self.name(page)


KINDS: Final = (
    SectionKind("outputs", lambda page: page.outputs_title, lambda page: bool(page.outputs)),
    SectionKind("charts", marked("More charts"), lambda page: bool(page.charts[1:] or page.small_charts)),
    SectionKind("metrics", lambda page: page.values.title),
    SectionKind(
        "comparison",
        lambda page: "" if page.comparison is None else page.comparison.title,
        lambda page: page.comparison is not None,
    ),
    SectionKind("findings", marked("Findings")),
    SectionKind("evaluation", marked("Test data"), lambda page: bool(page.evaluations)),
    SectionKind("additions", marked("Notes and figures"), lambda page: bool(page.additions)),
    SectionKind("resources", marked("Resources"), lambda page: bool(page.resource_plots and not page.resources_folded)),
    SectionKind("settings", marked("Settings"), lambda page: page.settings is not None and not page.settings.is_folded),
    SectionKind("facts", marked("Run details"), lambda page: page.has_details),
)


def sections_of(page: ReportPage) -> tuple[PageSection, ...]:
    """The parts that a page has, in order."""
    return tuple(PageSection(kind.id, kind.heading(page), kind.template) for kind in KINDS if kind.is_shown(page))
