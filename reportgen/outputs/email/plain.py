"""The plain text of a mail. In: a `Letter`. Out: text that says all that the HTML says."""

from reportgen.outputs.email.letter import Letter
from reportgen.outputs.text import MAIL_WIDTH, render_report, underlined, verdict_lines, wrapped


def render_plain(letter: Letter) -> str:
    """The message in plain text: a whole report, or every run of a digest in words."""
    remarks = "".join(f"\n{wrapped(remark, width=MAIL_WIDTH)}\n" for remark in letter.remarks)
    if letter.overview:
        return f"{_digest(letter)}{remarks}"
    (section,) = letter.sections
    tables = [*section.tables, section.layers] if section.layers.rows else section.tables
    return f"{render_report(section.page, tables)}{remarks}"


def _digest(letter: Letter) -> str:
    say = letter.language.say
    lines = [wrapped(letter.title, width=MAIL_WIDTH), "", *underlined(letter.headline), ""]
    for place, row in enumerate(letter.overview, start=1):
        run = say("{name}: {text}", name=row.title, text=row.verdict)
        facts = (*row.figures, say("{name}: {text}", name=say("Attached as"), text=row.attached))
        lines.append(wrapped(run, 4, f"{place}. ", MAIL_WIDTH))
        lines += [wrapped(fact, 4, width=MAIL_WIDTH) for fact in facts]
    for section in letter.sections:
        lines += ["", wrapped(section.page.title, width=MAIL_WIDTH), *verdict_lines(section.page)]
        lines.append(wrapped(section.remark, width=MAIL_WIDTH))
    return "\n".join(lines) + "\n"
