/** What a model is asked to make rows with, in the language of the row. */
import { AppError, because } from '../../errors.ts';

/** Each with places in braces: {text}, {prompt}, {answer} and {examples} are filled in. */
export interface RequestTexts {
  /** Asks for {text} in other words. */
  readonly paraphrase: string;
  /** Asks for an answer to {prompt}, as {examples} have them. */
  readonly answer: string;
  /** Asks whether {answer} is a good answer to {prompt}. */
  readonly critique: string;
}

export type RequestLanguage = 'en' | 'ja';

export const usualTexts: Readonly<Record<RequestLanguage, RequestTexts>> = {
  en: {
    paraphrase:
      'Say the following text in other words. Keep its meaning, its language and every name and number. Reply with the new text only.\n\n{text}',
    answer:
      'Answer the last request as the examples do, in the same style and language.\n\n{examples}Request: {prompt}\nAnswer:',
    critique:
      'Is this a correct and complete answer to the request? If it is, reply with OK only. If not, say in one sentence what is wrong.\n\nRequest: {prompt}\nAnswer: {answer}',
  },
  ja: {
    paraphrase:
      '次の文章を別の言い方に書き換えてください。意味、言語、名前、数字は変えないでください。書き換えた文章だけを返してください。\n\n{text}',
    answer: '例と同じ文体と言語で、最後の依頼に答えてください。\n\n{examples}依頼: {prompt}\n回答:',
    critique:
      '次の回答は、依頼に対して正しく十分ですか。問題がなければ OK とだけ返してください。問題があれば、何が誤りかを一文で書いてください。\n\n依頼: {prompt}\n回答: {answer}',
  },
};

/** How an example stands in {examples}. */
const exampleLabels = { en: ['Request', 'Answer'], ja: ['依頼', '回答'] } as const;

export const examplesText = (
  examples: readonly { readonly prompt: string; readonly answer: string }[],
  language: RequestLanguage,
): string => {
  const [asked, answered] = exampleLabels[language];
  return examples.map(({ prompt, answer }) => `${asked}: ${prompt}\n${answered}: ${answer}\n\n`).join('');
};

/** Whatever stands in braces is filled in once: what is filled in may hold braces itself. */
export const fillRequest = (text: string, parts: Readonly<Record<string, string>>): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => parts[name] ?? place);

/** What a text must have a place for, to be of use. */
const neededPlaces = { paraphrase: ['text'], answer: ['prompt'], critique: ['prompt', 'answer'] } as const;

/** @throws AppError 'make-unfit' for a text without a place that it needs */
export function requirePlaces(texts: Readonly<Record<RequestLanguage, RequestTexts>>): void {
  for (const [language, of] of Object.entries(texts))
    for (const [name, places] of Object.entries(neededPlaces) as [keyof RequestTexts, readonly string[]][])
      for (const place of places)
        if (!of[name].includes(`{${place}}`)) {
          const reason = because`the request text ${`${language}.${name}`} has no place {${place}}`;
          throw new AppError('make-unfit', { reason });
        }
}

const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** The language that a row is asked about in: of two, which it is nearer to. */
export const requestLanguage = (text: string): RequestLanguage => (japanese.test(text) ? 'ja' : 'en');
