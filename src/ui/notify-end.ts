import type { RunPhase, SweepView } from '../worker/protocol.ts';
import type { Studio } from './store.ts';
import { type Messages, wordsIn } from './text/messages.ts';

/** Tells the visitor outside the page that a run has ended, where they asked for it and are looking elsewhere. */
export function notifyEnd(studio: Studio, phase: RunPhase): void {
  // A run of a sweep is one of many: the sweep tells when it has ended.
  if (studio.sweeps.some(({ state }) => state === 'running')) return;
  tell(studio, ({ train, phases }) => `${studio.run?.begun.name || train.unnamed}: ${phases[phase]}`);
}

/** The same of a sweep that trains no more, for whatever reason. */
export function notifySweepEnd(studio: Studio, { state }: SweepView): void {
  tell(studio, ({ sweep }) => `${sweep.title}: ${sweep.states[state]}`);
}

function tell({ notify, language }: Studio, text: (words: Messages) => string): void {
  if (!notify || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  if (document.visibilityState === 'visible' && document.hasFocus()) return;
  const words = wordsIn(language);
  new Notification(words.product, { body: text(words), icon: './icon.svg', tag: 'run-ended' });
}
