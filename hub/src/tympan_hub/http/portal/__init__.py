"""The portal: pages for people. Every page and form works without scripts; with them, lists keep themselves fresh."""

from tympan_hub.http.portal._app import portal
from tympan_hub.http.portal._letter_words import LetterWords

__all__ = ["LetterWords", "portal"]
