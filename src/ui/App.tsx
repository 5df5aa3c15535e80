import { MantineProvider } from '@mantine/core';
import { Suspense, useEffect } from 'react';
import { StudioProvider, useStudio, useWords } from './context.tsx';
import { lazyPart } from './parts/lazy-part.tsx';
import { interruptedRun } from './place/interrupted-run.ts';
import { ErrorBoundary } from './shell/ErrorBoundary.tsx';
import { Header } from './shell/Header.tsx';
import { RunCard } from './shell/RunCard.tsx';
import { StepRail } from './shell/StepRail.tsx';
import styles from './shell/shell.module.css';
import { useKeptFocus } from './shell/use-kept-focus.ts';
import { useLeaveGuard } from './shell/use-leave-guard.ts';
import { useShortcuts } from './shell/use-shortcuts.ts';
import { useStepBegin } from './shell/use-step-begin.ts';
import { ModelStep } from './steps/ModelStep.tsx';
import type { StepName } from './store.ts';
import type { StudioApi } from './studio.ts';
import { cssVariables, theme } from './theme.ts';

// Only the first step is on the first screen.
const LayersStep = lazyPart(
  async () => (await import('./steps/LayersStep.tsx')).default,
  ({ steps }) => steps.layers.name,
);
const DataStep = lazyPart(
  async () => (await import('./steps/DataStep.tsx')).DataStep,
  ({ steps }) => steps.data.name,
);
const TrainStep = lazyPart(
  async () => (await import('./steps/TrainStep.tsx')).default,
  ({ steps }) => steps.train.name,
);
const UseStep = lazyPart(
  async () => (await import('./steps/UseStep.tsx')).UseStep,
  ({ steps }) => steps.use.name,
);

// Only while there is a run.
const RunConditions = lazyPart(async () => (await import('./shell/RunConditions.tsx')).default);

// Only of a visitor who comes back.
const Arrival = lazyPart(async () => (await import('./place/Arrival.tsx')).default);

const steps: Readonly<Record<StepName, React.ComponentType>> = {
  model: ModelStep,
  layers: LayersStep,
  data: DataStep,
  train: TrainStep,
  use: UseStep,
};

export function App({ studio }: { studio: StudioApi }) {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <StudioProvider studio={studio}>
        <Shell />
      </StudioProvider>
    </MantineProvider>
  );
}

function Shell() {
  const { step, language } = useStudio(({ step, language }) => ({ step, language }));
  const comesBack = useStudio((state) => state.restored !== null || interruptedRun(state) !== null);
  const hasRun = useStudio((state) => state.run !== null);
  const words = useWords();
  useShortcuts();
  useLeaveGuard();
  useKeptFocus();
  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `${words.steps[step].name} · ${words.product}`;
  }, [language, step, words]);
  const main = useStepBegin(step);
  const Step = steps[step];
  return (
    <div className={styles.page}>
      <a className={styles.skip} href="#step">
        {words.shell.skip}
      </a>
      <Header />
      <StepRail />
      <main ref={main} id="step" className={styles.step} tabIndex={-1}>
        <ErrorBoundary>
          <Suspense fallback={null}>{comesBack && <Arrival />}</Suspense>
        </ErrorBoundary>
        <ErrorBoundary>
          <Suspense fallback={null}>{hasRun && <RunConditions />}</Suspense>
        </ErrorBoundary>
        <ErrorBoundary key={step} title={words.steps[step].name}>
          <Suspense fallback={null}>
            <Step />
          </Suspense>
        </ErrorBoundary>
      </main>
      <ErrorBoundary>
        <RunCard />
      </ErrorBoundary>
    </div>
  );
}
