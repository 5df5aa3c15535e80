import { type AppError, toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { ChatSide, GenerationSettings } from '../../worker/protocol.ts';
import { type Answer, type ChatTurn, nothing, type StudioStore } from '../store.ts';

const blank: Answer = { text: '', done: false, tokens: null, seconds: null, error: null };

/** The conversation: each message goes to the base model and to the tuned one, with the same settings and seed. */
export function chatCommands(store: StudioStore, client: Client) {
  let asked = 0;
  let current: { requestId: string; side: ChatSide } | null = null;
  let stopped = false;

  client.on('chatToken', ({ requestId, text }) => {
    if (current?.requestId === requestId)
      patchAnswer(current.side, (answer) => ({ ...answer, text: answer.text + text }));
  });

  function patchAnswer(side: ChatSide, change: (answer: Answer) => Answer) {
    store.setState(({ chat }) => {
      const last = chat.turns.at(-1);
      if (!last) return {};
      const turn: ChatTurn = { ...last, answers: { ...last.answers, [side]: change(last.answers[side]) } };
      return { chat: { ...chat, turns: [...chat.turns.slice(0, -1), turn] } };
    });
  }

  async function ask(prompt: string): Promise<void> {
    const { chat } = store.getState();
    if (chat.busy || chat.runId === null) return;
    stopped = false;
    const turn: ChatTurn = { prompt, answers: { base: blank, tuned: blank } };
    store.setState({ chat: { ...chat, busy: true, error: null, turns: [...chat.turns, turn] } });
    // One after the other: they share one GPU.
    for (const side of ['base', 'tuned'] as const) {
      const error = stopped ? null : await askSide(side, chat.runId);
      patchAnswer(side, (answer) => ({ ...answer, done: true, error }));
    }
    store.setState((state) => ({ chat: { ...state.chat, busy: false } }));
  }

  async function askSide(side: ChatSide, runId: string): Promise<AppError | null> {
    const requestId = `answer-${++asked}`;
    current = { requestId, side };
    const { turns, settings } = store.getState().chat;
    const messages = turns.flatMap((turn, index) => [
      { role: 'user' as const, text: turn.prompt },
      ...(index < turns.length - 1 ? [{ role: 'assistant' as const, text: turn.answers[side].text }] : []),
    ]);
    try {
      const { text, tokens, seconds } = await client.request('chat', { requestId, runId, side, messages, settings });
      patchAnswer(side, (answer) => ({ ...answer, text, tokens, seconds }));
      return null;
    } catch (thrown) {
      return toAppError(thrown);
    } finally {
      current = null;
    }
  }

  /** What both sides of a run say of a picture. @throws AppError of the worker */
  const classifyPicture = (runId: string, picture: Blob) => client.request('classifyPicture', { runId, picture });

  /** Prompts of held-out rows of a run. @throws AppError where its rows cannot be read */
  const suggestPrompts = async (runId: string) => (await client.request('suggestPrompts', { runId })).prompts;

  async function stopChat(): Promise<void> {
    stopped = true;
    if (current) await client.request('stopChat', { requestId: current.requestId });
  }

  const clearChat = () => store.setState(({ chat }) => ({ chat: { ...chat, turns: [], error: null } }));

  /** What both sides of a run say of a text, or of two. */
  async function classify(runId: string, text: string, textPair?: string): Promise<void> {
    const { value: before } = store.getState().classified;
    const asked = { value: before, pending: true, error: null };
    store.setState({ classified: asked });
    // Another text, or another run, was asked for meanwhile.
    const isOvertaken = () => store.getState().classified !== asked;
    try {
      const asked = { runId, text, ...(textPair === undefined ? {} : { textPair }) };
      const value = { text, textPair, ...(await client.request('classify', asked)) };
      if (!isOvertaken()) store.setState({ classified: { value, pending: false, error: null } });
    } catch (thrown) {
      if (!isOvertaken()) store.setState({ classified: { ...asked, pending: false, error: toAppError(thrown) } });
    }
  }

  const chooseRun = (runId: string) =>
    store.setState(({ chat }) => ({
      classified: nothing,
      chat: { ...chat, runId, turns: [] },
      download: { pending: null, saved: null, error: null },
    }));

  const setChat = (settings: Partial<GenerationSettings>) =>
    store.setState(({ chat }) => ({ chat: { ...chat, settings: { ...chat.settings, ...settings } } }));

  return { ask, suggestPrompts, classify, classifyPicture, stopChat, clearChat, chooseRun, setChat };
}
