import { describe, expect, it } from 'vitest';
import { AppError } from '../../errors.ts';
import { countingExecutor } from '../../testing/counting-executor.ts';
import { DeviceLosses, despiteLoss, lossOf } from './device-losses.ts';

const loss = new AppError('device-lost', { reason: 'reset' });

describe('losses of the device', () => {
  it('are one too many when three come without a checkpoint between them', () => {
    const losses = new DeviceLosses(38);
    losses.add(loss);
    losses.add(loss);
    expect(() => losses.add(loss)).toThrow(
      expect.objectContaining({ code: 'device-lost-again', params: { times: 3, reason: 'reset' } }),
    );
    const advancing = new DeviceLosses(0);
    for (let step = 1; step < 10; step++) {
      advancing.savedAt(step);
      advancing.add(loss);
    }
    expect(advancing.from).toBe(9);
  });

  it('count the checkpoint that the run went on from, where the newest one was damaged', () => {
    const losses = new DeviceLosses(38);
    losses.restoredAt(19);
    losses.add(loss);
    losses.add(loss);
    expect(losses.from).toBe(19);
    losses.savedAt(25);
    for (let again = 0; again < 2; again++) losses.add(loss);
    expect(() => losses.add(loss)).toThrow(expect.objectContaining({ code: 'device-lost-again' }));
  });

  it('are known by the device where what failed says something else, and a whole device is not blamed', async () => {
    const executor = countingExecutor();
    const refused = new AppError('gpu-validation', { reason: 'refused' });
    expect(await lossOf(executor, refused)).toBeUndefined();
    executor.lose();
    expect(await lossOf(executor, refused)).toMatchObject({ code: 'device-lost' });
  });

  it('make what is asked of a run be done again, and three are the end', async () => {
    let tries = 0;
    const failing = (times: number) => async () => {
      if (++tries <= times) throw loss;
      return 'done';
    };
    expect(await despiteLoss(failing(2))).toBe('done');
    tries = 0;
    await expect(despiteLoss(failing(3))).rejects.toBe(loss);
    await expect(despiteLoss(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
  });
});
