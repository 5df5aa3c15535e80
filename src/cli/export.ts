import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { ExportedRun, RunFacts } from '../exports/target.ts';
import {
  factsOfConfig,
  factsOfTuned,
  isRefusal,
  offersOfRead,
  requireTarget,
  targetNames,
  targets,
  weightsAlone,
  withTuned,
} from '../exports/targets.ts';
import { readConfig } from '../files/peft.ts';
import { percentText } from '../percent.ts';
import { rowFacts } from '../tasks/registry.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { continuationOf } from '../training/results/continuation.ts';
import { runStory } from '../training/results/run-story.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';
import { exportsEn } from '../ui/text/en-exports.ts';
import { verdictEn } from '../ui/text/en-verdict.ts';
import { parseArguments, required } from './arguments.ts';
import { knowsNoBase, openBaseFiles } from './base-files.ts';
import { baseOfAdapter, type ExportRequest, exportRequest, isOtherName } from './export-arguments.ts';
import { adapterWeights, checkpointWeights, type ExportedWeights, wholeWeights } from './exported-weights.ts';
import { nodeDirectory } from './node-directory.ts';
import { nodeFiles } from './node-files.ts';
import { requireFreeFolder, writeFolder } from './out-folder.ts';
import { bytesInWords } from './print.ts';
import { requireAdapter } from './result-folder.ts';
import { baseName, readRunConfig } from './run-files.ts';
import { readMaterial } from './run-material.ts';
import { comparable, requireComparable, requirePrompts, takesPrompts, verifyExport } from './verify-export.ts';

const targetLines = targetNames.map((name) => {
  const { note, label } = exportsEn[name];
  // The page reads every file back; here it is asked for.
  return `    ${name.padEnd(12)}${(note ?? label).replace(' Outputs are verified first.', '')}`;
});

export const exportUsage = `studio export RUN_OR_ADAPTER --to TARGET --out DIR [--model PATH] [--type f16|bf16|q8_0|q4_k_m] [--rank N] [--verify]
studio export TARGET --out DIR (--run DIR | --model PATH --adapter DIR) [--rank N] [--verify]
  Writes the result of a run in another form: of the folder that "studio train" made (its adapter/, unless --adapter
  names another), or of any adapter and its model (the one that it names, unless --model does). --rank is of the target
  lora (default 16); what share of the change it keeps is printed. What is a zip on the page is written as the folder DIR.
  TARGET is one of
${targetLines.join('\n')}
    gguf        GGUF of the type that --type names (f16 where it is not given); --type is of ollama, too
  --verify      reads back what was written and compares its logits on ten prompts with those of base and adapter; of
                ${comparable.join(', ')}`;

export const mergeUsage = `studio merge --model PATH --adapter DIR --out DIR [--verify]
  Writes the whole model with the adapter folded into its weights, in the model's data types. --verify reads it back and
  compares its logits on ten prompts with those of base and adapter: 16 bits may hold little of a small change.`;

export const exportResult = async (argv: readonly string[]): Promise<void> => carryOut(await exportRequest(argv));

export async function merge(argv: readonly string[]): Promise<void> {
  const { options } = parseArguments(argv, { model: 'text', adapter: 'text', out: 'text', verify: 'flag' }, 0);
  const out = required(options.out, '--out DIR');
  await carryOut({
    ...options,
    target: 'merged',
    type: undefined,
    rank: undefined,
    out,
    verify: options.verify ?? false,
  });
}

async function carryOut(request: ExportRequest): Promise<void> {
  const { target: name, type, rank, out, verify } = request;
  if (verify) requireComparable(name);
  const target = targets[name];
  const weights = once(() => weightsOf(request));
  const { run, facts } = request.run === undefined ? await ofAdapter() : await ofRun(request.run);
  if (verify) requirePrompts(facts);
  const files = await namingOthers(run, facts, () => requireTarget(name, facts).write(run, { type, rank, onKept }));
  await writeFolder(out, files, async (written) => {
    if (verify) console.log(await verifyExport({ ...(await weights()), target, files: nodeFiles(written) }));
  });
  const written = await nodeFiles(out).list();
  for (const { path, size } of written.toSorted((a, b) => (a.path < b.path ? -1 : 1)))
    console.log(`${join(out, path)}  ${bytesInWords(size!)}`);
  if (!verify && comparable.includes(name) && takesPrompts(facts))
    console.error(
      '! Not verified: fewer bits than training had may hold little of a small change. --verify reads back what was written and says how much it holds.',
    );

  async function ofAdapter() {
    requireFreeFolder(out, request);
    const { tuned, read } = await weights();
    return { run: weightsAlone(tuned, read), facts: factsOfTuned(tuned) };
  }

  async function ofRun(folder: string) {
    const runFile = join(folder, 'run.json');
    const config = await configOf(runFile, request.model);
    requireFreeFolder(out, { ...request, model: resolve(folder, config.model.llm_backbone) });
    const published = once(async () => openModel(await openBaseFiles(resolve(runFile), config.model, folder)));
    // What holds no weights is had without the model, too.
    const modelType = targets[name].holds === 'run' ? null : (await published()).model.modelType;
    const facts = factsOfConfig(config, modelType, rowFacts(config));
    const run: ExportedRun = {
      name: basename(resolve(folder)),
      settings: async () => config,
      folder: () => nodeDirectory(resolve(folder)),
      async story() {
        const tokenizer = await openTokenizer((await published()).files).catch(() => null);
        const isResult = request.adapter === undefined;
        return runStory({ folder: nodeDirectory(resolve(folder)), config, tokenizer, words: verdictEn, isResult });
      },
      tuned: async () => (await weights()).tuned,
      values: async () => (await weights()).read,
      async continuation() {
        const open = await published();
        const material = await readMaterial(resolve(runFile), config, open.files, open.model);
        const tokenizer = await openTokenizer(open.files);
        const name = baseName(runFile, config.model.llm_backbone, open.files);
        return continuationOf({
          ...{ folder: nodeDirectory(resolve(folder)), config, published: open, baseName: name, material, tokenizer },
        });
      },
    };
    return { run, facts };
  }
}

/** Where a run cannot be had in a form, those in which it can are named. */
async function namingOthers<T>(run: ExportedRun, facts: RunFacts, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (thrown) {
    if (isRefusal(thrown)) {
      const known = await run.tuned().then(
        (tuned) => withTuned(facts, tuned),
        () => facts,
      );
      // A damaged run may have none: why it is refused is told all the same.
      const offers = await offersOfRead(run, known).catch(() => []);
      const others = offers.flatMap(({ target, holds, refusal }) => (refusal || holds === 'run' ? [] : [target]));
      if (others.length > 0) console.error(`It can be written as ${others.join(', ')}.`);
    }
    throw thrown;
  }
}

const onKept = (share: number): void =>
  console.log(`keeps ${percentText(share, 2)} of the change (‖ΔW‖_F of all matrices)`);

async function weightsOf({ run, model, adapter }: ExportRequest): Promise<ExportedWeights> {
  if (run === undefined) {
    const base = { llm_backbone: required(model, '--model PATH'), revision: 'main' };
    const folder = required(adapter, '--adapter DIR');
    requireAdapter(folder);
    if (model !== undefined) sayIfOther(baseOfAdapter(await readConfig(nodeFiles(folder))), model);
    // Paths of the command line are against the working folder.
    return adapterWeights('run.json', base, folder);
  }
  const runFile = join(run, 'run.json');
  const config = await configOf(runFile, model);
  // What knows its base is held against it where that is opened.
  if (model !== undefined && knowsNoBase(run)) sayIfOther((await readRunConfig(runFile)).model.llm_backbone, model);
  if (adapter !== undefined) return adapterWeights(runFile, config.model, adapter);
  const isWhole = config.tuning.method === 'full';
  if (existsSync(join(run, isWhole ? 'model' : 'adapter')))
    return isWhole ? wholeWeights(run, config) : adapterWeights(runFile, config.model, join(run, 'adapter'));
  return checkpointWeights(run, config);
}

/** An adapter fits every model of its shapes, and gives sense on one alone. */
function sayIfOther(made: string | undefined, given: string): void {
  if (made !== undefined && isOtherName(made, given))
    console.error(`! This was trained on ${made}; if ${given} is another model, what is written is of no use.`);
}

/** @param model where the base lies now, if not where the run had it; against the working folder */
async function configOf(runFile: string, model: string | undefined): Promise<RunConfig> {
  const config = await readRunConfig(runFile);
  if (model === undefined) return config;
  return { ...config, model: { ...config.model, llm_backbone: existsSync(model) ? resolve(model) : model } };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= read();
    return done;
  };
}
