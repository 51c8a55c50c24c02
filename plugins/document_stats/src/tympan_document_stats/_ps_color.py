"""Colour in lines of PostScript, told from operators with plain numbers before them; nothing is executed."""

from __future__ import annotations

import re
from typing import Final

from tympan_document_stats._limits import POSTSCRIPT_ALIASES

_OPERATORS: Final = {b"setrgbcolor": 3, b"setcmykcolor": 4, b"sethsbcolor": 3}
_SPACES: Final = re.compile(rb"/(?:DeviceRGB|DeviceCMYK|CIEBasedABC|Separation|DeviceN)\b.{0,200}?\bsetcolorspace\b")
_IMAGE: Final = re.compile(rb"\b(?:false|true)\s+[34]\s+colorimage\b")
_ALIAS: Final = re.compile(
    rb"/([^\s/{}\[\]()<>%]{1,40})\s{0,8}\{\s{0,8}(setrgbcolor|setcmykcolor|sethsbcolor)\s{0,8}\}"
)
_STEP: Final = 8 / 255


class ColorLines:
    """Knows the colour operators, and the short names a prolog gives them."""

    def __init__(self) -> None:
        self._operators = dict(_OPERATORS)
        self._kinds = {name: name for name in _OPERATORS}
        self._calls = self._pattern()

    def learn(self, line: bytes) -> None:
        """Takes note of a definition such as ``/rg {setrgbcolor} bind def``."""
        for alias, operator in _ALIAS.findall(line):
            if len(self._operators) < POSTSCRIPT_ALIASES and alias not in self._operators:
                self._operators[alias] = _OPERATORS[operator]
                self._kinds[alias] = operator
                self._calls = self._pattern()

    def colored(self, line: bytes) -> bool:
        """Whether the line sets a colour, a colour space or draws a colour image."""
        if any(self._call(found) for found in self._calls.finditer(line)):
            return True
        return b"color" in line and bool(_SPACES.search(line) or _IMAGE.search(line))

    def _call(self, found: re.Match[bytes]) -> bool:
        operands = found[1].split()[-self._operators[found[2]] :]
        try:
            numbers = [float(operand) for operand in operands]
        except ValueError:
            return False
        return len(numbers) == self._operators[found[2]] and _is_color(self._kinds[found[2]], numbers)

    def _pattern(self) -> re.Pattern[bytes]:
        names = b"|".join(re.escape(name) for name in sorted(self._operators, key=len, reverse=True))
        return re.compile(rb"(?<![^\s{}\[\]])((?:[-+.\de]{1,24}\s{1,8}){1,4})(" + names + rb")(?![^\s{}\[\]()<>/%])")


def _is_color(operator: bytes, numbers: list[float]) -> bool:
    if operator == b"sethsbcolor":
        return numbers[1] > _STEP and numbers[2] > _STEP
    shades = numbers[:3]  # of CMYK the black adds no colour
    return max(shades) - min(shades) > _STEP
