import type { Tokenizer } from '../text/tokenizer.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import type { GenerationSettings } from './request.ts';

/** The `prediction` section of a run config as generation reads it. */
export function generationSettings(
  prediction: RunConfig['prediction'],
  seed: number,
  tokenizer: Pick<Tokenizer, 'encode'>,
): GenerationSettings {
  return {
    doSample: prediction.do_sample,
    temperature: prediction.temperature,
    topK: prediction.top_k,
    topP: prediction.top_p,
    repetitionPenalty: prediction.repetition_penalty,
    minNewTokens: prediction.min_length_inference,
    maxNewTokens: prediction.max_length_inference,
    maxSeconds: prediction.max_time,
    numBeams: prediction.num_beams,
    stopSequences: prediction.stop_tokens.map((text) => tokenizer.encode(text)),
    seed,
  };
}
