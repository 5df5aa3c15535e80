import { useMemo } from 'react';
import { useStudio, useWords } from '../context.tsx';
import { isGoingOn, type LiveRun } from '../store.ts';
import { useFormat } from '../use-format.ts';
import { agreementOf, comparedParts, differingKeys, type PartState } from './compared.ts';
import styles from './replay.module.css';

/** Of a run that does a shared one again: whether their curves agree, and what else was not the same. */
export function ReplayResult({ run }: { run: LiveRun }) {
  const words = useWords();
  const format = useFormat();
  const replay = useStudio((state) => state.replay);
  const going = isGoingOn(run);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` stands for the content of `metrics`
  const agreement = useMemo(
    () => (replay && !going ? agreementOf(replay.shared.detail.metrics, run.metrics) : null),
    [replay, going, run.version],
  );
  if (!replay || replay.runId !== run.id) return null;
  if (!agreement) {
    return (
      <p className={`${styles.result} soft`} data-testid="replay-goes-on">
        {words.replay.comparing}
      </p>
    );
  }
  const { kind, compared, of, largest } = agreement;
  const found = largest ? [format.percent(largest.share), format.count(largest.step)] : [];
  const said = words.replay.kinds[kind](format.count(compared), found[0] ?? '', found[1] ?? '');
  const parts = replay.used
    ? comparedParts(replay.shared, { identity: replay.used, hasModel: true, hasTable: true, hasValidation: true })
    : [];
  const named = (state: PartState) =>
    parts.filter((each) => each.state === state).map(({ part }) => words.shared.parts[part]);
  const keys = differingKeys(replay.shared, run.config);
  const differ = [...named('differs'), ...keys];
  const unknown = named('unknown');
  return (
    <section
      className={styles.result}
      aria-label={words.replay.result}
      data-testid="replay-result"
      data-kind={kind}
      data-known={replay.used !== null}
    >
      <p role="status">
        <strong>{said}</strong> {compared < of && words.replay.partly(format.count(compared), format.count(of))}
      </p>
      {differ.length > 0 && <p data-testid="replay-differs">{words.replay.differs(differ.join(', '))}</p>}
      {unknown.length > 0 && <p>{words.replay.unsure(unknown.join(', '))}</p>}
    </section>
  );
}
