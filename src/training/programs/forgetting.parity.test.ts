import { describe, expect, test } from 'vitest';
import type { Batch } from '../../data/batches.ts';
import type { Graph } from '../../graph/types.ts';
import { textFeeds } from '../../tasks/texts/inputs.ts';
import { goldenCase, runReference } from '../../testing/golden-case.ts';
import { spokenIds } from '../../testing/spoken-ids.ts';
import type { VirtualTokens } from '../../tuning/method.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { inputSizes } from './feeds.ts';
import { generalBatches } from './general-texts.ts';
import golden from './golden/forgetting.json' with { type: 'json' };
import { divergenceProgram, statesProgram } from './programs.ts';

/** The values of the places with a label, which come first, text by text. */
function ofTexts(values: Float64Array, { lengths }: Batch): Float64Array[] {
  let begin = 0;
  return lengths.map(([tokens = 0]) => {
    begin += tokens;
    return values.subarray(begin - tokens, begin);
  });
}

describe.each(Object.entries(golden))('%s, in float64 against PyTorch', (name, expected) => {
  test('each token of general texts is as far from the published model, and as likely on both sides', async () => {
    const { open, model, config, parameters, expectedTensor } = await goldenCase(name);
    const tuning = resolveTuning(model, config.tuning, config.training.learning_rate);
    for (const trained of tuning.trained.keys()) {
      parameters.set(`base/${trained}`, parameters.get(trained)!);
      parameters.set(trained, Float64Array.from(await expectedTensor(trained)));
    }
    const general_texts = expected.map(({ ids }) => ids.join(' '));
    const logging = { ...config.logging, forgetting_check: true, general_texts, eval_batch_size: 2 };
    const { batches, shape } = generalBatches(model, tuning, spokenIds, { ...config, logging });
    const found = { divergence: [] as Float64Array[], base_loss: [] as Float64Array[], loss: [] as Float64Array[] };
    for (const batch of batches) {
      const run = (program: Graph, virtual?: VirtualTokens, more = {}) => {
        const feeds = textFeeds(model, batch, { wanted: inputSizes(program), virtual });
        return runReference(program, parameters, { ...feeds, ...more });
      };
      const { states } = run(statesProgram(model, tuning, open.dtypes, shape));
      const program = divergenceProgram(model, tuning, open.dtypes, shape);
      const outputs = run(program, tuning.adapter?.virtualTokens, { baseStates: states });
      found.divergence.push(...ofTexts(outputs.divergence!, batch));
      found.base_loss.push(...ofTexts(outputs.baseLoss!, batch));
      found.loss.push(...ofTexts(outputs.loss!, batch));
    }
    expect(found.loss.map(({ length }) => length)).toEqual(expected.map(({ ids }) => ids.length - 1));
    for (const key of ['divergence', 'base_loss', 'loss'] as const)
      for (const [text, row] of expected.entries())
        for (const [at, value] of row[key].entries())
          expect(Math.abs(found[key][text]![at]! / value - 1), `${key} ${text} ${at}`).toBeLessThan(1e-5);
  });
});
