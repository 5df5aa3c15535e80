import { type RunConfig, type Setting, settings } from './run-config.ts';

/** What each section is about, in the order of the file. */
const sections: Readonly<Record<keyof RunConfig, string>> = {
  model: 'The base model.',
  dataset: 'Which table, which columns, and how a row becomes prompt and answer.',
  tokenizer: 'How long rows may be and how batches are padded.',
  augmentation: 'Changes to the rows while training.',
  architecture: 'Changes to the base model while training.',
  tuning: 'What is trained.',
  training: 'How it is trained.',
  prediction: 'How answers are generated.',
  environment: 'What it runs on.',
  logging: 'What is reported.',
};

const introduction = `# The run config

One JSON file says all about a run: the page saves and loads it, \`npm run studio -- train RUN.json\` carries it out. Names
and spellings are those of H2O LLM Studio's configuration, and of Hugging Face and PEFT where H2O has none.

- A key that is left out has its default. An unknown key is an error that names the nearest known one where one is near
  (\`run-config-unknown-key\`, else \`run-config-strange-key\`); a value of the wrong kind is \`run-config-invalid\`.
- Relative paths are against the file.
- The range is that of the form; a file may go beyond it as far as "allowed" says.

This page is made from the schema (\`src/training/config/settings.ts\`) and held to it by a test:
\`npx vitest run src/training/config/run-config-document.test.ts -u\` writes it anew.
`;

const appendix = `## Settings of other programs

The page ("Load settings"), \`studio convert-config\` and every command that takes a run config also read these files,
JSON or YAML (as PyYAML reads it); which it is, its keys say. What a file leaves out has the *other* program's default. Each key is listed with
what took it over, or with what it would have done and why it is left out.

| file | known by, among others | what it means where it says nothing |
|---|---|---|
| H2O LLM Studio's \`cfg.yaml\` | \`llm_backbone\` | columns \`instruction\`, \`input\`; end tokens after system text and prompt. A classification by \`BinaryCrossEntropyLoss\` with one column is two classes here, with \`CrossEntropy\` |
| Hugging Face \`TrainingArguments\`, TRL's \`SFTConfig\`, \`DPOConfig\`, \`ORPOConfig\`, \`CPOConfig\`, \`KTOConfig\` and \`ModelConfig\` | \`model_name_or_path\`, \`output_dir\`, \`num_train_epochs\` | full fine-tuning; learning rate 5e-5 (2e-5 with keys of \`SFTConfig\`), batch 8, 3 epochs, linear, clipping at 1, seed 42, \`max_length\` 1024, no evaluation. With \`use_peft\`, or with \`lora_…\` keys and no word of it, LoRA: rank 16, alpha 32, dropout 0.05 |
| LLaMA-Factory | \`finetuning_type\`, \`cutoff_len\`, \`lora_rank\` | the same arguments; LoRA of rank 8, alpha twice the rank, no dropout, all linear layers; \`cutoff_len\` 2048, no validation; columns of Alpaca's form |
| axolotl | \`base_model\` with \`datasets\`, \`adapter\`, … | full fine-tuning; batch 1, 1 epoch, cosine, warm-up over 3% of the updates (there a hundred at most), clipping at 1, seed 42, \`sequence_len\` 512, no validation |

\`warmup_steps\` below 1 is a share, and a schedule \`constant\` has no warm-up, as in transformers. Files of torchtune,
ms-swift, Unsloth Studio, DeepSpeed, Accelerate and AutoTrain are known and refused under their names.

## Selecting parameters: \`tuning.train_parameters\`

A list; each entry is a parameter's or module's whole name, or one of these objects. With method \`full\` an empty list
trains everything; beside LoRA the list names parameters of the base model that are trained as well.

| entry | picks |
|---|---|
| \`{"contains": "layers.2."}\` | names that contain the text |
| \`{"not_contains": "embed"}\` | all other names |
| \`{"nearest_input": 10}\` | tensors from the input on, up to 10% of all values; stops at the first that would pass it |
| \`{"nearest_output": 10}\` | the same from the output back |
| \`{"random": 10, "seed": 1, "mode": "corrected"}\` | tensors at random up to 10%; mode \`as-in-the-article\` counts as the source article does |
| \`{"freeze_first_layers": 4}\` | all but the embeddings and the first 4 layers; \`match\`: \`whole-index\`, \`index-prefix\` or \`dotted-embeddings\` |
| \`{"last_layers": 2}\` | the last 2 layers, neither final norm nor head |
| \`{"bias_only": true}\` | every bias (BitFit) |
| \`{"norms_only": true}\` | every normalisation layer |
| \`{"input_embedding": true}\` | the token embedding |
| \`{"all": true}\` | everything |

## What it means in numbers

- **Rows and batches.** Each example has a row of its own, or with \`packing\` rows are filled with examples up to
  \`max_length\` tokens (best-fit decreasing, as TRL's \`bfd\`); positions begin anew with each example, and none sees or
  predicts another's tokens. Training and validation rows are packed alike. A batch is \`batch_size\` rows, padded at
  their ends to one of at most 8 lengths, those that waste least on the rows at hand.
- **Steps.** An epoch has ⌈batches / grad_accumulation⌉ updates; \`max_steps\` above 0 replaces \`epochs\`.
- **Loss** is the sum over the scored tokens of an accumulation window, divided by their number, before the update;
  \`grad_norm\` is before clipping. Update t has learning rate λ(t), counted from 0: the first warm-up update has rate 0.
- **Pairs of answers.** A row is a prompt with a better and a worse answer, and \`batch_size\` counts pairs.
  The loss is the mean over the pairs of the window, of what TRL's trainers compute; with a label smoothing of ε, DPO is
  −(1−ε)·log σ(m) − ε·log σ(−m). Prompt and answer are one text where they are made tokens of, and what is beyond
  \`max_length\` is cut from its end, as there. Where the loss compares with the model before training,
  that is read once, before the first update.
- **Judged answers.** A row is a prompt, an answer and whether that is good, or a pair, which is one good and one bad
  answer; \`batch_size\` counts answers. Each has beside it its prompt with the answer of the row before it in its block of
  \`batch_size\` rows (the first with that of the last), from which KL is estimated; it stays with its row when rows are
  shuffled. Rewards of good and of bad answers are means over those of the window; TRL takes the mean of the means of its
  passes. Log-probabilities before training and cutting are as with pairs.
- **Validation loss** is the mean over all scored tokens, and perplexity its exponential. (transformers shows the mean of
  batch means.)
- **Warm-up** is \`warmup_steps\` where it is above 0, else \`warmup_ratio\` of all updates, else \`warmup_epochs\`.
- **Seed.** Order of rows, split, dropout and fresh adapter weights are functions of the seed alone, so a resumed run goes
  on bit for bit. −1 draws one, which is shown and saved with the run.

## What a run leaves

| | |
|---|---|
| \`run.json\` | the run config, with the seed it drew |
| \`metrics.jsonl\` | a line an update: \`step\` (from 1), \`epoch\`, \`loss\`, \`learning_rate\`, \`grad_norm\`, \`tokens\` (seen so far, without padding), and \`eval_loss\` where it was evaluated; of pairs also \`rewards/chosen\`, \`rewards/rejected\`, \`rewards/margins\` and \`rewards/accuracies\`, and the same behind \`eval_\`; with \`forgetting_check\` \`eval_general_divergence\` (KL from the published model, quantised as \`model.weights\` says, in nats a token), \`eval_general_perplexity\` and \`eval_general_base_perplexity\`, from step 0 on |
| \`checkpoints/\` | trained weights, optimizer moments and position, every few seconds (less often where saving takes long), at each pause, stop and end |
| \`adapter/\` | LoRA: PEFT's files, weights as F32 |
| \`model/\` | full fine-tuning: a whole model, the changed weights rounded to the base's data types |
`;

/** The whole of docs/run-config.md. */
export function runConfigDocument(): string {
  const tables = Object.entries(settings).map(([section, keys]) => sectionTable(section as keyof RunConfig, keys));
  return [introduction, ...tables, appendix].join('\n');
}

function sectionTable(section: keyof RunConfig, keys: Readonly<Record<string, Setting<unknown>>>): string {
  const rows = Object.entries(keys).map(([key, setting]) => settingRow(key, setting));
  const head = ['| key | default | allowed | form | meaning | elsewhere |', '|---|---|---|---|---|---|'];
  return [`## ${section}`, '', sections[section], '', ...head, ...rows, ''].join('\n');
}

function settingRow(key: string, setting: Setting<unknown>): string {
  const code = (value: unknown) => `\`${JSON.stringify(value)}\``;
  const form = setting.form ? `${setting.form[0]} … ${setting.form[1]}, step ${setting.form[2]}` : '';
  const cells = [`\`${key}\``, code(setting.default), setting.allowed, form, setting.meaning, setting.elsewhere ?? ''];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
