/** Types that people bring and that are not opened: why, and the type that is nearest to them. docs/architectures.md says the same. */
import { because, type Reason } from '../errors.ts';
import { mixtureReason } from './experts.ts';

interface RefusedType {
  readonly reason: Reason;
  /** A supported `model_type`. */
  readonly nearest: string;
}

const experts = mixtureReason;

/** By `model_type`. */
export const refusedTypes: Readonly<Record<string, RefusedType>> = {
  qwen3_moe: { reason: experts, nearest: 'qwen3' },
  qwen2_moe: { reason: experts, nearest: 'qwen2' },
  mixtral: { reason: experts, nearest: 'mistral' },
  gpt_oss: { reason: experts, nearest: 'qwen3' },
  'modernbert-decoder': {
    reason: because`it is ModernBERT as a decoder, which writes text`,
    nearest: 'modernbert',
  },
};
