"""Writes bleu.json: sentence scores of sacreBLEU (run from this folder)."""

import json

import sacrebleu

pairs = [
    ("the cat is on the mat", "there is a cat on the mat"),
    ("hello world this is fine", "hello there world this was fine"),
    ("Yes.", "Yes, sir."),
    ("", "something"),
    ("nothing alike", "quite another text"),
    ("word", "word"),
    ("word", "word after word after word"),
    ("It costs 3,000.50 dollars - or 7-8 euros.", "It cost 3,000.50 dollars, or 7 - 8 euros!"),
    ('He said: "a &lt; b &amp;&amp; c", didn\'t he?', 'He said: "a < b && c", didn’t he?'),
    ("a [list] {of} (brackets) and/or ~tildes~ `ticks`", "a [list] of (brackets) and / or ~ tildes `ticks`"),
    ("first line\nsecond line  ", "first line second line"),
    ("the the the the", "the cat the dog"),
    ("Größe und Straße, naïve café.", "Größe, Straße und naïve cafés."),
    ("東京は日本の首都です", "東京は日本の首都です。"),
    ("猫が マットの 上にいる", "猫はマットの上に座っている"),
    ("สวัสดีครับ", "สวัสดีค่ะ"),
]
cases = []
for tokenizer in ["13a", "char"]:
    scorer = sacrebleu.BLEU(tokenize=tokenizer, effective_order=True)
    for hypothesis, reference in pairs:
        score = scorer.sentence_score(hypothesis, [reference]).score
        cases.append({"tokenizer": tokenizer, "hypothesis": hypothesis, "reference": reference, "score": score})
with open("bleu.json", "w") as file:
    json.dump({"sacrebleu": sacrebleu.__version__, "cases": cases}, file, ensure_ascii=False)
    file.write("\n")
