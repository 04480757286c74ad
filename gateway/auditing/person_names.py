"""The words of a person's name, by which a complaint asks for them: in whatever capitals and order, with accents or without."""

import re
import unicodedata


def name_words(text: str) -> frozenset[str]:
    """The words in small letters without accents: `Núñez, José` has those of `jose nunez`."""
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    return frozenset(re.findall(r"\w+", plain.casefold()))
