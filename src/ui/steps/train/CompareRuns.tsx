import { Button } from '@mantine/core';
import { useMemo } from 'react';
import type { RunDetail } from '../../../worker/protocol.ts';
import { RunCurves } from '../../charts/RunCurves.tsx';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { Section } from '../../parts/Section.tsx';
import { useFormat } from '../../use-format.ts';
import { differingSettings } from './differing-settings.ts';
import styles from './train.module.css';

/** Runs over each other: their curves, the settings that differ, and what each answered last. */
export function CompareRuns() {
  const words = useWords();
  const { compareRun } = useCommands();
  const runs = useStudio((state) => state.compared);
  if (runs.length < 2) return null;
  const close = () => {
    for (const { id } of runs) void compareRun(id);
  };
  return (
    <Section title={words.compare.title}>
      <div data-testid="comparison">
        <RunCurves runs={runs} />
        <Differences runs={runs} />
        <LastAnswers runs={runs} />
        <Button variant="default" onClick={close}>
          {words.compare.close}
        </Button>
      </div>
    </Section>
  );
}

type Runs = { readonly runs: readonly RunDetail[] };

function Heads({ runs }: Runs) {
  const words = useWords();
  const format = useFormat();
  return runs.map(({ id, name, created }) => (
    <th key={id} scope="col">
      {name || words.train.unnamed}
      <br />
      <span className="soft">{format.date(created)}</span>
    </th>
  ));
}

function Differences({ runs }: Runs) {
  const words = useWords();
  const rows = useMemo(() => differingSettings(runs.map(({ config }) => config)), [runs]);
  return (
    <div className={styles.runsWrap}>
      <h3>{words.compare.settings}</h3>
      {rows.length === 0 ? (
        <p className="soft">{words.compare.same}</p>
      ) : (
        <table className={styles.compared} data-testid="differing-settings">
          <thead>
            <tr>
              <th scope="col">{words.compare.setting}</th>
              <Heads runs={runs} />
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, values }) => (
              <tr key={key}>
                <th scope="row" className="mono">
                  {key}
                </th>
                {runs.map(({ id }, index) => (
                  <td key={id} className="mono">
                    {values[index]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function LastAnswers({ runs }: Runs) {
  const words = useWords();
  const last = runs.map(({ evaluations }) => evaluations.at(-1)?.samples ?? []);
  const prompts = [...new Set(last.flatMap((samples) => samples.map(({ prompt }) => prompt)))];
  return (
    <div className={styles.runsWrap}>
      <h3>{words.compare.answers}</h3>
      {prompts.length === 0 ? (
        <p className="soft">{words.compare.noAnswers}</p>
      ) : (
        <table className={styles.compared}>
          <thead>
            <tr>
              <th scope="col">{words.answers.prompt}</th>
              <Heads runs={runs} />
            </tr>
          </thead>
          <tbody>
            {prompts.map((prompt) => (
              <tr key={prompt}>
                <th scope="row">{prompt}</th>
                {runs.map(({ id }, index) => (
                  <td key={id}>{last[index]!.find((sample) => sample.prompt === prompt)?.tuned ?? words.unknown}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
