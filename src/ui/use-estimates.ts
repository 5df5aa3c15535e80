import { useEffect, useState } from 'react';
import { type AppError, toAppError } from '../errors.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import type { CostEstimate } from '../worker/protocol.ts';
import { useCommands, useStudio } from './context.tsx';

/** Another config that the form could have, to be held against the one it has. */
export interface Candidate {
  readonly id: string;
  readonly config: RunConfig;
}

export type Estimates = ReadonlyMap<string, CostEstimate | AppError>;

const none: Estimates = new Map();

/**
 * The cost of each candidate, from its own plan. They are asked for one after the other, and only while the form's own
 * preview is at rest, so that no tick waits for them. What is known stays while newer figures come.
 */
export function useEstimates(candidates: readonly Candidate[], active: boolean): Estimates {
  const { estimate } = useCommands();
  const { model, table, budget, pending } = useStudio(({ model, data, environment, tuning }) => ({
    model: model.value,
    table: data.value,
    budget: environment.value?.memoryBudget,
    pending: tuning.pending,
  }));
  const [known, setKnown] = useState(none);
  const key = JSON.stringify(candidates);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what the candidates are; table and budget change their cost
  useEffect(() => {
    if (!active || pending || model === null) return;
    let stopped = false;
    const askAll = async () => {
      const found = new Map<string, CostEstimate | AppError>();
      for (const { id, config } of candidates) {
        found.set(id, await estimate(config).catch(toAppError));
        if (stopped) return;
        setKnown((before) => new Map([...before, ...found]));
      }
      setKnown(found);
    };
    void askAll();
    return () => {
      stopped = true;
    };
  }, [key, active, pending, model, table, budget, estimate]);
  return known;
}
