import type { RunPhase, SweepView } from '../worker/protocol.ts';
import type { Studio } from './store.ts';
import { messages } from './text/messages.ts';

/** Tells the visitor outside the page that a run has ended, where they asked for it and are looking elsewhere. */
export function notifyEnd(studio: Studio, phase: RunPhase): void {
  // A run of a sweep is one of many: the sweep tells when it has ended.
  if (studio.sweeps.some(({ state }) => state === 'running')) return;
  const words = messages[studio.language];
  tell(studio, `${studio.run?.begun.name || words.train.unnamed}: ${words.phases[phase]}`);
}

/** The same of a sweep that trains no more, for whatever reason. */
export function notifySweepEnd(studio: Studio, { state }: SweepView): void {
  const words = messages[studio.language].sweep;
  tell(studio, `${words.title}: ${words.states[state]}`);
}

function tell({ notify, language }: Studio, body: string): void {
  if (!notify || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  if (document.visibilityState === 'visible' && document.hasFocus()) return;
  new Notification(messages[language].product, { body, icon: './icon.svg', tag: 'run-ended' });
}
