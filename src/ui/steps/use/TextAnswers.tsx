import { Collapse } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useStudio, useWords } from '../../context.tsx';
import { FoldButton } from '../../parts/buttons.tsx';
import { Section } from '../../parts/Section.tsx';
import { useFormat } from '../../use-format.ts';
import { AnswerSettings } from './AnswerSettings.tsx';
import { Conversation } from './Conversation.tsx';

/** A conversation with both models, and, folded, how they answer. */
export function TextAnswers() {
  const words = useWords();
  const [more, { toggle }] = useDisclosure(false);
  return (
    <>
      <Conversation />
      <Section title={words.use.sampling} note={<Fold more={more} onToggle={toggle} />}>
        <Collapse expanded={more}>
          <AnswerSettings />
        </Collapse>
      </Section>
    </>
  );
}

/** The settings in one line, and what unfolds them. */
function Fold({ more, onToggle }: { more: boolean; onToggle: () => void }) {
  const words = useWords();
  const format = useFormat();
  const { doSample, maxNewTokens, temperature } = useStudio((state) => state.chat.settings);
  const manner = doSample ? words.use.sampled(format.value(temperature)) : words.use.greedy;
  return (
    <>
      {words.use.samplingLine(manner, format.count(maxNewTokens))}{' '}
      <FoldButton open={more} onClick={onToggle} testId="more-sampling">
        {more ? words.use.samplingHide : words.use.samplingShow}
      </FoldButton>
    </>
  );
}
