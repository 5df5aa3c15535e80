import { Button } from '@mantine/core';
import { benchmarksJson, benchmarkTable } from '../../../benchmarks/results.ts';
import type { Benchmarked } from '../../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { DropZone } from '../../parts/DropZone.tsx';
import type { NamedFile } from '../../parts/dropped-files.ts';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { FilePicker } from '../../parts/FilePicker.tsx';
import { Icon } from '../../parts/Icon.tsx';
import parts from '../../parts/parts.module.css';
import { SaveRunFiles } from '../../parts/SaveRunFiles.tsx';
import { Section } from '../../parts/Section.tsx';
import { isComputing } from '../../store.ts';
import { useFormat } from '../../use-format.ts';
import styles from './use.module.css';

/** What both sides of a run know, by tasks in lm-evaluation-harness's format. */
export function Benchmarks({ runId }: { runId: string }) {
  const words = useWords();
  const format = useFormat();
  const { askBenchmarks, stopBenchmarks } = useCommands();
  const asked = useStudio((state) => state.benchmarks);
  const training = useStudio((state) => isComputing(state.run));
  const mine = asked.runId === runId;
  const { progress } = asked;
  const ask = (files: readonly NamedFile[]) =>
    void askBenchmarks(
      runId,
      files.map(({ blob }) => blob),
    );
  return (
    <Section title={words.benchmarks.title} note={words.benchmarks.note}>
      {training ? (
        <p className="soft">{words.use.busyTraining}</p>
      ) : mine && asked.pending ? (
        <div className={parts.row}>
          <Button leftSection={<Icon name="stop" />} variant="default" onClick={() => void stopBenchmarks()}>
            {words.table.stop}
          </Button>
          <span role="status">
            {progress
              ? `${progress.task} · ${words.table.progress(words.use[progress.side], format.count(progress.done), format.count(progress.total))}`
              : words.benchmarks.opening}
          </span>
        </div>
      ) : (
        <DropZone title={words.benchmarks.drop} text={words.benchmarks.dropText} onFiles={ask}>
          <FilePicker
            label={words.benchmarks.choose}
            onFiles={ask}
            accept=".yaml,.yml,.jsonl,.json"
            multiple
            testId="benchmark-files"
          />
        </DropZone>
      )}
      {mine && <ErrorNote error={asked.error} />}
      {mine && asked.value && <Scores tasks={asked.value} runId={runId} />}
    </Section>
  );
}

function Scores({ tasks, runId }: { tasks: readonly Benchmarked[]; runId: string }) {
  const words = useWords();
  const format = useFormat();
  if (tasks.length === 0) return <p className="soft">{words.benchmarks.stopped}</p>;
  const cut = tasks.reduce((sum, { base, tuned }) => sum + Math.max(base.cut, tuned?.cut ?? 0), 0);
  const score = (found: Benchmarked['base']['scores'][number] | undefined) =>
    found && `${format.value(found.value)}${found.error === null ? '' : ` ± ${format.value(found.error)}`}`;
  return (
    <>
      <div className={styles.tableHead}>
        {cut > 0 && <p className="soft">{words.benchmarks.cut(format.count(cut))}</p>}
        <SaveRunFiles
          {...{ runId, text: words.benchmarks.save, what: 'benchmarks', testId: 'benchmark' }}
          csv={() => benchmarkTable(tasks)}
          json={() => benchmarksJson(tasks)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table scrolls, and must do so by keyboard too */}
      <section className={styles.tableWrap} tabIndex={0} aria-label={words.benchmarks.scores}>
        <table className={styles.table} data-testid="benchmark-table">
          <thead>
            <tr>
              <th scope="col">{words.benchmarks.task}</th>
              <th scope="col">{words.benchmarks.questions}</th>
              <th scope="col">{words.benchmarks.metric}</th>
              <th scope="col">{words.use.base}</th>
              <th scope="col">{words.use.tuned}</th>
            </tr>
          </thead>
          <tbody>
            {tasks.flatMap(({ task, questions, base, tuned }, place) =>
              base.scores.map((each, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: tasks may have one name, and no row holds state
                <tr key={`${place}/${each.name}`}>
                  <td>{task}</td>
                  <td className="figures">{format.count(questions)}</td>
                  <td>{each.name}</td>
                  <td className="figures" data-side="base">
                    {score(each)}
                  </td>
                  <td className="figures" data-side="tuned">
                    {score(tuned?.scores[index])}
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </section>
    </>
  );
}
