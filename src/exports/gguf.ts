/** A whole model as llama.cpp and the programs around it read it, with its tokenizer and chat template in one file. */
import { AppError, because } from '../errors.ts';
import { streamGguf } from '../files/gguf-write.ts';
import { oneAhead } from '../files/one-ahead.ts';
import type { ModelFiles } from '../files/source.ts';
import { textConfig } from '../models/wrapper.ts';
import { methods } from '../tuning/methods.ts';
import type { SaidConversation } from './conversation.ts';
import { ggufModel, ggufModelTypes, labelsUnfit, notWritten } from './gguf/families.ts';
import { unfit } from './gguf/family.ts';
import { type GgufFileType, ggufMetadata, isEncoder, modelTokenizer } from './gguf/metadata.ts';
import { openGgufModel } from './gguf/read-back.ts';
import { ggufTensors } from './gguf/tensors.ts';
import { ggufReadme } from './gguf-readme.ts';
import { mergedModel, unread } from './merged-tensors.ts';
import { foundOnce, refusalOf, refusalOfReading } from './refusal.ts';
import type { ExportedRun, RunFacts, StreamedFile, Target } from './target.ts';

/** What matrices are written in, and the end of the file's name. */
export const writtenTypes = { F16: 'f16', BF16: 'bf16', Q8_0: 'q8_0', Q4_K_M: 'q4_k_m' } as const;
export type WrittenType = keyof typeof writtenTypes;

function ggufTarget(type: WrittenType): Target {
  const file = `model-${writtenTypes[type]}.gguf`;
  return {
    file: file.replace(/gguf$/, 'zip'),
    holds: 'model',
    refuses: wholeRefusal,
    refusesRead: textsRefusal,
    write: async (run) => [await ggufFile(run, file, type), await ggufReadme(run, file, type)],
    readBack: (files) => openGgufModel(files, file),
  };
}

const readsPairs = () => unfit(because`it reads pairs of texts, and llama.cpp takes one text`);

/** Why a whole model is not written for llama.cpp. */
export function wholeRefusal(run: RunFacts): AppError | undefined {
  const { labels, modelType } = run;
  if (run.course?.textPairs) return readsPairs();
  if (labels === false) return wholeWriterRefusal(run);
  const reason = modelType !== null && labelsUnfit(modelType, labels);
  return reason ? unfit(reason) : (mergeRefusal(run) ?? tensorsRefusal(run));
}

/** Why a whole model is not written for a program that answers with text. */
export const wholeWriterRefusal = (run: RunFacts): AppError | undefined => writerRefusal(run) ?? tensorsRefusal(run);

/** What the model's config and the names of its tensors tell, where they are at hand. */
const tensorsRefusal = ({ tuned }: RunFacts): AppError | undefined => tuned && refusalOfTensors(tuned);

const refusalOfTensors = foundOnce(({ base, tuning }: NonNullable<RunFacts['tuned']>) =>
  refusalOf(() => {
    ggufModel(base.model).family.entries(textConfig(base.model));
    ggufTensors(base, mergedModel(base, tuning, unread), 'F16');
  }),
);

/** What tokenizer and prompt format tell. */
export async function textsRefusal(run: ExportedRun): Promise<AppError | undefined> {
  const { base } = await run.tuned();
  if ((await run.story()).textPairs) return readsPairs();
  const ofFiles = told.get(base.files) ?? new Map<boolean, Promise<AppError | undefined>>();
  told.set(base.files, ofFiles);
  const readsWhole = isEncoder(base.model);
  const refusal = ofFiles.get(readsWhole) ?? refusalOfReading(() => modelTokenizer(base));
  ofFiles.set(readsWhole, refusal);
  return refusal;
}

/** What was found of a tokenizer, of which several forms and every look at them ask again. */
const told = new WeakMap<ModelFiles, Map<boolean, Promise<AppError | undefined>>>();

/** Why no form for a program that answers with text is written of a run. */
export function writerRefusal(run: RunFacts): AppError | undefined {
  const { pictures, writes, modelType } = run;
  if (pictures) return unfit(because`it looks at pictures`);
  if (!writes) return unfit(because`it writes no text`);
  return modelType !== null && !ggufModelTypes.has(modelType) ? unfit(notWritten(modelType)) : mergeRefusal(run);
}

function mergeRefusal({ method }: RunFacts): AppError | undefined {
  return method === 'full' || methods[method]?.merges ? undefined : new AppError('cannot-merge', { method });
}

/**
 * @param conversation what the file says in place of the base's chat template; absent: the prompt format of the run
 * @throws AppError 'gguf-unfit' before a weight is read; 'gguf-overflow' while they are written
 */
export async function ggufFile(
  run: ExportedRun,
  path: string,
  type: GgufFileType,
  conversation?: SaidConversation,
): Promise<StreamedFile> {
  const { base, baseName, tuning } = await run.tuned();
  const { family } = ggufModel(base.model);
  const called = baseName ?? (await run.modelName?.());
  const name = called?.split(/[\\/]/).filter(Boolean).at(-1) ?? run.name;
  const { prompt, textPairs } = await run.story();
  if (textPairs) throw readsPairs();
  const metadata = await ggufMetadata(base, family, { name, type, prompt, conversation });
  const tensors = ggufTensors(base, mergedModel(base, tuning, await run.values()), type);
  return { path, parts: oneAhead(streamGguf(metadata, tensors)) };
}

export const ggufF16 = ggufTarget('F16');
export const ggufBf16 = ggufTarget('BF16');
export const ggufQ8 = ggufTarget('Q8_0');
export const ggufQ4 = ggufTarget('Q4_K_M');
