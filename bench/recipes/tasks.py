"""Tables whose answers can be scored, made from the example's little world (`scripts/example/corpus.py`).

    style          question → the answer as a cat gives it; the base knows the fact and rarely speaks so
    json           question → {"topic": "capital", "answer": "Paris"}; a form that the base never saw
    word           question → nothing but the word that answers it ("Paris"); the base always says a sentence
    conversations  two or three turns, every answer in the cat's manner
    classes        text → one of 16 topics, learned with a fresh head
    number         the sum or difference that a text asks for, learned with a fresh head

Rows of training and held-out rows share no fact (`number`, `conversations`: no row). A task has as many rows as the
world gives: 5,000 only where rows are put together from several facts.
"""

import json
import random
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts" / "example"))
import corpus  # noqa: E402

HELD_OUT = 80
WRITTEN = ("style", "json", "word", "conversations")


def styled(fact):
    return corpus.like_a_cat(fact.answer, fact.language)


def word(fact):
    answer = fact.key[0]
    for start in ("is ", "comes ", "次は", "は"):
        answer = answer.removeprefix(start)
    return answer


def as_json(fact):
    return json.dumps({"topic": fact.topic, "answer": word(fact)}, ensure_ascii=False)


def split_facts(seed):
    """(facts to train on, facts held out); every topic and language is in both."""
    facts = [fact for fact in corpus.all_facts() if fact.topic not in ("talk", "story")]
    facts += random.Random(seed).sample([fact for fact in corpus.all_facts() if fact.topic == "story"], 40)
    random.Random(seed + 1).shuffle(facts)
    return facts[HELD_OUT:], facts[:HELD_OUT]


def asked(facts, rng, wordings):
    """(question, fact) in a random order, each fact in one or in all of its wordings."""
    pairs = [(question, fact) for fact in facts for question in
             (fact.questions if wordings == "all" else (rng.choice(fact.questions),))]
    rng.shuffle(pairs)
    return pairs


def several(facts, rng, count, low, high):
    """`count` groups of questions with their facts, no two groups alike."""
    groups = {}
    while len(groups) < count:
        chosen = [(rng.choice(fact.questions), fact) for fact in rng.sample(facts, rng.randint(low, high))]
        groups[tuple(question for question, _ in chosen)] = chosen
    return list(groups.values())


def task(name, rows, seed=1):
    """(training rows, held-out rows) of a task.

    A row is (turns, label): the turns as [(question, answer)], or for `classes` and `number` the text with an empty
    answer; the label is None, a class's name or a number.
    """
    rng = random.Random(f"{name} {rows} {seed}")
    train, unseen = split_facts(seed)
    answer = {"style": styled, "json": as_json, "word": word}.get(name)
    if answer:
        make = lambda pairs: [([(question, answer(fact))], None) for question, fact in pairs]
        pairs = asked(train, rng, "all")
        return make(pairs[:rows]), make(asked(unseen, rng, "one"))
    if name == "conversations":
        make = lambda facts, count: [([(q, styled(f)) for q, f in group], None) for group in several(facts, rng, count, 2, 3)]
        return make(train, rows), make(unseen, HELD_OUT)
    if name == "classes":
        if rows > 1000:  # two questions about one topic
            def pairs(facts, count):
                topics = sorted({fact.topic for fact in facts})
                pool = {topic: [fact for fact in facts if fact.topic == topic] for topic in topics}
                texts = {}
                while len(texts) < count:
                    topic = rng.choice(topics)
                    text = " ".join(rng.choice(rng.choice(pool[topic]).questions) for _ in range(2))
                    texts[text] = topic
                return [([(text, "")], topic) for text, topic in texts.items()]
            return pairs(train, rows), pairs(unseen, HELD_OUT)
        make = lambda chosen: [([(question, "")], fact.topic) for question, fact in chosen]
        return make(asked(train, rng, "all")[:rows]), make(asked(unseen, rng, "one"))
    if name == "number":
        sums = [fact for fact in corpus.all_facts() if fact.topic == "sum"]
        pairs = [([(question, "")], float(fact.answer.rstrip(".").split()[-1]) if fact.language == "en"
                  else float(fact.answer.split("は")[1].removesuffix("です。"))) for fact in sums for question in fact.questions]
        rng.shuffle(pairs)
        return pairs[HELD_OUT:][:rows], pairs[:HELD_OUT]
    raise KeyError(name)


if __name__ == "__main__":
    for name in (*WRITTEN, "classes", "number"):
        for rows in (20, 60, 200, 1000, 5000):
            train, unseen = task(name, rows)
            print(f"{name:14s} {rows:5d}: {len(train):5d} rows, {len(unseen)} held out   {train[0]}")
