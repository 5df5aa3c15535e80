import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useCommands } from '../context.tsx';
import type { StepName } from '../store.ts';
import { ActionButton } from './ActionButton.tsx';
import styles from './parts.module.css';

/** The title of a step and one sentence on what it is for. */
export function StepHead({ title, lead }: { title: string; lead: string }) {
  return (
    <div className={styles.head}>
      <Title order={1}>{title}</Title>
      <p>{lead}</p>
    </div>
  );
}

export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.sectionHead}>
        <Title order={2}>{title}</Title>
        {note && <div className={styles.sectionNote}>{note}</div>}
      </div>
      {children}
    </section>
  );
}

/** An empty place that says what will stand there and offers the one next step. */
export function Empty({ text, action, to }: { text: string; action: string; to: StepName }) {
  const { goTo } = useCommands();
  return (
    <div className={styles.empty}>
      <p>{text}</p>
      <ActionButton missing={null} onClick={() => goTo(to)}>
        {action}
      </ActionButton>
    </div>
  );
}

/** Name and value pairs. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
