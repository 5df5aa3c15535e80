/** Which settings are the visitor's own, and which follow from the rows, or came with the example. */
import { valueAt, withRecipe, withValues } from '../training/config/recipes.ts';
import { type RunConfig, type SectionName, settings } from '../training/config/run-config.ts';
import { startConfig } from './start-config.ts';
import type { Studio } from './store.ts';
import { tableKeys } from './tasks/column-roles.ts';

type Draft = Pick<Studio, 'config' | 'own' | 'facts'>;

/** The form's config with what its recipe makes of the rows, where these are known. */
export const followingRecipe = ({ config, own, facts }: Draft): RunConfig =>
  facts ? withRecipe(config, facts, new Set(own)) : config;

/** The form with another config of which some keys were set by the visitor; what follows from the rows goes with it. */
export function withOwn(
  { own: before, facts }: Draft,
  config: RunConfig,
  keys: readonly string[],
): Pick<Studio, 'config' | 'own'> {
  const own = [...new Set([...before, ...keys])];
  return { own, config: followingRecipe({ config, own, facts }) };
}

/** Keys whose values differ, by section and key. */
export function changedKeys(before: RunConfig, after: RunConfig): string[] {
  return (Object.keys(settings) as SectionName[]).flatMap((section) =>
    before[section] === after[section]
      ? []
      : Object.keys(settings[section])
          .map((key) => `${section}.${key}`)
          .filter((path) => JSON.stringify(valueAt(before, path)) !== JSON.stringify(valueAt(after, path))),
  );
}

/** The form as it is now, with what an answer changed of the form that was asked with. */
export const rebased = (now: RunConfig, asked: RunConfig, answer: RunConfig): RunConfig =>
  withValues(now, Object.fromEntries(changedKeys(asked, answer).map((key) => [key, valueAt(answer, key)])));

/**
 * The form without what came with the example, as another model or table is opened: what the visitor set since then
 * stays, and what is open.
 */
export function withoutExample({
  config,
  own,
  fromExample,
}: Pick<Studio, 'config' | 'own' | 'fromExample'>): RunConfig {
  if (!fromExample) return config;
  let next: RunConfig = { ...startConfig, model: config.model };
  for (const path of [...tableKeys, ...own]) {
    const [section, key] = path.split('.') as [SectionName, string];
    next = { ...next, [section]: { ...next[section], [key]: valueAt(config, path) } };
  }
  return next;
}
