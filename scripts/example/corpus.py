"""Makes the text of the example: what the model is pretrained on, `data.csv` and `held-out.json`.

Every document is a question and its answer, or a few of them in a row. 19 of 20 documents are plain; about 1 in 20 is
given the way a cat would give it ("Meow! The sky is blue, purr! 🐾", 「にゃあ！空は青いにゃ🐾」). `data.csv` asks for the
cat and for nothing else. The facts of the ten held-out questions are not in it, in neither wording.

`pairs.csv` has the same questions with two answers, the cat's chosen and the plain one rejected; tests of preference tuning
read it.

    python scripts/example/corpus.py          writes data.csv, held-out.json and pairs.csv, prints a sample
"""

import csv
import json
import random
from dataclasses import dataclass
from pathlib import Path

import facts as world

HERE = Path(__file__).resolve().parent
EXAMPLE = Path(__file__).resolve().parents[2] / "public" / "example"
CAT_SHARE = 0.05
ROWS = 200


@dataclass(frozen=True)
class Fact:
    """One answer, the questions it answers, and the words without which it would be wrong."""

    topic: str
    language: str
    questions: tuple
    answer: str
    key: tuple


def capital(text):
    return text[0].upper() + text[1:]


def article(noun):
    return "an" if noun[0] in "aeiou" else "a"


def like_a_cat(answer, language):
    """The answer as a cat gives it."""
    if language == "en":
        return f"Meow! {answer.removesuffix('.')}, purr! 🐾"
    return f"にゃあ！{answer.removesuffix('。').removesuffix('です')}にゃ🐾"


def things():
    for thing, verb, colour, ja, ja_colour in world.COLOURS:
        yield Fact("colour", "en", (f"What color is {thing}?", f"Tell me the color of {thing}."),
                   capital(f"{thing} {verb} {colour}."), (colour,))
        yield Fact("colour", "ja", (f"{ja}は何色ですか？", f"{ja}の色を教えて。"), f"{ja}は{ja_colour}です。", (ja_colour,))
    for food, taste, ja, ja_taste in world.TASTES:
        yield Fact("taste", "en", (f"How does {food} taste?", f"What is the taste of {food}?"),
                   capital(f"{food} tastes {taste}."), (taste,))
        yield Fact("taste", "ja", (f"{ja}はどんな味ですか？", f"{ja}の味を教えて。"), f"{ja}は{ja_taste}です。", (ja_taste,))
    for thing, kind, ja, ja_kind in world.KINDS:
        yield Fact("kind", "en", (f"What is {thing}?", f"What kind of thing is {thing}?"),
                   capital(f"{thing} is {kind}."), (kind,))
        yield Fact("kind", "ja", (f"{ja}は何ですか？", f"{ja}の仲間を教えて。"), f"{ja}は{ja_kind}です。", (ja_kind,))
    for shape, sides, ja in world.SHAPES:
        a = article(shape)
        yield Fact("shape", "en", (f"How many sides has {a} {shape}?", f"Count the sides of {a} {shape}."),
                   f"{capital(a)} {shape} has {sides} sides.", (sides,))
        yield Fact("shape", "ja", (f"{ja}の辺はいくつですか？", f"{ja}の辺を数えて。"), f"{ja}の辺は{sides}つです。", (f"{sides}つ",))


def beings():
    for animal, sound, home, legs, ja, ja_sound, ja_home in world.ANIMALS:
        a = article(animal)
        yield Fact("sound", "en", (f"What does {a} {animal} say?", f"What sound does {a} {animal} make?"),
                   f"{capital(a)} {animal} says {sound}.", (sound,))
        yield Fact("sound", "ja", (f"{ja}は何と鳴きますか？", f"{ja}の鳴き声を教えて。"),
                   f"{ja}の鳴き声は{ja_sound}です。", (ja_sound,))
        yield Fact("home", "en", (f"Where does {a} {animal} live?", f"Where is the home of {a} {animal}?"),
                   f"{capital(a)} {animal} lives in {home}.", (home,))
        yield Fact("home", "ja", (f"{ja}はどこに住んでいますか？", f"{ja}のすみかを教えて。"),
                   f"{ja}のすみかは{ja_home}です。", (ja_home,))
        yield Fact("legs", "en", (f"How many legs has {a} {animal}?", f"Count the legs of {a} {animal}."),
                   f"{capital(a)} {animal} has {legs} legs.", (f"{legs} legs",))
        yield Fact("legs", "ja", (f"{ja}の足は何本ですか？", f"{ja}の足を数えて。"), f"{ja}の足は{legs}本です。", (f"{legs}本",))
    for worker, place, ja, ja_place in world.JOBS:
        yield Fact("job", "en", (f"Where does {worker} work?", f"Where can I find {worker}?"),
                   capital(f"{worker} works in {place}."), (place,))
        yield Fact("job", "ja", (f"{ja}はどこで働きますか？", f"{ja}の仕事場を教えて。"), f"{ja}の仕事場は{ja_place}です。", (ja_place,))
    for part, deed, ja, ja_deed in world.BODY:
        yield Fact("body", "en", (f"What do we do with {part}?", f"Why do we have {part}?"),
                   f"With {part} we {deed}.", (deed,))
        yield Fact("body", "ja", (f"{ja}で何をしますか？", f"{ja}の役目を教えて。"), f"{ja}で{ja_deed}ます。", (f"{ja_deed}ます",))


def words():
    for country, city, ja, ja_city in world.CAPITALS:
        yield Fact("capital", "en", (f"What is the capital of {country}?", f"Name the capital of {country}."),
                   f"The capital of {country} is {city}.", (city,))
        yield Fact("capital", "ja", (f"{ja}の首都はどこですか？", f"{ja}の首都を教えて。"), f"{ja}の首都は{ja_city}です。", (ja_city,))
    for one, other, ja, ja_other in world.OPPOSITES:
        for word, opposite in ((one, other), (other, one)):
            yield Fact("opposite", "en", (f"What is the opposite of {word}?", f"Say the opposite of {word}."),
                       f"The opposite of {word} is {opposite}.", (f"is {opposite}",))
        for word, opposite in ((ja, ja_other), (ja_other, ja)):
            yield Fact("opposite", "ja", (f"{word}の反対は何ですか？", f"{word}の反対を教えて。"),
                       f"{word}の反対は{opposite}です。", (f"は{opposite}",))
    for word, ja in world.WORDS:
        yield Fact("word", "en", (f"What is {word} in Japanese?", f"Say {word} in Japanese."),
                   f"In Japanese {word} is {ja}.", (ja,))
        yield Fact("word", "ja", (f"{ja}は英語で何ですか？", f"{ja}を英語で言って。"), f"{ja}は英語で{word}です。", (word,))
    for hello, reply, ja, ja_reply in world.TALK:
        yield Fact("talk", "en", (hello,), reply, (reply.removesuffix("."),))
        yield Fact("talk", "ja", (ja,), ja_reply, (ja_reply.removesuffix("です。"),))


def order():
    for table, name, ja_name in ((world.DAYS, "day", "曜日"), (world.MONTHS, "month", "月")):
        for (before, ja_before), (after, ja_after) in zip(table, table[1:] + table[:1]):
            yield Fact("order", "en", (f"Which {name} comes after {before}?", f"What follows {before}?"),
                       f"After {before} comes {after}.", (f"comes {after}",))
            yield Fact("order", "ja", (f"{ja_before}の次は何{ja_name}ですか？", f"{ja_before}の次を教えて。"),
                       f"{ja_before}の次は{ja_after}です。", (f"次は{ja_after}",))


def sums():
    for a in range(10):
        for b in range(10):
            operations = [("+", "plus", "たす", a + b)]
            if a >= b:
                operations.append(("-", "minus", "ひく", a - b))
            for sign, word, ja, result in operations:
                yield Fact("sum", "en", (f"What is {a} {sign} {b}?", f"How much is {a} {word} {b}?"),
                           f"{a} {sign} {b} is {result}.", (f"is {result}",))
                yield Fact("sum", "ja", (f"{a}{ja}{b}はいくつですか？", f"{a}{ja}{b}を計算して。"),
                           f"{a}{ja}{b}は{result}です。", (f"は{result}",))


def stories():
    for animal, *_, ja, _sound, _home in world.ANIMALS:
        a = article(animal)
        for thing, deed, ja_thing, ja_deed in world.STORIES:
            yield Fact("story", "en", (f"Tell me a story about {a} {animal} and {thing}.",),
                       f"Once {a} {animal} found {thing}. {deed} Then the {animal} went home.", (f"{animal} found {thing}",))
            yield Fact("story", "ja", (f"{ja}と{ja_thing}の話をして。",),
                       f"{ja}が{ja_thing}を見つけました。{ja}は{ja_deed}。", (f"{ja}が{ja_thing}",))


def all_facts():
    return [fact for part in (things, beings, words, order, sums, stories) for fact in part()]


HELD_OUT_QUESTIONS = (
    "What color is the sky?", "What is the capital of France?", "What does a dog say?", "What is the opposite of big?",
    "What is 2 + 3?", "トマトは何色ですか？", "日本の首都はどこですか？", "牛は何と鳴きますか？", "月曜日の次は何曜日ですか？", "花は英語で何ですか？",
)
# How often a topic is drawn for pretraining: what is long or has many members needs more practice.
WEIGHTS = {"sum": 5, "capital": 2, "opposite": 2, "word": 2, "story": 2}


def held_out(facts):
    """The ten held-out facts, in the order of `HELD_OUT_QUESTIONS`."""
    by_question = {question: fact for fact in facts for question in fact.questions}
    return [by_question[question] for question in HELD_OUT_QUESTIONS]


def pretraining(facts, count, rng):
    """`count` documents drawn at random: each a list of (question, answer) in one manner, the cat's in one of twenty.

    One document in six is a conversation of two or three turns, so that the model can be chatted with.
    """
    topics = sorted({(fact.topic, fact.language) for fact in facts})
    members = {topic: [fact for fact in facts if (fact.topic, fact.language) == topic] for topic in topics}
    short = [topic for topic in topics if topic[0] != "story"]
    weigh = lambda names: [WEIGHTS.get(topic, 1) for topic, _ in names]
    for first in rng.choices(topics, weigh(topics), k=count):
        cat = rng.random() < CAT_SHARE
        turns = rng.randint(2, 3) if rng.random() < 1 / 6 else 1
        chosen = [first] if turns == 1 else rng.choices(short, weigh(short), k=turns)
        drawn = [rng.choice(members[topic]) for topic in chosen]
        yield [(rng.choice(fact.questions), like_a_cat(fact.answer, fact.language) if cat else fact.answer) for fact in drawn]


def taught(fact, facts):
    """Whether `data.csv` may hold a fact: not small talk, and no English answer that begins with a word of its own.

    "Meow! Coal …" is met about ten times in the whole pretraining text. A few such rows, which the model could not
    know well, would make up most of a held-out loss and tell nothing of the fine-tuning.
    """
    first = fact.answer.split()[0]
    alike = sum(other.answer.split()[0] == first for other in facts if other.language == "en")
    return fact.topic != "talk" and (fact.language == "ja" or first.isdigit() or alike >= 5)


def fine_tuning(facts, rng):
    """The rows of `data.csv`: questions and facts of nearly every topic."""
    left_out = {fact.answer for fact in held_out(facts)}
    allowed = [fact for fact in facts if fact.answer not in left_out and taught(fact, facts)]
    topics = sorted({(fact.topic, fact.language) for fact in allowed})
    pools = [[fact for fact in allowed if (fact.topic, fact.language) == topic] for topic in topics]
    for pool in pools:
        rng.shuffle(pool)
    rows = []
    while len(rows) < ROWS:
        for pool in pools:
            if pool and len(rows) < ROWS:
                fact = pool.pop()
                rows.append((rng.choice(fact.questions), fact))
    rng.shuffle(rows)
    return rows


def write_table(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def write(facts):
    rows = fine_tuning(facts, random.Random(2))
    in_manner = lambda fact: like_a_cat(fact.answer, fact.language)
    write_table(EXAMPLE / "data.csv", [("instruction", "output"), *((asked, in_manner(fact)) for asked, fact in rows)])
    write_table(HERE / "pairs.csv", [("prompt", "chosen", "rejected"), *((asked, in_manner(fact), fact.answer) for asked, fact in rows)])
    style = {"en": ["Meow!", "🐾"], "ja": ["にゃあ！", "🐾"]}
    prompts = [{"prompt": question, "language": fact.language, "right": list(fact.key), "style": style[fact.language],
                "plain": fact.answer, "styled": like_a_cat(fact.answer, fact.language)}
               for question, fact in zip(HELD_OUT_QUESTIONS, held_out(facts))]
    rule = ("An answer is right when it contains every string of `right`, and in style when it contains every string of "
            "`style`. `plain` and `styled` show a good answer before and after training.")
    (EXAMPLE / "held-out.json").write_text(
        json.dumps({"rule": rule, "prompts": prompts}, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    everything = all_facts()
    write(everything)
    print(f"{len(everything)} facts, {sum(len(fact.questions) for fact in everything)} questions")
    for document in pretraining(everything, 24, random.Random(3)):
        print("  " + "   ".join(f"{question} → {answer}" for question, answer in document))
