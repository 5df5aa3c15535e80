import type { ExampleRow } from '../../data/examples.ts';
import { validationRowsOf } from '../../tasks/texts/rows.ts';
import { splitResultId } from '../runs/result-id.ts';
import { readOrigin } from '../runs/run-origin.ts';
import { readConfig, runFolder } from '../runs/run-store.ts';
import { readRunTables } from '../runs/run-tables.ts';
import type { Workshop } from '../workshop.ts';

const most = 5;
/** A longer prompt is no suggestion: it would not be read before it is sent. */
const longest = 160;

/** What may be asked of a run first: prompts that it was not trained on. */
export async function suggestedPrompts(workshop: Workshop, resultId: string): Promise<string[]> {
  const folder = runFolder(await workshop.runs(), splitResultId(resultId).runId);
  const config = await readConfig(folder);
  if (config.dataset.validation_strategy === 'none') return [];
  const { table, validation } = await readRunTables(folder, await readOrigin(folder), config);
  return spreadPrompts(validationRowsOf({ training: table.table, validation: validation?.table }, config));
}

/** Some of the prompts of rows, all over the table; those that begin a conversation, each once. */
export function spreadPrompts(rows: readonly ExampleRow[]): string[] {
  const prompts = rows.flatMap(({ prompt, history }) => {
    const text = prompt.filter((cell) => cell !== '').join('\n\n');
    return text !== '' && text.length <= longest && !history?.length ? [text] : [];
  });
  const distinct = [...new Set(prompts)];
  const count = Math.min(most, distinct.length);
  return Array.from({ length: count }, (_, index) => distinct[Math.floor((index * distinct.length) / count)]!);
}
