/**
 * The parts of `train.py` that learn from pairs of answers. TRL's DPOTrainer takes the mean of means of batches, and a
 * second copy of the adapter as the reference; here an update is the mean over its own pairs, held against what the run
 * kept of the model before training.
 */
import type { PairCourse } from '../continuation.ts';

/** The loss of each pair, of `margins` and `by_token`. */
const losses: Readonly<Record<string, string>> = {
  DPO: '(1 - SMOOTHING) * -logsigmoid(margins) - SMOOTHING * logsigmoid(-margins)',
  DPOHinge: 'torch.relu(1 - margins)',
  DPOIPO: '(by_token[:, 0] - by_token[:, 1] - 1 / (2 * BETA)) ** 2',
  DPORobust: '((1 - SMOOTHING) * -logsigmoid(margins) + SMOOTHING * logsigmoid(-margins)) / (1 - 2 * SMOOTHING)',
};

/** The losses of pairs that it can have. */
export const writtenLosses = Object.keys(losses);

/** How a batch of pairs is made, and what is made of it. */
export const pairTerms = ({ loss, beta, labelSmoothing }: PairCourse): string => `\
BETA, SMOOTHING = ${beta}, ${labelSmoothing}
# What the run measures beside the loss.
MEASURES = ("rewards/chosen", "rewards/rejected", "rewards/margins", "rewards/accuracies")


def collated(pairs):
    """The better and the worse answer of each pair below each other."""
    sides = [side for pair in pairs for side in zip(pair["input_ids"], pair["labels"])]
    batch = DataCollatorForLanguageModeling(pad_token_id=PAD)([{"input_ids": ids, "labels": labels} for ids, labels in sides])
    return {**batch, "reference": torch.tensor([pair["reference"] for pair in pairs])}


def pair_terms(model, batch):
    """Of each pair its loss (${loss}) and MEASURES; all 0 for one that only fills up a pass."""
    logsigmoid = torch.nn.functional.logsigmoid
    labels = batch["labels"][:, 1:]
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1].float()
    each = -torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=-100, reduction="none")
    lengths = labels.ne(-100).sum(1).view(-1, 2)
    # How much likelier an answer has become since before training.
    gains = each.sum(1).view(-1, 2) - batch["reference"]
    by_token = gains / lengths.clamp(min=1)
    chosen, rejected = (BETA * gains).unbind(1)
    margins = chosen - rejected
    losses = ${losses[loss]}
    terms = torch.stack([losses, chosen, rejected, margins, (margins > 0).float()], 1)
    return terms * (lengths.sum(1) > 0)[:, None]`;

/** Methods of the trainer. */
export const pairMethods = `\
    def __init__(self, **options):
        super().__init__(**options)
        # Has the Trainer take the mean over passes, whatever the class of the model.
        self.model_accepts_loss_kwargs = False
        self.measured = 0

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        """The share of the update's mean over pairs: of passes and processes the Trainer itself takes the mean."""
        sums = pair_terms(model, inputs).sum(0) / len(UPDATES[self.state.global_step]["rows"])
        self.measured = self.measured + sums.detach()
        return sums[0] * self.args.gradient_accumulation_steps * self.accelerator.num_processes

    def log(self, logs, start_time=None):
        if "loss" in logs:
            means = self.accelerator.reduce(self.measured, "sum").tolist()
            logs |= dict(zip(MEASURES, means[1:]))
            self.measured = 0
        super().log(logs, start_time)`;

export const pairEvaluation = `\
    def evaluate(self, *_, **__):
        """The mean over all pairs that are held back, as the run has it."""
        model, was_training = self.model_wrapped, self.model_wrapped.training
        model.eval()
        with torch.no_grad():
            terms = [self.accelerator.gather_for_metrics(pair_terms(model, batch)) for batch in self.get_eval_dataloader()]
        means = torch.cat(terms).double().mean(0).tolist()
        metrics = dict(zip(("eval_loss", *(f"eval_{name}" for name in MEASURES)), means))
        self.log(dict(metrics))
        model.train(was_training)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics`;
