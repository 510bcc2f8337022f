"""Numbers in running text: "1,287", "41", "forty-one"."""

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

# For use in patterns: figures with commas, or words up to "ninety-nine".
_ALL_UNITS = "|".join(sorted(_UNITS, key=len, reverse=True))
NUMBER = rf"(\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}|(?:{'|'.join(_TENS)})(?:[- ](?:{_ALL_UNITS}))?|{_ALL_UNITS})"


def value(text: str) -> int:
    """The number that a match of ``NUMBER`` means."""
    text = text.lower().replace(",", "")
    if text.isdigit():
        return int(text)
    total = 0
    for word in text.replace("-", " ").split():
        total += 20 + 10 * _TENS.index(word) if word in _TENS else _UNITS.index(word)
    return total
