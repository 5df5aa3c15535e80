/** How a row is read that has an answer, and whether that is a good one. */
import {
  type BuiltExample,
  builtExample,
  type ExampleRow,
  type ExampleSettings,
  maskedLabel,
  tokenPreview,
  unlessRefused,
} from '../../data/examples.ts';
import { encodeTogether } from '../../data/prompt-templates.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RowView } from '../prepared.ts';
import type { RowReading } from '../texts/prepare.ts';
import { CutRows, cutExample, Mismatched } from './mismatched.ts';

export interface JudgedSettings extends ExampleSettings {
  /** Rows a batch, among which answers are put to each other's prompts; null where each is learned alone. */
  readonly others: { readonly batchSize: number } | null;
}

/** More tokens than any row has. */
const unlimited = 1 << 24;

/** The row without a limit of both parts together: they are cut when it is known what stands beside them. */
function builtAnswer(row: ExampleRow, tokenizer: Tokenizer, settings: JudgedSettings): BuiltExample {
  // Everything that makes an answer unfit to be imitated makes it unfit here.
  const fit = builtExample(row, tokenizer, { ...settings, max_length: unlimited });
  if (fit.problem) return fit;
  const { prompt, answer } = encodeTogether([...(row.history ?? []), row], tokenizer, settings);
  const { max_length, max_length_prompt, max_length_answer } = settings;
  const asked = max_length_prompt ? prompt.slice(-max_length_prompt) : prompt;
  const answered = answer.slice(0, max_length_answer || undefined);
  const wholeLength = prompt.length + answer.length;
  const truncated = asked.length + answered.length < wholeLength || wholeLength > max_length;
  const whole = truncated ? { wholeLength } : {};
  if (answered.length === 0 || asked.length >= max_length) return { problem: 'no-answer', truncated, ...whole };
  const ids = Int32Array.from([...asked, ...answered]);
  const labels = ids.slice();
  labels.fill(maskedLabel, 0, asked.length);
  const example = {
    ...{ ids, labels, targets: [row.isGood ? 1 : 0], promptLength: asked.length, truncated },
    ...whole,
  };
  return { example, truncated, ...(fit.notes ? { notes: fit.notes } : {}) };
}

/** @param names how a good and a bad answer are shown */
export const judgedReading = (
  tokenizer: Tokenizer,
  settings: JudgedSettings,
  names: readonly [good: string, bad: string],
): RowReading => {
  const { others } = settings;
  const build = (row: ExampleRow): BuiltExample => unlessRefused(() => builtAnswer(row, tokenizer, settings));
  return {
    build,
    view(row): RowView[] {
      const { example } = build(row);
      if (!example) return [];
      const cut = cutExample(example, settings.max_length);
      return [
        {
          number: row.number ?? 0,
          tokens: tokenPreview(cut, tokenizer),
          truncated: example.truncated,
          leftOut: false,
          label: names[row.isGood ? 0 : 1],
        },
      ];
    },
    labels: null,
    sequencesPerRow: others ? 2 : 1,
    together: (examples) =>
      others
        ? new Mismatched(examples, others.batchSize, settings.max_length)
        : new CutRows(examples, settings.max_length),
    needsPrompt: true,
  };
};
