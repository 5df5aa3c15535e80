import { Popover } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import type { Setting } from '../../training/config/run-config.ts';
import { useStudio, useWords } from '../context.tsx';
import { type Explanation, loadExplanations } from '../text/explanations.ts';
import styles from './parts.module.css';

interface Props {
  /** Section and key of the run config. */
  readonly path: string;
  readonly label: string;
  readonly setting: Setting<unknown>;
}

/** A small button beside a setting that opens what it does, what is usual, and its names elsewhere. */
export function Explain({ path, label, setting }: Props) {
  const words = useWords();
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <Popover opened={opened} onChange={close} onDismiss={close} width={300} position="bottom-end" withinPortal={false}>
      <Popover.Target>
        <button
          type="button"
          className={styles.explain}
          aria-label={words.explain.about(label)}
          data-testid={`explain-${path}`}
          onClick={toggle}
          onKeyDown={(event) => event.key === 'Escape' && close()}
        >
          ?
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={words.explain.about(label)}>
        {opened && <Details path={path} setting={setting} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Details({ path, setting }: Omit<Props, 'label'>) {
  const words = useWords();
  const explanation = useExplanation(path.slice(path.indexOf('.') + 1));
  const { form, elsewhere } = setting;
  const lines: readonly (readonly [string, string | undefined])[] = [
    [words.explain.effect, explanation?.effect],
    [words.explain.typical, explanation?.typical],
    [words.explain.standard, inWords(setting.default, words.choices)],
    [words.explain.range, form && `${form[0]} … ${form[1]}`],
    [words.explain.key, path],
    [words.explain.elsewhere, elsewhere],
  ];
  return (
    <dl className={styles.explanation}>
      {lines.map(
        ([name, value]) =>
          value !== undefined &&
          value !== '' && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function useExplanation(name: string): Explanation | undefined {
  const language = useStudio((state) => state.language);
  const [explanation, setExplanation] = useState<Explanation>();
  useEffect(() => {
    let stale = false;
    void loadExplanations(language).then((all) => !stale && setExplanation(all[name]));
    return () => {
      stale = true;
    };
  }, [language, name]);
  return explanation;
}

function inWords(value: unknown, choices: Readonly<Record<string, string>>): string {
  if (typeof value === 'string') return choices[value] ?? value;
  if (value === true) return '✓';
  if (value === false) return '–';
  return Array.isArray(value) ? value.join(', ') : String(value);
}
