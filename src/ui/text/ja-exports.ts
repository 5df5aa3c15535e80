import type { exportsEn } from './en-exports.ts';

/** 学習の結果を持ち出す形の言葉。 */
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
    label: 'マージ済みモデルをダウンロード',
    note: 'ベースモデルとアダプターをマージし、ベースモデルの精度で書き出します(transformers 用)。出力の一致を検証してから保存します。',
  },
  'gguf-q8': {
    label: 'GGUF・8 ビット(Q8_0)',
    note: 'llama.cpp、Ollama、LM Studio で使えます(分類モデルは llama.cpp のみ)。モデル全体とトークナイザー、チャットテンプレートを一つのファイルに収めます。8 ビットは F16 の半分の大きさです。4 ビットは約 3 分の 1 ですが誤差が増えます(測って表示します)。',
  },
  'gguf-q4': { label: 'GGUF・4 ビット(Q4_K_M)', note: null },
  'gguf-f16': { label: 'GGUF(F16)', note: null },
  'gguf-bf16': { label: 'GGUF(BF16)', note: null },
  'gguf-lora': {
    label: 'GGUF LoRA',
    note: 'アダプターだけのファイルです。同じベースモデルの GGUF と一緒に llama.cpp(--lora)で使えます。',
  },
  ollama: {
    label: 'Ollama 用',
    note: '8 ビットの GGUF と、この学習のプロンプト形式を書いた Modelfile の zip です。ollama create my-model -f Modelfile で登録できます。',
  },
  lora: {
    label: 'LoRA に変換',
    note: 'LoRA だけに対応したプログラム向けです。各重み行列の変化を、選んだランクで近似します(SVD)。保たれた割合は、ここと README に表示します。',
  },
  mlx: {
    label: 'MLX アダプター',
    note: 'mlx-lm(Mac)で読み込める adapters.safetensors と adapter_config.json の zip です。',
  },
  onnx: {
    label: 'ONNX 変換レシピ',
    note: 'モデル全体と、PyTorch で ONNX に書き出して出力を比べる Python スクリプトの zip です。',
  },
  card: { label: 'モデルカード(README)', note: null },
  config: { label: '設定ファイル', note: null },
  tensorboard: { label: 'TensorBoard ログ', note: null },
  archive: { label: '学習一式(.zip)', note: null },
  code: { label: 'Python コード', note: null },
  cluster: {
    label: 'クラスターで再開',
    note: 'この学習の続きを accelerate、TRL、PEFT で行うためのプロジェクトです。GPU が 1 枚でも複数でも使え、結果をここに戻して再開できます。zip には学習データが含まれます。',
  },
};
