import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { AppError, toAppError } from '../../../errors.ts';
import type { FoundModel, HubEstimate } from '../../../worker/protocol.ts';
import { useStudio, useWords } from '../../context.tsx';
import { fitOf } from '../../levers.ts';
import { FitBadge } from '../../parts/FitBadge.tsx';
import { wordError } from '../../text/word-error.ts';
import { useFormat } from '../../use-format.ts';
import styles from './model.module.css';

interface Props {
  readonly found: readonly FoundModel[];
  /** What a model would cost. */
  readonly estimate: (id: string) => Promise<HubEstimate>;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  /** What stands under the chosen model. */
  readonly children: ReactNode;
}

/** Models to choose from, each with its size and whether a run with it would fit this GPU. */
export function FoundModels({ found, estimate, chosen, onChoose, children }: Props) {
  const words = useWords();
  const estimates = useEstimates(found, estimate);
  if (found.length === 0) return <p role="status">{words.hub.nothingFound}</p>;
  return (
    <ul className={styles.found} aria-label={words.hub.found} data-testid="found-models">
      {found.map((model) => (
        <li key={model.id} data-model={model.id}>
          <FoundLine
            model={model}
            estimate={estimates.get(model.id)}
            chosen={model.id === chosen}
            onChoose={() => onChoose(model.id)}
          />
          {model.id === chosen && children}
        </li>
      ))}
    </ul>
  );
}

interface LineProps {
  readonly model: FoundModel;
  readonly estimate: HubEstimate | AppError | undefined;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function FoundLine({ model, estimate, chosen, onChoose }: LineProps) {
  const words = useWords();
  const format = useFormat();
  const budget = useStudio((state) => state.environment.value?.memoryBudget ?? null);
  const language = useStudio((state) => state.language);
  const refusal = estimate instanceof AppError ? estimate : undefined;
  const known = estimate instanceof AppError ? undefined : estimate;
  const parameters = known?.parameters ?? model.parameters;
  return (
    <div className={styles.foundLine}>
      <span className={styles.foundName}>
        <span className="mono">{model.id}</span>
        <span className={styles.foundFacts}>
          {model.modelType ?? 'GGUF'}
          {parameters !== null && ` · ${words.hub.parameters(format.short(parameters))}`}
          {model.downloads !== null && ` · ${words.hub.downloads(format.short(model.downloads))}`}
          {model.gated && ` · ${words.hub.gated}`}
          {known && ` · ${words.hub.needs(format.bytes(known.peakBytes))}`}
        </span>
        {refusal && <span className={styles.refusal}>{wordError(language, refusal).cause}</span>}
      </span>
      {known && budget !== null && <FitBadge fit={fitOf(known.peakBytes, budget)} />}
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
