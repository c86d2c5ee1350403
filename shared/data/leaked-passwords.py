#!/usr/bin/env python3
"""Makes `leaked-passwords.txt` again from a newer list, below the comment that the file begins with.

Name the list of the crate `passwords`, which `cargo fetch` leaves in cargo's registry once a project depends on it:

    python3 leaked-passwords.py ~/.cargo/registry/src/*/passwords-*/data/common-passwords.json

The unit tests of `src/credentials/password/common.rs` check the result with the product's own folding and rules.
"""

import json
import re
import sys
import unicodedata
from pathlib import Path

COMMON = Path(__file__).with_name("common-passwords.txt")
LEAKED = Path(__file__).with_name("leaked-passwords.txt")

# These are the constants of `rules.rs`, `pattern.rs` and `common.rs`.
LEAST_MIN_LENGTH = 8
LONGEST_GROUP = 5
SHORTEST_PIECE = 6
LONGEST_PIECE = 35
MAX_PIECES = 3

SUBSTITUTIONS = str.maketrans("01$@", "olsa")
# What collectors of leaks left among the passwords: file names, addresses of pages, encoded text.
REMNANT = re.compile(r"\$hex\[|\.sql|\.txt|https?:|htt//|&#?\w+[;:]|\?{3}|\ufffd", re.IGNORECASE)


def fold(text):
    lower = "".join(character.lower() for character in unicodedata.normalize("NFKC", text))
    return lower.translate(SUBSTITUTIONS)


def is_password(text):
    return not REMNANT.search(text) and not any(character.isspace() for character in text)


def spells(text, words):
    """Whether a text consists of at most MAX_PIECES words."""
    fewest = [0] + [MAX_PIECES + 1] * len(text)
    for start in range(len(text)):
        if fewest[start] < MAX_PIECES:
            for end in range(start + SHORTEST_PIECE, min(len(text), start + LONGEST_PIECE) + 1):
                if text[start:end] in words:
                    fewest[end] = min(fewest[end], fewest[start] + 1)
    return fewest[-1] <= MAX_PIECES


def repeated(text):
    """The part of a text that it repeats over and over, if it does."""
    periods = range(1, len(text) // 2 + 1)
    return next((text[:period] for period in periods if text[period:] == text[:-period]), None)


def main():
    words = set(COMMON.read_text().split("\n\n")[1].split())
    source = json.loads(Path(sys.argv[1]).read_text())
    folded = {fold(text) for text in source if is_password(text)}
    unknown = {text for text in folded if len(text) >= LEAST_MIN_LENGTH and not spells(text, words)}

    def is_refused(unit):
        return unit is not None and (len(unit) <= LONGEST_GROUP or unit in unknown or spells(unit, words))

    entries = sorted((text for text in unknown if not is_refused(repeated(text))), key=str.encode)
    comment = LEAKED.read_text().split("\n\n")[0]
    LEAKED.write_text("\n".join([comment, "", *entries, ""]))
    print(f"{len(source)} read, {len(entries)} written")


main()
