"""Completion for bash, made from the command line's own parser: what it knows is what is offered. Pure."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

_SCRIPT = """_captain() {
    local path='' word words=''
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case ' %(paths)s ' in *" ${path:+$path/}$word "*) path="${path:+$path/}$word" ;; esac
    done
    case $path in
%(cases)s
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _captain captain captain.sh
"""


def words(parser: argparse.ArgumentParser) -> dict[str, list[str]]:
    """What may follow, by the commands before it (nothing, `apps`, `env/set`): commands and long options."""
    return dict(_words(parser, ""))


def script(parser: argparse.ArgumentParser) -> str:
    """What bash has to be given: `eval "$(captain completion)"`."""
    found: Mapping[str, list[str]] = words(parser)
    cases = "\n".join(f"        '{path}') words='{' '.join(options)}' ;;" for path, options in found.items())
    return _SCRIPT % {"paths": " ".join(path for path in found if path), "cases": cases}


def _words(parser: argparse.ArgumentParser, path: str) -> Iterator[tuple[str, list[str]]]:
    own: list[str] = []
    inner: list[tuple[str, argparse.ArgumentParser]] = []
    for action in parser._actions:
        own += [option for option in action.option_strings if option.startswith("--")]
        if isinstance(action, argparse._SubParsersAction):
            inner += action.choices.items()
    yield path, sorted([*own, *(name for name, _ in inner)])
    for name, child in inner:
        yield from _words(child, f"{path}/{name}" if path else name)
