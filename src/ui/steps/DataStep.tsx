import { Button, Progress } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useDeferredValue } from 'react';
import { dataProblem } from '../checks.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { HubWait } from '../parts/HubWait.tsx';
import { Later } from '../parts/Later.tsx';
import { lazyPart } from '../parts/lazy-part.tsx';
import parts from '../parts/parts.module.css';
import { StepHead } from '../parts/Section.tsx';
import { focusSoon } from '../shell/focus-soon.ts';
import { isForModel, readsText, taskFacts } from '../tasks/facts.ts';
import { dataView, openedView } from '../tasks/views.tsx';
import { useFormat } from '../use-format.ts';
import { Findings } from './data/Findings.tsx';
import { ValidationSplit } from './data/ValidationSplit.tsx';

// Only where there is a table to work from.
const MadeRows = lazyPart(
  async () => (await import('./data/made/MadeRows.tsx')).MadeRows,
  ({ made }) => made.title,
);

export function DataStep() {
  const words = useWords();
  const { goTo } = useCommands();
  const { value, pending, error, opening } = useStudio((state) => state.data);
  const previewError = useStudio(dataProblem);
  const dataset = useStudio((state) => state.config.dataset);
  const makes = taskFacts(dataset).makes.length > 0;
  const view = dataView(useStudio(({ model }) => readsText(model.value)));
  // What is shown of a table is much to draw: in slices, so that no long task holds up the page.
  const drawn = useDeferredValue(value, null);
  // What is open is of no use to a model that reads something else: what it reads can be chosen at once.
  const fits = useStudio(({ model, data }) => isForModel(data.value, model.value));
  const [choosing, { open, close }] = useDisclosure(false);
  const toTrain = () => {
    goTo('train');
    focusSoon('#start button');
  };
  const showChoice = value === null || choosing || !fits;
  return (
    <>
      <StepHead title={words.data.title} lead={view.lead(words, dataset)} />
      <ErrorNote error={error ?? (fits ? null : previewError)} />
      {showChoice && view.choice(close, pending && <Reading name={opening} />)}
      {!showChoice && pending && <Reading name={opening} />}
      {choosing && value && (
        <Button variant="default" mt="md" mb="xl" onClick={close}>
          {words.data.keep}
        </Button>
      )}
      {value && drawn && (
        <>
          {openedView(drawn).opened(drawn, open, fits && <Findings />)}
          <Later>
            <ValidationSplit />
            {fits && makes && (
              <Suspense fallback={null}>
                <MadeRows />
              </Suspense>
            )}
            <div className={parts.section}>
              <Button onClick={toTrain}>{words.data.next}</Button>
            </div>
          </Later>
        </>
      )}
    </>
  );
}

/** What is being opened and how far it is. */
function Reading({ name }: { name: string }) {
  const words = useWords();
  const format = useFormat();
  const reading = useStudio((state) => state.reading);
  const share = reading && reading.total > 0 ? reading.done / reading.total : 0;
  const text = reading?.stage === 'downloading' ? words.data.downloading(name) : words.data.opening(name);
  return (
    <div role="status" data-testid="reading" style={{ marginTop: 16 }}>
      {text}
      {reading && (
        <>
          {' '}
          <span className="figures">
            {format.bytes(reading.done)} / {format.bytes(reading.total)}
          </span>
          <Progress value={100 * share} aria-label={text} mt={8} />
        </>
      )}
      <HubWait cancels />
    </div>
  );
}
