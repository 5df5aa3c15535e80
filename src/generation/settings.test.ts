import { expect, test } from 'vitest';
import { parseRunConfig } from '../training/config/run-config.ts';
import { generationSettings } from './settings.ts';

test('each setting of the prediction reaches the generator under its own name there', () => {
  const { prediction } = parseRunConfig({
    prediction: {
      do_sample: true,
      temperature: 0.7,
      top_k: 11,
      top_p: 0.8,
      repetition_penalty: 1.3,
      min_length_inference: 3,
      max_length_inference: 17,
      max_time: 9,
      num_beams: 2,
      stop_tokens: ['END'],
    },
  });
  expect(generationSettings(prediction, 5, { encode: (text) => [text.length] })).toEqual({
    doSample: true,
    temperature: 0.7,
    topK: 11,
    topP: 0.8,
    repetitionPenalty: 1.3,
    minNewTokens: 3,
    maxNewTokens: 17,
    maxSeconds: 9,
    numBeams: 2,
    stopSequences: [[3]],
    seed: 5,
  });
});
