import { createContext, type ReactNode, useContext } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { Studio } from './store.ts';
import type { Commands, StudioApi } from './studio.ts';
import { type Messages, wordsIn } from './text/messages.ts';

const StudioContext = createContext<StudioApi | null>(null);

export function StudioProvider({ studio, children }: { studio: StudioApi; children: ReactNode }) {
  return <StudioContext value={studio}>{children}</StudioContext>;
}

function useApi(): StudioApi {
  const studio = useContext(StudioContext);
  if (!studio) throw new Error('no StudioProvider above');
  return studio;
}

/** A part of the state; the component draws again when it changes (compared shallowly). */
export function useStudio<T>(select: (state: Studio) => T): T {
  return useStore(useApi().store, useShallow(select));
}

export const useCommands = (): Commands => useApi().commands;

/** The words of the chosen language. */
export function useWords(): Messages {
  return wordsIn(useStudio((state) => state.language));
}
