import { useStudio, useWords } from '../context.tsx';
import { publishing } from '../publishing.ts';
import { hostOf } from './hub-endpoint.ts';
import styles from './parts.module.css';

/** Every host that the page talks to, and when. */
export function HostsNote() {
  const words = useWords();
  const judge = useStudio(({ config }) =>
    config.prediction.metric === 'judge' ? config.prediction.judge_endpoint : '',
  );
  return (
    <details className={`soft ${styles.hosts}`} data-testid="hosts">
      <summary>{words.hosts.title}</summary>
      <ul>
        <li>{words.hosts.own}</li>
        <li>{words.hosts.hub}</li>
        {publishing && <li>{words.publishing.host}</li>}
        <li>
          {words.hosts.judge} {judge !== '' && hostOf(judge)}
        </li>
        <li>{words.hosts.maker}</li>
      </ul>
      <p>{words.hosts.offline}</p>
    </details>
  );
}
