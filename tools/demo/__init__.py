"""The whole product, shown: a hub, its portal, an agent and virtual printers, on this machine and loopback alone.

Needs no root, no system package and no network. Whatever it starts ends with it, however it ends short of ``kill -9``.
"""
