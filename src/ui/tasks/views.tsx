/** What the page shows for a task, beside what is the same for all. */
import type { ComponentProps, ReactNode } from 'react';
import type { DataSummary } from '../../worker/protocol.ts';
import { ClassBalance } from '../steps/data/ClassBalance.tsx';
import { ColumnMapping } from '../steps/data/ColumnMapping.tsx';
import { FirstRows } from '../steps/data/FirstRows.tsx';
import { TableChoice } from '../steps/data/TableChoice.tsx';
import { TableFacts } from '../steps/data/TableFacts.tsx';
import { TokenRows } from '../steps/data/TokenRows.tsx';
import { Benchmarks } from '../steps/use/Benchmarks.tsx';
import { BlindComparison } from '../steps/use/BlindComparison.tsx';
import { Examples, NoExamples } from '../steps/use/Examples.tsx';
import { TextAnswers } from '../steps/use/TextAnswers.tsx';
import { ValidationTable } from '../steps/use/ValidationTable.tsx';
import type { Messages } from '../text/en.ts';
import { Classify } from './Classify.tsx';
import { type ProblemType, taskFacts } from './facts.ts';
import { PictureAnswer } from './PictureAnswer.tsx';
import { PictureChoice } from './PictureChoice.tsx';
import { PictureFacts } from './PictureFacts.tsx';

interface DataView {
  lead(words: Messages, dataset: Parameters<typeof taskFacts>[0]): string;
  /** Files to choose; `onDone`: one was opened. `reading` tells of one that is being opened. */
  choice(onDone: () => void, reading: ReactNode): ReactNode;
  /** What is open, and how it is read. `problem` stands below the facts. */
  opened(summary: DataSummary, onAnother: () => void, problem: ReactNode): ReactNode;
}

const tables: DataView = {
  lead: (words, dataset) => (taskFacts(dataset).writes ? words.data.lead : words.data.leadOther),
  choice: (onDone, reading) => <TableChoice onDone={onDone} between={reading} />,
  opened: (summary, onAnother, problem) => (
    <>
      <TableFacts summary={summary} onAnother={onAnother} />
      {problem}
      <FirstRows summary={summary} />
      <ColumnMapping />
      <ClassBalance />
      <TokenRows />
    </>
  ),
};

const pictures: DataView = {
  lead: (words) => words.pictures.lead,
  choice: (onDone, reading) => (
    <>
      <PictureChoice onDone={onDone} />
      {reading}
    </>
  ),
  opened: (summary, onAnother, problem) => (
    <>
      {summary.pictures && <PictureFacts summary={summary} pictures={summary.pictures} onAnother={onAnother} />}
      {problem}
    </>
  ),
};

/** By what the open model reads. */
export const dataView = (readsText: boolean): DataView => (readsText ? tables : pictures);

/** By what the open table holds. */
export const openedView = ({ pictures: shown }: DataSummary): DataView => (shown ? pictures : tables);

interface AnswersView {
  /** Where it is asked. */
  ask(runId: string): ReactNode;
  /** How good its answers are, row by row. */
  judge(runId: string): ReactNode;
}

const writes = (examples: (runId: string) => ReactNode): AnswersView => ({
  ask: () => <TextAnswers />,
  judge: (runId) => (
    <>
      <ValidationTable runId={runId} />
      <BlindComparison runId={runId} />
      {examples(runId)}
      <Benchmarks runId={runId} />
    </>
  ),
});

const labels = (asks: 'class' | 'number' | 'alike', examples: (runId: string) => ReactNode): AnswersView => ({
  ask: (runId) => <Classify runId={runId} asks={asks} />,
  judge: (runId) => (
    <>
      <ValidationTable runId={runId} />
      {examples(runId)}
    </>
  ),
});

/** Where the loss is of single rows, and where it is not. */
const ofRows = (runId: string) => <Examples runId={runId} />;
const ofNone = (reason: ComponentProps<typeof NoExamples>['reason']) => () => <NoExamples reason={reason} />;

/** What may be asked of a run's result. */
export const answersOf: Readonly<Record<ProblemType, AnswersView>> = {
  instruction: writes(ofRows),
  text: writes(ofRows),
  preference: writes(ofNone('pairs')),
  'judged-answers': writes(ofNone('judged')),
  classification: labels('class', ofRows),
  regression: labels('number', ofNone('numbers')),
  'token-classification': labels('class', ofRows),
  'masked-language-modeling': { ask: (runId) => <Classify runId={runId} asks="masked" />, judge: ofRows },
  'sentence-embeddings': labels('alike', ofNone('vectors')),
  'sentence-similarity': labels('alike', ofNone('vectors')),
  'image-classification': { ask: (runId) => <PictureAnswer runId={runId} />, judge: ofNone('images') },
};
