"""How GitHub, GitLab and Azure read the output of a job and the files it names."""

import re


def github_command(line):
    """Command, properties and message of a line as GitHub's runner reads it; None if it is not a command."""
    found = re.match(r"\s*::([^\s:]+)(?: ([^:]*))?::(.*)$", line)
    if found is None:
        return None

    def unescaped(text, escapes):
        for escape, character in escapes.items():
            text = text.replace(escape, character)
        return text

    data = {"%0D": "\r", "%0A": "\n", "%25": "%"}
    pairs = [part.split("=", 1) for part in (found[2] or "").split(",") if part]
    properties = {name: unescaped(value, {"%3A": ":", "%2C": ",", **data}) for name, value in pairs}
    return found[1], properties, unescaped(found[3], data)


def azure_command(line):
    """A line as Azure reads it, which accepts the marker anywhere in it; None if it is not a command."""
    found = re.search(r"##vso\[(\S+) ?([^\]]*)\](.*)$", line, re.IGNORECASE)
    if found is None:
        return None

    def unescaped(text):
        for escape, character in {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%AZP25": "%"}.items():
            text = text.replace(escape, character)
        return text

    pairs = [part.split("=", 1) for part in found[2].split(";") if part]
    return found[1], {name: unescaped(value) for name, value in pairs}, unescaped(found[3])


def read_outputs(text):
    """A file of step outputs as GitHub's runner reads it."""
    values, lines = {}, iter(text.splitlines())
    for line in lines:
        name, mark = line.split("<<")
        value = []
        for part in lines:
            if part == mark:
                break
            value.append(part)
        else:
            raise AssertionError("no end")
        values[name] = value
    return values
