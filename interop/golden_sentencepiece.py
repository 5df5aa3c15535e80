"""Makes the golden data of src/text/sentencepiece.test.ts: small SentencePiece models and the ids that they give.

    pip install sentencepiece==0.2.3
    python interop/golden_sentencepiece.py       writes src/text/golden/*.model and sentencepiece.json
"""

import io
import json
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from golden_text import CORPUS, TEXT_GOLDEN, TEXTS, write

SENTENCES = CORPUS * 20 + TEXTS * 3
UNCHANGED = {"normalization_rule_name": "identity", "remove_extra_whitespaces": False, "byte_fallback": True}
KINDS = {
    # As T5 and most Japanese Unigram models: NFKC with the changes of nmt, extra spaces removed.
    "unigram-nfkc": {
        "model_type": "unigram", "vocab_size": 180, "pad_id": 3, "user_defined_symbols": ["<sep>", "<|im_end|>"]},
    "unigram-bytes": {"model_type": "unigram", "vocab_size": 420, "split_by_whitespace": False, **UNCHANGED},
    "unigram-runs": {"model_type": "unigram", "vocab_size": 60, "split_by_whitespace": True},
    # As Llama.
    "bpe-bytes": {
        "model_type": "bpe", "vocab_size": 460, "allow_whitespace_only_pieces": True, "split_digits": True,
        "user_defined_symbols": ["<sep>", "a.b*c"], **UNCHANGED},
}
# Half-width and combining kana, width variants, ligatures, controls, zero-width characters, what looks like a piece.
ODD = [*"abc  \n\tカガｶﾞﾞ㈱ー～~日本東京😀𠮷é\u0301\u3000…①½ﬁ１２", "<sep>", "a.b*c", "    ", "\u200b", "\u00ad", "\u0007",
       "ﾊﾟ", "か\u3099", "<0x41>", "▁", "\ufeff", "한국"]

# Long enough that sums of scores in 32 bits round otherwise than in 64, where several ways to cut are as good.
RUNS = [" ".join(char * length for length in range(1, 40, step)) for char in "aは!" for step in (1, 2, 3)]
REPETITIVE = [each * 150 for each in ["a", "ab", "the cat ", "です", "東京は大きい町です。", "12", "  ", "ha", "no", "カガ", "は", "!", "a! ", "!!!a"]]


def train(options, sentences=SENTENCES):
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=out, character_coverage=0.98, hard_vocab_limit=False,
        minloglevel=2, **options)
    return out.getvalue()


def mixed_texts(count):
    chooser = random.Random(1)
    words = [word for line in CORPUS for word in line.split(" ")]
    return ["".join(chooser.choice(ODD + words) for _ in range(chooser.randint(1, 20))) for _ in range(count)]


def unigram_with_charsmap(model):
    """What transformers would make of the model; the map itself is taken from the model again by the test."""
    proto = sentencepiece_model_pb2.ModelProto.FromString(model)
    tokenizer = Tokenizer(models.Unigram([(piece.piece, piece.score) for piece in proto.pieces], unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
        normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer


def main():
    texts = TEXTS + mixed_texts(60) + REPETITIVE
    golden = {"texts": texts, "kinds": {}}
    for name, options in KINDS.items():
        model = train(options, RUNS * 20 if name == "unigram-runs" else SENTENCES)
        (TEXT_GOLDEN / f"{name}.model").write_bytes(model)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        ids = [processor.encode(text) for text in texts]
        golden["kinds"][name] = {
            "ids": ids, "decoded": [processor.decode(each) for each in ids], "size": processor.vocab_size(),
            "unk": processor.unk_id(), "bos": processor.bos_id(), "eos": processor.eos_id(), "pad": processor.pad_id()}
        if name == "unigram-nfkc":
            tokenizer = unigram_with_charsmap(model)
            data = json.loads(tokenizer.to_str())
            data["normalizer"]["normalizers"][0]["precompiled_charsmap"] = None
            golden["tokenizers"] = {"json": data, "ids": [tokenizer.encode(text).ids for text in texts]}
    write(TEXT_GOLDEN / "sentencepiece.json", golden)


if __name__ == "__main__":
    main()
