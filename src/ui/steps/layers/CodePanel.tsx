import { Button, Collapse, CopyButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { type AppError, toAppError } from '../../../errors.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { FoldButton } from '../../parts/buttons.tsx';
import { ErrorNote } from '../../parts/ErrorNote.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Section } from '../../parts/Section.tsx';
import styles from './layers.module.css';

/** The same choice as lines of Python for transformers and PEFT. */
export function CodePanel() {
  const words = useWords();
  const [open, { toggle }] = useDisclosure(false);
  const note = (
    <FoldButton open={open} onClick={toggle} testId="code-toggle">
      {open ? words.code.hide : words.code.show}
    </FoldButton>
  );
  return (
    <Section title={words.code.title} note={note}>
      <Collapse expanded={open}>{open && <Code />}</Collapse>
    </Section>
  );
}

function Code() {
  const words = useWords();
  const { asCode } = useCommands();
  const { config, pending } = useStudio(({ config, tuning }) => ({ config, pending: tuning.pending }));
  const [code, setCode] = useState('');
  const [error, setError] = useState<AppError | null>(null);
  useEffect(() => {
    if (pending) return;
    let stale = false;
    const show = (text: string, problem: AppError | null) => {
      if (stale) return;
      setCode(text);
      setError(problem);
    };
    asCode(config).then(
      (text) => show(text, null),
      (thrown) => show('', toAppError(thrown)),
    );
    return () => {
      stale = true;
    };
  }, [asCode, config, pending]);
  if (error) return <ErrorNote error={error} />;
  return (
    <div className={styles.code}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, and must do so by keyboard too */}
      <pre className="mono" tabIndex={0} data-testid="code">
        {code}
      </pre>
      <CopyButton value={code}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="default" leftSection={<Icon name="copy" />} onClick={copy}>
            {copied ? words.code.copied : words.code.copy}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
