import { activeRun } from './run-handlers.ts';
import type { Handlers } from './serve.ts';
import type { Workshop } from './workshop.ts';

/** The chat: one answer at a time, each with its own way to stop it. */
export function chatHandlers(workshop: Workshop): Pick<Handlers, 'chat' | 'stopChat'> {
  const stops = new Map<string, AbortController>();
  return {
    async chat(params) {
      const { requestId, runId } = params;
      const stop = new AbortController();
      stops.set(requestId, stop);
      try {
        const run = await activeRun(workshop, runId);
        const onText = (text: string) => workshop.emit('chatToken', { requestId, text });
        return await run.chat.answer(params, onText, stop.signal);
      } finally {
        stops.delete(requestId);
      }
    },
    async stopChat({ requestId }) {
      stops.get(requestId)?.abort();
      return {};
    },
  };
}
