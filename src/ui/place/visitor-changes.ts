import { valueAt, withValues } from '../../training/config/recipes.ts';
import { changedKeys } from '../own-settings.ts';
import type { Studio, StudioStore } from '../store.ts';

/** What an answer that replaces the whole form brings. */
export type Form = Pick<Studio, 'config' | 'own' | 'fromExample'>;

interface Change {
  readonly value: unknown;
  readonly isOwn: boolean;
  /** Which change of the visit it was. */
  readonly number: number;
}

/** What the visitor set in the form: an answer that replaces the form leaves what was set since it was asked for. */
export interface VisitorChanges {
  /** How many there were so far. */
  count(): number;
  /** A form with what the visitor set after the first `since` changes. */
  over(form: Form, since: number): Form;
}

/** The store as it is given to what only the visitor calls, and what was set through it. */
export function notingChanges(store: StudioStore): { noting: StudioStore; changes: VisitorChanges } {
  const last = new Map<string, Change>();
  let count = 0;

  function note(before: Studio, { config, own }: Studio) {
    if (config === before.config && own === before.own) return;
    count++;
    const turned = [...before.own, ...own].filter((key) => before.own.includes(key) !== own.includes(key));
    for (const key of new Set([...changedKeys(before.config, config), ...turned]))
      last.set(key, { value: valueAt(config, key), isOwn: own.includes(key), number: count });
  }

  const noting: StudioStore = {
    ...store,
    setState(...given: unknown[]) {
      const before = store.getState();
      (store.setState as (...given: unknown[]) => void)(...given);
      note(before, store.getState());
    },
  };
  const changes: VisitorChanges = {
    count: () => count,
    over(form, since) {
      const kept = [...last].filter(([, { number }]) => number > since);
      const values = Object.fromEntries(kept.map(([key, { value }]) => [key, value]));
      const others = form.own.filter((key) => !kept.some(([other]) => other === key));
      const own = [...others, ...kept.filter(([, { isOwn }]) => isOwn).map(([key]) => key)];
      return { ...form, own, config: withValues(form.config, values) };
    },
  };
  return { noting, changes };
}
