"""Markdown: headings, lists, quotes, code, tables and emphasis are set; pictures and HTML in it are shown as text.

Nothing a document names is opened: a picture stands there by its description, a link by its text.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from tympan_hub.converters._letters import Letters, letters, text_of
from tympan_hub.converters._program import Ends, Program, run
from tympan_hub.converters._sheets import wanted_sheet
from tympan_hub.domain.converting import Exit
from tympan_hub.domain.sniffing import Kind

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

CONVERTER: Final = Program(module="tympan_hub.converters.markdown", kinds=frozenset({Kind.MARKDOWN}))
_MARGIN_PT: Final = 56.7  # 2 cm
_SIZE_PT: Final = 10.5
_HEADINGS_PT: Final = {"h1": 20.0, "h2": 16.0, "h3": 13.5, "h4": 12.0, "h5": 11.0, "h6": 10.5}
_INDENT_PT: Final = 18.0
_BLOCKS: Final = 50_000
_CODE_COLUMNS: Final = 90
_TAGS: Final = {"strong": "b", "em": "i", "s": "strike"}
_RULE: Final = "#999999"


def convert(source: Path, into: Path) -> None:
    """Sets a document."""
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode
    from reportlab.platypus import SimpleDocTemplate

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tree = SyntaxTreeNode(reader.parse(text_of(source.read_bytes())))
    blocks = [*_Setter(letters()).blocks(tree.children)]
    if len(blocks) > _BLOCKS:
        raise Ends(Exit.TOO_LARGE)
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN_PT)
    SimpleDocTemplate(str(into), pagesize=wanted_sheet().size_pt, **margins).build(blocks)


class _Setter:
    """Makes what reportlab sets of a tree."""

    def __init__(self, fonts: Letters) -> None:
        self._fonts = fonts

    def blocks(self, nodes: "Sequence[SyntaxTreeNode]", depth: int = 0) -> Iterator[Any]:
        """Each block, and those within it further to the right."""
        for node in nodes:
            yield from self._block(node, depth)

    def _block(self, node: "SyntaxTreeNode", depth: int) -> Iterator[Any]:
        from reportlab.platypus import HRFlowable, Paragraph, Preformatted

        match node.type:
            case "heading":
                yield Paragraph(self._line(node), self._style(depth, _HEADINGS_PT[node.tag], self._fonts.bold))
            case "paragraph":
                yield Paragraph(self._line(node), self._style(depth))
            case "fence" | "code_block":
                style = self._style(depth, _SIZE_PT - 1.5, self._fonts.mono)
                yield Preformatted(node.content.rstrip("\n"), style, maxLineLength=_CODE_COLUMNS)
            case "hr":
                yield HRFlowable(width="100%", color=_RULE, spaceBefore=6, spaceAfter=6)
            case "bullet_list" | "ordered_list":
                yield from self._list(node, depth)
            case "table":
                yield self._table(node)
            case _:
                yield from self.blocks(node.children, depth + 1)

    def _list(self, node: "SyntaxTreeNode", depth: int) -> Iterator[Any]:
        """Its first block carries the mark of an item."""
        from reportlab.platypus import Paragraph

        first = int(node.attrs.get("start", 1))
        for number, item in enumerate(node.children, first):
            mark = f"{number}." if node.type == "ordered_list" else "•"
            rest = item.children
            if rest and rest[0].type == "paragraph":
                yield Paragraph(self._line(rest[0]), self._style(depth + 1), bulletText=mark)
                rest = rest[1:]
            yield from self.blocks(rest, depth + 1)

    def _table(self, node: "SyntaxTreeNode") -> Any:
        from reportlab.platypus import Paragraph, Table, TableStyle

        rows = [row for part in node.children for row in part.children]
        cells = [[Paragraph(self._line(cell), self._style(0)) for cell in row.children] for row in rows]
        lines = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, _RULE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
        return Table(cells, style=lines, repeatRows=1)

    def _style(self, depth: int, size: float = _SIZE_PT, font: str = "") -> Any:
        from reportlab.lib.styles import ParagraphStyle

        left = depth * _INDENT_PT
        return ParagraphStyle(
            "block",
            fontName=font or self._fonts.sans,
            bulletFontName=self._fonts.sans,
            fontSize=size,
            leading=size * 1.35,
            leftIndent=left,
            bulletIndent=max(0.0, left - _INDENT_PT * 0.75),
            spaceBefore=size * 0.3,
            spaceAfter=size * 0.3,
            splitLongWords=1,
        )

    def _line(self, node: "SyntaxTreeNode") -> str:
        """What stands in a block, in reportlab's own marks."""
        return "".join(map(self._piece, node.children))

    def _piece(self, node: "SyntaxTreeNode") -> str:
        match node.type:
            case "text" | "image":
                return escape(node.content)
            case "code_inline":
                return f'<font face="{self._fonts.mono}">{escape(node.content)}</font>'
            case "softbreak":
                return " "
            case "hardbreak":
                return "<br/>"
            case _:
                tag = _TAGS.get(node.type, "")
                inner = self._line(node)
                return f"<{tag}>{inner}</{tag}>" if tag else inner


if __name__ == "__main__":
    run(convert)
