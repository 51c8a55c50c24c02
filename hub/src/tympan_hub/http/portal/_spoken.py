"""A no of the hub in the language of whom it is told."""

from tympan_hub.domain.errors import HubError, NotConverted
from tympan_hub.http.portal._agent_lines import in_words
from tympan_hub.http.portal._hand_in_words import of_kind
from tympan_hub.http.portal._language import Language, catalogue


def told_in(error: HubError, language: Language) -> tuple[str, str]:
    """Its cause without a full stop, and its next step; of one without words in the catalogue, those of its kind."""
    if language is Language.ENGLISH:
        return error.cause, error.next_step
    words = catalogue(language)
    cause, then = in_words(error.cause, words), in_words(error.next_step, words)
    if isinstance(error, NotConverted) or not cause or (error.next_step and not then):
        cause, then = (words.gettext(text) if text else "" for text in of_kind(error))
    return cause.rstrip("."), then
