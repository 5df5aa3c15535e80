import { useStudio, useWords } from '../../context.tsx';
import type { LogLine } from '../../store.ts';
import { useFormat } from '../../use-format.ts';
import styles from './train.module.css';

/** What the run did when, the newest first. */
export function RunLog({ log }: { log: readonly LogLine[] }) {
  const words = useWords();
  const format = useFormat();
  const language = useStudio((state) => state.language);
  if (log.length === 0) return null;
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
  return (
    <details className={styles.settings}>
      <summary>{words.log.title}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long list scrolls, and must do so by keyboard too */}
      <section className={styles.log} tabIndex={0} aria-label={words.log.title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.log.time}</th>
              <th scope="col">{words.train.step}</th>
              <th scope="col">{words.log.event}</th>
            </tr>
          </thead>
          <tbody>
            {log.toReversed().map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines may be alike, and none holds state
              <tr key={index}>
                <td>{time.format(line.time)}</td>
                <td>{format.count(line.step)}</td>
                <td>{words.phases[line.phase]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
