"""Checks of a plugin that somebody else has built, before it is trusted: what ``tympan plugin check`` runs.

- It runs in a process of its own (``python -m tympan.checking``): the plugin is foreign code.
- What the gate says of it in an agent is said by the agent's own gate; what its ports must do, by the suites of
  ``tympan.testing``. Nothing is a second opinion.
- A plugin's module of checks (``checks`` in its manifest) gives the fixtures that only its vendor can give.
- The last thing said is that all was looked at: a plugin that ends this process has passed nothing.
"""

from typing import Final

ENDED: Final = "the checks came to their end"
"""What the last finding says."""
