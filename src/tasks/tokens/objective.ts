import type { Batch } from '../../data/batches.ts';
import { maskedLabel } from '../../data/examples.ts';
import type { Model } from '../../models/model.ts';
import { commonest, comparedRows, type HeldOut } from '../held-out.ts';
import type { LogitsOf, Objective } from '../objective.ts';
import { indexOfLargest } from '../scores.ts';
import { writingObjective } from '../writing/objective.ts';
import { scoresOf, type TaggedRow } from './entities.ts';

/** Rows of the head come in multiples of this, so that batches share programs. */
const scoredRowsStep = 64;

/** One of the classes for each token that has a label: the loss of writing, over tags in place of the vocabulary. */
export const tokensObjective: Objective = {
  ...writingObjective,
  buildForward(builder, options, shape, isTraining) {
    const { seams, read } = writingObjective.buildForward(builder, options, shape, isTraining);
    return { seams, read: options.model.classifier?.buildPooler?.(builder, seams, read) ?? read };
  },
  tellsOf: () => 'own',
  scoredRows: (scored) => Math.max(1, Math.ceil(scored / scoredRowsStep)) * scoredRowsStep,
  scores: (model, batches, logitsOf) => scoresOf(taggedRows(model, batches, logitsOf), model.classifier!.names),
  heldOut,
};

/** @param logitsOf of a batch, for its places with a label in their order */
function taggedRows({ classifier }: Model, batches: readonly Batch[], logitsOf: LogitsOf): TaggedRow[] {
  const { names, outputs } = classifier!;
  const nameOf = (index: number) => names[index] ?? `LABEL_${index}`;
  return batches.flatMap((batch, index) => {
    const logits = logitsOf(index);
    let next = 0;
    return labelsOf(batch).map((labels) => ({
      wanted: labels.map(nameOf),
      given: labels.map(() => nameOf(indexOfLargest(logits.subarray(next * outputs, ++next * outputs)))),
    }));
  });
}

/** By F1 over entities where tags are of a scheme, else by the share of right words; rows are compared by the latter. */
function heldOut(model: Model, batches: readonly Batch[], tuned: LogitsOf, base: LogitsOf | null): HeldOut {
  const { names } = model.classifier!;
  const after = taggedRows(model, batches, tuned);
  const before = base && taggedRows(model, batches, base);
  const usual = commonest(after.flatMap(({ wanted }) => wanted)) ?? '';
  const always = after.map(({ wanted }) => ({ wanted, given: wanted.map(() => usual) }));
  const shares = (rows: readonly TaggedRow[]) => rows.map((row) => scoresOf([row], names).accuracy ?? 0);
  const [now, then, blind] = [after, before, always].map((rows) => rows && scoresOf(rows, names));
  const metric = 'f1' in now! ? 'f1' : 'accuracy';
  return {
    metric: metric === 'f1' ? 'f1' : 'words',
    rows: after.length,
    tuned: now![metric]!,
    base: then?.[metric] ?? null,
    blind: blind![metric]!,
    ...comparedRows({ tuned: shares(after), base: before && shares(before), blind: shares(always) }),
    more: { words: now!.accuracy! },
    baseMore: then ? { words: then.accuracy! } : {},
  };
}

/** The labels of each text of a batch, of which a row may hold several. */
function labelsOf({ labels, lengths, length }: Batch): number[][] {
  return lengths.flatMap((texts, row) => {
    let end = row * length;
    return texts.map((tokens) => {
      const begin = end;
      end += tokens;
      return [...labels.subarray(begin, end)].filter((label) => label !== maskedLabel);
    });
  });
}
