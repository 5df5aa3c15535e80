import type { StudioStore } from '../store.ts';

/** The browser's promise to clear nothing of this page by itself when the disk runs full. */
export interface Persistence {
  /** Whether it was given; null where the browser knows no such thing. */
  given(): Promise<boolean | null>;
  /** Asks for it. Some browsers ask the visitor, others decide by how the page is used. */
  ask(): Promise<boolean>;
}

export const unasked: Persistence = { given: async () => null, ask: async () => false };

export const persistence: Persistence = {
  given: async () => (await navigator.storage?.persisted?.().catch(() => null)) ?? null,
  ask: () => navigator.storage.persist().catch(() => false),
};

/** Asks once, when a run is there to be lost, and tells the outcome. */
export function protectRuns(store: StudioStore, { given, ask }: Persistence): void {
  let asked = false;
  void given().then((persisted) => store.setState({ persisted }));
  store.subscribe(({ run, persisted }) => {
    if (run === null || persisted !== false || asked) return;
    asked = true;
    void ask().then((persisted) => store.setState({ persisted }));
  });
}
