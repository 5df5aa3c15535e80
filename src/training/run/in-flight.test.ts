import { expect, it } from 'vitest';
import { InFlight } from './in-flight.ts';

/** A run whose end the test decides. */
function run() {
  let finish = () => {};
  const promise = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { promise, finish };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

it('has two steps on their way, not two runs: an update takes no room', async () => {
  const inFlight = new InFlight();
  const done: string[] = [];
  const steps = [1, 2].map((step) => {
    const [micro, update] = [run(), run()];
    inFlight.add(micro.promise, () => done.push(`micro-step ${step}`));
    inFlight.attach(update.promise, () => done.push(`update ${step}`));
    return { micro, update };
  });
  let hasRoom = false;
  const room = inFlight.room().then(() => {
    hasRoom = true;
  });
  steps[0]!.micro.finish();
  await turn();
  expect(hasRoom).toBe(false);
  steps[0]!.update.finish();
  await room;
  expect(done).toEqual(['micro-step 1', 'update 1']);
  steps[1]!.micro.finish();
  steps[1]!.update.finish();
  await inFlight.drain();
  expect(done.at(-1)).toBe('update 2');
});

it('tells the error of either run, once, to whoever waits next', async () => {
  for (const failing of ['micro-step', 'update']) {
    const inFlight = new InFlight(1);
    const outcome = (name: string) => (name === failing ? Promise.reject(new Error(name)) : Promise.resolve());
    inFlight.add(outcome('micro-step'));
    inFlight.attach(outcome('update'));
    await turn();
    await expect(inFlight.room()).rejects.toThrow(failing);
    await inFlight.drain();
  }
});
