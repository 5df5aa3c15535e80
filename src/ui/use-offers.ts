import { useEffect, useState } from 'react';
import { type AppError, toAppError } from '../errors.ts';
import type { Offer } from '../worker/protocol.ts';
import { useCommands } from './context.tsx';
import { fitting } from './store.ts';

/** The forms that a run's result can be taken away in, or why none is known. */
export function useOffers(runId: string): { readonly offers: readonly Offer[]; readonly problem: AppError | null } {
  const { exportOffers } = useCommands();
  const [offers, setOffers] = useState<readonly Offer[]>([]);
  const [problem, setProblem] = useState<AppError | null>(null);
  useEffect(() => {
    let stale = false;
    exportOffers(runId).then(
      (found) => !stale && setOffers(fitting(found)),
      (thrown) => !stale && setProblem(toAppError(thrown)),
    );
    return () => {
      stale = true;
    };
  }, [exportOffers, runId]);
  return { offers, problem };
}
