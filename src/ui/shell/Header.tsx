import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useState } from 'react';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { IconButton } from '../parts/buttons.tsx';
import { lazyPart } from '../parts/lazy-part.tsx';
import { Mark } from '../parts/Mark.tsx';
import { keepLanguage } from '../preferences.ts';
import type { Language } from '../store.ts';
import styles from './header.module.css';

// Not before it is asked for, and so not on the first screen.
const KeysHelp = lazyPart(async () => (await import('./KeysHelp.tsx')).KeysHelp);

const languages: readonly (readonly [Language, string])[] = [
  ['en', 'EN'],
  ['ja', '日本語'],
];

export function Header() {
  const words = useWords();
  const { setLanguage } = useCommands();
  const language = useStudio((state) => state.language);
  const { toggleColorScheme } = useMantineColorScheme({ keepTransitions: false });
  const scheme = useComputedColorScheme('light');
  return (
    <header className={styles.header}>
      <div className={styles.brand}>
        <Mark />
        {words.product}
      </div>
      <EnvironmentLine />
      <fieldset className={styles.languages}>
        <legend className="hidden-visually">{words.shell.languageSwitch}</legend>
        {languages.map(([value, name]) => (
          <button
            key={value}
            type="button"
            lang={value}
            aria-pressed={value === language}
            onClick={() => {
              keepLanguage(value);
              setLanguage(value);
            }}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <IconButton icon={scheme === 'dark' ? 'sun' : 'moon'} label={words.shell.theme} onClick={toggleColorScheme} />
      <Keys />
    </header>
  );
}

function EnvironmentLine() {
  const words = useWords();
  const environment = useStudio((state) => state.environment.value);
  if (!environment) return <div className={styles.environment}>{words.shell.starting}</div>;
  const software = environment.software && environment.webgpuMissing === null ? ` · ${words.shell.software}` : '';
  return (
    <div className={styles.environment} data-executor={environment.executor}>
      <b>{words.shell.executors[environment.executor]}</b>
      <br />
      {environment.description}
      {software}
    </div>
  );
}

/** What opens the list of keys. */
function Keys() {
  const words = useWords();
  const [opened, { open, close }] = useDisclosure(false);
  const [asked, setAsked] = useState(false);
  if (opened && !asked) setAsked(true);
  return (
    <>
      <IconButton icon="keyboard" label={words.shell.help} onClick={open} visibleFrom="sm" />
      <Suspense fallback={null}>{asked && <KeysHelp opened={opened} onClose={close} />}</Suspense>
    </>
  );
}
