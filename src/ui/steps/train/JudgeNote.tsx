import { PasswordInput } from '@mantine/core';
import { mayConnect } from '../../../worker/may-connect.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { hostOf } from '../../parts/hub-endpoint.ts';
import { Section } from '../../parts/Section.tsx';

/** What leaves the computer where another model judges the answers, and the key for it. */
export function JudgeNote() {
  const words = useWords();
  const { setJudgeKey } = useCommands();
  const { metric, judge_endpoint: endpoint } = useStudio((state) => state.config.prediction);
  if (metric !== 'judge') return null;
  const host = hostOf(endpoint);
  const allowed = endpoint !== '' && mayConnect(endpoint);
  return (
    <Section title={words.judge.title}>
      <p>{endpoint === '' ? words.judge.noHost : allowed ? words.judge.leaves(host) : words.judge.notAllowed(host)}</p>
      {allowed && (
        <PasswordInput
          key={endpoint}
          label={words.judge.key}
          description={words.judge.keyHint}
          autoComplete="off"
          maw={360}
          onChange={(event) => void setJudgeKey(endpoint, event.currentTarget.value)}
          data-testid="judge-key"
        />
      )}
    </Section>
  );
}
