"""What the objects on the bus say of themselves (D-Bus introspection): some panels ask before they do anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

_ITEM_PROPERTIES: Final = {
    "Category": "s", "Id": "s", "Title": "s", "Status": "s", "WindowId": "i", "IconName": "s", "IconThemePath": "s",
    "IconPixmap": "a(iiay)", "OverlayIconName": "s", "OverlayIconPixmap": "a(iiay)", "AttentionIconName": "s",
    "AttentionIconPixmap": "a(iiay)", "AttentionMovieName": "s", "ToolTip": "(sa(iiay)ss)", "ItemIsMenu": "b",
    "Menu": "o",
}  # fmt: skip
_ITEM_METHODS: Final = {
    "Activate": ("i i", ""), "SecondaryActivate": ("i i", ""), "ContextMenu": ("i i", ""), "Scroll": ("i s", ""),
    "ProvideXdgActivationToken": ("s", ""),
}  # fmt: skip
_ITEM_SIGNALS: Final = {"NewTitle": "", "NewIcon": "", "NewAttentionIcon": "", "NewToolTip": "", "NewStatus": "s"}
_MENU_PROPERTIES: Final = {"Version": "u", "Status": "s", "TextDirection": "s", "IconThemePath": "as"}
_MENU_METHODS: Final = {
    "GetLayout": ("i i as", "u (ia{sv}av)"),
    "GetGroupProperties": ("ai as", "a(ia{sv})"),
    "GetProperty": ("i s", "v"),
    "Event": ("i s v u", ""),
    "EventGroup": ("a(isvu)", "ai"),
    "AboutToShow": ("i", "b"),
    "AboutToShowGroup": ("ai", "ai ai"),
}
_OF_EVERY_OBJECT: Final = {"Get": "ss", "GetAll": "s", "Introspect": ""}
_MENU_SIGNALS: Final = {"LayoutUpdated": "u i", "ItemsPropertiesUpdated": "a(ia{sv}) a(ias)"}


def _interface(
    name: str, methods: Mapping[str, tuple[str, str]], signals: Mapping[str, str], properties: Mapping[str, str]
) -> str:
    lines = [
        f'<method name="{method}">{_args(takes.split(), "in")}{_args(gives.split(), "out")}</method>'
        for method, (takes, gives) in methods.items()
    ]
    lines += [f'<signal name="{signal}">{_args(types.split(), "out")}</signal>' for signal, types in signals.items()]
    lines += [f'<property name="{name_}" type="{type_}" access="read"/>' for name_, type_ in properties.items()]
    return f'<interface name="{name}">{"".join(lines)}</interface>'


def _args(types: Iterable[str], way: str) -> str:
    return "".join(f'<arg type="{type_}" direction="{way}"/>' for type_ in types)


ITEM_XML: Final = (
    f"<node>{_interface('org.kde.StatusNotifierItem', _ITEM_METHODS, _ITEM_SIGNALS, _ITEM_PROPERTIES)}</node>"
)
MENU_XML: Final = f"<node>{_interface('com.canonical.dbusmenu', _MENU_METHODS, _MENU_SIGNALS, _MENU_PROPERTIES)}</node>"


def _takes(methods: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The signature of what each method takes."""
    return {**_OF_EVERY_OBJECT, **{method: takes.replace(" ", "") for method, (takes, _) in methods.items()}}


ITEM_TAKES: Final = _takes(_ITEM_METHODS)
MENU_TAKES: Final = _takes(_MENU_METHODS)
