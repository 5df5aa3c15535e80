import { Button } from '@mantine/core';
import { useDeferredValue, useState } from 'react';
import type { ModelSummary } from '../../worker/protocol.ts';
import { tuningProblem } from '../checks.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { Later } from '../parts/Later.tsx';
import parts from '../parts/parts.module.css';
import { Empty, StepHead } from '../parts/Section.tsx';
import { treeOf } from '../tree-model.ts';
import { AdapterSettings } from './layers/AdapterSettings.tsx';
import { CodePanel } from './layers/CodePanel.tsx';
import { Guide } from './layers/Guide.tsx';
import { ParameterTree } from './layers/ParameterTree.tsx';
import { SelectorPanel } from './layers/SelectorPanel.tsx';

export default function LayersStep() {
  const words = useWords();
  const model = useStudio((state) => state.model.value);
  return (
    <>
      <StepHead title={words.layers.title} lead={words.layers.lead} />
      {model ? (
        <Choice model={model} />
      ) : (
        <Empty text={words.layers.empty} action={words.layers.emptyNext} to="model" />
      )}
    </>
  );
}

function Choice({ model }: { model: ModelSummary }) {
  const words = useWords();
  const { goTo } = useCommands();
  const error = useStudio(tuningProblem);
  const [matches, setMatches] = useState<ReadonlySet<string> | null>(null);
  // The step is drawn before the many rows of its tree.
  const drawn = useDeferredValue(model, null);
  return (
    <>
      <SelectorPanel model={model} onShow={setMatches} />
      {drawn && <ParameterTree key={drawn.name} model={drawn} tree={treeOf(drawn.parameters)} matches={matches} />}
      {/* Below the tree, which would move under the pointer that has just taken the last tick. */}
      <ErrorNote error={error} />
      <Later>
        <Guide />
        <AdapterSettings />
        <CodePanel />
      </Later>
      <div className={parts.section}>
        <Button onClick={() => goTo('data')}>{words.layers.next}</Button>
      </div>
    </>
  );
}
