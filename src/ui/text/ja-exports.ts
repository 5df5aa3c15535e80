import type { exportsEn } from './en-exports.ts';

/** 実行の結果を持ち出す形の言葉。 */
export const exportsJa: typeof exportsEn = {
  peft: {
    label: 'アダプターをダウンロード',
    note: 'PEFT と同じ形の adapter_config.json と adapter_model.safetensors が入った zip です。PEFT と transformers で読み込めます。',
  },
  adapterhub: {
    label: 'アダプターをダウンロード',
    note: 'AdapterHub と同じ形の adapter_config.json と adapter.safetensors が入った zip です。adapters ライブラリーで読み込めます。',
  },
  changed: { label: '重みをダウンロード', note: '変わった重みを safetensors で入れた zip です。' },
  merged: {
    label: 'モデル全体をダウンロード',
    note: '元のモデルとアダプターを一つにし、元のデータ型で書きます。先にロジットを比べて確かめます',
  },
  config: { label: '実行設定', note: null },
  tensorboard: { label: 'TensorBoard の記録', note: null },
  archive: { label: '実行のすべて', note: null },
  code: { label: 'Python のコード', note: null },
};
