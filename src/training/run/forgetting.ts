/** What a run does to what its model knew before: how it predicts general texts, beside the model as published. */
import type { Batch } from '../../data/batches.ts';
import type { MetricsRecord } from '../../files/run-records.ts';
import type { Graph } from '../../graph/types.ts';
import type { Model, TextModel } from '../../models/model.ts';
import { textFeeds } from '../../tasks/texts/inputs.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import { fedTo } from '../programs/feeds.ts';
import { checkedModel, generalBatches } from '../programs/general-texts.ts';
import { type DTypes, divergenceProgram, statesProgram } from '../programs/programs.ts';
import type { ModelSession } from '../session/model-session.ts';
import { type Forgetting, forgettingScoreNames } from './forgetting-scores.ts';
import { InFlight } from './in-flight.ts';
import { evaluatedScores } from './metrics-log.ts';

/** The divergence that was measured after an update, as the run's log has it; null where none was. */
export function divergenceAt(records: readonly MetricsRecord[], step: number): number | null {
  const record = records.findLast((each) => each.step === step);
  const [divergence] = forgettingScoreNames;
  return (record && evaluatedScores(record, [divergence])?.[divergence]) ?? null;
}

export interface ForgettingCheck {
  /** Programs to be loaded for it. */
  readonly programs: ReadonlyMap<string, () => Graph>;
  /** With the weights as they are now. No step may be enqueued meanwhile. */
  measure(session: ModelSession): Promise<Forgetting>;
}

const statesName = 'general/base';
const divergenceName = 'general/tuned';

interface CheckedRun {
  readonly model: Model;
  readonly dtypes: DTypes;
  readonly tuning: Tuning;
  readonly tokenizer: Tokenizer;
  readonly config: RunConfig;
}

/**
 * What the published model makes of the texts is read once, at the first evaluation: the states that its head reads.
 * Null where the run asks for no check, or its model does not write.
 * @throws AppError 'run-config-invalid' where no text has two tokens
 */
export function forgettingCheck({ model, dtypes, tuning, tokenizer, config }: CheckedRun): ForgettingCheck | null {
  const writer = checkedModel(model, config);
  if (!writer) return null;
  const { batches, shape } = generalBatches(writer, tuning, tokenizer, config);
  const run = { model: writer, batches, virtual: tuning.adapter?.virtualTokens };
  let states: Promise<readonly Float32Array[]> | undefined;
  return {
    programs: new Map([
      [statesName, () => statesProgram(writer, tuning, dtypes, shape)],
      [divergenceName, () => divergenceProgram(writer, tuning, dtypes, shape)],
    ]),
    async measure(session) {
      states ??= baseStates(session, run);
      return divergence(session, run, await states);
    },
  };
}

interface GeneralRun {
  readonly model: TextModel;
  readonly batches: readonly Batch[];
  readonly virtual: NonNullable<Tuning['adapter']>['virtualTokens'];
}

async function baseStates(session: ModelSession, { model, batches }: GeneralRun): Promise<readonly Float32Array[]> {
  const wanted = session.inputsOf(statesName);
  const states: Float32Array[] = [];
  const inFlight = new InFlight();
  for (const [index, batch] of batches.entries()) {
    await inFlight.room();
    const feeds = fedTo(wanted, textFeeds(model, batch, { wanted, virtual: undefined }));
    inFlight.add(session.session.run(statesName, feeds), (outputs) => {
      states[index] = outputs.states!;
    });
  }
  await inFlight.drain();
  return states;
}

async function divergence(
  session: ModelSession,
  { model, batches, virtual }: GeneralRun,
  states: readonly Float32Array[],
): Promise<Forgetting> {
  const wanted = session.inputsOf(divergenceName);
  const sums = { divergence: 0, baseLoss: 0, loss: 0 };
  const inFlight = new InFlight();
  for (const [index, batch] of batches.entries()) {
    await inFlight.room();
    const feeds = fedTo(wanted, textFeeds(model, batch, { wanted, virtual }));
    inFlight.add(session.session.run(divergenceName, { ...feeds, baseStates: states[index]! }), (outputs) => {
      for (const name of ['divergence', 'baseLoss', 'loss'] as const)
        sums[name] += outputs[name]!.reduce((sum, value) => sum + value, 0);
    });
  }
  await inFlight.drain();
  const tokens = batches.reduce((sum, { scoredTokens }) => sum + scoredTokens, 0);
  return {
    divergence: sums.divergence / tokens,
    perplexity: Math.exp(sums.loss / tokens),
    basePerplexity: Math.exp(sums.baseLoss / tokens),
  };
}
