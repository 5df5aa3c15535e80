import type { RunSummary } from '../../../worker/protocol.ts';
import type { Format } from '../../format.ts';
import type { Messages } from '../../text/en.ts';

/** What a run came to, and the weights that its evaluations kept, by id and name. */
export function resultsOf({ id, name, created, kept }: RunSummary, words: Messages, format: Format) {
  const label = `${name || words.train.unnamed} · ${format.date(created)}`;
  const ofSteps = kept.map((each) => ({ value: each.id, label: `${label} · ${words.train.step} ${each.step}` }));
  return [{ value: id, label }, ...ofSteps];
}
