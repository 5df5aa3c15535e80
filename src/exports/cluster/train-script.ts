/** `train.py`: the training loop is TRL's or transformers' own; what is written here hands the run over to it and back. */
import type { PairCourse } from '../continuation.ts';
import { python } from '../python.ts';
import { pairEvaluation, pairMethods, pairTerms } from './pairs-script.ts';

export interface ScriptFacts {
  /** As code names the base; where it has no name the script asks for it. */
  readonly base: string;
  readonly revision: string;
  /** Its weights are in the folder `adapter`; else parameters of the base itself are trained. */
  readonly hasAdapter: boolean;
  /** transformers' class of the model. */
  readonly autoClass: string;
  /** Of a model that tells what a text is: what transformers' config is given, and its classes. */
  readonly labels: { readonly options: readonly string[]; readonly names: readonly string[] } | null;
  /** Of one that learns from pairs of answers. */
  readonly pairs: PairCourse | null;
  /** TRL trains it; else transformers' own trainer. */
  readonly byTrl: boolean;
  readonly attention: 'eager' | 'sdpa';
  readonly step: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly evaluationSteps: number;
  readonly padId: number;
  readonly rowsAtOnce: number;
  readonly evaluationRows: number;
  readonly evaluates: boolean;
  readonly checkpointing: boolean;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Largest norm of the gradient; 0: none. */
  readonly clip: number;
  readonly seed: number;
}

export function trainScript(facts: ScriptFacts): string {
  return [
    head(facts),
    constants(facts),
    names,
    model(facts),
    rows(facts),
    distributed,
    handover(facts),
    ...(facts.pairs ? [pairTerms(facts.pairs)] : facts.byTrl ? [] : [lossOfUpdate(facts)]),
    trainer(facts),
    args(facts),
    main(facts),
  ].join('\n\n\n');
}

const head = ({ byTrl, hasAdapter, step, totalSteps, autoClass, labels }: ScriptFacts): string =>
  `\
"""Goes on with a training of Atelier, from update ${step} of ${totalSteps}.

    accelerate launch --config_file accelerate/ddp.yaml train.py --model path/or/id/of/the/base

The rows of every update, its learning rate, the weights and the moments of AdamW are the run's own, whatever the number
of processes. What is saved lies in run/, which Atelier goes on from, and in output/, from which this script does.
"""
import argparse
import json
import math
import os
import shutil
import time
from pathlib import Path

import torch
from datasets import Dataset
${hasAdapter ? 'from peft import PeftModel\n' : ''}from safetensors import safe_open
from safetensors.torch import save_file
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers import AutoConfig, ${autoClass}, AutoTokenizer, TrainerCallback${labels ? ', DataCollatorWithPadding' : ''}${byTrl ? '' : ', Trainer, TrainingArguments'}
${byTrl ? 'from trl import SFTConfig, SFTTrainer\n' : ''}${labels ? '' : 'from trl.trainer.sft_trainer import DataCollatorForLanguageModeling\n'}`.trimEnd();

const constants = (facts: ScriptFacts): string => `\
HERE = Path(__file__).resolve().parent
RUN = HERE / "run"
METRICS = RUN / "metrics.jsonl"
BASE, REVISION = ${python(facts.base)}, ${python(facts.revision)}
DONE, STEPS, STEPS_PER_EPOCH = ${facts.step}, ${facts.totalSteps}, ${facts.stepsPerEpoch}
EVALUATES, EVALUATION_STEPS = ${python(facts.evaluates)}, ${facts.evaluationSteps}
LEARNING_RATE, WEIGHT_DECAY = ${number(facts.learningRate)}, ${number(facts.weightDecay)}
BETAS, EPSILON = (${facts.betas.map(number).join(', ')}), ${number(facts.epsilon)}
PAD = ${facts.padId}
# Of every trained parameter: the factor on its learning rate, and whether weight decay applies to it.
PARAMETERS = json.loads((HERE / "data" / "parameters.json").read_text(encoding="utf-8"))
UPDATES = [json.loads(line) for line in (HERE / "data" / "updates.jsonl").read_text(encoding="utf-8").splitlines()]`;

const names = `\
def own_name(name):
    """What the run calls a parameter that PyTorch calls \`name\`: PEFT and wrappers put names of their own around it."""
    name = name.removeprefix("module.").removeprefix("base_model.model.")
    for part in ("_checkpoint_wrapped_module.", ".modules_to_save.default", ".base_layer", ".default"):
        name = name.replace(part, "")
    return name.replace(".lora_magnitude_vector.weight", ".lora_magnitude_vector")


def trained(model):
    """The trained parameters by the run's names for them."""
    return {own_name(name): value for name, value in model.named_parameters() if value.requires_grad}


def oriented(name, value):
    """Some matrices lie transposed in the run's checkpoint."""
    return value.T.contiguous() if PARAMETERS[name]["transposed"] else value


def checkpoint_path(step):
    return RUN / "checkpoints" / f"step-{step:08}.safetensors"


START = checkpoint_path(DONE)


def state_at_start():
    with safe_open(START, "pt") as checkpoint:
        return json.loads(checkpoint.metadata()["state"])`;

const model = ({ hasAdapter, autoClass, labels, attention }: ScriptFacts): string => `\
def open_model(base):
    """The base with what the run has trained so far, in float32. Stops where names or shapes are not those of the run."""
    config = AutoConfig.from_pretrained(base, revision=REVISION${labels ? `, ${labelOptions(labels)}` : ''})
    # The run applied no dropout of the base.
    for name, value in config.to_dict().items():
        if "drop" in name and isinstance(value, float):
            setattr(config, name, 0.0)
    model = ${autoClass}.from_pretrained(
        base, revision=REVISION, config=config, dtype=torch.float32, attn_implementation="${attention}"
    )
${labels ? '    # Decoders read a text at its last token that is not this one.\n    model.config.pad_token_id = PAD\n' : ''}\
    # The row of the padding token is trained as any other where it stands in a text.
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding):
            module.padding_idx = None
${hasAdapter ? '    model = PeftModel.from_pretrained(model, HERE / "adapter", is_trainable=True)\n' : ''}\
    for name, value in model.named_parameters():
        value.requires_grad_(own_name(name) in PARAMETERS)
    found = trained(model)
    if set(found) != set(PARAMETERS):
        raise SystemExit(f"These parameters are not the run's: {sorted(set(found) ^ set(PARAMETERS))[:5]}")
    with safe_open(START, "pt") as checkpoint, torch.no_grad():
        for name, parameter in found.items():
            value = oriented(name, checkpoint.get_tensor(name))
            if parameter.shape != value.shape:
                raise SystemExit(f"{name} has the shape {list(parameter.shape)} here and {list(value.shape)} in the run.")
            parameter.copy_(value)
    return model`;

const labelOptions = ({ options, names }: NonNullable<ScriptFacts['labels']>): string => {
  const pairs = names.map((name, index) => `${index}: ${python(name)}`);
  return [...options, `id2label={${pairs.join(', ')}}`].join(', ');
};

/** The labels of a row like the first, of which nothing is learned. */
const emptyLabels = ({ labels, pairs }: ScriptFacts): string => {
  if (labels) return '-100';
  return pairs ? '[[-100] * len(ids) for ids in known[0]["input_ids"]]' : '[-100] * len(known[0]["input_ids"])';
};

const rows = (facts: ScriptFacts): string => `\
def read_rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows_in_order(per_pass):
    """The rows of all updates, one after another. An update is filled up to a multiple of the rows of one pass, on all
    processes together, with rows of which nothing is learned, so that each is the run's own however many share it."""
    known = read_rows(HERE / "data" / "rows.jsonl")
    empty = {**known[0], "labels": ${emptyLabels(facts)}}
    size = math.ceil(max(len(update["rows"]) for update in UPDATES) / per_pass) * per_pass
    order = [number for update in UPDATES for number in update["rows"] + [len(known)] * (size - len(update["rows"]))]
    return Dataset.from_list([*known, empty]).select(order), size // per_pass`;

const distributed = `\
def whole(value):
    """A tensor that may lie in parts on several processes."""
    return (value.full_tensor() if isinstance(value, DTensor) else value).detach().float().cpu()


def like(value, parameter):
    """A whole tensor laid out as a parameter is."""
    value = value.to(parameter.device)
    return distribute_tensor(value, parameter.device_mesh, parameter.placements) if isinstance(parameter, DTensor) else value


def is_partitioned(parameter):
    """DeepSpeed's ZeRO-3 keeps a part of each parameter on each process."""
    return hasattr(parameter, "ds_id")


def load_moments(model, optimizer):
    """AdamW's state as PyTorch has it: step, exp_avg (the first moment) and exp_avg_sq (the second)."""
    while hasattr(optimizer, "optimizer"):
        optimizer = optimizer.optimizer
    with safe_open(START, "pt") as checkpoint:
        for name, parameter in trained(model).items():
            first, second = (oriented(name, checkpoint.get_tensor(f"{moment}/{name}")) for moment in ("moment1", "moment2"))
            if is_partitioned(parameter):
                from deepspeed.utils import safe_set_full_optimizer_state
                safe_set_full_optimizer_state(parameter, first, "exp_avg")
                safe_set_full_optimizer_state(parameter, second, "exp_avg_sq")
            else:
                optimizer.state[parameter] = {
                    "step": torch.tensor(float(DONE)),
                    "exp_avg": like(first, parameter),
                    "exp_avg_sq": like(second, parameter),
                }
    # ZeRO-3 counts the steps of its own parts.
    for state in optimizer.state.values():
        state["step"] = torch.tensor(float(DONE))


def tensors_of_run(model, optimizer):
    """Weights and moments under the run's names, whole. Every process takes part."""
    while hasattr(optimizer, "optimizer"):
        optimizer = optimizer.optimizer
    found = {}
    for name, parameter in trained(model).items():
        if is_partitioned(parameter):
            from deepspeed.utils import safe_get_full_fp32_param, safe_get_full_optimizer_state
            values = safe_get_full_fp32_param(parameter), *(safe_get_full_optimizer_state(parameter, key) for key in ("exp_avg", "exp_avg_sq"))
        else:
            state = optimizer.state[parameter]
            values = parameter, state["exp_avg"], state["exp_avg_sq"]
        for prefix, value in zip(("", "moment1/", "moment2/"), values):
            found[prefix + name] = oriented(name, whole(value))
    return found`;

const handover = ({ pairs }: ScriptFacts): string => `\
class Handover(TrainerCallback):
    """Gives AdamW the moments of the run, and keeps run/ as Atelier keeps it."""

    def __init__(self, stop_after):
        self.stop_after = stop_after
        self.state_before = state_at_start()

    def on_train_begin(self, args, state, control, model=None, optimizer=None, **_):
        if state.global_step == 0:
            load_moments(model, optimizer)
            self.require_start(tensors_of_run(model, optimizer))
        if state.is_world_process_zero:
            # What an earlier try wrote after this point is done anew.
            step = DONE + state.global_step
            for path in RUN.glob("checkpoints/step-*.safetensors"):
                if path > checkpoint_path(step):
                    path.unlink()
            lines = METRICS.read_text(encoding="utf-8").splitlines(keepends=True) if METRICS.exists() else []
            METRICS.write_text("".join(line for line in lines if json.loads(line)["step"] <= step), encoding="utf-8")

    @staticmethod
    def require_start(tensors):
        """Weights and moments as they lie on the devices now, read back: they must be those of the run."""
        with safe_open(START, "pt") as checkpoint:
            other = [name for name, value in tensors.items() if not torch.equal(value, checkpoint.get_tensor(name))]
        if other:
            raise SystemExit(f"These tensors are not those of the run once they are shared out: {other[:5]}")

    def on_log(self, args, state, control, logs=None, **_):
        if not state.is_world_process_zero or "loss" not in logs:
            return
        update = UPDATES[state.global_step - 1]
        record = {
            "step": update["step"],
            "epoch": update["step"] / STEPS_PER_EPOCH,
            "loss": logs["loss"],
            "learning_rate": update["learning_rate"],
            "grad_norm": logs.get("grad_norm"),
            "tokens": self.tokens(state),
            "time": time.time(),
        }${pairs ? ' | {name: logs[name] for name in MEASURES}' : ''}
        with open(METRICS, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\\n")

    def on_step_end(self, args, state, control, **_):
        step = DONE + state.global_step
        control.should_evaluate = EVALUATES and (step == STEPS or step % EVALUATION_STEPS == 0)
        if state.global_step >= self.stop_after:
            control.should_training_stop = True
            control.should_save = True

    def on_evaluate(self, args, state, control, metrics=None, **_):
        if state.is_world_process_zero:
            lines = METRICS.read_text(encoding="utf-8").splitlines()
            METRICS.write_text("\\n".join([*lines[:-1], json.dumps(json.loads(lines[-1]) | metrics), ""]), encoding="utf-8")

    def on_save(self, args, state, control, model=None, optimizer=None, **_):
        tensors = tensors_of_run(model, optimizer)
        if not state.is_world_process_zero:
            return
        step = DONE + state.global_step
        known = {**self.state_before, "step": step, "tokens": self.tokens(state)}
        path = checkpoint_path(step)
        before = sorted(path.parent.glob("step-*.safetensors"))
        with safe_open(START, "pt") as checkpoint:
            # What belongs to the result and is not trained.
            tensors |= {name: checkpoint.get_tensor(name) for name in checkpoint.keys() if name not in tensors}
        unfinished = path.with_suffix(".unfinished")
        save_file(tensors, unfinished, {"format": "atelier-checkpoint", "step": str(step), "state": json.dumps(known)})
        unfinished.replace(path)
        # The first one stays, so that the project can be started over.
        for old in before[1:-1]:
            old.unlink()

    def tokens(self, state):
        return self.state_before["tokens"] + sum(update["tokens"] for update in UPDATES[: state.global_step])`;

/** Not every class of transformers takes the loss of a micro-step as a share of its update. */
const lossOfUpdate = ({ labels }: ScriptFacts): string => `\
def loss_of_update(outputs, labels, num_items_in_batch=None):
    """What the rows at hand add to the mean over all that is scored in the update."""
    scored = labels.ne(-100).sum() if num_items_in_batch is None else num_items_in_batch
    logits${labels ? ' = outputs.logits' : ', labels = outputs.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()'}
    return torch.nn.functional.cross_entropy(logits.float(), labels, ignore_index=-100, reduction="sum") / scored`;

const trainer = ({ byTrl, evaluates, labels, pairs }: ScriptFacts): string => `\
class Continued(${byTrl ? 'SFTTrainer' : 'Trainer'}):
    """Updates as the run's own: the groups of its AdamW, and its learning rate."""
${pairs ? `\n${pairMethods}\n` : ''}
    def create_optimizer(self, model=None):
        if self.optimizer is None:
            groups = {}
            for name, parameter in trained(model or self.model).items():
                facts = PARAMETERS[name]
                groups.setdefault((facts["learning_rate_factor"], facts["decay"]), []).append(parameter)
            self.optimizer = torch.optim.AdamW(
                [
                    {"params": parameters, "lr": LEARNING_RATE * factor, "weight_decay": WEIGHT_DECAY if decay else 0.0}
                    for (factor, decay), parameters in groups.items()
                ],
                lr=LEARNING_RATE,
                betas=BETAS,
                eps=EPSILON,
            )
        return self.optimizer

    def create_scheduler(self, num_training_steps, optimizer=None):
        if self.lr_scheduler is None:
            factors = [update["learning_rate"] / LEARNING_RATE for update in UPDATES]
            self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(
                optimizer or self.optimizer, lambda done: factors[min(done, len(factors) - 1)]
            )
            self._created_lr_scheduler = True
        return self.lr_scheduler
${evaluates ? `\n${pairs ? pairEvaluation : evaluation(labels !== null)}` : ''}`;

/** The Trainer's own eval_loss is a mean of means of batches, and counts rows twice that fill up the last one. */
const evaluation = (ofLabels: boolean): string => `\
    def evaluate(self, *_, **__):
        """The mean over what is scored of all validation rows, as the run has it."""
        model, was_training = self.model_wrapped, self.model_wrapped.training
        model.eval()
        sums = torch.zeros(2, dtype=torch.float64)
        for batch in self.get_eval_dataloader():
            labels = batch.pop("labels")
            with torch.no_grad():
                logits = model(**batch).logits.float()
            ${ofLabels ? 'labels = labels[:, None]' : 'logits, labels = logits[:, :-1], labels[:, 1:]'}
            losses = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), ignore_index=-100, reduction="none")
            # A row at a time, so that those which fill up the last batch can be told apart.
            rows = torch.stack([losses.reshape(labels.shape).sum(1), labels.ne(-100).sum(1).float()], 1)
            sums += self.accelerator.gather_for_metrics(rows).double().sum(0).cpu()
        metrics = {"eval_loss": (sums[0] / sums[1]).item()}
        self.log(dict(metrics))
        model.train(was_training)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics`;

/** Every value that changes what is learned, written out: the defaults of TRL and transformers are other ones. */
const args = (facts: ScriptFacts): string => `\
def arguments(options, per_device, accumulation):
    return ${facts.byTrl ? 'SFTConfig' : 'TrainingArguments'}(
        output_dir=str(HERE / "output"),
        # Their product with the number of processes is an update of the run.
        per_device_train_batch_size=per_device,
        gradient_accumulation_steps=accumulation,
        num_train_epochs=1.0,
        max_steps=len(UPDATES),
        # The rows lie in the order in which the run takes them.
        train_sampling_strategy="sequential",
        dataloader_drop_last=False,
        remove_unused_columns=False,
        # The loss is the mean over what is scored of a whole update, on all processes together.
        average_tokens_across_devices=True,
        label_smoothing_factor=0.0,
        learning_rate=LEARNING_RATE,
        optim="adamw_torch",
        weight_decay=WEIGHT_DECAY,
        adam_beta1=BETAS[0],
        adam_beta2=BETAS[1],
        adam_epsilon=EPSILON,
        # inf clips nothing; the norm is told all the same.
        max_grad_norm=${facts.clip > 0 ? number(facts.clip) : 'math.inf'},
        warmup_steps=0,
        neftune_noise_alpha=None,
        bf16=options.bf16,
        fp16=False,
        tf32=None,
        gradient_checkpointing=${python(facts.checkpointing)},
        gradient_checkpointing_kwargs=${facts.checkpointing ? '{"use_reentrant": False}' : 'None'},
        ddp_find_unused_parameters=False,
        seed=${facts.seed},
        logging_strategy="steps",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=${facts.evaluationSteps},
        save_total_limit=2,
        # The hand-over asks for evaluations, at the steps at which the run has them.
        eval_strategy="no",
        per_device_eval_batch_size=${facts.evaluationRows},
        prediction_loss_only=True,
        report_to=options.report_to,
        disable_tqdm=True,
${facts.byTrl ? sftArguments : ''}    )`;

const sftArguments = `\
        max_length=None,
        packing=False,
        padding_free=False,
        loss_type="nll",
        completion_only_loss=False,
        assistant_only_loss=False,
        # The rows are tokens with their labels already.
        dataset_kwargs={"skip_prepare_dataset": True},
`;

const collator = ({ labels, pairs }: ScriptFacts): string => {
  if (pairs) return 'collated';
  return labels ? 'DataCollatorWithPadding(tokenizer)' : 'DataCollatorForLanguageModeling(pad_token_id=PAD)';
};

const meanOfMeans = `\
    if not (trainer.model_accepts_loss_kwargs or trainer.compute_loss_func):
        raise SystemExit("transformers would take the mean of means as the loss of this class of models.")
`;

const main = (facts: ScriptFacts): string => `\
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default=BASE, help="folder or Hub id of the base model")
    parser.add_argument("--rows", type=int, default=${facts.rowsAtOnce}, help="the most rows that a process takes at once; an update has as many whatever this is")
    parser.add_argument("--stop-after", type=int, default=len(UPDATES), help="updates to do now; the schedule stays that of the whole run")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in output/")
    parser.add_argument("--bf16", action="store_true", help="multiply in bfloat16: faster, and no longer the run's own numbers")
    parser.add_argument("--report-to", default="none", help="such as tensorboard or wandb")
    options = parser.parse_args()
    model = open_model(options.model)
    tokenizer = AutoTokenizer.from_pretrained(options.model, revision=REVISION)
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(PAD)
    processes = int(os.environ.get("WORLD_SIZE", 1))
    largest = max(len(update["rows"]) for update in UPDATES)
    per_device = min(options.rows, math.ceil(largest / processes))
    rows, accumulation = rows_in_order(per_device * processes)
    settings = arguments(options, per_device, accumulation)
    if settings.world_size != processes:
        raise SystemExit(f"{processes} processes were started, and transformers would train with {settings.world_size}.")
    trainer = Continued(
        model=model,
        args=settings,
        train_dataset=rows,
        eval_dataset=${facts.evaluates ? 'Dataset.from_list(read_rows(HERE / "data" / "validation.jsonl"))' : 'None'},
        data_collator=${collator(facts)},
        processing_class=tokenizer,
${facts.byTrl || facts.pairs ? '' : '        compute_loss_func=loss_of_update,\n'}\
        callbacks=[Handover(options.stop_after)],
    )
${facts.pairs ? '' : meanOfMeans}    trainer.train(resume_from_checkpoint=options.resume)
    trainer.save_model(str(HERE / "result"))
    if trainer.is_world_process_zero():
        shutil.make_archive(str(HERE / "run"), "zip", RUN)
        print(f"Update {DONE + trainer.state.global_step} of {STEPS}, on {processes} processes. In Atelier: import run.zip, then Resume.")
    # A process that ends while another still talks to it takes that one down.
    trainer.accelerator.wait_for_everyone()
    trainer.accelerator.end_training()


if __name__ == "__main__":
    main()
`;

/** A number that Python reads as a float. */
const number = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));
