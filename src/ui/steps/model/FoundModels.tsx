import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { AppError, toAppError } from '../../../errors.ts';
import type { FoundModel, HubEstimate, ModelFacts } from '../../../worker/protocol.ts';
import { useStudio, useWords } from '../../context.tsx';
import { type Fit, fitOf } from '../../levers.ts';
import { FitBadge } from '../../parts/FitBadge.tsx';
import { wordError } from '../../text/word-error.ts';
import { useFormat } from '../../use-format.ts';
import styles from './model.module.css';

interface Props {
  readonly found: readonly FoundModel[];
  /** By what it is and how it fits, null while that is not known. */
  readonly isShown: (model: FoundModel, fit: Fit | 'four-bits' | null) => boolean;
  /** What a model would cost. */
  readonly estimate: (id: string) => Promise<HubEstimate>;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  /** What stands under the chosen model. */
  readonly children: ReactNode;
}

/** Models to choose from, each with its size and whether a run with it would fit this GPU. */
export function FoundModels({ found, isShown, estimate, chosen, onChoose, children }: Props) {
  const words = useWords();
  const budget = useStudio((state) => state.environment.value?.memoryBudget ?? null);
  const estimates = useEstimates(found, estimate);
  const shown = found
    .map((model) => ({ model, estimate: estimates.get(model.id), fit: fitIn(estimates.get(model.id), budget) }))
    .filter(({ model, fit }) => isShown(model, fit));
  if (found.length === 0) return <p role="status">{words.hub.nothingFound}</p>;
  if (shown.length === 0) return <p role="status">{words.hub.noneLeft}</p>;
  return (
    <ul className={styles.found} aria-label={words.hub.found} data-testid="found-models">
      {shown.map(({ model, estimate, fit }) => (
        <li key={model.id} data-model={model.id}>
          <FoundLine
            model={model}
            estimate={estimate}
            fit={fit}
            chosen={model.id === chosen}
            onChoose={() => onChoose(model.id)}
          />
          {model.id === chosen && children}
        </li>
      ))}
    </ul>
  );
}

type Known = HubEstimate | AppError | undefined;

/** How a run fits; in 4 bits where only so. */
function fitIn(estimate: Known, budget: number | null): Fit | 'four-bits' | null {
  if (!estimate || estimate instanceof AppError || budget === null) return null;
  const { peakBytes, fourBitBytes } = estimate;
  const fit = fitOf(peakBytes, budget);
  return fit === 'too-big' && fourBitBytes !== null && fourBitBytes <= budget ? 'four-bits' : fit;
}

interface LineProps {
  readonly model: FoundModel;
  readonly estimate: Known;
  readonly fit: Fit | 'four-bits' | null;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function FoundLine({ model, estimate, fit, chosen, onChoose }: LineProps) {
  const words = useWords();
  const format = useFormat();
  const language = useStudio((state) => state.language);
  const refusal = estimate instanceof AppError ? estimate : undefined;
  const known = estimate instanceof AppError ? undefined : estimate;
  const parameters = known?.parameters ?? model.parameters;
  return (
    <div className={styles.foundLine}>
      <span className={styles.foundName}>
        <span className="mono">{model.id}</span>
        {model.about.trainedFor && <span className={styles.kind}>{words.hub.trainedFor[model.about.trainedFor]}</span>}
        <span className={styles.foundFacts}>
          {model.modelType ?? 'GGUF'}
          {parameters !== null && ` · ${words.hub.parameters(format.short(parameters))}`}
          {model.downloads !== null && ` · ${words.hub.downloads(format.short(model.downloads))}`}
          <LanguagesAndLicence about={model.about} />
          {model.gated && ` · ${words.hub.gated}`}
        </span>
        {known && (
          <span className={styles.foundFacts}>
            {words.hub.needs(format.bytes(known.peakBytes))}
            {fit === 'four-bits' && ` · ${words.hub.needsFourBits(format.bytes(known.fourBitBytes))}`}
            {` · ${words.hub.rowsTake(format.count(known.rowTokens), format.duration(100 * known.rowSeconds))}`}
          </span>
        )}
        {refusal && <span className={styles.refusal}>{wordError(language, refusal).cause}</span>}
      </span>
      {fit === 'four-bits' && <FitBadge fit="too-big" />}
      {fit && <FitBadge fit={fit} />}
      <Button
        size="compact-sm"
        variant="default"
        aria-expanded={chosen}
        aria-label={words.hub.lookAt(model.id)}
        onClick={onChoose}
      >
        {words.hub.look}
      </Button>
    </div>
  );
}

/** In which languages, that of the page first, and under which terms, as the model's card says. */
function LanguagesAndLicence({ about: { languages, licence } }: { about: ModelFacts }) {
  const words = useWords().hub;
  const language = useStudio((state) => state.language);
  const names = new Intl.DisplayNames(language, { type: 'language' });
  const sorted =
    languages === 'many' ? [] : [...languages].sort((a, b) => Number(b === language) - Number(a === language));
  const named = sorted.slice(0, 2).map((code) => names.of(code) ?? code);
  const rest = sorted.length - named.length;
  const parts = [languages === 'many' ? words.manyLanguages : words.languages(named, rest), licence ?? ''].filter(
    (text) => text !== '',
  );
  return parts.map((text) => ` · ${text}`).join('');
}

/** The cost of each model, from its config.json alone, one after the other. */
function useEstimates(found: readonly FoundModel[], estimateOf: Props['estimate']) {
  const [estimates, setEstimates] = useState<ReadonlyMap<string, HubEstimate | AppError>>(new Map());
  // biome-ignore lint/correctness/useExhaustiveDependencies: a list is made anew where its models are asked otherwise
  useEffect(() => {
    let stopped = false;
    const askAll = async () => {
      for (const { id, modelType } of found) {
        if (modelType === null) continue;
        const estimate = await estimateOf(id).catch(toAppError);
        if (stopped) return;
        setEstimates((before) => new Map(before).set(id, estimate));
      }
    };
    void askAll();
    return () => {
      stopped = true;
    };
  }, [found]);
  return estimates;
}
