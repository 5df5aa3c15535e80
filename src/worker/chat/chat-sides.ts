import { encodeConversation } from '../../data/prompt-templates.ts';
import { createGenerator, endTokenIds, type Generator } from '../../generation/decode.ts';
import { generationSettings } from '../../generation/settings.ts';
import { askedTexts } from '../../tasks/answers.ts';
import { taskOf } from '../../tasks/registry.ts';
import { createStreamDecoder } from '../../text/stream-decoder.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { classifyTokens } from '../../training/results/classify.ts';
import type { ModelSession } from '../../training/session/model-session.ts';
import type { Requests } from '../protocol.ts';
import type { ChatSide } from './messages.ts';

type ChatParams = Requests['chat']['params'];

/** The question asked last, with at most `count` questions and answers before it (`num_history`). */
export function recentTurns(messages: ChatParams['messages'], count: number) {
  const kept = messages.slice(-(2 * count + 1));
  return kept.slice(kept.findIndex(({ role }) => role === 'user')).map(({ role, text }) => ({ role, content: text }));
}

/** The base model and the tuned one of a run, both answering from the same weights. */
export class ChatSides {
  private readonly generators = new Map<ChatSide, Promise<Generator>>();

  constructor(
    private readonly model: ModelSession,
    private readonly tokenizer: Tokenizer,
    private readonly config: RunConfig,
  ) {}

  /**
   * Continues a conversation under the template that the run was trained with.
   * @throws AppError 'prompt-too-long', 'gpu-out-of-memory', …
   */
  async answer(
    { side, messages, settings }: ChatParams,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Requests['chat']['result']> {
    const { tokenizer, config } = this;
    const generator = await this.generator(side);
    const prompt = encodeConversation(recentTurns(messages, config.prediction.num_history), tokenizer, config.dataset);
    const stream = createStreamDecoder(tokenizer, { skipSpecialTokens: true });
    const began = performance.now();
    const { ids } = await generator.generate(
      prompt,
      { ...generationSettings(config.prediction, settings.seed, tokenizer), ...settings },
      {
        signal,
        onToken: (id) => {
          const text = stream.push(id);
          if (text !== '') onText(text);
        },
      },
    );
    const text = tokenizer.decode(ids, { skipSpecialTokens: true });
    return { text, tokens: ids.length, seconds: (performance.now() - began) / 1000 };
  }

  /** What both sides say of a text, or of two, where the run learned labels. @throws AppError 'task-unsupported' */
  async classify(text: string, textPair?: string): Promise<Requests['classify']['result']> {
    const { model, tokenizer, config } = this;
    const question = taskOf(config).answers!.question(model.open.model, tokenizer, text, textPair);
    const of = async (side: ChatSide) => {
      const [first, ...rest] = await classifyTokens(model, askedTexts(question), side);
      return question.classification(first!, ...rest);
    };
    return { base: await of('base'), tuned: await of('tuned') };
  }

  private generator(side: ChatSide): Promise<Generator> {
    const made = this.generators.get(side) ?? this.makeGenerator(side);
    this.generators.set(side, made);
    return made;
  }

  private async makeGenerator(side: ChatSide): Promise<Generator> {
    const { model, tokenizer } = this;
    return createGenerator(model, { side, endIds: await endTokenIds(model.open.files, tokenizer) });
  }
}
