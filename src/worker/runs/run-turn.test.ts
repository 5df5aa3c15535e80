import { describe, expect, it } from 'vitest';
import type { RunCourse } from './run-course.ts';
import { RunTurn } from './run-turn.ts';

describe('one run trains at a time', () => {
  it('of two starts at the same moment one is refused, and the other is not disturbed', async () => {
    const turn = new RunTurn();
    let opened = () => {};
    const opening = new Promise<void>((done) => {
      opened = done;
    });
    const first = turn.take(() => opening.then(() => 'first'));
    await expect(turn.take(async () => 'second')).rejects.toMatchObject({ code: 'run-going-on' });
    opened();
    expect(await first).toBe('first');
  });

  it('a start that is given up comes to nothing, and leaves the device free', async () => {
    const turn = new RunTurn();
    const start = turn.take(async (signal) => {
      await Promise.resolve();
      signal.throwIfAborted();
      return 'begun';
    });
    turn.giveUp();
    expect(await start).toBeNull();
    expect(await turn.take(async () => 'next')).toBe('next');
  });

  it('a start that failed leaves the device free, and a run that trains keeps it', async () => {
    const turn = new RunTurn();
    await expect(turn.take(() => Promise.reject(new Error('no table')))).rejects.toThrow('no table');
    let course: RunCourse | undefined;
    await turn.take(async (_, began) => {
      course = began;
      course.go('begin');
    });
    await expect(turn.take(async () => 'next')).rejects.toMatchObject({ code: 'run-going-on' });
    expect(turn.isTaken).toBe(true);
    course!.go('end');
    expect(turn.isTaken).toBe(false);
  });
});
