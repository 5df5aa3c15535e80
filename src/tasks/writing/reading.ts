/** How a row is read from which text is learned: prompt and answer, or plain text. */
import {
  buildExample,
  builtExample,
  type ExampleRow,
  type ExampleSettings,
  tokenPreview,
} from '../../data/examples.ts';
import { isRefusal } from '../../text/chat-template.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { maximumLength } from '../lengths.ts';
import type { RowView } from '../prepared.ts';
import type { TaskSettings } from '../settings.ts';
import type { RowReading } from '../texts/prepare.ts';

/** The settings that decide how a row becomes an example. `positions`: the longest sequence the model has room for. */
export function exampleSettings(
  config: Pick<TaskSettings, 'dataset' | 'tokenizer'>,
  positions: number,
): ExampleSettings {
  const { dataset, tokenizer } = config;
  const limit = (tokens: number) => (tokens > 0 ? tokens : undefined);
  return {
    ...dataset,
    problem_type: dataset.problem_type === 'text' ? 'text' : 'instruction',
    max_length: maximumLength(config, positions),
    max_length_prompt: limit(tokenizer.max_length_prompt),
    max_length_answer: limit(tokenizer.max_length_answer),
  };
}

export function writingReading(
  tokenizer: Tokenizer,
  config: Pick<TaskSettings, 'dataset' | 'tokenizer'>,
  positions: number,
): RowReading {
  const settings = exampleSettings(config, positions);
  return {
    build: (row) => builtExample(row, tokenizer, settings),
    view: (row) => tokenView(row, tokenizer, settings),
    labels: null,
    needsPrompt: settings.problem_type !== 'text',
  };
}

function tokenView(row: ExampleRow, tokenizer: Tokenizer, settings: ExampleSettings): RowView[] {
  if (row.unreadable) return [];
  try {
    const example = buildExample(row, tokenizer, settings);
    const leftOut = builtExample(row, tokenizer, settings).problem !== undefined;
    return [
      { number: row.number ?? 0, tokens: tokenPreview(example, tokenizer), truncated: example.truncated, leftOut },
    ];
  } catch (thrown) {
    if (isRefusal(thrown)) return [];
    throw thrown;
  }
}
