"""Names in the order of their language."""
# ruff: noqa: RUF001 - alphabets hold letters that look like those of others

from __future__ import annotations

import pytest

from appwrite_py.kit.collation import sort_key


@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("en", "Åland, Albania, Côte d’Ivoire, Croatia, Guinea, Guinea Bissau, Guinea-Bissau, Guinean, Zambia"),
        ("de", "Ägypten, Albanien, Oman, Österreich, Zypern"),
        ("sv", "Albanien, Zambia, Åland, Ägypten, Österrike"),
        ("fi", "Oman, Zambia, Åland"),
        ("nb", "Nepal, Zambia, Østerrike, Åland"),
        ("da", "Zambia, Ækvatorialguinea, Østrig, Åland"),
        ("es", "Níger, Nueva Zelanda, Ñandú, Omán"),
        ("cs", "Celebes, Čad, Honduras, Chile, Indie"),
        ("et", "Soome, Šveits, Zimbabwe, Taani, Venemaa, Õland, Ähtäri, Öland, Ülenurme"),
        ("pl", "Laos, Lotwa, Łotwa, Maroko"),
        ("hu", "Comore, Csád, Dánia"),
        ("tr", "Hindistan, Irak, İran, Japonya"),
        ("vi", "Ai Cập, An Giang, Áo, Ăng, Ấn Độ, Bỉ, Cuba, Đan Mạch, Ý"),
        ("ru", "Израиль, Индия, Италия, Йемен, Кабо-Верде"),
        ("uk", "Гана, Ґана, Ефіопія, Єгипет, Зімбабве, Ірак, Їжа, Ймення, Канада"),
        ("el", "Άγιος Μαρίνος, Αίγυπτος, Ινδία"),
        ("he", "אוגנדה, גרמניה, תימן"),
        ("ar", "ألمانيا, إيران, بلجيكا, فرنسا, قطر"),
        ("fa", "آلمان, ایران, بلژیک, پرتغال, تونس, فرانسه, کانادا, گرجستان, لیبی, ونزوئلا, هلند, یمن"),
        ("th", "เกาหลีใต้, แคนาดา, จีน, ไทย"),
        ("ja", "エストニア, オーストラリア, オマーン, ガーナ, カタール, ドイツ"),
        ("ko", "가나, 독일, 프랑스"),
        ("hi", "अंगोला, भारत, श्रीलंका"),
    ],
)
def test_order(language: str, ordered: str) -> None:
    names = ordered.split(", ")
    assert sorted(shuffled(names), key=sort_key(language)) == names


def shuffled(names: list[str]) -> list[str]:
    return names[1::2] + names[::2]


def test_chinese_has_two_orders() -> None:
    names = ["德国", "法国", "阿富汗", "中国"]
    assert sorted(names, key=sort_key("zh", "Hans")) == ["阿富汗", "德国", "法国", "中国"]  # by sound
    assert sorted(["德國", "中國", "法國"], key=sort_key("zh", "Hant")) == ["中國", "法國", "德國"]  # by strokes


def test_names_with_strange_characters() -> None:
    names = ["", "\ud7ff", "\x00", "ー", "ーー", "İ", "ᴀ", "👾", "a\u0301\u0301"]
    for language in ("ja", "tr", "vi", "th", "zh", "xx"):
        ordered = sorted(names, key=sort_key(language))
        assert sorted(shuffled(names), key=sort_key(language)) == ordered
