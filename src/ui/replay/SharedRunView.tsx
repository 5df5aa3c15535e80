import { Button } from '@mantine/core';
import type { SharedView } from '../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { ErrorNote } from '../parts/ErrorNote.tsx';
import { Icon } from '../parts/Icon.tsx';
import parts from '../parts/parts.module.css';
import { RunVerdict } from '../parts/RunVerdict.tsx';
import { Facts, Section } from '../parts/Section.tsx';
import { scoreName } from '../score-name.ts';
import { RunCharts } from '../steps/train/RunCharts.tsx';
import { RunSettings } from '../steps/train/RunSettings.tsx';
import { SampleAnswers } from '../steps/train/SampleAnswers.tsx';
import { hasOwnSetUp, isGoingOn } from '../store.ts';
import { useFormat } from '../use-format.ts';
import styles from './replay.module.css';

/** A run of someone else, to look at and to do again. */
export function SharedRunView() {
  const words = useWords();
  const { viewRun } = useCommands();
  const shared = useStudio((state) => state.shared);
  if (!shared) return null;
  const close = (
    <Button
      leftSection={<Icon name="close" />}
      variant="default"
      onClick={() => void viewRun(null)}
      data-testid="close-shared"
    >
      {words.shared.close}
    </Button>
  );
  if (shared.value) return <Shared key={shared.link} shared={shared.value} close={close} />;
  return (
    <Section title={words.shared.title}>
      <p role="status">{shared.pending ? words.shared.opening : ''}</p>
      <ErrorNote error={shared.error} />
      {close}
    </Section>
  );
}

function Shared({ shared, close }: { shared: SharedView; close: React.ReactNode }) {
  const words = useWords();
  const format = useFormat();
  const { replayShared } = useCommands();
  const busy = useStudio((state) => state.starting !== null || isGoingOn(state.run));
  const replaces = useStudio(hasOwnSetUp);
  const { detail, curve, leftOut } = shared;
  const step = words.train.stepCount(format.count(detail.step), format.count(detail.totalSteps));
  return (
    <div data-testid="shared-run">
      <Section title={detail.name || words.shared.title} note={words.shared.note(format.date(detail.created), step)}>
        <p className="soft">{words.shared.lead}</p>
        <RunVerdict runId={detail.id} viewed={detail} plain />
        <div className={parts.row}>
          {!busy && (
            <Button leftSection={<Icon name="play" />} onClick={() => void replayShared()} data-testid="replay">
              {words.shared.replay}
            </Button>
          )}
          {close}
        </div>
        <p className="soft">
          {words.shared.replayHint} {replaces && words.shared.replaces}
        </p>
        <Made shared={shared} />
        {curve.kept < curve.of && <p>{words.shared.thinned(format.count(curve.kept), format.count(curve.of))}</p>}
        <RunCharts runId={detail.id} metrics={detail.metrics} version={0} every={1} totalSteps={null} />
        {detail.evaluations.length > 0 && <SampleAnswers evaluations={detail.evaluations} />}
        {leftOut.length > 0 && <p className="soft">{words.shared.leftOut(leftOut.join(', '))}</p>}
        <RunSettings config={detail.config} />
      </Section>
    </div>
  );
}

/** What it was made with, and the figures it came to. */
function Made({ shared: { detail, model, data } }: { shared: SharedView }) {
  const words = useWords();
  const format = useFormat();
  const { source, hashes } = model;
  const named =
    source.kind === 'hub'
      ? source.id
      : source.kind === 'example'
        ? words.shared.example
        : source.name || words.shared.notHub;
  const server = source.kind === 'hub' && source.endpoint !== '' ? ` · ${source.endpoint}` : '';
  const scores = Object.entries(detail.scores ?? {});
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [words.shared.model, `${named}${server}`],
    ...(hashes?.commit
      ? ([
          [
            words.shared.commit,
            <span key="commit" className="mono">
              {hashes.commit.slice(0, 12)}
            </span>,
          ],
        ] as const)
      : []),
    [words.shared.data, detail.table ?? words.shared.hidden],
    [words.shared.rows, format.count(data.training)],
    [words.shared.method, words.choices[detail.method] ?? detail.method],
    [words.shared.rate, format.rate(detail.learningRate)],
    [words.shared.seed, String(detail.config.environment.seed)],
    [words.train.trainingLoss, format.value(detail.lastLoss)],
    [words.train.validationLoss, format.value(detail.evalLoss)],
    ...scores.map(([name, value]) => [scoreName(name, words), format.value(value)] as const),
  ];
  return (
    <>
      <Facts facts={facts} />
      <Hashes model={model} data={data} />
    </>
  );
}

function Hashes({ model: { hashes }, data }: Pick<SharedView, 'model' | 'data'>) {
  const words = useWords();
  const { parts: names } = words.shared;
  const rows = [
    [names.weights, hashes?.weights],
    [names.tokenizer, hashes?.tokenizer],
    [names.config, hashes?.config],
    [words.shared.commit, hashes?.commit],
    [names.table, data.table],
    [names.validation, data.validation],
    [names.rows, data.rows],
  ].filter((row): row is [string, string] => Boolean(row[1]));
  return (
    <details data-testid="shared-hashes">
      <summary>{words.shared.hashes}</summary>
      <dl className={styles.hashes}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
