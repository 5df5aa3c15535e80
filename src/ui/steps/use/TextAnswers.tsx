import { useWords } from '../../context.tsx';
import { Section } from '../../parts/Section.tsx';
import { AnswerSettings } from './AnswerSettings.tsx';
import { Conversation } from './Conversation.tsx';

/** A conversation with both models, and how they answer. */
export function TextAnswers() {
  const words = useWords();
  return (
    <>
      <Conversation />
      <Section title={words.use.sampling}>
        <AnswerSettings />
      </Section>
    </>
  );
}
