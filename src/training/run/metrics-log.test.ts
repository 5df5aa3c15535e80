import { describe, expect, it } from 'vitest';
import { classScores, type ScoreSet, valueScores } from '../../tasks/scores.ts';
import { lastScores, scoreRecord } from './metrics-log.ts';

const sets: readonly ScoreSet[] = [classScores, valueScores];

describe('scores of a run that is read again', () => {
  const records = [{ step: 1 }, { step: 2, ...scoreRecord({ accuracy: 0.5, auc: null, logLoss: 0.7 }) }, { step: 3 }];

  it('are those of its last evaluation; one that was not defined stays so', () => {
    expect(lastScores(records, sets)).toEqual({ accuracy: 0.5, auc: null, logLoss: 0.7 });
    const later = [...records, { step: 4, ...scoreRecord({ accuracy: 0.75, auc: 0.9, logLoss: 0.4 }) }];
    expect(lastScores(later, sets)).toEqual({ accuracy: 0.75, auc: 0.9, logLoss: 0.4 });
  });

  it('are those of numbers after a regression, and none where nothing was evaluated', () => {
    expect(lastScores([{ step: 1, ...scoreRecord({ mse: 2, r2: -0.5 }) }], sets)).toEqual({ mse: 2, r2: -0.5 });
    expect(lastScores([{ step: 1, eval_loss: 3 }], sets)).toBeNull();
  });
});
