import { type StepName, stepNames } from '../store.ts';
import type { Commands } from '../studio.ts';
import type { Messages } from '../text/en.ts';

/** One key for one command. The help lists the same table that the page listens to. */
export interface Shortcut {
  readonly command: keyof Messages['commands'];
  readonly keys: {
    readonly key: string;
    readonly mod?: boolean;
    readonly alt?: boolean;
    readonly shift?: boolean;
    readonly label: string;
  };
  readonly run: (commands: Commands) => void;
}

const goTo = (step: StepName, index: number): Shortcut => ({
  command: step,
  // Alt and a digit alone is a browser's own on Linux, as Ctrl and a digit is: both go to a tab.
  keys: { key: String(index + 1), alt: true, shift: true, label: `Alt Shift ${index + 1}` },
  run: (commands) => commands.goTo(step),
});

export const shortcuts: readonly Shortcut[] = [
  ...stepNames.map(goTo),
  { command: 'start', keys: { key: 'Enter', mod: true, label: 'Ctrl Enter' }, run: ({ start }) => void start() },
  {
    command: 'pause',
    keys: { key: 'p', alt: true, label: 'Alt P' },
    run: ({ pauseOrContinue }) => void pauseOrContinue(),
  },
  { command: 'undo', keys: { key: 'z', mod: true, label: 'Ctrl Z' }, run: ({ undo }) => void undo() },
  {
    command: 'redo',
    keys: { key: 'z', mod: true, shift: true, label: 'Ctrl Shift Z' },
    run: ({ redo }) => void redo(),
  },
];

/** The shortcut of a key press. Keys that also edit text are left to the field that has the focus. */
export function shortcutFor(event: KeyboardEvent): Shortcut | undefined {
  const target = event.target;
  const inField =
    target instanceof HTMLElement &&
    target.matches('input:not([type="checkbox"]), textarea, select, [contenteditable]');
  return shortcuts.find(({ command, keys }) => {
    if (inField && (command === 'undo' || command === 'redo')) return false;
    const sameKey = event.key.toLowerCase() === keys.key.toLowerCase() || event.code === `Digit${keys.key}`;
    const mod = event.ctrlKey || event.metaKey;
    const same = mod === (keys.mod ?? false) && event.altKey === (keys.alt ?? false);
    return sameKey && same && event.shiftKey === (keys.shift ?? false);
  });
}
