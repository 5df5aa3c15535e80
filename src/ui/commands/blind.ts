import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import { nothing, type Studio, type StudioStore } from '../store.ts';

/** What two models are asked without their names. */
export interface BlindAsked {
  readonly runId: string;
  /** Another result of the same base; null: the published model. */
  readonly other: string | null;
  /** Null: of held-out rows, at most `count`. */
  readonly prompts: readonly string[] | null;
  readonly count: number;
}

/** Answers compared without names: one round at a time. The page is told no more of it than it shows. */
export function blindCommands(store: StudioStore, client: Client) {
  let asked = 0;
  let asking: string | null = null;
  const set = (change: Partial<Studio['blind']>) => store.setState(({ blind }) => ({ blind: { ...blind, ...change } }));

  client.on('blindAnswered', ({ requestId, done, total }) => {
    if (requestId === asking) set({ asking: { done, total } });
  });

  /** What was chosen with a run so far. */
  async function readChoices(runId: string): Promise<void> {
    const { blind } = store.getState();
    if (blind.runId !== runId) set({ ...nothing, runId, asking: null, round: null });
    const isShown = () => store.getState().blind.runId === runId;
    try {
      const value = await client.request('readChoices', { runId });
      if (isShown()) set({ value });
    } catch (thrown) {
      if (isShown()) set({ error: toAppError(thrown) });
    }
  }

  async function askBlind({ runId, ...question }: BlindAsked): Promise<void> {
    const requestId = `blind-${++asked}`;
    asking = requestId;
    set({ runId, error: null, round: null, asking: { done: 0, total: 0 } });
    try {
      const { settings } = store.getState().chat;
      const { round, ...rest } = await client.request('askBlind', { requestId, runId, ...question, settings });
      if (asking === requestId) set({ round: { id: round, place: 0, ...rest } });
    } catch (thrown) {
      if (asking === requestId) set({ error: toAppError(thrown) });
    } finally {
      if (asking === requestId) {
        asking = null;
        set({ asking: null });
      }
    }
  }

  async function stopBlind(): Promise<void> {
    const requestId = asking;
    if (!requestId) return;
    asking = null;
    set({ asking: null });
    await client.request('stopChat', { requestId });
  }

  let choosing = false;

  /** Keeps a choice and shows the next question; after the last one what all come to. */
  async function chooseBlind(choice: 'first' | 'second' | 'tie'): Promise<void> {
    const { round, runId } = store.getState().blind;
    if (choosing || !round || runId === null) return;
    choosing = true;
    try {
      const { id, place } = round;
      await client.request('chooseBlind', { round: id, place, choice });
      if (place + 1 >= round.questions.length) await readChoices(runId);
      set({ error: null, round: { ...round, place: place + 1 } });
    } catch (thrown) {
      set({ error: toAppError(thrown) });
    } finally {
      choosing = false;
    }
  }

  /** To the question before, to choose anew. */
  function blindBack(): void {
    const { round } = store.getState().blind;
    if (!choosing && round && round.place > 0) set({ round: { ...round, place: round.place - 1 } });
  }

  /** Leaves the questions that are left, and shows what was chosen. */
  async function endBlind(): Promise<void> {
    const { runId } = store.getState().blind;
    if (runId !== null) await readChoices(runId);
    set({ round: null });
  }

  return { readChoices, askBlind, stopBlind, chooseBlind, blindBack, endBlind };
}
