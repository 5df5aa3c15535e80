/**
 * One style for one kind of act. Filled is the next step, one at most in a view; outlined does something now; without an
 * outline stands what changes the view, takes a file along, or removes. Those that recur have a component here, or a sign
 * (`Icon`).
 */
import { Button, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.tsx';
import styles from './parts.module.css';

interface FoldProps {
  readonly open: boolean;
  readonly onClick: () => void;
  readonly testId: string;
  readonly children: ReactNode;
}

/** Unfolds what stands below it. */
export function FoldButton({ open, onClick, testId, children }: FoldProps) {
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      ml={-8}
      leftSection={<Icon name={open ? 'open' : 'shut'} />}
      aria-expanded={open}
      onClick={onClick}
      data-testid={testId}
    >
      {children}
    </Button>
  );
}

interface SaveProps {
  /** The kind of file, as its name ends. */
  readonly format: 'CSV' | 'JSON' | 'JSONL' | 'SVG';
  readonly onClick: () => void;
  readonly testId?: string;
}

/** Saves what is shown as a file. */
export function SaveButton({ format, onClick, testId }: SaveProps) {
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      leftSection={<Icon name="download" />}
      onClick={onClick}
      data-testid={testId}
    >
      {format}
    </Button>
  );
}

interface IconButtonProps extends Pick<ButtonProps, 'visibleFrom'> {
  readonly icon: IconName;
  /** What it does, shown while it is pointed at or has the focus. */
  readonly label: string;
  readonly onClick: () => void;
}

/** An act whose sign is enough. */
export function IconButton({ icon, label, ...rest }: IconButtonProps) {
  return (
    <Button
      variant="subtle"
      size="compact-sm"
      className={styles.iconButton}
      aria-label={label}
      data-tip={label}
      {...rest}
    >
      <Icon name={icon} />
    </Button>
  );
}
