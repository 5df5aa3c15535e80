"""Makes src/text/golden/library-parts.json: tokens of nasty texts by every normalizer, pre-tokenizer and kind of added token.

What the `tokenizers` library (Rust) makes of each part alone, so that a difference names its part.

    python interop/golden_library_parts.py
"""

import json

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

from golden_text import TEXT_GOLDEN, write

TEXTS = [
    "Hello, world!! It's 12,345.67 and x=1_000;", "  two  spaces\tand\n\n lines\r\n end  ", "", " ", "\u3000全角　スペース\u3000", "a\ufeffb \ufeff c\u0085d\u00a0e\u2028f",
    "²①½Ⅷ٣४५๓ x２３４ 一二三 12½3", "é e\u0301 ﬁ ﬀ ① ㌔ ｶﾞﾊﾟ ガ が か\u3099", "ΟΔΥΣΣΕΥΣ ΣΑΣ. İstanbul ẞ ß ǅ", "👩‍👩‍👧😀🇯🇵 𠮷野家 𝟘𝟙 𐐀𐐨",
    "…—“quotes” «x» ¿qué? 「日本」、東京。〜～ $1 + €2 ^ ` | ~", "don't we'll I'M THEY'RE it's", "日本語テキスト한국어العربية हिन्दी ไทย", "\x00\x07\x1c\x7f\u200b\u200d\u00ad\u061c\ufffd", "snake_case kebab-case CamelCase a.b*c x²y", "a" * 30 + " " * 20 + "!" * 10,
    "<tok> x<tok>y <tok>", "pre<w>post <w> a<w> <w>b é<w> ²<w>", "x  <l>  y\u3000<l>\u3000z\ufeff<l>", "x  <r>  y\u3000<r>\u3000z<r>\ufeffq", "<both>\n <both> <tok><both>  <l>", "A NORM token Norm norm", "$& $1 \\1 a.b", "ＦＵＬＬ ｗｉｄｔｈ １２３",
]
ADDED = [
    AddedToken("<tok>"), AddedToken("<w>", single_word=True), AddedToken("<l>", lstrip=True), AddedToken("<r>", rstrip=True),
    AddedToken("<both>", lstrip=True, rstrip=True, normalized=False), AddedToken("norm", single_word=True, normalized=True),
]
SPLIT = r"\p{N}|[^\s\p{L}]+|\s+"
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]


def split(pattern, behavior, invert):
    return pre_tokenizers.Split(pattern, behavior, invert)


NORMALIZERS = {
    "nfc": normalizers.NFC(), "nfd": normalizers.NFD(), "nfkc": normalizers.NFKC(), "nfkd": normalizers.NFKD(),
    "lowercase": normalizers.Lowercase(), "strip": normalizers.Strip(), "strip left": normalizers.Strip(right=False), "strip right": normalizers.Strip(left=False),
    "strip accents": normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]), "prepend": normalizers.Prepend("▁"),
    "replace text": normalizers.Replace("a", "$&"), "replace pattern": normalizers.Replace(Regex(r"\s+"), "$1▁"),
    "bert": normalizers.BertNormalizer(), "bert cased": normalizers.BertNormalizer(lowercase=False), "bert accents": normalizers.BertNormalizer(lowercase=True, strip_accents=False),
    "bert unclean": normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False),
    "empty then prepend": normalizers.Sequence([normalizers.Strip(), normalizers.Prepend("▁")]),
}
PRE_TOKENIZERS = {
    "digits": pre_tokenizers.Digits(), "single digits": pre_tokenizers.Digits(individual_digits=True),
    **{f"punctuation {each}": pre_tokenizers.Punctuation(each) for each in BEHAVIORS},
    "whitespace": pre_tokenizers.Whitespace(), "whitespace split": pre_tokenizers.WhitespaceSplit(), "bert": pre_tokenizers.BertPreTokenizer(),
    **{f"split {each}{' inverted' if invert else ''}": split(Regex(SPLIT), each, invert) for each in BEHAVIORS for invert in (False, True)},
    **{f"split text {each}": split(".", each, False) for each in BEHAVIORS},
    "byte level": pre_tokenizers.ByteLevel(add_prefix_space=False), "byte level with prefix": pre_tokenizers.ByteLevel(add_prefix_space=True),
    "byte level without pattern": pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False),
    "metaspace always": pre_tokenizers.Metaspace(), "metaspace first": pre_tokenizers.Metaspace(prepend_scheme="first"), "metaspace never": pre_tokenizers.Metaspace(prepend_scheme="never"),
    "metaspace unsplit": pre_tokenizers.Metaspace(split=False), "fixed length": pre_tokenizers.FixedLength(3),
    "digits then bytes": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]),
}


def characters():
    byte_letters = pre_tokenizers.ByteLevel.alphabet()
    made = {char for text in TEXTS for form in (text, text.lower(), text.upper()) for char in form}
    for normalizer in NORMALIZERS.values():
        made |= {char for text in TEXTS for char in normalizer.normalize_str(text)}
    return sorted(made | set(byte_letters) | {"▁"})


def tokenizer_of(normalizer=None, pre_tokenizer=None):
    """Characters with a mark inside of a piece (WordPiece), so that every cut shows."""
    chars = characters()
    pieces = ["<unk>", *chars, *("##" + char for char in chars)]
    tokenizer = Tokenizer(models.WordPiece({piece: index for index, piece in enumerate(pieces)}, unk_token="<unk>", max_input_chars_per_word=1000))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    return tokenizer


def part(tokenizer):
    data = json.loads(tokenizer.to_str())
    encoded = [tokenizer.encode(text, add_special_tokens=False) for text in TEXTS]
    return {"normalizer": data["normalizer"], "pre_tokenizer": data["pre_tokenizer"], "added_tokens": data["added_tokens"], "tokens": [[tokenizer.id_to_token(each) for each in one.ids] for one in encoded]}


def main():
    kinds = {f"normalizer {name}": part(tokenizer_of(normalizer=each)) for name, each in NORMALIZERS.items()}
    kinds |= {f"pre-tokenizer {name}": part(tokenizer_of(pre_tokenizer=each)) for name, each in PRE_TOKENIZERS.items()}
    for name, normalizer in (("plain", None), ("lowercase", normalizers.Lowercase())):
        tokenizer = tokenizer_of(normalizer, pre_tokenizers.Split(Regex("[a-z]"), "isolated"))
        tokenizer.add_tokens(ADDED)
        kinds[f"added tokens {name}"] = part(tokenizer)
    vocab = json.loads(tokenizer_of().to_str())["model"]
    # A piece is told by its text: tokens are joined so that the file stays small.
    for kind in kinds.values():
        kind["tokens"] = ["\u0001".join(tokens) for tokens in kind["tokens"]]
    write(TEXT_GOLDEN / "library-parts.json", {"texts": TEXTS, "model": {**vocab, "vocab": sorted(vocab["vocab"], key=vocab["vocab"].get)}, "kinds": kinds})


if __name__ == "__main__":
    main()
