import { Collapse } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from '../parts/Icon.tsx';
import styles from './savings.module.css';

interface Props {
  readonly title: string;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly testId: string;
  readonly children: ReactNode;
}

/** A part of the run card that opens below its title. */
export function CardFold({ title, open, onToggle, testId, children }: Props) {
  return (
    <div className={styles.savings}>
      <button
        type="button"
        className={styles.savingsToggle}
        aria-expanded={open}
        onClick={onToggle}
        data-testid={`${testId}-toggle`}
      >
        <Icon name={open ? 'open' : 'shut'} />
        {title}
      </button>
      <Collapse expanded={open}>{children}</Collapse>
    </div>
  );
}
