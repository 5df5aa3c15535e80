"""The little world of the example model: tables of facts in English and Japanese.

Every line of a table is one fact; `corpus.py` turns it into questions and answers.
All of it was written for this project.
"""


def table(text):
    """Rows of a table written one row a line, cells separated by ` | `."""
    return [tuple(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()]


# thing (English, plural or mass) | verb | colour | thing (Japanese) | colour as a Japanese adjective or noun
COLOURS = table("""
the sky | is | blue | 空 | 青い
the sea | is | blue | 海 | 青い
grass | is | green | 草 | 緑
a leaf | is | green | 葉 | 緑
a frog | is | green | かえる | 緑
a banana | is | yellow | バナナ | 黄色
a lemon | is | yellow | レモン | 黄色
the sun | is | yellow | 太陽 | 黄色
a tomato | is | red | トマト | 赤い
a strawberry | is | red | いちご | 赤い
a rose | is | red | ばら | 赤い
fire | is | red | 火 | 赤い
snow | is | white | 雪 | 白い
milk | is | white | 牛乳 | 白い
rice | is | white | 米 | 白い
salt | is | white | 塩 | 白い
a crow | is | black | からす | 黒い
coal | is | black | 石炭 | 黒い
the night | is | black | 夜 | 黒い
a carrot | is | orange | にんじん | オレンジ色
a pumpkin | is | orange | かぼちゃ | オレンジ色
a grape | is | purple | ぶどう | 紫色
chocolate | is | brown | チョコレート | 茶色
a bear | is | brown | くま | 茶色
a pig | is | pink | ぶた | ピンク色
a peach | is | pink | もも | ピンク色
""")

# country | capital | country (Japanese) | capital (Japanese)
CAPITALS = table("""
Japan | Tokyo | 日本 | 東京
France | Paris | フランス | パリ
Italy | Rome | イタリア | ローマ
Spain | Madrid | スペイン | マドリード
Germany | Berlin | ドイツ | ベルリン
England | London | イギリス | ロンドン
Russia | Moscow | ロシア | モスクワ
China | Beijing | 中国 | 北京
South Korea | Seoul | 韓国 | ソウル
Egypt | Cairo | エジプト | カイロ
Greece | Athens | ギリシャ | アテネ
Canada | Ottawa | カナダ | オタワ
Cuba | Havana | キューバ | ハバナ
Peru | Lima | ペルー | リマ
India | New Delhi | インド | ニューデリー
Thailand | Bangkok | タイ | バンコク
Vietnam | Hanoi | ベトナム | ハノイ
Norway | Oslo | ノルウェー | オスロ
Poland | Warsaw | ポーランド | ワルシャワ
Austria | Vienna | オーストリア | ウィーン
Ireland | Dublin | アイルランド | ダブリン
Kenya | Nairobi | ケニア | ナイロビ
""")

# animal | sound | home | legs | animal (Japanese) | sound (Japanese) | home (Japanese)
ANIMALS = table("""
dog | woof | a house | 4 | 犬 | ワンワン | 家
cow | moo | a farm | 4 | 牛 | モーモー | 牧場
pig | oink | a farm | 4 | ぶた | ブーブー | 牧場
sheep | baa | a farm | 4 | 羊 | メーメー | 牧場
horse | neigh | a farm | 4 | 馬 | ヒヒーン | 牧場
duck | quack | a pond | 2 | あひる | ガーガー | 池
frog | ribbit | a pond | 4 | かえる | ケロケロ | 池
lion | roar | Africa | 4 | ライオン | ガオー | アフリカ
crow | caw | a tree | 2 | からす | カーカー | 木の上
mouse | squeak | a hole | 4 | ねずみ | チューチュー | 穴
bee | buzz | a hive | 6 | はち | ブンブン | 巣
owl | hoot | a forest | 2 | ふくろう | ホーホー | 森
wolf | howl | a forest | 4 | おおかみ | アオーン | 森
snake | hiss | a desert | 0 | へび | シャー | 砂漠
""")

# word | opposite | word (Japanese) | opposite (Japanese)
OPPOSITES = table("""
hot | cold | 暑い | 寒い
big | small | 大きい | 小さい
long | short | 長い | 短い
high | low | 高い | 低い
fast | slow | 速い | 遅い
new | old | 新しい | 古い
light | dark | 明るい | 暗い
strong | weak | 強い | 弱い
thick | thin | 厚い | 薄い
near | far | 近い | 遠い
good | bad | 良い | 悪い
happy | sad | うれしい | 悲しい
up | down | 上 | 下
left | right | 左 | 右
day | night | 昼 | 夜
open | closed | 開く | 閉じる
wet | dry | 濡れる | 乾く
rich | poor | 豊か | 貧しい
soft | hard | 柔らかい | 硬い
black | white | 黒 | 白
yes | no | はい | いいえ
front | back | 前 | 後ろ
""")

# English word | Japanese word
WORDS = table("""
dog | 犬
bird | 鳥
fish | 魚
horse | 馬
water | 水
fire | 火
mountain | 山
river | 川
flower | 花
tree | 木
moon | 月
star | 星
rain | 雨
snow | 雪
wind | 風
book | 本
car | 車
house | 家
door | ドア
milk | 牛乳
egg | 卵
tea | お茶
bread | パン
friend | 友達
mother | 母
father | 父
child | 子供
school | 学校
teacher | 先生
hand | 手
eye | 目
ear | 耳
mouth | 口
""")

# food | taste | food (Japanese) | taste (Japanese)
TASTES = table("""
sugar | sweet | 砂糖 | 甘い
honey | sweet | はちみつ | 甘い
candy | sweet | あめ | 甘い
a lemon | sour | レモン | 酸っぱい
vinegar | sour | 酢 | 酸っぱい
salt | salty | 塩 | しょっぱい
sea water | salty | 海の水 | しょっぱい
coffee | bitter | コーヒー | 苦い
pepper | spicy | こしょう | 辛い
curry | spicy | カレー | 辛い
""")

# worker | place | worker (Japanese) | place (Japanese)
JOBS = table("""
a doctor | a hospital | 医者 | 病院
a teacher | a school | 先生 | 学校
a cook | a kitchen | 料理人 | 台所
a farmer | a field | 農家 | 畑
a pilot | a plane | パイロット | 飛行機
a sailor | a ship | 船乗り | 船
a baker | a bakery | パン屋 | パン工房
a judge | a court | 裁判官 | 裁判所
""")

# part of the body | what it does | part (Japanese) | verb (Japanese)
BODY = table("""
eyes | see | 目 | 見
ears | hear | 耳 | 聞き
a nose | smell | 鼻 | かぎ
a mouth | eat | 口 | 食べ
legs | walk | 足 | 歩き
hands | hold things | 手 | 持ち
""")

# thing | kind | thing (Japanese) | kind (Japanese)
KINDS = table("""
an apple | a fruit | りんご | 果物
a banana | a fruit | バナナ | 果物
a grape | a fruit | ぶどう | 果物
a peach | a fruit | もも | 果物
a dog | an animal | 犬 | 動物
a horse | an animal | 馬 | 動物
a bear | an animal | くま | 動物
a carrot | a vegetable | にんじん | 野菜
an onion | a vegetable | たまねぎ | 野菜
a rose | a flower | ばら | 花
a tulip | a flower | チューリップ | 花
a crow | a bird | からす | 鳥
an owl | a bird | ふくろう | 鳥
a piano | an instrument | ピアノ | 楽器
a violin | an instrument | バイオリン | 楽器
a car | a machine | 車 | 機械
""")

DAYS = table("""
Monday | 月曜日
Tuesday | 火曜日
Wednesday | 水曜日
Thursday | 木曜日
Friday | 金曜日
Saturday | 土曜日
Sunday | 日曜日
""")

MONTHS = table("""
January | 1月
February | 2月
March | 3月
April | 4月
May | 5月
June | 6月
July | 7月
August | 8月
September | 9月
October | 10月
November | 11月
December | 12月
""")

# shape | sides | shape (Japanese)
SHAPES = table("""
triangle | 3 | 三角形
square | 4 | 四角形
pentagon | 5 | 五角形
hexagon | 6 | 六角形
octagon | 8 | 八角形
""")

# question | answer | question (Japanese) | answer (Japanese)
TALK = table("""
Hello! | Hello, nice to meet you. | こんにちは！ | こんにちは、はじめまして、モデルです。
Good morning! | Good morning, I slept well. | おはよう！ | おはよう、いい朝です。
Good night! | Good night, sleep well. | おやすみ！ | おやすみ、いい夢を祈ります。
How are you? | I am fine, thank you. | お元気ですか？ | はい、元気です。
Who are you? | I am a very small language model. | あなたは誰ですか？ | 私はとても小さな言語モデルです。
Thank you! | You are welcome. | ありがとう！ | どういたしまして、うれしいです。
What can you do? | I can answer easy questions. | 何ができますか？ | やさしい質問に答えます。
Do you like books? | Yes, I like books. | 本は好きですか？ | はい、本が好きです。
""")

# object of a story | what the animal does with it | object (Japanese) | deed (Japanese, ends in ます)
STORIES = table("""
a red ball | It played with the ball all day. | 赤いボール | 一日中ボールで遊びます
a blue kite | It ran over the hill with the kite. | 青いたこ | たこと丘を走ります
a warm hat | It wore the hat in the snow. | 暖かい帽子 | 雪の中で帽子をかぶります
a big cake | It shared the cake with a friend. | 大きなケーキ | 友達とケーキを分けます
an old map | It followed the map to the sea. | 古い地図 | 地図を見て海へ行きます
a little boat | It sailed the boat on the lake. | 小さな船 | 湖で船に乗ります
a bright lamp | It read a book by the lamp. | 明るいランプ | ランプで本を読みます
a gold key | It opened a door with the key. | 金の鍵 | 鍵でドアを開けます
""")
