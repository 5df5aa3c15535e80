/** How a run goes on from its newest checkpoint, for trainers elsewhere: everything that the loop here would take next. */
import type { Batch, Batches } from '../../data/batches.ts';
import { AppError, because } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import type { Material } from '../../tasks/material.ts';
import { comparesAnswers, lossOf } from '../../tasks/preference/losses.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { trainableParameters } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import { evaluationSteps, learningRateFactor, scheduleOf, totalSteps } from '../programs/schedule.ts';
import { findTraining, savedBuffers } from '../run/checkpoint.ts';
import { rowsWithReference } from '../run/reference.ts';
import { openRun } from '../session/fit-run.ts';
import type { OpenModel } from '../session/open-model.ts';
import { startValues } from '../session/start-values.ts';

interface KeptRun {
  readonly folder: Directory;
  readonly config: RunConfig;
  readonly published: OpenModel;
  /** How others find the base; null where it has no name. */
  readonly baseName: string | null;
  readonly material: Material;
  readonly tokenizer: Pick<Tokenizer, 'padTokenId'>;
}

/**
 * What a run that was kept would do next.
 * @throws AppError 'checkpoint-invalid' where there is no checkpoint of these rows and settings, or pairs lack what the
 * model said of them before training; as `createTraining`
 */
export async function continuationOf({ folder, config, published, baseName, material, tokenizer }: KeptRun) {
  const { training } = config;
  const { lesson, open } = openRun(published, config, material);
  const tuning = resolveTuning(open.model, config.tuning, training.learning_rate);
  const data = lesson.fit(open.model, tuning, config).prepare();
  const { stepsPerEpoch } = data.train;
  const steps = totalSteps(training, stepsPerEpoch);
  const expected = { ...data, seed: config.environment.seed, totalSteps: steps };
  const found = await findTraining(folder, savedBuffers(open.model, tuning, training), expected);
  if (!found) throw new AppError('checkpoint-invalid', { reason: because`the run has no checkpoint to go on from` });
  const { train, validation } = await rowsWithReference(open.model, folder, data, config);
  const schedule = scheduleOf(training, stepsPerEpoch, steps);
  const { step } = found.state;
  return {
    ...{ step, totalSteps: steps, stepsPerEpoch, evaluationSteps: evaluationSteps(training, stepsPerEpoch) },
    tuned: { base: open, baseName, tuning },
    pairs: comparesAnswers(config) ? pairCourse(training) : null,
    parameters: trainableParameters(open.model, tuning),
    padId: tokenizer.padTokenId,
    async read(name: string) {
      const { weights } = found.checkpoint;
      // What the base lacks and the run left as it was drawn is in no checkpoint.
      return weights.tensors.has(name) ? weights.readFloats(name) : startValues(open, name, config.environment.seed);
    },
    *updates() {
      for (let done = step; done < steps; done++) {
        const { batches, tokens } = train.windowAt(Math.floor(done / stepsPerEpoch), done % stepsPerEpoch);
        const learningRate = training.learning_rate * learningRateFactor(schedule, done);
        yield { step: done + 1, rows: batches.flatMap(rowsOf), tokens, learningRate };
      }
    },
    *validation() {
      if (validation) yield* everyRow(validation);
    },
  };
}

const pairCourse = ({ loss_function, beta, label_smoothing }: RunConfig['training']) => ({
  loss: lossOf(loss_function),
  beta,
  labelSmoothing: label_smoothing,
});

function* everyRow(batches: Batches) {
  for (let index = 0; index < batches.batchesPerEpoch; index++) yield* rowsOf(batches.batchAt(0, index));
}

/** The examples of a batch, each by itself: in a packed row none sees another. */
function rowsOf({ rows, lengths, length, ids, labels, reference }: Batch) {
  return rows.flatMap((examples, place) => {
    let start = place * length;
    return examples.map((example, index) => {
      const end = start + lengths[place]![index]!;
      const row = {
        // A row may be cut to another length in another batch.
        key: `${example}:${end - start}`,
        ids: ids.slice(start, end),
        labels: labels.slice(start, end),
        ...(reference && { reference: reference[place]! }),
      };
      start = end;
      return row;
    });
  });
}
