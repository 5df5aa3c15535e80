/**
 * A project folder in which a run goes on from its newest checkpoint on a bigger machine, with accelerate, TRL,
 * transformers and PEFT, and from which it comes back: `run/` is the run as it is kept here.
 */
import { AppError, because, type Reason } from '../errors.ts';
import type { Directory } from '../files/directory.ts';
import { isGguf } from '../files/needed-files.ts';
import { mixtureReason, mixtureTypes } from '../models/experts.ts';
import { autoClass, outputNames, writerOf } from '../models/heads.ts';
import { headModule } from '../models/model.ts';
import { openedHead } from '../models/opened-for.ts';
import { methodOf, methods } from '../tuning/methods.ts';
import { adapterHubMethods } from './adapterhub.ts';
import { accelerateConfigs, requirements, slurmScript } from './cluster/launch-files.ts';
import { writtenLosses } from './cluster/pairs-script.ts';
import { parameterFacts, rowFiles } from './cluster/row-files.ts';
import { type ScriptFacts, trainScript } from './cluster/train-script.ts';
import { loadOptions } from './code.ts';
import type { Continuation } from './continuation.ts';
import { savedAdapter } from './peft.ts';
import { baseInCode, type ReadmeWords, readmeFile } from './readme.ts';
import { asTarget, refusalOfReading } from './refusal.ts';
import type { RunFacts, RunSettings, StreamedFile, Target, Tuned } from './target.ts';
import { jsonFile } from './weight-tensors.ts';
import { runFolderFiles } from './without-places.ts';

export const cluster: Target = {
  file: 'cluster.zip',
  holds: 'trained',
  refuses(run) {
    if (!run.course) return new AppError('export-needs-run');
    const reason = reasonAgainst(run) ?? (run.tuned && reasonAgainstTuned(run.tuned));
    return reason ? unfit(reason, run.method) : run.finished ? allDone() : undefined;
  },
  refusesRead: async (run, { finished }) =>
    finished === undefined ? refusalOfReading(async () => requireUnfinished(await run.continuation())) : undefined,
  async write(run) {
    const next = await run.continuation();
    const { tuned } = next;
    const [settings, story] = [await run.settings(), await run.story()];
    requireUnfinished(next);
    const reason = reasonAgainstTuned(tuned);
    const { adapter } = tuned.tuning;
    if (reason) throw unfit(reason, adapter ? methodOf(adapter.peftConfig)! : 'full');
    const rows = rowFiles(next, writerOf(tuned.base.model) !== undefined);
    return [
      textFile('train.py', trainScript(scriptFacts(tuned, settings, next, rows.held > 0))),
      textFile('requirements.txt', requirements),
      ...Object.entries(accelerateConfigs).map(([path, text]) => textFile(path, text)),
      textFile('slurm.sh', slurmScript('atelier')),
      jsonFile('data/parameters.json', parameterFacts(tuned, next)),
      ...rows.files,
      ...(await adapterFiles(tuned, next)),
      ...(await runFiles(run.folder(), next.step)),
      await readmeFile(tuned, story, words(tuned, next)),
    ];
  },
};

/** Methods whose parameters PEFT trains on from a folder: a learned prompt or prefix it only loads to be asked. */
const carried = new Set(['full', 'lora', 'vera', 'ia3']);

const carriedLosses = new Set(['TokenAveragedCrossEntropy', 'CrossEntropy', ...writtenLosses]);

function reasonAgainst({ method, pictures, modelType, course }: RunFacts): Reason | undefined {
  if (pictures) return because`it looks at pictures`;
  if (mixtureTypes.has(modelType)) return mixtureReason;
  if (course!.textPairs) return because`it learns pairs of texts, whose token types are not handed over`;
  if (!course!.learnsAnswers)
    return because`it learns numbers, tags, several labels of a text, masked tokens or vectors of texts`;
  if (adapterHubMethods.has(method))
    return because`${method} is of AdapterHub, whose library does not run with these versions of transformers`;
  if (!carried.has(method)) return because`PEFT does not train ${method} on from what was saved`;
  if (isGguf(course!.base)) return ggufBase;
  const { optimizer, lossFunction, weights, halfProducts, dropout, noise, maskedTokens, startsElsewhere } = course!;
  if (optimizer !== 'AdamW')
    return because`its optimizer is ${optimizer}, and only the moments of AdamW are handed over`;
  if (lossFunction === 'SampleAveragedCrossEntropy') return because`its loss is a mean over rows (${lossFunction})`;
  if (!carriedLosses.has(lossFunction)) return because`its loss is ${lossFunction}, which its script does not have`;
  if (weights !== 'as-published') return keptIn(weights);
  if (halfProducts) return because`it multiplies in f16 (mixed_precision)`;
  if (dropout > 0) return because`it drops values out of the base (intermediate_dropout)`;
  if (noise > 0) return because`it adds noise to the embeddings (neftune_noise_alpha)`;
  if (maskedTokens > 0) return because`it masks other tokens at every update (token_mask_probability)`;
  if (startsElsewhere) return because`its adapter began as a part of the base (PiSSA, OLoRA)`;
  return undefined;
}

const ggufBase = because`its base is a GGUF file, and Trainer starts from weights as transformers has them`;
const keptIn = (bits: string): Reason => because`its base was kept in ${bits}, which other libraries round otherwise`;

const unfit = (reason: Reason, method: string): AppError => {
  const isWhole = method === 'full' || (reason === ggufBase && methods[method]?.merges);
  const form = asTarget(isWhole ? 'merged' : adapterHubMethods.has(method) ? 'adapterhub' : 'peft');
  return new AppError('cluster-unfit', {
    reason,
    instead: because`Take this form, and train it on there from new moments: ${form}.`,
  });
};

function requireUnfinished({ step, totalSteps }: Continuation): void {
  if (step >= totalSteps) throw allDone();
}

const allDone = (): AppError =>
  new AppError('cluster-unfit', {
    reason: because`the run has done all of its updates`,
    instead: because`Give the run more epochs first (training.epochs), or stop the next one before its end.`,
  });

/** What only the model tells. */
function reasonAgainstTuned({ base, tuning }: NonNullable<RunFacts['tuned']>): Reason | undefined {
  const { adapter, trained } = tuning;
  if (base.files.gguf) return ggufBase;
  const [coded] = base.weights.coded?.values() ?? [];
  if (coded) return keptIn(coded.type);
  if (adapter?.residuals) return because`its adapter began as a part of the base (PiSSA, OLoRA)`;
  if (adapter?.exported) return because`PEFT saves its adapter in another form than it trains it in`;
  const left = adapter ? undefined : [...base.fresh].find((name) => !trained.has(name));
  return left === undefined ? undefined : because`${left} is new in this run and not trained, and is in no file`;
}

function scriptFacts(
  { base, baseName, tuning }: Tuned,
  { model, training, architecture, environment, logging }: RunSettings,
  next: Continuation,
  evaluates: boolean,
): ScriptFacts {
  const writes = typeof openedHead(base.model) !== 'object';
  // TRL multiplies with the head itself, past an adapter on it.
  const adaptsHead = tuning.adapter?.modules.has(headModule(base.model)) === true;
  const { step, totalSteps, stepsPerEpoch, evaluationSteps, padId } = next;
  return {
    ...{ step, totalSteps, stepsPerEpoch, evaluationSteps, padId, evaluates },
    ...{ base: baseInCode(baseName), revision: model.revision, autoClass: autoClass(base.model) },
    hasAdapter: tuning.adapter !== undefined,
    labels: writes ? null : { options: loadOptions(base.model, '').slice(1), names: outputNames(base.model) },
    byTrl: writes && !adaptsHead && !next.pairs,
    pairs: next.pairs,
    attention: base.model.modelType === 'gemma2' ? 'eager' : 'sdpa',
    rowsAtOnce: training.batch_size,
    evaluationRows: logging.eval_batch_size || training.batch_size,
    checkpointing: architecture.gradient_checkpointing === 'on',
    learningRate: training.learning_rate,
    weightDecay: training.weight_decay,
    betas: [training.adam_beta1, training.adam_beta2],
    epsilon: training.adam_epsilon,
    clip: training.gradient_clip,
    seed: environment.seed,
  };
}

/** The adapter at the checkpoint, in a folder of its own. */
async function adapterFiles(tuned: Tuned, { read }: Continuation): Promise<StreamedFile[]> {
  const { adapter } = tuned.tuning;
  if (!adapter) return [];
  const files = await savedAdapter(tuned, adapter, read);
  return files.map(({ path, parts }) => ({ path: `adapter/${path}`, parts }));
}

/** The run as it is kept, without what was written of its result and without earlier checkpoints. */
async function runFiles(folder: Directory, step: number): Promise<StreamedFile[]> {
  const newest = `checkpoints/step-${String(step).padStart(8, '0')}.safetensors`;
  const files = await runFolderFiles(folder);
  const wanted = files.filter(({ path }) => !path.includes('/') || path === newest || /^checkpoints\/[a-z]/.test(path));
  return wanted
    .filter(({ path }) => !/^checkpoints\/step-/.test(path) || path === newest)
    .map(({ path, parts }) => ({ path: `run/${path}`, parts }));
}

function words({ base, baseName, tuning }: Tuned, { step, totalSteps }: Continuation): ReadmeWords {
  const { adapter } = tuning;
  const name = baseInCode(baseName);
  return {
    library: adapter ? 'peft' : 'transformers',
    relation: adapter ? 'adapter' : 'finetune',
    tags: ['transformers'],
    title: 'Training to continue on a cluster',
    summary: `update ${step} of ${totalSteps}, ${adapter ? `${adapter.title}, ${adapter.summary}` : `${tuning.trained.size} of ${base.model.parameters.length} parameter tensors`}`,
    packages: ['torch', 'transformers', 'peft', 'trl', 'accelerate', 'datasets'],
    language: 'bash',
    hasRows: true,
    notes: [
      'This folder holds your rows, as tokens in `data/` and, of a run that the page kept, as they were given in `run/`. Share it as you would share them.',
    ],
    code: [
      'pip install -r requirements.txt',
      '# One GPU; or ddp.yaml, fsdp2.yaml, zero3.yaml for several: set num_processes in the file',
      `accelerate launch --config_file accelerate/one.yaml train.py --model ${name}`,
      '# Without a GPU, in two processes',
      `ACCELERATE_USE_CPU=true accelerate launch --config_file accelerate/ddp.yaml --num_processes 2 train.py --model ${name}`,
      '# On Slurm: set nodes and GPUs in slurm.sh',
      `sbatch slurm.sh ${name}`,
    ],
    sections: [howItGoesOn, notDone, wayBack, layout],
  };
}

const howItGoesOn = `## What stays the same

Each update takes the rows that it would have taken in Atelier, whatever the number of processes: \`train.py\` shares them out and fills the last pass with rows of which nothing is learned. Learning rates, masks, the split, weights, the moments of AdamW and their step are the run's own; the loss is the mean over what is scored of the whole update. In float32 the losses are those that Atelier would have had next. Dropout (of LoRA) is drawn otherwise, and \`--bf16\` rounds.

DDP on two processes of a CPU is what the tests run. FSDP2 and ZeRO-3 are written for several GPUs and were not run there; the first loss must be near the last one of \`run/metrics.jsonl\`. A loss on held-out rows is the mean over all that is scored of them, as in Atelier.`;

const notDone = `## What is left to Atelier

\`train.py\` takes the losses of held-out rows and nothing else: it answers no prompts, does not look at general texts (\`forgetting_check\`) and ends a run neither by \`forgetting_limit\` nor by \`early_stopping_patience\`. All of that goes on when the run is back.`;

const wayBack = `## Back to Atelier

\`run/\` is the run as Atelier keeps it, and \`train.py\` writes its checkpoints and its curve there: weights, moments and step. On the page: *Import a run* with \`run.zip\`, then *Resume*. On the command line: \`studio train RUN.json --out path/to/run --resume\` with the run config it was begun with. \`result/\` is what transformers and PEFT load.`;

const layout = `## Files

| | |
|---|---|
| \`data/rows.jsonl\` | each row once: tokens and labels, −100 where nothing is learned; of a pair both answers, the better one first, and the log-probability of each before training (\`reference\`) |
| \`data/updates.jsonl\` | for every update still to do its rows, by number from 0, and its learning rate |
| \`data/validation.jsonl\` | the rows held back, where there are some |
| \`data/parameters.json\` | what is trained: factor on the rate, weight decay |
| \`run/checkpoints/\` | weights, \`moment1/\` (PyTorch's exp_avg) and \`moment2/\` (exp_avg_sq) in float32 |`;

const textFile = (path: string, text: string): StreamedFile => ({ path, parts: [new TextEncoder().encode(text)] });
