import { memo } from 'react';
import type { RunConfig } from '../../../training/config/run-config.ts';
import { useWords } from '../../context.tsx';
import styles from './train.module.css';

/** The run's own config, never the form's. */
export const RunSettings = memo(function RunSettings({ config }: { config: RunConfig }) {
  const words = useWords();
  return (
    <details className={styles.settings}>
      <summary>{words.train.runSettings}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, and must do so by keyboard too */}
      <pre className="mono" tabIndex={0}>
        {JSON.stringify(config, null, 2)}
      </pre>
    </details>
  );
});
