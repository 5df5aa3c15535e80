import { Button } from '@mantine/core';
import type { Action, RunSummary } from '../../worker/protocol.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { isGoingOn } from '../store.ts';
import { writesText } from '../tasks/problem-of-run.ts';
import { listedRun } from '../verdict-of.ts';
import { Icon, type IconName } from './Icon.tsx';
import styles from './verdict.module.css';

interface Props {
  readonly runId: string;
  /** The run, where it is not to be looked up in the list. */
  readonly viewed?: RunSummary;
  /** Chat stands elsewhere. */
  readonly withoutChat?: boolean;
  /** Without buttons. */
  readonly plain?: boolean;
}

/** What a run came to, in one sentence, and what to do next. */
export function RunVerdict({ runId, viewed, withoutChat = false, plain = false }: Props) {
  const words = useWords();
  const listed = useStudio((state) => listedRun(state, runId));
  const run = listed ?? viewed;
  if (!run?.verdict) return null;
  const { finding, notes } = run.verdict;
  const actions = run.verdict.actions.filter(({ kind }) => !(withoutChat && kind === 'chat'));
  const hints = plain ? [] : actions.map(words.verdict.hint).filter((hint) => hint !== '');
  return (
    <section className={styles.verdict} aria-label={words.verdict.title} data-testid="verdict" data-kind={finding.kind}>
      <p className={styles.sentence}>{words.verdict.sentence(finding)}</p>
      {notes.map((note) => (
        <p key={note.kind}>{words.verdict.note(note)}</p>
      ))}
      {!plain && (
        <div className={styles.actions}>
          {actions.map((action, index) => (
            <Do key={action.kind} action={action} run={run} isFirst={index === 0} />
          ))}
        </div>
      )}
      {hints.map((hint) => (
        <small key={hint} className="soft">
          {hint}
        </small>
      ))}
    </section>
  );
}

const icons: Partial<Record<Action['kind'], IconName>> = {
  resume: 'play',
  'train-on': 'play',
  again: 'play',
  chat: 'chat',
  download: 'download',
};

function Do({ action, run, isFirst }: { action: Action; run: RunSummary; isFirst: boolean }) {
  const words = useWords();
  const commands = useCommands();
  const busy = useStudio((state) => state.starting !== null || isGoingOn(state.run));
  const writes = writesText(run);
  const icon = icons[action.kind];
  const startsRun = action.kind === 'resume' || action.kind === 'train-on' || action.kind === 'again';
  if (startsRun && busy) return null;
  const act = () => {
    if (action.kind === 'train-on') return void commands.trainOn(run.id, action.epochs);
    if (action.kind === 'again') return void commands.startAgain(run.id, action.settings);
    if (action.kind === 'resume') return void commands.resumeRun(run.id);
    if (action.kind === 'check-data' || action.kind === 'add-rows') return commands.goTo('data');
    commands.chooseRun(run.id);
    commands.goTo('use');
    if (action.kind === 'answer-rows') void commands.answerTable(run.id);
    if (action.kind === 'download') void commands.downloadFirst(run.id);
  };
  return (
    <Button
      leftSection={icon && <Icon name={icon} />}
      variant={isFirst ? 'filled' : 'default'}
      onClick={act}
      data-testid={action.kind === 'resume' ? 'resume' : `verdict-${action.kind}`}
    >
      {action.kind === 'chat' && !writes ? words.verdict.tryIt : words.verdict.action(action)}
    </Button>
  );
}
