import { Button } from '@mantine/core';
import type { ModelSummary } from '../../../worker/protocol.ts';
import { useCommands, useWords } from '../../context.tsx';
import parts from '../../parts/parts.module.css';
import { Facts } from '../../parts/Section.tsx';
import { readingFacts } from '../../tasks/reading-facts.ts';
import { useFormat } from '../../use-format.ts';
import { ContinueAdapter } from './ContinueAdapter.tsx';

export function OpenedModel({ summary, onAnother }: { summary: ModelSummary; onAnother: () => void }) {
  const words = useWords();
  const format = useFormat();
  const { goTo } = useCommands();
  const { facts } = words.model;
  return (
    <section className={parts.panel} aria-label={words.model.openTitle} data-testid="opened-model">
      <div className={parts.sectionHead}>
        <h2>{summary.name}</h2>
      </div>
      <Facts
        facts={[
          [facts.type, <Mono key="type">{summary.modelType}</Mono>],
          [facts.parameters, format.count(summary.totalParameters)],
          [facts.dtype, <Mono key="dtype">{summary.dtype}</Mono>],
          [facts.bytes, format.bytes(summary.bytes)],
          ...(summary.otherBytes > 0 ? [[facts.others, format.bytes(summary.otherBytes)] as const] : []),
          [facts.layers, format.count(summary.layers)],
          [facts.hiddenSize, format.count(summary.hiddenSize)],
          ...readingFacts(summary, words, format),
        ]}
      />
      <div className={parts.row} style={{ marginTop: 24 }}>
        <Button onClick={() => goTo('layers')}>{words.model.next}</Button>
        <Button variant="default" onClick={onAnother}>
          {words.model.another}
        </Button>
      </div>
      <ContinueAdapter />
    </section>
  );
}

const Mono = ({ children }: { children: string }) => <span className="mono">{children}</span>;
