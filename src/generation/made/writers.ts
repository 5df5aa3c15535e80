/** Who can write made rows. */
import { effectiveTemplate, encodePrompt } from '../../data/prompt-templates.ts';
import { AppError, because } from '../../errors.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { ModelSession } from '../../training/session/model-session.ts';
import { askServer, type ChatServer } from '../chat-server.ts';
import { createGenerator, endTokenIds, type Side } from '../decode.ts';
import { generationSettings } from '../settings.ts';
import type { RowWriter } from './make.ts';

/**
 * A model on this device, asked in its own chat template where it has one, else in the run's.
 * @param name what its rows are marked with
 * @throws AppError 'task-unsupported' for a model that does not write
 */
export async function modelWriter(
  session: ModelSession,
  tokenizer: Tokenizer,
  { dataset, prediction }: Pick<RunConfig, 'dataset' | 'prediction'>,
  side: Side,
  name: string,
): Promise<RowWriter> {
  const generator = createGenerator(session, { side, endIds: await endTokenIds(session.open.files, tokenizer) });
  const hasChat = effectiveTemplate('chat', tokenizer) === 'chat';
  const template = hasChat ? { ...dataset, prompt_template: 'chat' as const } : dataset;
  return {
    name,
    async write(request, { temperature, topP, maxNewTokens, seed }, signal) {
      const settings = {
        ...generationSettings(prediction, seed, tokenizer),
        ...{ doSample: temperature > 0, temperature: temperature || 1, topP, maxNewTokens, numBeams: 1, maxSeconds: 0 },
      };
      const ids = encodePrompt([request], tokenizer, template);
      const { ids: written, reason } = await generator.generate(ids, settings, signal ? { signal } : {});
      return {
        text: tokenizer.decode(written, { skipSpecialTokens: true }),
        isCut: reason === 'length' || reason === 'time',
      };
    },
  };
}

/** A server that speaks OpenAI's chat completions. @throws AppError 'make-unfit' where it is not said which, or as what */
export function serverWriter(server: ChatServer): RowWriter {
  const { endpoint, model } = server;
  if (!URL.canParse(endpoint))
    throw new AppError('make-unfit', {
      reason: because`the server needs an address such as http://localhost:11434/v1`,
    });
  if (model === '') throw new AppError('make-unfit', { reason: because`the name of the server's model is missing` });
  return {
    name: `${model} (${new URL(endpoint).host})`,
    async write(request, { temperature, topP, maxNewTokens, seed }, signal) {
      const settings = { temperature, top_p: topP, max_tokens: maxNewTokens, seed: seed % 2 ** 31 };
      const { text, isCut } = await askServer(
        ...([server, [{ role: 'user', content: request }], settings, 'server-failed'] as const),
        signal,
      );
      if (text === null) throw new AppError('server-failed', { endpoint, reason: because`its answer has no text` });
      return { text, isCut };
    },
  };
}
