import type { Messages } from './en.ts';

/** 画像分類の言葉。 */
export const picturesJa: Pick<Messages, 'pictures'> = {
  pictures: {
    lead: 'クラスごとに分けた画像を用意します。モデルは画像のクラスを見分けることを学習します。',
    drop: '画像のフォルダーをここにドラッグ＆ドロップ',
    dropText:
      'クラス名のフォルダーに画像を分けて入れます(.zip も可)。PNG、JPEG など、ブラウザーが対応する形式を使えます。画像はこのコンピューターから出ません。',
    chooseFolder: 'フォルダーを選ぶ',
    chooseArchive: '.zip を選ぶ',
    openTitle: '画像',
    another: '別の画像を選ぶ',
    count: '画像',
    classes: 'クラス',
    split: '学習データと検証データ',
    splitCounts: (training: string, validation: string) => `学習 ${training} 枚、検証 ${validation} 枚`,
    classTitle: 'クラスごとの枚数',
    perClass: (n: string) => `${n} 枚`,
    samples: 'サンプル',
    size: '画像サイズ',
    sizeText: (side: string) => `${side} × ${side} ピクセル`,
    use: '画像を分類する',
    useText: '公開モデルと学習後のモデルの予測を並べて表示します。画像はこのコンピューターから出ません。',
    dropOne: '画像をここにドラッグ＆ドロップ',
    chooseOne: '画像を選ぶ',
    looking: '分類中…',
    speed: '画像/秒',
    chance: 'クラスと確率',
  },
};
