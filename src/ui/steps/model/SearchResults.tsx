import type { ReactNode } from 'react';
import type { FoundModel, HubEstimate } from '../../../worker/protocol.ts';
import { FoundModels } from './FoundModels.tsx';
import { hubOptions, isWanted, ModelFilters } from './ModelFilters.tsx';
import type { Wanted } from './wanted.ts';

interface Props {
  readonly wanted: Wanted;
  readonly onWant: (wanted: Wanted) => void;
  /** Null before the first search. */
  readonly found: { readonly query: string; readonly models: readonly FoundModel[] } | null;
  readonly estimate: (id: string) => Promise<HubEstimate>;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
  /** What stands under the chosen model. */
  readonly children: ReactNode;
}

/** What a search of the Hub is narrowed to, and what it found. */
export function SearchResults({ wanted, onWant, found, children, ...rest }: Props) {
  return (
    <>
      <ModelFilters options={hubOptions} wanted={wanted} onWant={onWant} />
      {found && (
        <FoundModels key={found.query} found={found.models} isShown={isWanted(wanted)} {...rest}>
          {children}
        </FoundModels>
      )}
    </>
  );
}
