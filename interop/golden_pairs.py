"""Makes src/text/golden/pairs.json: two texts in one sequence, as transformers puts them there.

    python interop/golden_pairs.py       after golden_text.py, whose vocabulary it uses

One small WordPiece vocabulary under each kind of post-processor that published encoders have, with pairs of texts whole and
cut longest first, down to one token beside the special ones.
"""

import json

from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from golden_text import TEXT_GOLDEN, TEXTS, write

# first text, second text, the most tokens
PAIRS = [
    (TEXTS[0], TEXTS[4], 512), (TEXTS[3], TEXTS[0], 12), (TEXTS[0], TEXTS[3], 12), (TEXTS[4], TEXTS[3], 9), ("", TEXTS[0], 512), (TEXTS[0], "", 512), ("", "", 512),
    *((first, second, length) for first, second in ((TEXTS[3], TEXTS[4]), (TEXTS[4], TEXTS[3]), (TEXTS[0], TEXTS[3]), (TEXTS[3], TEXTS[0]), (TEXTS[0], TEXTS[0]))
      for length in (5, 6, 7, 8, 11, 30))]


def template(types):
    """BERT's, with the type of the second text and of what is behind it."""
    special = lambda token, type_id: {"SpecialToken": {"id": token, "type_id": type_id}}
    text = lambda name, type_id: {"Sequence": {"id": name, "type_id": type_id}}
    single = [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)]
    tokens = {token: {"id": token, "ids": [id], "tokens": [token]} for token, id in (("[CLS]", 2), ("[SEP]", 3))}
    return {"type": "TemplateProcessing", "single": single, "pair": [*single, text("B", types[0]), special("[SEP]", types[1])], "special_tokens": tokens}


BYTES = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
ENDS = {"sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}
PROCESSORS = {
    "BERT's template": template((1, 1)), "ModernBERT's template": template((0, 0)), "a template behind bytes": {"type": "Sequence", "processors": [BYTES, template((1, 1))]},
    "BertProcessing": {"type": "BertProcessing", **ENDS}, "RobertaProcessing": {"type": "RobertaProcessing", **ENDS, "trim_offsets": True, "add_prefix_space": False},
}


def pair_of(tokenizer, first, second, length):
    """Ids and token types of a pair, cut longest first. In a list, since an empty second text alone is taken for none."""
    pair = tokenizer([first], [second], truncation="longest_first", max_length=length, return_token_type_ids=True)
    return {"first": first, "second": second, "length": length, "ids": pair["input_ids"][0], "types": pair["token_type_ids"][0]}


def main():
    vocabulary = json.loads((TEXT_GOLDEN / "bert-kind.json").read_text())["files"]["tokenizerJson"]
    kinds = {}
    for name, processor in PROCESSORS.items():
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps({**vocabulary, "post_processor": processor})))
        kinds[name] = {"processor": processor, "pairs": [pair_of(tokenizer, *pair) for pair in PAIRS]}
    write(TEXT_GOLDEN / "pairs.json", {"kinds": kinds})


if __name__ == "__main__":
    main()
