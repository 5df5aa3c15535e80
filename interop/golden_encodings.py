"""Writes src/data/golden/encodings.json: what Python's codecs make of the bytes of legacy encodings.

    python interop/golden_encodings.py

`pairs` are single bytes and pairs as hexadecimal digits with their characters, every 7th of the large sets and all of the
small ones. Left out are the few on which Python's tables and those of WHATWG's standard, which browsers follow, differ.
"""

import json
from pathlib import Path

OUT = Path(__file__).parent.parent / "src" / "data" / "golden" / "encodings.json"
CODECS = {
    "shift_jis": "cp932", "euc-jp": "euc_jp", "gb18030": "gbk", "big5": "big5hkscs", "euc-kr": "cp949",
    "windows-1252": "cp1252", "windows-1250": "cp1250", "windows-1251": "cp1251", "koi8-r": "koi8_r",
}
# First bytes of pairs, or bytes, with another meaning in WHATWG's index.
DIFFERENT = {
    "shift_jis": {"80", "a0", "fd", "fe", "ff"},
    "euc-jp": {"a1c1", "a1c2", "a1dd", "a1f1", "a1f2", "a2cc"},
    "big5": {"a145", "a14e", "a1c2", "a1e3", "a1f2", "a1f3", "a241", "a242", "a244", "a246", "a247"},
}
TEXTS = [
    ("cp932", "shift_jis", "質問,回答\n日本の首都はどこですか,東京です\n空はなぜ青いのですか,光が散るからです\n"),
    ("euc_jp", "euc-jp", "質問,回答\n日本の首都はどこですか,東京です\n空はなぜ青いのですか,光が散るからです\n"),
    ("gbk", "gb18030", "指令,回答\n北京是哪个国家的首都？,中国的首都是北京。\n水的化学式是什么,水的化学式是H2O\n"),
    ("big5", "big5", "問題,答案\n台灣的首都在哪裡？,台北是台灣的首都。\n水的化學式,H2O\n"),
    ("cp949", "euc-kr", "질문,답변\n한국의 수도는 어디입니까?,서울입니다.\n똠방각하는 무엇입니까?,드라마입니다.\n"),
    ("cp1252", "windows-1252", "question,réponse\nOù êtes-vous ?,Je suis à l’école\nÇa va ?,Très bien, merci à toi\n"),
    ("cp1250", "windows-1250", "pytanie,odpowiedź\nJak się masz?,Dziękuję, dobrze\nCo to jest żółw?,Zwierzę\n"),
    ("cp1251", "windows-1251", "вопрос,ответ\nСтолица России?,Москва\nКак дела?,Хорошо, спасибо\n"),
    ("utf_8", "utf-8", "質問,回答\n😀,é\n"),
    ("utf_16_le", "utf-16le", "質問,回答\n😀,é\n"),
]


def pairs(encoding, codec):
    """Each character that the codec knows by one byte or two, as "hex character"."""
    found = []
    for first in range(0x80, 0x100):
        for second in [None, *range(0x30, 0x100)]:
            raw = bytes([first] if second is None else [first, second])
            if raw.hex() in DIFFERENT.get(encoding, ()):
                continue
            try:
                text = raw.decode(codec)
            except UnicodeDecodeError:
                continue
            if second is not None and (len(text) > 1 and text[-1] == chr(second)):
                break  # one byte, and another character behind it
            found.append(f"{raw.hex()} {text}")
    return found if len(found) < 500 else found[::7]


if __name__ == "__main__":
    values = {
        "pairs": {encoding: {"codec": codec, "rows": pairs(encoding, codec)} for encoding, codec in CODECS.items()},
        "texts": [{"codec": codec, "encoding": encoding, "hex": text.encode(codec).hex(), "text": text}
                  for codec, encoding, text in TEXTS],
    }
    OUT.write_text(json.dumps(values, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print({encoding: len(each["rows"]) for encoding, each in values["pairs"].items()})
