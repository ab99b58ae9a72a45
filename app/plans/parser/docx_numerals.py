"""How Word spells a number in each of its forms.

Runs only in the child process (`docx_child`).
"""

_DIGITS = "零一二三四五六七八九"
_GRAND = "零壹贰叁肆伍陆柒捌玖"
_CHINESE = {
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "japaneseDigitalTenThousand",
    "ideographDigital", "taiwaneseCounting", "taiwaneseCountingThousand", "taiwaneseDigital",
}  # fmt: skip
_LEGAL = {"chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"}
_SIGNS = {"ideographTraditional": "甲乙丙丁戊己庚辛壬癸", "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥"}
# The first sign of a row of twenty: ①, ⑴, ⒈; of ten: ㊀.
_ENCLOSED = {
    "decimalEnclosedCircle": (0x2460, 20), "decimalEnclosedCircleChinese": (0x2460, 20),
    "decimalEnclosedParen": (0x2474, 20), "decimalEnclosedFullstop": (0x2488, 20),
    "ideographEnclosedCircle": (0x3280, 10),
}  # fmt: skip
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def spelled(count: int, form: str) -> str:
    """A number as this form of Word's shows it; as figures where the form is not known or does not go so far."""
    if form in _CHINESE:
        return chinese(count)
    if form in _LEGAL:
        return _numeral(count, _GRAND, "拾")
    if form in _ENCLOSED and 1 <= count <= _ENCLOSED[form][1]:
        return chr(_ENCLOSED[form][0] + count - 1)
    if form in _SIGNS and 1 <= count <= len(_SIGNS[form]):
        return _SIGNS[form][count - 1]
    if form in ("upperLetter", "lowerLetter") and 1 <= count <= 26:
        return chr((64 if form == "upperLetter" else 96) + count)
    if form in ("upperRoman", "lowerRoman") and 1 <= count < 4000:
        return _roman(count).upper() if form == "upperRoman" else _roman(count)
    if form in ("decimalFullWidth", "decimalFullWidth2"):
        return str(count).translate(_FULL_WIDTH)
    return f"{count:02}" if form == "decimalZero" else str(count)


def chinese(count: int) -> str:
    """1 to 99 as Chinese numerals."""
    return _numeral(count, _DIGITS, "十").removeprefix("一") if 10 <= count < 20 else _numeral(count, _DIGITS, "十")


def _numeral(count: int, digits: str, ten: str) -> str:
    if count >= 100:
        return str(count)
    tens, ones = divmod(count, 10)
    return (digits[tens] + ten if tens else "") + (digits[ones] if ones or not tens else "")


def _roman(count: int) -> str:
    signs = ""
    for value, sign in _ROMAN:
        repeated, count = divmod(count, value)
        signs += sign * repeated
    return signs
