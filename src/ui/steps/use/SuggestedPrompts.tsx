import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { isComputing } from '../../store.ts';
import styles from './use.module.css';

/** Prompts of held-out rows, one click each, while nothing was asked yet. */
export function SuggestedPrompts() {
  const words = useWords();
  const { ask, suggestPrompts } = useCommands();
  const runId = useStudio((state) => state.chat.runId);
  const isIdle = useStudio(({ chat, run }) => chat.turns.length === 0 && !chat.busy && !isComputing(run));
  const [prompts, setPrompts] = useState<readonly string[]>([]);
  useEffect(() => {
    let stale = false;
    setPrompts([]);
    // Without them the visitor types a question of their own.
    if (runId && isIdle)
      suggestPrompts(runId).then(
        (found) => !stale && setPrompts(found),
        () => {},
      );
    return () => {
      stale = true;
    };
  }, [runId, isIdle, suggestPrompts]);
  if (!isIdle || prompts.length === 0) return null;
  return (
    <section className={styles.suggested} aria-label={words.use.suggested} data-testid="suggested-prompts">
      <span className="soft">{words.use.suggested}</span>
      {prompts.map((prompt) => (
        <Button key={prompt} size="compact-sm" variant="default" title={prompt} onClick={() => void ask(prompt)}>
          {prompt}
        </Button>
      ))}
    </section>
  );
}
