import type { RunPhase } from '../worker/protocol.ts';
import type { Studio } from './store.ts';
import { messages } from './text/messages.ts';

/** Tells the visitor outside the page that a run has ended, where they asked for it and are looking elsewhere. */
export function notifyEnd({ notify, language, run }: Studio, phase: RunPhase): void {
  if (!notify || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  if (document.visibilityState === 'visible' && document.hasFocus()) return;
  const words = messages[language];
  const name = run?.begun.name || words.train.unnamed;
  new Notification(words.product, { body: `${name}: ${words.phases[phase]}`, icon: './icon.svg', tag: 'run-ended' });
}
