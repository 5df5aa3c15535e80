import type { guideEn } from './en-guide.ts';
import { methodsJa } from './ja-methods.ts';

/** 学習手法を比べる案内と、同じ選択を表すコードの言葉。 */
export const guideJa = {
  guide: {
    title: '学習手法',
    show: '手法を比べる',
    hide: '比較を閉じる',
    teaser: 'このモデルで、各手法の学習対象、必要なメモリー、かかる時間を比べます。',
    places: 'すべての手法の適用先',
    usual: '標準の適用先',
    selected: '選択中のレイヤー',
    lead: {
      usual: '使用中のものも含め、すべての手法を標準の適用先で比べています。',
      selected: 'すべての手法を、ツリーで選択中のレイヤーに適用して比べています。',
    },
    planned: 'このモデル、データ、設定での見積もりです。手法を選ぶと選択が置き換わり、「元に戻す」で戻せます。',
    plannedWithoutData:
      'このモデルと、設定が許す最大トークン長での見積もりです。データを読み込むと実際の長さになります。手法を選ぶと選択が置き換わり、「元に戻す」で戻せます。',
    selectedWhole: '選択中の重み全体を学習し、ほかは凍結します。',
    placeless: '選択には左右されません。',
    reset: '標準の適用先に戻す',
    resetNamed: (name: string) => `${name} を標準の適用先に戻す`,
    method: '手法',
    trained: '学習する割合',
    memory: 'メモリー',
    step: '1 ステップの時間',
    choose: '選ぶ',
    chooseNamed: (name: string) => `${name} を選ぶ`,
    current: '使用中',
    recomputes: '勾配チェックポインティングあり',
    lastLayers: (n: string) => `最後の ${n} レイヤー全体を学習し、ほかは凍結します。`,
    choices: methodsJa.guide,
  },
  code: {
    title: 'コードで見る',
    show: 'Python で見る',
    hide: 'コードを閉じる',
    copy: 'コピー',
    copied: 'コピーしました',
  },
} satisfies typeof guideEn;
