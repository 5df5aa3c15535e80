"""Trains cells of the sweep side by side and scores their held-out rows.

PyTorch stands for the studio's own engine here: `npm run test:interop` holds the two to the same loss curves, and
`check_cli.py` trains a few of these cells with `studio train`. What a run does is what a run config says: AdamW without
weight decay, the mean over the learned tokens of a batch, linear warm-up, a cosine down to 0, clipping by global norm.
"""

import math
import random
import time
from dataclasses import asdict, dataclass
from functools import lru_cache

import torch
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy

import tasks
from stacked import Forward, Frozen, start

FOLDERS = {"example": tasks.corpus.EXAMPLE / "model", "larger": "/tmp/sweep-larger"}
VALIDATION, SCORED, POINTS = 30, 50, 8


@dataclass(frozen=True)
class Cell:
    """Settings of a run; `rate` is the peak, `warmup` a share of the updates, `clip` 0 for none."""

    model: str
    task: str
    method: str
    rows: int
    rate: float
    updates: int
    batch: int = 8
    rank: int = 8
    warmup: float = 0.05
    clip: float = 1.0
    seed: int = 1
    shuffled: bool = False

    def company(self):
        """What runs that are trained side by side have in common."""
        return tuple(value for name, value in asdict(self).items() if name not in ("rate", "warmup", "clip"))


@lru_cache
def frozen(name):
    return Frozen(FOLDERS[name])


@lru_cache
def tokenizer():
    return Tokenizer.from_file(str(FOLDERS["example"] / "tokenizer.json"))


@lru_cache(maxsize=None)
def cut(text):
    return tokenizer().encode(text, add_special_tokens=False).ids


def encode(turns):
    """(ids, labels, first place of the last answer): question, newline, answer, end; answers and ends are learned."""
    ids, labels = [], []
    for question, answer in turns:
        prompt, reply = cut(question + "\n"), cut(answer) + [0]
        last = len(ids) + len(prompt)
        ids, labels = ids + prompt + reply, labels + [-100] * len(prompt) + reply
    return ids, labels, last


def padded(rows, fill):
    length = max(map(len, rows))
    return torch.tensor([row + [fill] * (length - len(row)) for row in rows])


class Lesson:
    """Rows of a task as batches, their loss, and the score of held-out rows; all results [runs]."""

    def __init__(self, task, train, unseen):
        self.task, self.train = task, train
        self.validation, self.scored = unseen[:VALIDATION], unseen[VALIDATION:VALIDATION + SCORED]
        labels = [row[1] for row in train + unseen]
        self.names = sorted(set(labels)) if task == "classes" else []
        self.outputs = len(self.names) or int(task == "number")

    def states(self, model, ids, places):
        """States [runs, places, hidden] at places (row, position)."""
        rows, positions = places
        return model.logits(model.hidden(ids)[:, rows, positions])

    def answers(self, model, rows):
        """(logits [runs, places, vocabulary], wanted [places], row of each place, whether it is in the last answer)."""
        ids, labels, lasts = zip(*(encode(turns) for turns, _ in rows))
        ids, labels = padded(ids, 1), padded(labels, -100)
        row, position = (labels[:, 1:] >= 0).nonzero(as_tuple=True)
        return self.states(model, ids, (row, position)), labels[row, position + 1], row, position + 1 >= torch.tensor(lasts)[row]

    def heads(self, model, rows):
        """What the head says of texts: [runs, rows, outputs]."""
        ids = [cut(turns[0][0]) for turns, _ in rows]
        return self.states(model, padded(ids, 1), (torch.arange(len(rows)), torch.tensor([len(row) - 1 for row in ids])))

    def losses(self, model, rows):
        """(loss of each run, how many tokens or rows it is the mean of)"""
        if self.task == "number":
            wanted = torch.tensor([label for _, label in rows])
            return (self.heads(model, rows)[..., 0] - wanted).pow(2).mean(1), len(rows)
        if self.names:
            logits, wanted = self.heads(model, rows), torch.tensor([self.names.index(label) for _, label in rows])
        else:
            logits, wanted, *_ = self.answers(model, rows)
        runs = logits.shape[0]
        loss = cross_entropy(logits.flatten(0, 1), wanted.repeat(runs), reduction="none").view(runs, -1).mean(1)
        return loss, len(wanted)

    @torch.no_grad()
    def validate(self, model):
        return self.losses(model, self.validation)[0]

    @torch.no_grad()
    def score(self, model):
        """Share of rows answered exactly, or of right classes; R² of numbers.

        A greedy answer is exact where every token of it, its end included, is the likeliest after those before it.
        """
        if self.task == "number":
            wanted = torch.tensor([label for _, label in self.scored])
            error = (self.heads(model, self.scored)[..., 0] - wanted).pow(2).sum(1)
            return 1 - error / (wanted - wanted.mean()).pow(2).sum()
        if self.names:
            wanted = torch.tensor([self.names.index(label) for _, label in self.scored])
            return (self.heads(model, self.scored).argmax(-1) == wanted).float().mean(1)
        logits, wanted, row, last = self.answers(model, self.scored)
        wrong = ((logits.argmax(-1) != wanted) & last).int()
        counts = torch.zeros(wrong.shape[0], len(self.scored), dtype=torch.int).index_add_(1, row, wrong)
        return (counts == 0).float().mean(1)

    def base(self, model):
        """What the base answers; of a fresh head, what always saying the commonest class, or the mean, gives."""
        if self.names:
            seen = [row[1] for row in self.train]
            commonest = max(sorted(set(seen)), key=seen.count)
            return sum(row[1] == commonest for row in self.scored) / len(self.scored)
        return 0.0 if self.outputs else self.score(model)[0].item()


def factor(step, updates, warmup):
    """Warm-up from 0, then a cosine to 0, as the studio counts them."""
    warmup = round(updates * warmup)
    if step < warmup:
        return step / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, updates - warmup)))


class AdamW:
    """PyTorch's AdamW without weight decay on a leaf [runs, values], with a rate and a clip for each run."""

    def __init__(self, leaf, clips):
        self.leaf, self.clips, self.step = leaf, clips[:, None], 0
        self.mean, self.square = torch.zeros_like(leaf), torch.zeros_like(leaf)

    @torch.no_grad()
    def update(self, rates):
        self.step += 1
        gradient = self.leaf.grad
        norm = gradient.norm(dim=1, keepdim=True)
        gradient *= torch.where((self.clips > 0) & (norm > self.clips), self.clips / (norm + 1e-6), torch.ones_like(norm))
        for run, rate in enumerate(rates.tolist()):
            torch._fused_adamw_([self.leaf[run]], [gradient[run]], [self.mean[run]], [self.square[run]], [],
                                [torch.tensor(float(self.step))], lr=rate, beta1=0.9, beta2=0.999, weight_decay=0.0, eps=1e-8,
                                amsgrad=False, maximize=False)
        self.leaf.grad = None


def lesson_of(cell):
    train, unseen = tasks.task(cell.task, cell.rows)
    if cell.shuffled:
        labels = [row[1] for row in train]
        random.Random(5).shuffle(labels)
        train = [(turns, label) for (turns, _), label in zip(train, labels)]
    return Lesson(cell.task, train, unseen)


def learn(cells, lesson=None):
    """Trains and scores cells of one company; for each a dictionary of results."""
    started, cell, runs = time.time(), cells[0], len(cells)
    lesson, rng = lesson or lesson_of(cell), random.Random(cell.seed)
    flat = start(frozen(cell.model), cell.method, runs, cell.rank, cell.seed, lesson.outputs)
    rates, clips = torch.tensor([c.rate for c in cells]), torch.tensor([c.clip for c in cells])
    optimizer = AdamW(flat.values, clips)
    model = lambda: Forward(frozen(cell.model), flat.views(), runs, cell.rank)
    bare = Lesson.base(lesson, Forward(frozen(cell.model), {}, 1, cell.rank))
    every, queue, losses = max(1, cell.updates // POINTS), [], []
    curve = [lesson.validate(model())]
    best, best_loss = flat.values.detach().clone(), curve[0].clone()
    for step in range(cell.updates):
        size = min(cell.batch, len(lesson.train))
        if len(queue) < size:
            queue = rng.sample(lesson.train, len(lesson.train))
        batch, queue = queue[:size], queue[size:]
        loss = lesson.losses(model(), batch)[0]
        losses.append(loss.detach())
        loss.sum().backward()
        optimizer.update(rates * torch.tensor([factor(step, c.updates, c.warmup) for c in cells]))
        if (step + 1) % every == 0 or step + 1 == cell.updates:
            curve.append(lesson.validate(model()))
            better = curve[-1] < best_loss
            best[better], best_loss = flat.values.detach()[better], torch.where(better, curve[-1], best_loss)
    score = lesson.score(model())
    flat.values.data.copy_(best)
    score_best = lesson.score(model())
    losses, curve = torch.stack(losses).nan_to_num(1e9, 1e9, 1e9), torch.stack(curve).nan_to_num(1e9, 1e9, 1e9)
    tail = losses[-max(1, len(losses) // 10):].mean(0)
    at = curve.argmin(0) / (len(curve) - 1)
    found = {"base": torch.full((runs,), bare), "score": score.nan_to_num(0), "score_best": score_best, "first": losses[0],
             "train": tail, "highest": losses.max(0).values, "val_first": curve[0], "val_best": curve.min(0).values,
             "best_at": at, "val_last": curve[-1], "seconds": torch.full((runs,), (time.time() - started) / runs)}
    return [{name: values[run].item() for name, values in found.items()} for run in range(runs)]
