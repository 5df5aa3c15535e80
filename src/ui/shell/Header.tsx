import {
  Button,
  Modal,
  SegmentedControl,
  Table,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { Mark } from '../parts/Mark.tsx';
import { keepLanguage } from '../preferences.ts';
import type { Language } from '../store.ts';
import styles from './header.module.css';
import { shortcuts } from './shortcuts.ts';

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
      <SegmentedControl
        size="xs"
        aria-label={words.shell.languageSwitch}
        value={language}
        onChange={(value) => {
          keepLanguage(value as Language);
          setLanguage(value as Language);
        }}
        data={[
          { value: 'en', label: 'EN' },
          { value: 'ja', label: '日本語' },
        ]}
      />
      <Tooltip label={words.shell.theme}>
        <Button variant="subtle" size="compact-sm" aria-label={words.shell.theme} onClick={toggleColorScheme}>
          {scheme === 'dark' ? '☀' : '☾'}
        </Button>
      </Tooltip>
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

/** The keys that the page listens to. */
function Keys() {
  const words = useWords();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Tooltip label={words.shell.help}>
        <Button variant="subtle" size="compact-sm" aria-label={words.shell.help} onClick={open} visibleFrom="sm">
          ?
        </Button>
      </Tooltip>
      <Modal
        opened={opened}
        onClose={close}
        title={words.shell.helpTitle}
        closeButtonProps={{ 'aria-label': words.shell.close }}
      >
        <Table>
          <Table.Tbody>
            {shortcuts.map(({ command, keys }) => (
              <Table.Tr key={command}>
                <Table.Td>{words.commands[command]}</Table.Td>
                <Table.Td className="mono">{keys.label}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Modal>
    </>
  );
}
