import { Modal, Table } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useWords } from '../context.tsx';
import { shortcuts } from './shortcuts.ts';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** The keys that the page listens to. */
export function KeysHelp({ opened, onClose }: Props) {
  const words = useWords();
  // Closed at first: what had the focus is remembered when it opens.
  const [shown, setShown] = useState(false);
  useEffect(() => setShown(opened), [opened]);
  return (
    <Modal
      opened={shown}
      onClose={onClose}
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
  );
}
