import { NativeSelect, Switch } from '@mantine/core';
import type { FoundModel, ModelFacts } from '../../../worker/protocol.ts';
import { useStudio, useWords } from '../../context.tsx';
import type { Fit } from '../../levers.ts';
import styles from './model.module.css';
import type { Wanted } from './wanted.ts';

/** Whether a model is what is wanted; what is not known of it yet speaks for it. */
export const isWanted =
  ({ language, trainedFor, licence, fits }: Wanted) =>
  ({ about }: FoundModel, fit: Fit | 'four-bits' | null): boolean =>
    (language === '' ||
      about.languages.length === 0 ||
      about.languages === 'many' ||
      about.languages.includes(language)) &&
    (trainedFor === '' || about.trainedFor === null || about.trainedFor === trainedFor) &&
    (licence === '' || about.licence === null || about.licence === licence) &&
    !(fits && fit === 'too-big');

const distinct = <T,>(values: readonly T[]): T[] => [...new Set(values)];

interface Options {
  readonly languages: readonly string[];
  readonly kinds: readonly NonNullable<ModelFacts['trainedFor']>[];
  readonly licences: readonly string[];
}

/** What these models differ in. */
export function optionsOf(models: readonly FoundModel[]): Options {
  const all = models.map(({ about }) => about);
  return {
    languages: distinct(all.flatMap(({ languages }) => (languages === 'many' ? [] : languages))),
    kinds: distinct(all.flatMap(({ trainedFor }) => trainedFor ?? [])),
    licences: distinct(all.flatMap(({ licence }) => licence ?? [])),
  };
}

/** What cards on the Hub are commonly tagged with. */
export const hubOptions: Options = {
  languages: ['en', 'ja', 'zh', 'ko', 'de', 'fr', 'es', 'pt', 'it', 'ru', 'ar', 'hi'],
  kinds: ['chat', 'text'],
  licences: ['apache-2.0', 'mit', 'gemma', 'llama3.2', 'cc-by-4.0', 'cc-by-sa-4.0', 'cc-by-nc-4.0'],
};

interface Props {
  readonly options: Options;
  readonly wanted: Wanted;
  readonly onWant: (wanted: Wanted) => void;
}

export function ModelFilters({ options, wanted, onWant }: Props) {
  const words = useWords().hub;
  const language = useStudio((state) => state.language);
  const names = new Intl.DisplayNames(language, { type: 'language' });
  return (
    <div className={styles.filters}>
      <NativeSelect
        size="xs"
        label={words.language}
        value={wanted.language}
        onChange={(event) => onWant({ ...wanted, language: event.currentTarget.value })}
        data={[
          { value: '', label: words.any },
          ...options.languages.map((code) => ({ value: code, label: names.of(code) ?? code })),
        ]}
        data-testid="filter-language"
      />
      <NativeSelect
        size="xs"
        label={words.kind}
        value={wanted.trainedFor}
        onChange={(event) => onWant({ ...wanted, trainedFor: event.currentTarget.value as Wanted['trainedFor'] })}
        data={[
          { value: '', label: words.any },
          ...options.kinds.map((kind) => ({ value: kind, label: words.trainedFor[kind] })),
        ]}
        data-testid="filter-kind"
      />
      <NativeSelect
        size="xs"
        label={words.licence}
        value={wanted.licence}
        onChange={(event) => onWant({ ...wanted, licence: event.currentTarget.value })}
        data={[{ value: '', label: words.any }, ...options.licences]}
        data-testid="filter-licence"
      />
      <Switch
        label={words.onlyFitting}
        checked={wanted.fits}
        onChange={(event) => onWant({ ...wanted, fits: event.currentTarget.checked })}
        data-testid="filter-fits"
      />
    </div>
  );
}
