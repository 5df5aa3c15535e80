import type { hubEn } from './en-hub.ts';

/** Hub のモデルを探し、ダウンロードし、残すときの言葉。 */
export const hubJa = {
  search: '探す',
  searchMissing: 'まず名前の一部を書いてください(例: Qwen2.5)。',
  searching: '探しています…',
  found: '見つかったモデル',
  nothingFound: 'その名前で、ここで開けるモデルはありません。SmolLM2 のような名前の一部で試してください。',
  parameters: (n: string) => `${n} パラメーター`,
  downloads: (n: string) => `月に ${n} ダウンロード`,
  gated: '許可制: モデルのページで許可を得て、トークンを入れてください',
  needs: (bytes: string) => `LoRA に ${bytes}`,
  look: '見る',
  lookAt: (id: string) => `${id} を見る`,
  looking: '中身を尋ねています…',
  held: (share: string) => `${share} は手元にあります`,
  download: (bytes: string) => `${bytes} をダウンロードして開く`,
  openHeld: '開く(ダウンロードは不要)',
  cancel: '中止',
  inAll: (received: string, total: string) => `${total} のうち ${received}`,
  kept: 'このブラウザーに残したモデル',
  partly: '途中まで',
  goOn: '続ける',
  openKept: (id: string) => `${id} を開く`,
  remove: '消す',
  removeKept: (id: string) => `${id} を消す`,
} satisfies typeof hubEn;
