import type { Directory } from '../files/directory.ts';
import { readMetrics } from '../files/runs.ts';
import { verdictOf } from '../training/results/verdict/decide.ts';
import type { Action, Verdict } from '../training/results/verdict/verdict.ts';
import { readOutcome } from '../training/run/outcome-file.ts';
import type { Training } from '../training/run/trainer.ts';
import { verdictEn } from '../ui/text/en-verdict.ts';

/** What a run came to, and what to try next as keys of its config. */
export async function verdictLines(run: Directory, { config, totalSteps }: Training): Promise<string[]> {
  const outcome = await readOutcome(run);
  const verdict = verdictOf({ config, records: await readMetrics(run), outcome, totalSteps });
  return verdict ? verdictInWords(verdict) : [];
}

function verdictInWords({ finding, notes, actions }: Verdict): string[] {
  const next = actions.flatMap(actionInWords)[0];
  return [verdictEn.sentence(finding), ...notes.map(verdictEn.note), ...(next ? [`Next: ${next}`] : [])];
}

/** Null of what is done on the page. */
function actionInWords(action: Action): string[] {
  switch (action.kind) {
    case 'train-on':
      return [`${action.epochs} more epochs (raise training.epochs or max_steps, then --resume)`];
    case 'again': {
      const keys = Object.entries(action.settings).flatMap(([section, values]) =>
        Object.entries(values).map(([key, value]) => `${section}.${key} ${value}`),
      );
      return [`again with ${keys.join(', ')}`];
    }
    case 'resume':
      return ['--resume goes on'];
    case 'add-rows':
      return ['add rows to the table'];
    case 'check-data':
      return ['studio data shows how the rows are read'];
    default:
      return [];
  }
}
