"""Writes metrics.json: scores of sacreBLEU, rouge-score and SQuAD's evaluation (run from this folder).

Needs the environment of interop/requirements-benchmarks.txt."""

import json

import sacrebleu
from rouge_score import rouge_scorer
from transformers.data.metrics import squad_metrics

pairs = [
    ("the cat is on the mat", "there is a cat on the mat"),
    ("hello world this is fine", "hello there world this was fine"),
    ("Yes.", "Yes, sir."),
    ("", "something"),
    ("something", ""),
    ("", ""),
    ("nothing alike", "quite another text"),
    ("word", "word"),
    ("word", "word after word after word"),
    ("It costs 3,000.50 dollars - or 7-8 euros.", "It cost 3,000.50 dollars, or 7 - 8 euros!"),
    ('He said: "a &lt; b &amp;&amp; c", didn\'t he?', 'He said: "a < b && c", didn’t he?'),
    ("a [list] {of} (brackets) and/or ~tildes~ `ticks`", "a [list] of (brackets) and / or ~ tildes `ticks`"),
    ("first line\nsecond line  ", "first line second line"),
    ("the the the the", "the cat the dog"),
    ("The an à theatre's a_b", "theatres, à AN ab"),
    ("Größe und Straße, naïve café.", "Größe, Straße und naïve cafés."),
    ("no\u00a0break\u2003em\u3000wide", "no break em wide"),
    ("😀 ok 👍🏽", "ok 👍"),
    ("東京は日本の首都です", "東京は日本の首都です。"),
    ("猫が マットの 上にいる", "猫はマットの上に座っている"),
    ("สวัสดีครับ", "สวัสดีค่ะ"),
]


class Characters:
    def tokenize(self, text):
        return [character for character in text if not character.isspace()]


def spaced(text):
    """What F1 by words counts as the characters of a text."""
    return " ".join(Characters().tokenize(squad_metrics.normalize_answer(text)))


def f1_of_characters(expected, answer):
    # Spread after it is normalised, so that no character alone is taken for an article.
    ours, theirs = spaced(answer).split(), spaced(expected).split()
    normalise, squad_metrics.normalize_answer = squad_metrics.normalize_answer, lambda text: text
    score = squad_metrics.compute_f1(" ".join(theirs), " ".join(ours))
    squad_metrics.normalize_answer = normalise
    return score


words = rouge_scorer.RougeScorer(["rougeL"])
characters = rouge_scorer.RougeScorer(["rougeL"], tokenizer=Characters())
cases = []
for answer, expected in pairs:
    bleu = {
        name: sacrebleu.BLEU(tokenize=name, effective_order=True).sentence_score(answer, [expected]).score
        for name in ("13a", "char")
    }
    cases.append(
        {
            "answer": answer,
            "expected": expected,
            "words": {
                "BLEU": bleu["13a"],
                "chrF": sacrebleu.CHRF().sentence_score(answer, [expected]).score,
                "ROUGE-L": 100 * words.score(expected, answer)["rougeL"].fmeasure,
                "exact-match": 100 * squad_metrics.compute_exact(expected, answer),
                "F1": 100 * squad_metrics.compute_f1(expected, answer),
            },
            "characters": {
                "BLEU": bleu["char"],
                "ROUGE-L": 100 * characters.score(expected, answer)["rougeL"].fmeasure,
                "F1": 100 * f1_of_characters(expected, answer),
            },
        }
    )

# Some of all together: what is long enough, what is not, what has nothing in common.
corpora = []
for rows in (range(len(pairs)), range(3), [3, 4], [7], [0, 3, 8], [6]):
    answers, expected = [pairs[row][0] for row in rows], [pairs[row][1] for row in rows]
    corpora.append(
        {
            "rows": list(rows),
            "BLEU": sacrebleu.corpus_bleu(answers, [expected]).score,
            "chrF": sacrebleu.corpus_chrf(answers, [expected]).score,
        }
    )
with open("metrics.json", "w") as file:
    json.dump({"sacrebleu": sacrebleu.__version__, "cases": cases, "corpora": corpora}, file, ensure_ascii=False)
    file.write("\n")
