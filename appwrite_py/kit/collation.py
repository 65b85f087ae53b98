"""The alphabetical order of names, in the way of their language.

A letter with marks counts as its base letter, unless the language has it as a letter of its own: Swedish names in Ö
come after those in Z, German ones are among those in O. `sorted(names, key=sort_key("sv"))`.
"""
# ruff: noqa: RUF001 - alphabets hold letters that look like those of others

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import category, combining, lookup, name, normalize

Key = tuple[tuple[tuple[str, int], ...], str]

# After the first letter of a group come the others, as letters of their own. Some are written with several characters.
_LETTERS = {
    "as": "য ৰ|ল ৱ",
    "az": "c ç|e ə|g ğ|h x ı|k q|o ö|s ş|u ü",
    "be": "е ё|з і й|у ў",
    "bg": "и й",
    "bs": "c č ć|d dž đ|l lj|n nj|s š|z ž",
    "cs": "c č|h ch|r ř|s š|z ž",
    "cy": "c ch|d dd|f ff|g ng|l ll|p ph|r rh|t th",
    "da": "z æ ø å",
    "eo": "c ĉ|g ĝ|h ĥ|j ĵ|s ŝ|u ŭ",
    "es": "n ñ",
    "et": "s š z ž|w õ ä ö ü",
    "fa": "ء آ|ب پ|ج چ|ز ژ|ق ک گ|ن و ه ی",
    "fi": "z å ä ö",
    "fil": "n ñ ng",
    "fo": "d ð|z æ ø ö å",
    "hr": "c č ć|d dž đ|l lj|n nj|s š|z ž",
    "hsb": "c č ć|d dź|e ě|h ch|k ł|n ń|r ř|s š|z ž ź",
    "hu": "c cs|d dz dzs|g gy|l ly|n ny|o ö|s sz|t ty|u ü|z zs",
    "is": "a á|d ð|e é|i í|o ó|u ú|y ý|z þ æ ö å",
    "ku": "c ç|e ê|i î|s ş|u û",
    "lt": "c č|s š|z ž",
    "lv": "a ā|c č|e ē|g ģ|i ī y|k ķ|l ļ|n ņ|o ō|s š|u ū|z ž",
    "mk": "г ѓ|д ѕ|и ј|к ќ|л љ|н њ|ч џ",
    "mt": "b ċ|f ġ|h ħ|y ż",
    "no": "z æ ø å",
    "pl": "a ą|c ć|e ę|l ł|n ń|o ó|s ś|z ź ż",
    "ro": "a ă â|i î|s ș|t ț",
    "ru": "и й",
    "sk": "a ä|c č|h ch|o ô|s š|z ž",
    "sl": "c č ć|d đ|s š|z ž",
    "sq": "c ç|d dh|e ë|g gj|l ll|n nj|r rr|s sh|t th|x xh|z zh",
    "sr": "д ђ|и ј|л љ|н њ|т ћ|ч џ",
    "sv": "z å ä ö",
    "ta": "வ ழ ள ற ன",
    "tr": "c ç|g ğ|h ı|o ö|s ş|u ü",
    "uk": "г ґ|е є|и і ї й",
    "ur": "ا آ|ب پ|ت ٹ|ج چ|د ڈ|ر ڑ|ز ژ|ق ک گ|ن ں و ہ ھ ی ے",
    "vi": "a ă â|d đ|e ê|o ô ơ|u ư",
}
_SAME = {"nb": "no", "nn": "no"}
# Letters that are no others with marks, to Unicode, but stand with them where they are no letters of the language.
_PLAIN = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ħ": "h", "þ": "th", "ς": "σ",
    "ک": "ك", "ی": "ي", "ൺ": "ണ്", "ൻ": "ന്", "ർ": "ര്", "ൽ": "ല്", "ൾ": "ള്", "\N{COMBINING DOT ABOVE}": "",
})  # fmt: skip
# Chinese characters stand in the order of their sounds in the one character set, in that of their strokes in the other.
_CHARACTER_SETS = {"zh_Hans": "gb18030", "zh_Hant": "big5hkscs"}
_THAI_VOWEL_FIRST = re.compile("([เแโใไ])([ก-ฮ])")
_VIETNAMESE_TONES = str.maketrans("", "", "\u0300\u0301\u0303\u0309\u0323")
_THAI_TONES = 107
_SMALL_KANA = re.compile("[ァィゥェォッャュョヮ]")
_LONG_KANA = re.compile("(.)ー")
_KANA_VOWELS = {"A": "ア", "I": "イ", "U": "ウ", "E": "エ", "O": "オ"}


@lru_cache(256)
def sort_key(language: str, script: str = "") -> Callable[[str], Key]:
    """What names in a language, such as `sv`, are sorted by; the script tells the two orders of Chinese apart."""
    if charset := _CHARACTER_SETS.get(f"{language}_{script}"):
        return lambda text: ((), text.encode(charset, "replace").decode("latin-1"))
    places = _places(_LETTERS.get(_SAME.get(language, language), ""))
    letters = re.compile("|".join(sorted(map(re.escape, places), key=len, reverse=True)) or "(?!)")
    prepared = _PREPARED.get(language, str.lower)
    return lambda text: (tuple(_split(normalize("NFC", prepared(text)), letters, places)), text)


def _places(groups: str) -> dict[str, tuple[str, int]]:
    split = [group.split() for group in groups.split("|")]
    return {letter: (group[0], number) for group in split for number, letter in enumerate(group[1:], 1)}


def _split(text: str, letters: re.Pattern[str], places: dict[str, tuple[str, int]]) -> list[tuple[str, int]]:
    found, at = list[tuple[str, int]](), 0
    for match in letters.finditer(text):
        found += _bare(text[at : match.start()])
        found.append(places[match[0]])
        at = match.end()
    return found + _bare(text[at:])


def _bare(text: str) -> list[tuple[str, int]]:
    """Letters without their marks. Spaces stand before all else, punctuation before letters and digits."""
    bare = "".join(char for char in normalize("NFD", text.translate(_PLAIN)) if not _is_mark(char))
    return [(_leading(char), 0) for char in normalize("NFC", bare)]


def _is_mark(char: str) -> bool:
    """Accents, points and tones, and what cannot be seen; vowels that are written as marks are none."""
    place = combining(char)
    return category(char) == "Cf" or (7 <= place <= 35 and place != 9) or place == _THAI_TONES or place >= 200


def _leading(char: str) -> str:
    if category(char)[0] in "LMN":
        return char
    return " " if char.isspace() else "!"


def _turkic(text: str) -> str:
    return text.replace("I", "ı").replace("İ", "i").lower()


def _thai(text: str) -> str:
    """Some vowels are written before the consonant that they follow."""
    return _THAI_VOWEL_FIRST.sub(r"\2\1", text)


def _vietnamese(text: str) -> str:
    return normalize("NFD", text.lower()).translate(_VIETNAMESE_TONES)


def _japanese(text: str) -> str:
    """Small kana count as large ones, and a long vowel as a second vowel."""
    large = _SMALL_KANA.sub(lambda found: lookup(name(found[0]).replace("SMALL ", "")), text)
    return _LONG_KANA.sub(lambda found: found[1] + _KANA_VOWELS.get(name(found[1], "")[-1:], ""), large)


_PREPARED: dict[str, Callable[[str], str]] = {
    "az": _turkic, "ja": _japanese, "th": _thai, "tr": _turkic, "vi": _vietnamese,
}  # fmt: skip
