<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>catalogue</name>
    <message>
        <source>On a GPU: record a step once and replay it as a whole, where it comes out the same; elsewhere steps are made as ever</source>
        <translation>在 GPU 上：训练步只录制一次，结果一致时整体重放；其他情况照常计算</translation>
    </message>
    <message>
        <source>going back</source>
        <translation>正在回退</translation>
    </message>
    <message>
        <source>measuring</source>
        <translation>正在测量</translation>
    </message>
    <message>
        <source>diversity</source>
        <translation>多样性</translation>
    </message>
    <message>
        <source>lr</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>norm</source>
        <translation>范数</translation>
    </message>
    <message>
        <source>memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>scale</source>
        <translation>损失缩放</translation>
    </message>
    <message>
        <source>A GAN whose generator has a spatial, a temporal and a video stream: one code for the appearance, one for the motion. An image and a video discriminator train it.</source>
        <translation>一种生成对抗网络，其生成器包含空间流、时间流和视频流：一个编码控制外观，一个编码控制运动。由图像判别器和视频判别器共同训练。</translation>
    </message>
    <message>
        <source>Adam decay of the mean gradient</source>
        <translation>Adam 的梯度均值衰减率</translation>
    </message>
    <message>
        <source>Adam decay of the mean squared gradient</source>
        <translation>Adam 的梯度平方均值衰减率</translation>
    </message>
    <message>
        <source>Adam step size of the discriminators</source>
        <translation>判别器的 Adam 学习率</translation>
    </message>
    <message>
        <source>Adam step size of the generator</source>
        <translation>生成器的 Adam 学习率</translation>
    </message>
    <message>
        <source>Another seed, other people</source>
        <translation>换一个种子，得到另一批人物</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Appearances in the sample matrix</source>
        <translation>样本矩阵中的外观数（行数）</translation>
    </message>
    <message>
        <source>As the published weights: with attention</source>
        <translation>与已发布权重一致：带注意力</translation>
    </message>
    <message>
        <source>Checkpoints at multiples of this many steps are kept for good; 0: none</source>
        <translation>步数为此值整数倍的检查点永久保留；0 表示不保留</translation>
    </message>
    <message>
        <source>Clips in one step</source>
        <translation>每一步使用的片段数</translation>
    </message>
    <message>
        <source>Distances between the frames of a training clip, separated by commas; one is drawn per clip</source>
        <translation>训练片段的取帧间隔，用逗号分隔；每个片段随机取其一</translation>
    </message>
    <message>
        <source>Faces</source>
        <translation>人脸</translation>
    </message>
    <message>
        <source>Factorised self-attention after block 4</source>
        <translation>在第 4 个模块之后使用分解式自注意力</translation>
    </message>
    <message>
        <source>Frames of a clip, at 10 per second</source>
        <translation>每个片段的帧数（每秒 10 帧）</translation>
    </message>
    <message>
        <source>Height and width of a clip: 64 or 128</source>
        <translation>片段的高和宽：64 或 128</translation>
    </message>
    <message>
        <source>Height and width of a frame in pixels</source>
        <translation>每帧的高和宽（像素）</translation>
    </message>
    <message>
        <source>How it moves: one code for 16 frames, a further one for every four frames more. Changing it alone keeps the appearance.</source>
        <translation>如何运动：16 帧对应一个编码，每多四帧再增加一个。只改变它时外观保持不变。</translation>
    </message>
    <message>
        <source>Mirror half of the training clips</source>
        <translation>将一半训练片段左右镜像</translation>
    </message>
    <message>
        <source>Motion</source>
        <translation>运动</translation>
    </message>
    <message>
        <source>Motions in the sample matrix</source>
        <translation>样本矩阵中的运动数（列数）</translation>
    </message>
    <message>
        <source>Newest checkpoints that are kept</source>
        <translation>保留的最新检查点数量</translation>
    </message>
    <message>
        <source>Number of clips; each is rendered when it is asked for</source>
        <translation>片段数量；每个片段在需要时才渲染</translation>
    </message>
    <message>
        <source>Numbers in one step of the motion code z_m</source>
        <translation>运动编码 z_m 每一步的维数</translation>
    </message>
    <message>
        <source>Numbers in the appearance code z_a</source>
        <translation>外观编码 z_a 的维数</translation>
    </message>
    <message>
        <source>Paper: MUG faces</source>
        <translation>论文设置：MUG 人脸</translation>
    </message>
    <message>
        <source>Paper: UvA-NEMO faces</source>
        <translation>论文设置：UvA-NEMO 人脸</translation>
    </message>
    <message>
        <source>Paper: Weizmann actions</source>
        <translation>论文设置：Weizmann 动作</translation>
    </message>
    <message>
        <source>Puppets</source>
        <translation>人偶</translation>
    </message>
    <message>
        <source>Read-out of the attention: as the authors&apos; code (published weights need it) or as the paper</source>
        <translation>注意力的读出方式：按作者代码（已发布权重需要）或按论文</translation>
    </message>
    <message>
        <source>Rendered faces that go from neutral to one of six expressions and back; every factor of appearance and motion is a label.</source>
        <translation>渲染的人脸，从中性变为六种表情之一再恢复；外观和运动的每个因素都是标签。</translation>
    </message>
    <message>
        <source>Rendered people who walk, run, jump, wave or bend in front of a scene; every factor of appearance and motion is a label.</source>
        <translation>渲染的人物在场景前行走、奔跑、跳跃、挥手或弯腰；外观和运动的每个因素都是标签。</translation>
    </message>
    <message>
        <source>Small, for builtin:faces on a processor</source>
        <translation>小型，用于在 CPU 上训练 builtin:faces</translation>
    </message>
    <message>
        <source>Small, for builtin:faces?frames=32 on a processor</source>
        <translation>小型，用于在 CPU 上训练 builtin:faces?frames=32</translation>
    </message>
    <message>
        <source>Steps between checkpoints</source>
        <translation>检查点之间的步数</translation>
    </message>
    <message>
        <source>Steps between points of the curves</source>
        <translation>曲线数据点之间的步数</translation>
    </message>
    <message>
        <source>Steps between sample matrices</source>
        <translation>样本矩阵之间的步数</translation>
    </message>
    <message>
        <source>Threads that prepare clips</source>
        <translation>准备片段的线程数</translation>
    </message>
    <message>
        <source>Video discriminator: factorised kernels or full 3-D kernels</source>
        <translation>视频判别器：分解卷积核或完整三维卷积核</translation>
    </message>
    <message>
        <source>Video stream: time then space, space then time, or full 3-D kernels</source>
        <translation>视频流：先时间后空间、先空间后时间，或完整三维卷积核</translation>
    </message>
    <message>
        <source>Who or what is shown and where. Changing it alone keeps the motion.</source>
        <translation>画面中是谁或是什么、位于何处。只改变它时运动保持不变。</translation>
    </message>
    <message>
        <source>Width of the generator&apos;s last block and of the discriminators&apos; first layer</source>
        <translation>生成器最后一个模块和判别器第一层的通道数</translation>
    </message>
    <message>
        <source>action</source>
        <translation>动作</translation>
    </message>
    <message>
        <source>age</source>
        <translation>年龄</translation>
    </message>
    <message>
        <source>amplitude</source>
        <translation>幅度</translation>
    </message>
    <message>
        <source>anger</source>
        <translation>愤怒</translation>
    </message>
    <message>
        <source>apex_duration</source>
        <translation>顶点持续时间</translation>
    </message>
    <message>
        <source>appearance_dim</source>
        <translation>外观维数</translation>
    </message>
    <message>
        <source>asphalt</source>
        <translation>柏油路</translation>
    </message>
    <message>
        <source>attention_layout</source>
        <translation>注意力布局</translation>
    </message>
    <message>
        <source>background_brightness</source>
        <translation>背景亮度</translation>
    </message>
    <message>
        <source>background_hue</source>
        <translation>背景色调</translation>
    </message>
    <message>
        <source>bald</source>
        <translation>光头</translation>
    </message>
    <message>
        <source>base_channels</source>
        <translation>基础通道数</translation>
    </message>
    <message>
        <source>batch_size</source>
        <translation>批大小</translation>
    </message>
    <message>
        <source>beard</source>
        <translation>胡须</translation>
    </message>
    <message>
        <source>beige</source>
        <translation>米色</translation>
    </message>
    <message>
        <source>bend</source>
        <translation>弯腰</translation>
    </message>
    <message>
        <source>beta1</source>
        <translation>beta1 系数</translation>
    </message>
    <message>
        <source>beta2</source>
        <translation>beta2 系数</translation>
    </message>
    <message>
        <source>black</source>
        <translation>黑色</translation>
    </message>
    <message>
        <source>blink</source>
        <translation>眨眼</translation>
    </message>
    <message>
        <source>blond</source>
        <translation>金色</translation>
    </message>
    <message>
        <source>blue</source>
        <translation>蓝色</translation>
    </message>
    <message>
        <source>brow_thickness</source>
        <translation>眉毛粗细</translation>
    </message>
    <message>
        <source>brown</source>
        <translation>棕色</translation>
    </message>
    <message>
        <source>build</source>
        <translation>体型</translation>
    </message>
    <message>
        <source>bun</source>
        <translation>发髻</translation>
    </message>
    <message>
        <source>cap</source>
        <translation>帽子</translation>
    </message>
    <message>
        <source>checkpoint_interval</source>
        <translation>检查点间隔</translation>
    </message>
    <message>
        <source>clips</source>
        <translation>片段数</translation>
    </message>
    <message>
        <source>clothes_colour</source>
        <translation>衣服颜色</translation>
    </message>
    <message>
        <source>curly</source>
        <translation>卷发</translation>
    </message>
    <message>
        <source>direction</source>
        <translation>方向</translation>
    </message>
    <message>
        <source>disgust</source>
        <translation>厌恶</translation>
    </message>
    <message>
        <source>expression</source>
        <translation>表情</translation>
    </message>
    <message>
        <source>eye_colour</source>
        <translation>眼睛颜色</translation>
    </message>
    <message>
        <source>eye_distance</source>
        <translation>眼距</translation>
    </message>
    <message>
        <source>eye_size</source>
        <translation>眼睛大小</translation>
    </message>
    <message>
        <source>face_width</source>
        <translation>脸宽</translation>
    </message>
    <message>
        <source>fear</source>
        <translation>恐惧</translation>
    </message>
    <message>
        <source>frame_steps</source>
        <translation>取帧间隔</translation>
    </message>
    <message>
        <source>frames</source>
        <translation>帧数</translation>
    </message>
    <message>
        <source>full</source>
        <translation>络腮胡</translation>
    </message>
    <message>
        <source>glasses</source>
        <translation>眼镜</translation>
    </message>
    <message>
        <source>grass</source>
        <translation>草地</translation>
    </message>
    <message>
        <source>green</source>
        <translation>绿色</translation>
    </message>
    <message>
        <source>grey</source>
        <translation>灰色</translation>
    </message>
    <message>
        <source>ground</source>
        <translation>地面</translation>
    </message>
    <message>
        <source>hair_colour</source>
        <translation>头发颜色</translation>
    </message>
    <message>
        <source>hair_style</source>
        <translation>发型</translation>
    </message>
    <message>
        <source>happiness</source>
        <translation>高兴</translation>
    </message>
    <message>
        <source>head_size</source>
        <translation>头部大小</translation>
    </message>
    <message>
        <source>head_tilt</source>
        <translation>头部倾斜</translation>
    </message>
    <message>
        <source>head_turn</source>
        <translation>头部转动</translation>
    </message>
    <message>
        <source>height</source>
        <translation>身高</translation>
    </message>
    <message>
        <source>hills</source>
        <translation>山丘</translation>
    </message>
    <message>
        <source>horizon</source>
        <translation>地平线</translation>
    </message>
    <message>
        <source>horizontal_flip</source>
        <translation>水平翻转</translation>
    </message>
    <message>
        <source>image_size</source>
        <translation>图像尺寸</translation>
    </message>
    <message>
        <source>intensity</source>
        <translation>强度</translation>
    </message>
    <message>
        <source>jack</source>
        <translation>开合跳</translation>
    </message>
    <message>
        <source>jaw</source>
        <translation>下颌</translation>
    </message>
    <message>
        <source>jump</source>
        <translation>跳跃</translation>
    </message>
    <message>
        <source>keep_checkpoints</source>
        <translation>保留检查点数</translation>
    </message>
    <message>
        <source>keep_every</source>
        <translation>永久保留间隔</translation>
    </message>
    <message>
        <source>learning_rate_d</source>
        <translation>判别器学习率</translation>
    </message>
    <message>
        <source>learning_rate_g</source>
        <translation>生成器学习率</translation>
    </message>
    <message>
        <source>left</source>
        <translation>左</translation>
    </message>
    <message>
        <source>leg_length</source>
        <translation>腿长</translation>
    </message>
    <message>
        <source>legwear</source>
        <translation>下装</translation>
    </message>
    <message>
        <source>light_side</source>
        <translation>光照方向</translation>
    </message>
    <message>
        <source>lip_fullness</source>
        <translation>嘴唇厚度</translation>
    </message>
    <message>
        <source>loader_threads</source>
        <translation>加载线程数</translation>
    </message>
    <message>
        <source>long</source>
        <translation>长</translation>
    </message>
    <message>
        <source>mode</source>
        <translation>模式</translation>
    </message>
    <message>
        <source>motion_dim</source>
        <translation>运动维数</translation>
    </message>
    <message>
        <source>moustache</source>
        <translation>小胡子</translation>
    </message>
    <message>
        <source>navy</source>
        <translation>藏青色</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>nose_size</source>
        <translation>鼻子大小</translation>
    </message>
    <message>
        <source>olive</source>
        <translation>橄榄色</translation>
    </message>
    <message>
        <source>onset</source>
        <translation>起始时刻</translation>
    </message>
    <message>
        <source>parted</source>
        <translation>分头</translation>
    </message>
    <message>
        <source>phase</source>
        <translation>相位</translation>
    </message>
    <message>
        <source>plain</source>
        <translation>纯色</translation>
    </message>
    <message>
        <source>red</source>
        <translation>红色</translation>
    </message>
    <message>
        <source>right</source>
        <translation>右</translation>
    </message>
    <message>
        <source>run</source>
        <translation>奔跑</translation>
    </message>
    <message>
        <source>sadness</source>
        <translation>悲伤</translation>
    </message>
    <message>
        <source>sample_columns</source>
        <translation>样本列数</translation>
    </message>
    <message>
        <source>sample_interval</source>
        <translation>样本间隔</translation>
    </message>
    <message>
        <source>sample_rows</source>
        <translation>样本行数</translation>
    </message>
    <message>
        <source>sand</source>
        <translation>沙地</translation>
    </message>
    <message>
        <source>scalar_interval</source>
        <translation>标量间隔</translation>
    </message>
    <message>
        <source>scenery</source>
        <translation>景物</translation>
    </message>
    <message>
        <source>seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>shirt_colour</source>
        <translation>上衣颜色</translation>
    </message>
    <message>
        <source>short</source>
        <translation>短</translation>
    </message>
    <message>
        <source>shorts</source>
        <translation>短裤</translation>
    </message>
    <message>
        <source>size</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>skin_tone</source>
        <translation>肤色</translation>
    </message>
    <message>
        <source>sky_colour</source>
        <translation>天空颜色</translation>
    </message>
    <message>
        <source>sleeves</source>
        <translation>袖长</translation>
    </message>
    <message>
        <source>snow</source>
        <translation>雪地</translation>
    </message>
    <message>
        <source>speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>stop_on_nan</source>
        <translation>遇到非数值时停止</translation>
    </message>
    <message>
        <source>surprise</source>
        <translation>惊讶</translation>
    </message>
    <message>
        <source>trousers</source>
        <translation>长裤</translation>
    </message>
    <message>
        <source>trousers_colour</source>
        <translation>裤子颜色</translation>
    </message>
    <message>
        <source>use_attention</source>
        <translation>使用注意力</translation>
    </message>
    <message>
        <source>video_discriminator</source>
        <translation>视频判别器</translation>
    </message>
    <message>
        <source>violet</source>
        <translation>紫色</translation>
    </message>
    <message>
        <source>walk</source>
        <translation>行走</translation>
    </message>
    <message>
        <source>wall</source>
        <translation>墙面</translation>
    </message>
    <message>
        <source>wave_one_hand</source>
        <translation>单手挥动</translation>
    </message>
    <message>
        <source>wave_two_hands</source>
        <translation>双手挥动</translation>
    </message>
    <message>
        <source>white</source>
        <translation>白色</translation>
    </message>
    <message>
        <source>yellow</source>
        <translation>黄色</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>accuracy</source>
        <translation>准确率</translation>
    </message>
    <message>
        <source>time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>learning_rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Clips to train on: a split&apos;s name, LABEL=VALUE of a class label, or all; empty: train, where the dataset names it</source>
        <translation>用于训练的片段：划分名称、类别标签 LABEL=VALUE，或 all（全部）；留空：数据集有 train 划分时使用 train</translation>
    </message>
    <message>
        <source>split</source>
        <translation>划分</translation>
    </message>
    <message>
        <source>01, 02, 03: the official lists (all of them are stored as labels besides); group_kfold: by class and group; random: pieces of one video in both sets, refused unless forced</source>
        <translation>01、02、03：官方列表（此外全部作为标签存储）；group_kfold：按类别和组分折；random：同一视频的片断会出现在两个集合中，除非强制，否则拒绝</translation>
    </message>
    <message>
        <source>101 classes of actions from the web, 13 320 videos &lt;Class&gt;/v_&lt;Class&gt;_gNN_cNN.avi with the official train and test lists, as the two archives unpack them</source>
        <translation>来自网络的 101 类动作，13 320 个视频 &lt;类别&gt;/v_&lt;类别&gt;_gNN_cNN.avi，附官方训练和测试列表，与两个压缩包解压后相同</translation>
    </message>
    <message>
        <source>2: every second frame, that is those of one field (the videos are deinterlaced, fields became frames)</source>
        <translation>2：每隔一帧取一帧，即只取同一场的帧（这些视频已去隔行，场变成了帧）</translation>
    </message>
    <message>
        <source>400 people smile, posed or spontaneously: 1240 videos &lt;subject&gt;_&lt;type&gt;_smile_&lt;take&gt;.mp4 as the owners ship them, or folders of frames named like the videos</source>
        <translation>400 人的微笑，刻意或自发：1240 个视频 &lt;受试者&gt;_&lt;类型&gt;_smile_&lt;录制序号&gt;.mp4，与所有者发布时相同，或为与视频同名的帧文件夹</translation>
    </message>
    <message>
        <source>52 people act six expressions and a neutral face, JPEG pictures in &lt;subject&gt;/&lt;expression&gt;/take&lt;number&gt;/ as the owners ship them, or face crops in the same tree</source>
        <translation>52 人表演六种表情和中性表情；JPEG 图片位于 &lt;受试者&gt;/&lt;表情&gt;/take&lt;编号&gt;/，与所有者发布时相同，或为同样目录结构的人脸裁剪图</translation>
    </message>
    <message>
        <source>9 people, 10 actions, 93 videos &lt;person&gt;_&lt;action&gt;.avi as the ten archives unpack them, in one folder or in folders by action</source>
        <translation>9 人、10 种动作、93 个视频 &lt;人物&gt;_&lt;动作&gt;.avi，与十个压缩包解压后相同，可在同一文件夹中或按动作分文件夹</translation>
    </message>
    <message>
        <source>A CSV or JSON file that names videos, folders of pictures, strips or arrays with labels and ranges</source>
        <translation>列出视频、图片文件夹、长条图或数组及其标签和帧范围的 CSV 或 JSON 文件</translation>
    </message>
    <message>
        <source>A clip file of Kinora, rewritten, or an HDF5 file of another program: arrays of clips (uint8 or real, colours or grey, axes in any usual order) with labels beside them</source>
        <translation>重写 Kinora 的片段文件，或导入其他程序的 HDF5 文件：片段数组（uint8 或实数，彩色或灰度，轴可为任何常见顺序），旁附标签</translation>
    </message>
    <message>
        <source>A folder of videos in any format that libav reads, with class folders or without, or one video</source>
        <translation>libav 可读的任何格式的视频文件夹，有无类别文件夹均可，或单个视频</translation>
    </message>
    <message>
        <source>A person with a permanent research position signs the licence form and sends it to the owners by e-mail; they return a user name and password for the download.</source>
        <translation>由担任长期研究职位的人员签署许可表，并通过电子邮件发送给所有者；对方将回复下载所用的用户名和密码。</translation>
    </message>
    <message>
        <source>A recording in which no face is found (crop=person: nobody who moves): skip and report it, or keep the centre square, flagged and reported</source>
        <translation>录像中未找到人脸时（crop=person 时为未找到运动的人物）：skip 略过并报告；centre 保留居中正方形，并作标记和报告</translation>
    </message>
    <message>
        <source>A rendered dataset, &apos;builtin:faces&apos; or &apos;builtin:puppets?size=64&amp;clips=512&apos;, written as a file</source>
        <translation>将渲染的数据集“builtin:faces”或“builtin:puppets?size=64&amp;clips=512”写为文件</translation>
    </message>
    <message>
        <source>A text file that names the strips, one path a line, further columns ignored; in the source or anywhere; empty: all files</source>
        <translation>列出长条图的文本文件，每行一个路径，其余列忽略；可在来源中或任何位置；留空：所有文件</translation>
    </message>
    <message>
        <source>Added to the side of the person&apos;s square</source>
        <translation>加到人物正方形边长上的比例</translation>
    </message>
    <message>
        <source>Allow files that do not lie beside or below the manifest: absolute paths, .. and links that lead out</source>
        <translation>允许不在清单所在文件夹及其子文件夹中的文件：绝对路径、.. 以及指向外部的链接</translation>
    </message>
    <message>
        <source>Allow split=random</source>
        <translation>允许 split=random</translation>
    </message>
    <message>
        <source>At most so many clips of a recording, their starts evenly spaced from the first possible to the last, whatever overlap says; 0: as many as fit</source>
        <translation>每段录像最多取多少个片段，其起点从最早到最晚的可能位置均匀分布，不受 overlap 影响；0：能容纳多少取多少</translation>
    </message>
    <message>
        <source>Axes of the arrays in their order: n clips, t frames, h rows, w columns, c colours, such as nthwc or tnhw; auto: thw, thwc or nthwc where the shape says so, and of four axes without colours time first if that is the shorter</source>
        <translation>数组各轴的顺序：n 片段、t 帧、h 行、w 列、c 颜色，如 nthwc 或 tnhw；auto：形状能够确定时为 thw、thwc 或 nthwc；四个轴且无颜色轴时，若时间轴较短则时间在前</translation>
    </message>
    <message>
        <source>BAIR robot pushing as SVG converts it: train|test/&lt;trajectories&gt;/&lt;k&gt;/&lt;t&gt;.png</source>
        <translation>BAIR 机器人推物，按 SVG 转换后的结构：train|test/&lt;trajectories&gt;/&lt;k&gt;/&lt;t&gt;.png</translation>
    </message>
    <message>
        <source>Built-in data</source>
        <translation>内置数据</translation>
    </message>
    <message>
        <source>Center for Research in Computer Vision, University of Central Florida, 2012: 13 320 videos of 101 human actions from YouTube, 320 x 240, 1 to 71 seconds; clips with the same group number are pieces of one video. Three official splits keep the groups apart.</source>
        <translation>中佛罗里达大学计算机视觉研究中心，2012 年：来自 YouTube 的 101 种人类动作的 13 320 个视频，320 x 240，时长 1 至 71 秒；组号相同的片段取自同一视频。三个官方划分使各组不跨越训练集与测试集。</translation>
    </message>
    <message>
        <source>Cityscapes sequences of 30 frames, photographs only, 512 x 256</source>
        <translation>Cityscapes 的 30 帧序列，仅照片，512 x 256</translation>
    </message>
    <message>
        <source>Clips as folders of numbered pictures, at any depth</source>
        <translation>每个片段为一个含编号图片的文件夹，层级不限</translation>
    </message>
    <message>
        <source>Clips in .npy files, one each or many in one</source>
        <translation>.npy 文件中的片段，每个文件一个或多个</translation>
    </message>
    <message>
        <source>Columns that must not fall into two splits, separated by commas; empty: the column group</source>
        <translation>不得同时落入两个划分的列，用逗号分隔；留空：group 列</translation>
    </message>
    <message>
        <source>Cut recordings into clips of this many stored frames; 0: one clip each, whole</source>
        <translation>将录像切成含此数量存储帧的片段；0：每段录像整段作为一个片段</translation>
    </message>
    <message>
        <source>DVD-GAN: shorter side to 128, central square, all videos, clips of 16 frames (as we recall the paper)</source>
        <translation>DVD-GAN：短边缩放到 128，取中央正方形，全部视频，16 帧片段（凭我们对论文的记忆）</translation>
    </message>
    <message>
        <source>Direct download from the owners&apos; site, without a form: UCF101.rar (about 6.9 GB) and UCF101TrainTestSplits-RecognitionTask.zip; unpack both into one folder.</source>
        <translation>可从所有者的网站直接下载，无需填表：UCF101.rar（约 6.9 GB）和 UCF101TrainTestSplits-RecognitionTask.zip；请将两者解压到同一文件夹。</translation>
    </message>
    <message>
        <source>Every so many frames are kept; a list such as 2,3 draws one of them for each clip (of those that fit)</source>
        <translation>每隔多少帧保留一帧；若为 2,3 这样的列表，则为每个片段随机取其一（限长度足够的）</translation>
    </message>
    <message>
        <source>Faces are looked for in every so many frames</source>
        <translation>每隔多少帧检测一次人脸</translation>
    </message>
    <message>
        <source>First-order motion model: a wide square around the face of the first frame, 256 x 256, whole videos (its detector is replaced by Haar; its margin is relative to another box)</source>
        <translation>一阶运动模型 (FOMM)：首帧人脸周围的宽正方形，256 x 256，完整视频（其检测器由 Haar 代替；其边距相对于另一种框）</translation>
    </message>
    <message>
        <source>Folder of classInd.txt, trainlist01.txt, ...; empty: ucfTrainTestlist, the root, annotations, or ucfTrainTestlist beside the root</source>
        <translation>classInd.txt、trainlist01.txt 等文件所在的文件夹；留空：依次在 ucfTrainTestlist、根文件夹、annotations 或与根文件夹并列的 ucfTrainTestlist 中查找</translation>
    </message>
    <message>
        <source>Folders of pictures</source>
        <translation>图片文件夹</translation>
    </message>
    <message>
        <source>Frame strips</source>
        <translation>帧长条图</translation>
    </message>
    <message>
        <source>Frames a second of the recordings; 0: what the files say</source>
        <translation>录像的每秒帧数；0：以文件记录为准</translation>
    </message>
    <message>
        <source>Frames from left to right, of the picture&apos;s height, or from top to bottom, of its width, whatever is left over; auto: along the longer side, which must be a multiple of the shorter</source>
        <translation>horizontal：各帧从左到右，边长为图片高度；vertical：各帧从上到下，边长为图片宽度；余下部分忽略；auto：沿长边，长边须为短边的整数倍</translation>
    </message>
    <message>
        <source>Free for non-commercial research under a signed agreement; no redistribution; pictures in print only of people who agreed. These terms are as we know them: the owners&apos; agreement decides.</source>
        <translation>签署协议后可免费用于非商业研究；不得再分发；印刷出版物中只可使用已同意者的图片。以上为我们所知的条款：以所有者的协议为准。</translation>
    </message>
    <message>
        <source>Free to download for research; the authors ask to be cited. No formal licence text and no right to redistribute are known to us.</source>
        <translation>可免费下载用于研究；作者要求引用。我们不知道有正式的许可文本，也不知道有再分发的权利。</translation>
    </message>
    <message>
        <source>G3AN, from the published archive of face crops (a folder of JPEG pictures per video): no further crop, 64 x 64 whatever the aspect</source>
        <translation>G3AN，使用已发布的人脸裁剪图压缩包（每个视频一个 JPEG 图片文件夹）：不再裁剪，不顾宽高比缩放到 64 x 64</translation>
    </message>
    <message>
        <source>G3AN: 64 x 64, clips of 16 frames with a random step of 1 to 4 (step as we recall the paper; its landmark boxes are replaced by our Haar boxes)</source>
        <translation>G3AN：64 x 64，16 帧片段，随机间隔 1 至 4（间隔凭我们对论文的记忆；其关键点框由本程序的 Haar 框代替）</translation>
    </message>
    <message>
        <source>G3AN: 64 x 64, clips of 16 frames with a step of 2 or 3, at least 48 frames (its landmark boxes are replaced by our Haar boxes)</source>
        <translation>G3AN：64 x 64，16 帧片段，间隔 2 或 3，至少 48 帧（其关键点框由本程序的 Haar 框代替）</translation>
    </message>
    <message>
        <source>G3AN: as TGAN, all videos, clips of 16 frames with a step of 1 or 2 (it says: a small random step)</source>
        <translation>G3AN：同 TGAN，全部视频，16 帧片段，间隔 1 或 2（论文称：较小的随机间隔）</translation>
    </message>
    <message>
        <source>G3AN: height to 64, central 64 x 64, clips of 16 frames with a step of 1 or 2 (no crop is stated: ours); its mirrored copies belong to training</source>
        <translation>G3AN：高度缩放到 64，取中央 64 x 64，16 帧片段，间隔 1 或 2（论文未说明裁剪方式：由我们选定）；其镜像副本属于训练过程</translation>
    </message>
    <message>
        <source>HDF5 file</source>
        <translation>HDF5 文件</translation>
    </message>
    <message>
        <source>How far the square&apos;s centre is moved up, in sides</source>
        <translation>正方形中心上移的距离，以边长为单位</translation>
    </message>
    <message>
        <source>How strips and arrays are read: auto; horizontal or vertical for strips; axes such as tnhw for .npy files</source>
        <translation>长条图和数组的读取方式：auto（自动）；长条图为 horizontal 或 vertical；.npy 文件为轴顺序，如 tnhw</translation>
    </message>
    <message>
        <source>ImaGINator, from its authors&apos; own face crops: no further crop, 64 x 64 whatever the aspect</source>
        <translation>ImaGINator，使用作者自己的人脸裁剪图：不再裁剪，不顾宽高比缩放到 64 x 64</translation>
    </message>
    <message>
        <source>ImaGINator: 64 x 64, clips of 32 frames (as we recall it: its loader for this set was not published)</source>
        <translation>ImaGINator：64 x 64，32 帧片段（凭我们的记忆：其用于此数据集的加载程序未发布）</translation>
    </message>
    <message>
        <source>ImaGINator: height to 64, central 64 x 64, clips of 32 frames (its crop is not stated: ours)</source>
        <translation>ImaGINator：高度缩放到 64，取中央 64 x 64，32 帧片段（未说明裁剪方式：由我们选定）</translation>
    </message>
    <message>
        <source>ImaGINator: its split, label order and 64 x 64, at least 32 frames (its landmark boxes are replaced by our Haar boxes)</source>
        <translation>ImaGINator：采用其划分、标签顺序和 64 x 64，至少 32 帧（其关键点框由本程序的 Haar 框代替）</translation>
    </message>
    <message>
        <source>Import the neutral takes too</source>
        <translation>也导入中性表情的录制段</translation>
    </message>
    <message>
        <source>Import the walking sequences of the robustness test too, flagged, without a person and out of the split</source>
        <translation>也导入鲁棒性测试的行走序列，作标记，不带人物标签，也不参与划分</translation>
    </message>
    <message>
        <source>Its axes in their order: n clips, t frames, h rows, w columns, c colours, such as nthwc or ntchw; auto: by its shape</source>
        <translation>其各轴的顺序：n 片段、t 帧、h 行、w 列、c 颜色，如 nthwc 或 ntchw；auto：由形状决定</translation>
    </message>
    <message>
        <source>KTH actions in the frame folders that SVG&apos;s script makes: people 21 to 25 test</source>
        <translation>KTH 动作，采用 SVG 脚本生成的帧文件夹：第 21 至 25 人用于测试</translation>
    </message>
    <message>
        <source>KTH actions, people 21 to 25 test and 64 x 64 whatever the aspect as SVG; executions by 00sequences.txt (ours: SVG&apos;s own list was never a text file)</source>
        <translation>KTH 动作，与 SVG 相同：第 21 至 25 人用于测试，不顾宽高比缩放到 64 x 64；各次动作按 00sequences.txt 划分（由我们选定：SVG 自己的列表从未以文本文件发布）</translation>
    </message>
    <message>
        <source>Kinetics-600 as DVD-GAN: 64 x 64, 12 frames at step 2 (as we recall the paper)</source>
        <translation>Kinetics-600，与 DVD-GAN 相同：64 x 64，12 帧，间隔 2（凭我们对论文的记忆）</translation>
    </message>
    <message>
        <source>Kinetics-600 as DVD-GAN: 64 x 64, 48 frames at step 1 (as we recall the paper)</source>
        <translation>Kinetics-600，与 DVD-GAN 相同：64 x 64，48 帧，间隔 1（凭我们对论文的记忆）</translation>
    </message>
    <message>
        <source>Label columns of numbers that are names all the same, separated by commas (class and label always are)</source>
        <translation>内容为数字但应视为类别名称的标签列，用逗号分隔（class 和 label 始终如此）</translation>
    </message>
    <message>
        <source>MUG facial expressions</source>
        <translation>MUG 面部表情</translation>
    </message>
    <message>
        <source>Manifest</source>
        <translation>清单</translation>
    </message>
    <message>
        <source>MoCoGAN: as TGAN, clips of 16 frames (as we recall the paper)</source>
        <translation>MoCoGAN：同 TGAN，16 帧片段（凭我们对论文的记忆）</translation>
    </message>
    <message>
        <source>MoCoGAN: face region at 96 x 96, takes of at least 64 frames, clips of 16 frames of every second (as we recall the paper)</source>
        <translation>MoCoGAN：人脸区域 96 x 96，至少 64 帧的录制段，每隔一帧取一帧的 16 帧片段（凭我们对论文的记忆）</translation>
    </message>
    <message>
        <source>MoCoGAN: square around the person at 96 x 96 (as we recall the paper; its published strips have 64), clips of 16 frames of every second</source>
        <translation>MoCoGAN：人物周围的正方形，96 x 96（凭我们对论文的记忆；其发布的长条图为 64），每隔一帧取一帧的 16 帧片段</translation>
    </message>
    <message>
        <source>Moving MNIST, mnist_test_seq.npy: time first</source>
        <translation>Moving MNIST，mnist_test_seq.npy：时间轴在前</translation>
    </message>
    <message>
        <source>Moving shapes of MoCoGAN, classes by name</source>
        <translation>MoCoGAN 的运动形状，类别按名称</translation>
    </message>
    <message>
        <source>Multimedia Understanding Group, Aristotle University of Thessaloniki, 2010: posed sequences of anger, disgust, fear, happiness, sadness and surprise, each neutral, onset, apex, offset, neutral, 896 x 896 at 19 frames/s. 52 people (986 takes) are online to licensed users; the whole database has 86 people.</source>
        <translation>塞萨洛尼基亚里士多德大学多媒体理解研究组，2010 年：摆拍的愤怒、厌恶、恐惧、高兴、悲伤和惊讶表情序列，每个序列依次为中性、起始、顶点、消退、中性，896 x 896，每秒 19 帧。获得许可的用户可在线获取 52 人（986 段）；完整数据库包含 86 人。</translation>
    </message>
    <message>
        <source>NATOPS: colour videos, middle square to 64 x 64, clips of 32 frames, subjects 17 to 20 test (ours: ImaGINator states no protocol); give ranges=FILE.csv, a video holds 20 repetitions</source>
        <translation>NATOPS：彩色视频，中央正方形缩放到 64 x 64，32 帧片段，受试者 17 至 20 用于测试（由我们选定：ImaGINator 未说明方案）；请给出 ranges=FILE.csv，每个视频含 20 次重复</translation>
    </message>
    <message>
        <source>Names of the pattern that must not fall into two splits, separated by commas: subject, or class,take; empty: what the pattern calls group</source>
        <translation>模式中不得同时落入两个划分的名称，用逗号分隔，如 subject 或 class,take；留空：模式中名为 group 的部分</translation>
    </message>
    <message>
        <source>Names of the sorted class folders, separated by commas; folders: the folders&apos; own; actions, shapes: those of the two MoCoGAN sets</source>
        <translation>排序后的类别文件夹的名称，用逗号分隔；folders：使用文件夹自身的名称；actions、shapes：MoCoGAN 两个数据集的名称</translation>
    </message>
    <message>
        <source>No explicit licence is known to us; the videos come from YouTube, and the set is used for research.</source>
        <translation>我们不知道有明确的许可；视频来自 YouTube，该数据集用于研究。</translation>
    </message>
    <message>
        <source>Non-commercial research only under a signed licence; no redistribution; pictures in print only of the people who agreed. These terms are as we know them: the owners&apos; licence form decides.</source>
        <translation>仅限在签署许可后用于非商业研究；不得再分发；印刷出版物中只可使用已同意者的图片。以上为我们所知的条款：以所有者的许可表为准。</translation>
    </message>
    <message>
        <source>NumPy arrays</source>
        <translation>NumPy 数组</translation>
    </message>
    <message>
        <source>Number of a recording&apos;s first frame in the columns start and end</source>
        <translation>start 和 end 列中录像第一帧的编号</translation>
    </message>
    <message>
        <source>Number of a video&apos;s first frame in a CSV of ranges (KTH&apos;s file counts from 1 whatever is set)</source>
        <translation>帧范围 CSV 中视频第一帧的编号（KTH 的文件始终从 1 开始）</translation>
    </message>
    <message>
        <source>Number only the classes that are there, in the same order, instead of all 101</source>
        <translation>只对存在的类别按同样顺序编号，而不是全部 101 类</translation>
    </message>
    <message>
        <source>Numbers of the actions: alphabetical, or twostreamvan (actions on the spot first)</source>
        <translation>动作的编号：alphabetical（按字母顺序）或 twostreamvan（原地动作在前）</translation>
    </message>
    <message>
        <source>Numbers of the classes: alphabetical (neutral last), imaginator (order of its one-hot code: needed for its weights), imaginator_csv (category_code of its lists, seven classes)</source>
        <translation>类别的编号：alphabetical（按字母顺序，中性在最后）、imaginator（其独热编码的顺序：使用其权重时需要）、imaginator_csv（其列表中的 category_code，七类）</translation>
    </message>
    <message>
        <source>Numbers of the classes: classind (classInd.txt minus 1) or sorted (byte-wise, as torchvision numbers them: four classes differ)</source>
        <translation>类别的编号：classind（classInd.txt 中的编号减 1）或 sorted（按字节排序，与 torchvision 的编号相同：有四类不同）</translation>
    </message>
    <message>
        <source>Numbers of the classes: sorted (by name, numbers inside names as numbers), bytes (byte by byte, as Python sorts), or all names in order, separated by commas</source>
        <translation>类别的编号：sorted（按名称排序，名称中的数字按数值比较）、bytes（逐字节排序，与 Python 相同），或按顺序列出全部名称，用逗号分隔</translation>
    </message>
    <message>
        <source>Of group_kfold and random: how many</source>
        <translation>用于 group_kfold 和 random：折数</translation>
    </message>
    <message>
        <source>Of group_kfold and random: the one that tests</source>
        <translation>用于 group_kfold 和 random：用作测试的折</translation>
    </message>
    <message>
        <source>Of split=leave_person_out: who tests</source>
        <translation>用于 split=leave_person_out：用作测试的人</translation>
    </message>
    <message>
        <source>Of subject_kfold and random: how many</source>
        <translation>用于 subject_kfold 和 random：折数</translation>
    </message>
    <message>
        <source>Of subject_kfold and random: the one that tests</source>
        <translation>用于 subject_kfold 和 random：用作测试的折</translation>
    </message>
    <message>
        <source>Of what is drawn: frame_step lists, random splits</source>
        <translation>随机抽取所用的种子：frame_step 列表、随机划分</translation>
    </message>
    <message>
        <source>One picture per clip with its square frames side by side or below each other, in one folder per class (the layout of the MoCoGAN data)</source>
        <translation>每个片段为一张图片，其正方形帧左右并排或上下排列，每个类别一个文件夹（MoCoGAN 数据的结构）</translation>
    </message>
    <message>
        <source>OpenCV&apos;s Haar cascade that finds faces</source>
        <translation>用于检测人脸的 OpenCV Haar 级联分类器</translation>
    </message>
    <message>
        <source>Oulu-CASIA: expression, subject, camera and light out of the folders, 10 subject folds</source>
        <translation>Oulu-CASIA：由文件夹得到表情、受试者、相机和光照，按受试者分 10 折</translation>
    </message>
    <message>
        <source>Rendered chairs: one closed turn a clip, the middle 400 x 400 to 64 x 64 (crop as we recall the papers)</source>
        <translation>渲染椅子：每个片段为完整旋转一周，中央 400 x 400 缩放到 64 x 64（裁剪凭我们对论文的记忆）</translation>
    </message>
    <message>
        <source>Repeat the first frame at the end of every clip</source>
        <translation>在每个片段末尾重复其第一帧</translation>
    </message>
    <message>
        <source>Request it through the owners&apos; site with a signed agreement; a download link is sent in return.</source>
        <translation>通过所有者的网站提交已签署的协议进行申请；对方将回复下载链接。</translation>
    </message>
    <message>
        <source>SWGAN (progressive): 128 x 128, clips of 16 frames (as we recall it)</source>
        <translation>SWGAN（渐进式）：128 x 128，16 帧片段（凭我们的记忆）</translation>
    </message>
    <message>
        <source>Scenes of VGAN (golf, beach, train station, baby): vertical, 64 x 64</source>
        <translation>VGAN 的场景（高尔夫、海滩、火车站、婴儿）：竖直排列，64 x 64</translation>
    </message>
    <message>
        <source>Several clips a video: none; kth: what 00sequences.txt in the source says; or a file: one of that form, or CSV with rows file,start,end[,label], both ends included</source>
        <translation>一个视频含多个片段时：none：无；kth：按来源中的 00sequences.txt；或一个文件：同样格式的文件，或各行为 file,start,end[,label] 的 CSV，含首尾两帧</translation>
    </message>
    <message>
        <source>Several clips in one folder: names of the pattern whose texts tell them apart, separated by commas; empty: what the pattern calls clip</source>
        <translation>一个文件夹含多个片段时：模式中用于区分片段的名称，用逗号分隔；留空：模式中名为 clip 的部分</translation>
    </message>
    <message>
        <source>Shorter recordings are skipped and reported</source>
        <translation>更短的录像将被略过并报告</translation>
    </message>
    <message>
        <source>Shorter side to 128, central square</source>
        <translation>短边缩放到 128，取中央正方形</translation>
    </message>
    <message>
        <source>Shorter side to 256, central square</source>
        <translation>短边缩放到 256，取中央正方形</translation>
    </message>
    <message>
        <source>Shorter side to 64, central square</source>
        <translation>短边缩放到 64，取中央正方形</translation>
    </message>
    <message>
        <source>Side of the square over the larger side of the face&apos;s box</source>
        <translation>正方形边长与人脸框较长边之比</translation>
    </message>
    <message>
        <source>Size of the stored frames: source, 64 (square) or 85x64 (width x height)</source>
        <translation>存储帧的尺寸：source（原尺寸）、64（正方形）或 85x64（宽 x 高）</translation>
    </message>
    <message>
        <source>Sky time-lapse as MD-GAN: 128 x 128, clips of 32 frames (its test takes only the first of a segment: clips_per_recording=1)</source>
        <translation>天空延时摄影，与 MD-GAN 相同：128 x 128，32 帧片段（其测试只取每段的第一个片段：clips_per_recording=1）</translation>
    </message>
    <message>
        <source>Stored frames that neighbouring clips share</source>
        <translation>相邻片段共有的存储帧数</translation>
    </message>
    <message>
        <source>SynAction as TwoStreamVAN tests it: 64 x 64 from (4, 4), its test rule</source>
        <translation>SynAction，按 TwoStreamVAN 的测试方式：从 (4, 4) 起取 64 x 64，采用其测试规则</translation>
    </message>
    <message>
        <source>SynAction, TwoStreamVAN&apos;s classes and test rule, whole frame to 71 x 71 (its crops by list are not applied)</source>
        <translation>SynAction，采用 TwoStreamVAN 的类别和测试规则，整帧缩放到 71 x 71（未采用其列表中的裁剪）</translation>
    </message>
    <message>
        <source>TGAN: whole frame to 85 x 64, columns 10 to 73, every frame</source>
        <translation>TGAN：整帧缩放到 85 x 64，取第 10 至 73 列，保留每一帧</translation>
    </message>
    <message>
        <source>Ten archives, one per action (bend.zip ... wave2.zip), on the authors&apos; page at the Weizmann Institute; unpack them into one folder or a folder each.</source>
        <translation>作者在魏茨曼研究所的网页上提供十个压缩包，每种动作一个（bend.zip …… wave2.zip）；请解压到同一文件夹，或各自的文件夹。</translation>
    </message>
    <message>
        <source>The data set with the clips, such as /train/clips; auto: the only one that can be, by shape and name</source>
        <translation>含片段的 HDF5 数据集，如 /train/clips；auto：按形状和名称唯一可能的那个</translation>
    </message>
    <message>
        <source>The fixed 128 x 128 pixels at (26, 8) of several loaders, 64 x 64, whole videos, one take each</source>
        <translation>若干加载程序采用的固定区域：位于 (26, 8) 的 128 x 128 像素，缩放到 64 x 64，完整视频，每人每个动作一次录制</translation>
    </message>
    <message>
        <source>The fold that tests</source>
        <translation>用作测试的折</translation>
    </message>
    <message>
        <source>TwoStreamVAN: box of the first frame without margin, its people split, at least 40 frames, no end takes, clips of 10 frames of every fourth (its random 90 % crop belongs to training)</source>
        <translation>TwoStreamVAN：首帧的无边距框，采用其人员划分，至少 40 帧，不含 end 录制段，每四帧取一帧的 10 帧片段（其 90 % 随机裁剪属于训练过程）</translation>
    </message>
    <message>
        <source>TwoStreamVAN: its label order, one take each, two thirds train, clips of 10 frames of every second, at most 20 a part (its person crops are its own download: ours are computed; a test part shorter than a clip is left out where it starts earlier)</source>
        <translation>TwoStreamVAN：采用其标签顺序，每人每个动作一次录制，三分之二用于训练，每隔一帧取一帧的 10 帧片段，每部分最多 20 个（其人物裁剪图为其自己的下载文件：本程序的由计算得到；测试部分短于一个片段时略过，其做法是提前起点）</translation>
    </message>
    <message>
        <source>UCF101 actions</source>
        <translation>UCF101 动作</translation>
    </message>
    <message>
        <source>UCF101 unpacked into frame folders: groups by class and group number</source>
        <translation>解包为帧文件夹的 UCF101：按类别和组号分组</translation>
    </message>
    <message>
        <source>University of Amsterdam, shown and recorded at science centre NEMO, Amsterdam, 2012: 643 posed and 597 spontaneous enjoyment smiles of 400 people (8 to 76 years), 1920 x 1080 at 50 frames/s under controlled light, from a neutral face to a neutral face.</source>
        <translation>阿姆斯特丹大学，2012 年在阿姆斯特丹 NEMO 科学中心展出并录制：400 人（8 至 76 岁）的 643 段刻意微笑和 597 段自发的愉悦微笑，1920 x 1080，每秒 50 帧，受控光照，从中性表情开始到中性表情结束。</translation>
    </message>
    <message>
        <source>UvA-NEMO smiles</source>
        <translation>UvA-NEMO 微笑</translation>
    </message>
    <message>
        <source>VGAN&apos;s golf scenes as TGAN: vertical, 64 x 64 by the nearest pixel</source>
        <translation>VGAN 的高尔夫场景，与 TGAN 相同：竖直排列，以最近邻缩放到 64 x 64</translation>
    </message>
    <message>
        <source>VideoVAE: square of the person&apos;s box in every frame, two thirds train, 20 clips of 10 frames a part (boxes are computed, and smoothed; its padding is the mean colour)</source>
        <translation>VideoVAE：取每帧人物框的正方形，三分之二用于训练，每部分 20 个 10 帧片段（框由计算得到并经平滑；其填充为平均颜色）</translation>
    </message>
    <message>
        <source>Videos</source>
        <translation>视频</translation>
    </message>
    <message>
        <source>Videos of Tai-Chi at MoCoGAN&apos;s size: middle square to 64 x 64, no labels (its own clips were not released)</source>
        <translation>太极拳视频，采用 MoCoGAN 的尺寸：中央正方形缩放到 64 x 64，无标签（其自己的片段未发布）</translation>
    </message>
    <message>
        <source>Weizmann Institute of Science, 2005: 93 videos of 9 people and 10 actions (bend, jumping jack, jump forward, jump in place, run, gallop sideways, skip, walk, wave one hand, wave two hands), 180 x 144, one person before a still outdoor background. lena ran, skipped and walked twice.</source>
        <translation>魏茨曼科学研究所，2005 年：9 人、10 种动作的 93 个视频（弯腰、开合跳、向前跳、原地跳、奔跑、侧身跑、单腿跳跑、行走、单手挥动、双手挥动），180 x 144，静止的室外背景前有一人。lena 的奔跑、单腿跳跑和行走各录了两次。</translation>
    </message>
    <message>
        <source>Weizmann actions</source>
        <translation>Weizmann 动作</translation>
    </message>
    <message>
        <source>Weizmann actions of MoCoGAN, classes by name</source>
        <translation>MoCoGAN 的 Weizmann 动作，类别按名称</translation>
    </message>
    <message>
        <source>What is cut out before resizing: none, centre (the largest centred square), face, person, or X,Y,WIDTH,HEIGHT in pixels</source>
        <translation>缩放前裁出的区域：none（不裁剪）、centre（居中的最大正方形）、face（人脸）、person（人物），或以像素给出的 X,Y,WIDTH,HEIGHT（左、上、宽、高）</translation>
    </message>
    <message>
        <source>What must not fall into two splits: the number in the file&apos;s name divided by 8 (performer and mirror images of the action set); auto: if the files are that set</source>
        <translation>不得同时落入两个划分的单位：文件名中的编号除以 8（动作数据集中的表演者及镜像图）；auto：当文件属于该数据集时采用</translation>
    </message>
    <message>
        <source>What must not fall into two splits: the subject, or the family (needs the kinship file)</source>
        <translation>不得同时落入两个划分的单位：受试者 (subject)，或家庭 (family，需要亲属关系文件)</translation>
    </message>
    <message>
        <source>What the pattern does not fit: skip and report it, leave it out on purpose, or keep it without labels</source>
        <translation>与模式不匹配的文件：skip 略过并报告；exclude 视为有意排除；keep 保留但不带标签</translation>
    </message>
    <message>
        <source>Where frame numbers are missing: keep the clip whole, flagged and reported; split: begin another clip</source>
        <translation>帧编号有缺失时：keep 保留完整片段，并作标记和报告；split 从该处另起一个片段</translation>
    </message>
    <message>
        <source>Which numbers are black and white; auto: 0,255 for whole numbers, for others by the values themselves</source>
        <translation>哪两个数值表示黑和白；auto：整数为 0,255，其他由数值本身决定</translation>
    </message>
    <message>
        <source>Which takes: all, without those marked nsg, without those marked end, or plain: neither</source>
        <translation>导入哪些录制段：all（全部）、no_nsg（不含标有 nsg 的）、no_end（不含标有 end 的），或 plain（两者都不含）</translation>
    </message>
    <message>
        <source>Whole takes, one fixed face box each, 128 x 128</source>
        <translation>完整录制段，每段一个固定人脸框，128 x 128</translation>
    </message>
    <message>
        <source>Whole takes, one fixed face box each, 64 x 64</source>
        <translation>完整录制段，每段一个固定人脸框，64 x 64</translation>
    </message>
    <message>
        <source>Whole videos, a square around the person (fixed on the spot, following where they move), 64 x 64</source>
        <translation>完整视频，人物周围的正方形（原地动作时固定，移动时跟随），64 x 64</translation>
    </message>
    <message>
        <source>Whole videos, height to 64 and the central 64 x 64</source>
        <translation>完整视频，高度缩放到 64，取中央 64 x 64</translation>
    </message>
    <message>
        <source>Whole videos, one fixed face box each, 128 x 128, every frame</source>
        <translation>完整视频，每个视频一个固定人脸框，128 x 128，保留每一帧</translation>
    </message>
    <message>
        <source>Whole videos, one fixed face box each, 64 x 64, every frame</source>
        <translation>完整视频，每个视频一个固定人脸框，64 x 64，保留每一帧</translation>
    </message>
    <message>
        <source>all: everything trains; temporal_two_thirds: the first two thirds of every video train, the rest tests; leave_person_out: the person of that option tests (or leave_person_out:NAME)</source>
        <translation>all：全部用于训练；temporal_two_thirds：每个视频的前三分之二用于训练，其余用于测试；leave_person_out：选项 person 所指的人用于测试（或写作 leave_person_out:NAME）</translation>
    </message>
    <message>
        <source>allow_outside</source>
        <translation>允许外部文件</translation>
    </message>
    <message>
        <source>area: averages the pixels below (OpenCV); bilinear: triangle that widens when shrinking (Pillow); linear: two by two pixels only (OpenCV, aliases); nearest</source>
        <translation>area：对覆盖的像素取平均 (OpenCV)；bilinear：缩小时加宽的三角核 (Pillow)；linear：只取 2 x 2 个像素（OpenCV，有混叠）；nearest：最近邻</translation>
    </message>
    <message>
        <source>auto: the column split; group: by test_groups, or fold</source>
        <translation>auto：按 split 列；group：按 test_groups 或 fold</translation>
    </message>
    <message>
        <source>auto: what the pattern calls split, or first folders that are all called train, test, ...; folder: by the word train, test or validation in a folder&apos;s name; group: by test_groups, or fold; synaction: TwoStreamVAN&apos;s rule, from the labels actor, class, seq and rendering</source>
        <translation>auto：模式中名为 split 的部分，或第一级文件夹全部名为 train、test 等；folder：按文件夹名中的 train、test 或 validation；group：按 test_groups 或 fold；synaction：TwoStreamVAN 的规则，由标签 actor、class、seq 和 rendering 决定</translation>
    </message>
    <message>
        <source>camera</source>
        <translation>相机</translation>
    </message>
    <message>
        <source>categories</source>
        <translation>类别列</translation>
    </message>
    <message>
        <source>class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>class_names</source>
        <translation>类别名称</translation>
    </message>
    <message>
        <source>class_order</source>
        <translation>类别顺序</translation>
    </message>
    <message>
        <source>clip_frames</source>
        <translation>片段帧数</translation>
    </message>
    <message>
        <source>clip_key</source>
        <translation>片段键</translation>
    </message>
    <message>
        <source>clip_number</source>
        <translation>片段号</translation>
    </message>
    <message>
        <source>clips_per_recording</source>
        <translation>每段录像的片段数</translation>
    </message>
    <message>
        <source>close_loop</source>
        <translation>闭合循环</translation>
    </message>
    <message>
        <source>compact_labels</source>
        <translation>紧凑标签编号</translation>
    </message>
    <message>
        <source>cover: keep the aspect and cut what is over in the middle; stretch: ignore the aspect; pad: keep all, with the border colour around</source>
        <translation>cover：保持宽高比，居中裁去多余部分；stretch：不顾宽高比拉伸；pad：保留全部画面，四周填充边缘颜色</translation>
    </message>
    <message>
        <source>crop</source>
        <translation>裁剪</translation>
    </message>
    <message>
        <source>crop=person: one square for the recording, or one of fixed side that follows; auto: by what the recording shows</source>
        <translation>crop=person 时：整段录像用一个正方形 (fixed)，或用边长固定、跟随人物的正方形 (follow)；auto：由录像内容决定</translation>
    </message>
    <message>
        <source>dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>deliberate</source>
        <translation>刻意</translation>
    </message>
    <message>
        <source>duplicates</source>
        <translation>重复录制</translation>
    </message>
    <message>
        <source>face_cascade</source>
        <translation>人脸级联分类器</translation>
    </message>
    <message>
        <source>face_every</source>
        <translation>人脸检测间隔</translation>
    </message>
    <message>
        <source>face_margin</source>
        <translation>人脸边距</translation>
    </message>
    <message>
        <source>face_shift</source>
        <translation>人脸框上移</translation>
    </message>
    <message>
        <source>face_track</source>
        <translation>人脸跟踪</translation>
    </message>
    <message>
        <source>family</source>
        <translation>家庭</translation>
    </message>
    <message>
        <source>female</source>
        <translation>女</translation>
    </message>
    <message>
        <source>filter</source>
        <translation>缩放滤波器</translation>
    </message>
    <message>
        <source>fit</source>
        <translation>适配方式</translation>
    </message>
    <message>
        <source>fixed: one box for the recording, the median of those found; smooth: follows the face along a smoothed track; first: the box of the first frame looked at</source>
        <translation>fixed：整段录像用一个框，取所有检测框的中位数；smooth：沿平滑后的轨迹跟随人脸；first：取第一个检测帧的框</translation>
    </message>
    <message>
        <source>fold</source>
        <translation>测试折</translation>
    </message>
    <message>
        <source>fold: the database&apos;s ten folds, one tests and nine train; folders: as train/ and test/ folders say; auto: folders where there are some, else fold; group_kfold: ten folds of our own by group (for families)</source>
        <translation>fold：数据库自带的十折，一折测试、九折训练；folders：按 train/ 和 test/ 文件夹；auto：有这些文件夹时用 folders，否则用 fold；group_kfold：本程序按分组另划的十折（用于家庭）</translation>
    </message>
    <message>
        <source>folders: the first folder is the class, where there are several; none; or a pattern such as {class}/{subject:\d+}_{take}.avi or re:^(?&lt;subject&gt;\d+)/ (class, group, split and clip have their meaning, other names become labels)</source>
        <translation>folders：有多个文件夹时，第一级文件夹为类别；none：无标签；或如 {class}/{subject:\d+}_{take}.avi、re:^(?&lt;subject&gt;\d+)/ 的模式（class、group、split 和 clip 有固定含义，其他名称成为标签）</translation>
    </message>
    <message>
        <source>folds</source>
        <translation>折数</translation>
    </message>
    <message>
        <source>force_random</source>
        <translation>强制随机划分</translation>
    </message>
    <message>
        <source>frame_rate_hz</source>
        <translation>帧率（Hz）</translation>
    </message>
    <message>
        <source>frame_step</source>
        <translation>取帧间隔</translation>
    </message>
    <message>
        <source>gaps</source>
        <translation>缺帧处理</translation>
    </message>
    <message>
        <source>gender</source>
        <translation>性别</translation>
    </message>
    <message>
        <source>group</source>
        <translation>分组</translation>
    </message>
    <message>
        <source>group_by</source>
        <translation>分组依据</translation>
    </message>
    <message>
        <source>group_number</source>
        <translation>组号</translation>
    </message>
    <message>
        <source>imaginator: 10 people validate, 42 train; twostreamvan_subjects: 36 people train, 16 test; subject_kfold: by subject; random: the same face in both sets, refused unless forced</source>
        <translation>imaginator：10 人用于验证，42 人用于训练；twostreamvan_subjects：36 人用于训练，16 人用于测试；subject_kfold：按受试者分折；random：同一张脸会出现在两个集合中，除非强制，否则拒绝</translation>
    </message>
    <message>
        <source>importing</source>
        <translation>正在导入</translation>
    </message>
    <message>
        <source>include_neutral</source>
        <translation>包含中性表情</translation>
    </message>
    <message>
        <source>include_robustness</source>
        <translation>包含鲁棒性序列</translation>
    </message>
    <message>
        <source>label_order</source>
        <translation>标签顺序</translation>
    </message>
    <message>
        <source>labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>layout</source>
        <translation>布局</translation>
    </message>
    <message>
        <source>lena ran, skipped and walked twice: keep both takes, or the first or the second only (first: the canonical 90 videos)</source>
        <translation>lena 的 run、skip 和 walk 各录了两次：keep 保留两次，或只保留 first（第一次）或 second（第二次）（first：标准的 90 个视频）</translation>
    </message>
    <message>
        <source>light</source>
        <translation>光照</translation>
    </message>
    <message>
        <source>list</source>
        <translation>列表文件</translation>
    </message>
    <message>
        <source>listing</source>
        <translation>正在列出</translation>
    </message>
    <message>
        <source>lists</source>
        <translation>列表文件夹</translation>
    </message>
    <message>
        <source>male</source>
        <translation>男</translation>
    </message>
    <message>
        <source>merging</source>
        <translation>正在合并</translation>
    </message>
    <message>
        <source>min_frames</source>
        <translation>最少帧数</translation>
    </message>
    <message>
        <source>mocogan-chainer: box without margin, 16 frames of every second, a clip every 8 frames, without nsg takes (its box is per clip, ours per take)</source>
        <translation>mocogan-chainer：无边距的框，每隔一帧取一帧共 16 帧，每 8 帧一个片段，不含 nsg 录制段（其框按片段计算，本程序按录制段计算）</translation>
    </message>
    <message>
        <source>neutral</source>
        <translation>中性</translation>
    </message>
    <message>
        <source>no_face</source>
        <translation>未找到人脸时</translation>
    </message>
    <message>
        <source>orientation</source>
        <translation>方向</translation>
    </message>
    <message>
        <source>overlap</source>
        <translation>重叠帧数</translation>
    </message>
    <message>
        <source>person</source>
        <translation>人物</translation>
    </message>
    <message>
        <source>person_margin</source>
        <translation>人物边距</translation>
    </message>
    <message>
        <source>person_track</source>
        <translation>人物跟踪</translation>
    </message>
    <message>
        <source>pjump</source>
        <translation>原地跳</translation>
    </message>
    <message>
        <source>ranges</source>
        <translation>帧范围</translation>
    </message>
    <message>
        <source>ranges_base</source>
        <translation>起始帧编号</translation>
    </message>
    <message>
        <source>session</source>
        <translation>录制场次</translation>
    </message>
    <message>
        <source>side</source>
        <translation>侧身跑</translation>
    </message>
    <message>
        <source>skip</source>
        <translation>单腿跳跑</translation>
    </message>
    <message>
        <source>smile</source>
        <translation>微笑</translation>
    </message>
    <message>
        <source>split=group without test_groups: into how many folds the sorted groups are dealt</source>
        <translation>split=group 且未给出 test_groups：将排序后的组分成多少折</translation>
    </message>
    <message>
        <source>split=group without test_groups: the one that tests</source>
        <translation>split=group 且未给出 test_groups：用作测试的折</translation>
    </message>
    <message>
        <source>split=group: the groups that test, such as 21-25 or ann,ben; empty: those of the fold</source>
        <translation>split=group：用作测试的组，如 21-25 或 ann,ben；留空：由 fold 决定</translation>
    </message>
    <message>
        <source>split_01</source>
        <translation>官方划分 01</translation>
    </message>
    <message>
        <source>split_02</source>
        <translation>官方划分 02</translation>
    </message>
    <message>
        <source>split_03</source>
        <translation>官方划分 03</translation>
    </message>
    <message>
        <source>spontaneous</source>
        <translation>自发</translation>
    </message>
    <message>
        <source>subject</source>
        <translation>受试者</translation>
    </message>
    <message>
        <source>take</source>
        <translation>录制序号</translation>
    </message>
    <message>
        <source>take_suffix</source>
        <translation>录制后缀</translation>
    </message>
    <message>
        <source>takes</source>
        <translation>录制段</translation>
    </message>
    <message>
        <source>temporal_step</source>
        <translation>时间间隔</translation>
    </message>
    <message>
        <source>test</source>
        <translation>测试集</translation>
    </message>
    <message>
        <source>test_groups</source>
        <translation>测试组</translation>
    </message>
    <message>
        <source>train</source>
        <translation>训练集</translation>
    </message>
    <message>
        <source>unmatched</source>
        <translation>不匹配的文件</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>验证集</translation>
    </message>
    <message>
        <source>values</source>
        <translation>取值范围</translation>
    </message>
    <message>
        <source>wave1</source>
        <translation>单手挥动</translation>
    </message>
    <message>
        <source>wave2</source>
        <translation>双手挥动</translation>
    </message>
    <message>
        <source>-1,1</source>
        <comment>choice</comment>
        <translation>-1,1</translation>
    </message>
    <message>
        <source>0,1</source>
        <comment>choice</comment>
        <translation>0,1</translation>
    </message>
    <message>
        <source>0,255</source>
        <comment>choice</comment>
        <translation>0,255</translation>
    </message>
    <message>
        <source>01</source>
        <comment>choice</comment>
        <translation>01</translation>
    </message>
    <message>
        <source>02</source>
        <comment>choice</comment>
        <translation>02</translation>
    </message>
    <message>
        <source>03</source>
        <comment>choice</comment>
        <translation>03</translation>
    </message>
    <message>
        <source>all</source>
        <comment>choice</comment>
        <translation>全部 (all)</translation>
    </message>
    <message>
        <source>alphabetical</source>
        <comment>choice</comment>
        <translation>字母顺序 (alphabetical)</translation>
    </message>
    <message>
        <source>area</source>
        <comment>choice</comment>
        <translation>区域平均 (area)</translation>
    </message>
    <message>
        <source>auto</source>
        <comment>choice</comment>
        <translation>自动 (auto)</translation>
    </message>
    <message>
        <source>bilinear</source>
        <comment>choice</comment>
        <translation>双线性 (bilinear)</translation>
    </message>
    <message>
        <source>centre</source>
        <comment>choice</comment>
        <translation>居中 (centre)</translation>
    </message>
    <message>
        <source>classind</source>
        <comment>choice</comment>
        <translation>classind</translation>
    </message>
    <message>
        <source>cover</source>
        <comment>choice</comment>
        <translation>铺满并裁切 (cover)</translation>
    </message>
    <message>
        <source>daria</source>
        <comment>choice</comment>
        <translation>daria</translation>
    </message>
    <message>
        <source>denis</source>
        <comment>choice</comment>
        <translation>denis</translation>
    </message>
    <message>
        <source>eli</source>
        <comment>choice</comment>
        <translation>eli</translation>
    </message>
    <message>
        <source>exclude</source>
        <comment>choice</comment>
        <translation>排除 (exclude)</translation>
    </message>
    <message>
        <source>family</source>
        <comment>choice</comment>
        <translation>家庭 (family)</translation>
    </message>
    <message>
        <source>first</source>
        <comment>choice</comment>
        <translation>第一个 (first)</translation>
    </message>
    <message>
        <source>fixed</source>
        <comment>choice</comment>
        <translation>固定 (fixed)</translation>
    </message>
    <message>
        <source>fold</source>
        <comment>choice</comment>
        <translation>自带的折 (fold)</translation>
    </message>
    <message>
        <source>folder</source>
        <comment>choice</comment>
        <translation>文件夹名 (folder)</translation>
    </message>
    <message>
        <source>folders</source>
        <comment>choice</comment>
        <translation>文件夹 (folders)</translation>
    </message>
    <message>
        <source>follow</source>
        <comment>choice</comment>
        <translation>跟随 (follow)</translation>
    </message>
    <message>
        <source>frontalface_alt</source>
        <comment>choice</comment>
        <translation>frontalface_alt</translation>
    </message>
    <message>
        <source>frontalface_alt2</source>
        <comment>choice</comment>
        <translation>frontalface_alt2</translation>
    </message>
    <message>
        <source>frontalface_alt_tree</source>
        <comment>choice</comment>
        <translation>frontalface_alt_tree</translation>
    </message>
    <message>
        <source>frontalface_default</source>
        <comment>choice</comment>
        <translation>frontalface_default</translation>
    </message>
    <message>
        <source>group</source>
        <comment>choice</comment>
        <translation>按组 (group)</translation>
    </message>
    <message>
        <source>group_kfold</source>
        <comment>choice</comment>
        <translation>按组分折 (group_kfold)</translation>
    </message>
    <message>
        <source>horizontal</source>
        <comment>choice</comment>
        <translation>水平 (horizontal)</translation>
    </message>
    <message>
        <source>ido</source>
        <comment>choice</comment>
        <translation>ido</translation>
    </message>
    <message>
        <source>imaginator</source>
        <comment>choice</comment>
        <translation>imaginator</translation>
    </message>
    <message>
        <source>imaginator_csv</source>
        <comment>choice</comment>
        <translation>imaginator_csv</translation>
    </message>
    <message>
        <source>ira</source>
        <comment>choice</comment>
        <translation>ira</translation>
    </message>
    <message>
        <source>keep</source>
        <comment>choice</comment>
        <translation>保留 (keep)</translation>
    </message>
    <message>
        <source>lena</source>
        <comment>choice</comment>
        <translation>lena</translation>
    </message>
    <message>
        <source>linear</source>
        <comment>choice</comment>
        <translation>线性 (linear)</translation>
    </message>
    <message>
        <source>lyova</source>
        <comment>choice</comment>
        <translation>lyova</translation>
    </message>
    <message>
        <source>moshe</source>
        <comment>choice</comment>
        <translation>moshe</translation>
    </message>
    <message>
        <source>nearest</source>
        <comment>choice</comment>
        <translation>最近邻 (nearest)</translation>
    </message>
    <message>
        <source>no_end</source>
        <comment>choice</comment>
        <translation>不含 end (no_end)</translation>
    </message>
    <message>
        <source>no_nsg</source>
        <comment>choice</comment>
        <translation>不含 nsg (no_nsg)</translation>
    </message>
    <message>
        <source>none</source>
        <comment>choice</comment>
        <translation>无 (none)</translation>
    </message>
    <message>
        <source>number/8</source>
        <comment>choice</comment>
        <translation>编号除以 8 (number/8)</translation>
    </message>
    <message>
        <source>pad</source>
        <comment>choice</comment>
        <translation>填充 (pad)</translation>
    </message>
    <message>
        <source>plain</source>
        <comment>choice</comment>
        <translation>两者都不含 (plain)</translation>
    </message>
    <message>
        <source>profileface</source>
        <comment>choice</comment>
        <translation>profileface</translation>
    </message>
    <message>
        <source>random</source>
        <comment>choice</comment>
        <translation>随机 (random)</translation>
    </message>
    <message>
        <source>second</source>
        <comment>choice</comment>
        <translation>第二个 (second)</translation>
    </message>
    <message>
        <source>shahar</source>
        <comment>choice</comment>
        <translation>shahar</translation>
    </message>
    <message>
        <source>skip</source>
        <comment>choice</comment>
        <translation>略过 (skip)</translation>
    </message>
    <message>
        <source>smooth</source>
        <comment>choice</comment>
        <translation>平滑 (smooth)</translation>
    </message>
    <message>
        <source>sorted</source>
        <comment>choice</comment>
        <translation>排序 (sorted)</translation>
    </message>
    <message>
        <source>split</source>
        <comment>choice</comment>
        <translation>分开 (split)</translation>
    </message>
    <message>
        <source>stretch</source>
        <comment>choice</comment>
        <translation>拉伸 (stretch)</translation>
    </message>
    <message>
        <source>subject</source>
        <comment>choice</comment>
        <translation>受试者 (subject)</translation>
    </message>
    <message>
        <source>subject_kfold</source>
        <comment>choice</comment>
        <translation>按受试者分折 (subject_kfold)</translation>
    </message>
    <message>
        <source>synaction</source>
        <comment>choice</comment>
        <translation>synaction</translation>
    </message>
    <message>
        <source>twostreamvan</source>
        <comment>choice</comment>
        <translation>twostreamvan</translation>
    </message>
    <message>
        <source>twostreamvan_subjects</source>
        <comment>choice</comment>
        <translation>TwoStreamVAN 的人员 (twostreamvan_subjects)</translation>
    </message>
    <message>
        <source>vertical</source>
        <comment>choice</comment>
        <translation>竖直 (vertical)</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>loading data</source>
        <translation>正在载入数据</translation>
    </message>
    <message>
        <source>training</source>
        <translation>正在训练</translation>
    </message>
    <message>
        <source>sampling</source>
        <translation>正在采样</translation>
    </message>
    <message>
        <source>saving</source>
        <translation>正在保存</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Sample diversity</source>
        <translation>样本多样性</translation>
    </message>
    <message>
        <source>Mean pairwise pixel distance of generated clips, and along rows and columns of an appearance x motion matrix. 0 is a collapsed generator.</source>
        <translation>生成片段两两之间的平均像素距离，以及外观 x 运动矩阵沿行和沿列的平均像素距离。0 表示生成器已坍缩。</translation>
    </message>
    <message>
        <source>of the range [0, 1]</source>
        <translation>占区间 [0, 1] 的比例</translation>
    </message>
    <message>
        <source>Clips of each side</source>
        <translation>每一方的片段数</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>Appearances in the matrix</source>
        <translation>矩阵中的外观数</translation>
    </message>
    <message>
        <source>columns</source>
        <translation>列数</translation>
    </message>
    <message>
        <source>Motions in the matrix</source>
        <translation>矩阵中的运动数</translation>
    </message>
    <message>
        <source>compare</source>
        <translation>与真实片段比较</translation>
    </message>
    <message>
        <source>Measure real clips too, where there is a dataset</source>
        <translation>有数据集时也测量真实片段</translation>
    </message>
    <message>
        <source>Motion energy</source>
        <translation>运动能量</translation>
    </message>
    <message>
        <source>How far the mean absolute difference of neighbouring frames is from the data&apos;s, |generated - real| / real. 0 is the data&apos;s, 1 is frozen.</source>
        <translation>相邻帧平均绝对差与数据之差：|生成 - 真实| / 真实。0 表示与数据相同，1 表示画面静止。</translation>
    </message>
    <message>
        <source>of the data&apos;s energy</source>
        <translation>相对于数据的能量</translation>
    </message>
    <message>
        <source>real clips</source>
        <translation>真实片段</translation>
    </message>
    <message>
        <source>Fréchet distance of pixels</source>
        <translation>像素 Fréchet 距离</translation>
    </message>
    <message>
        <source>Fréchet distance between generated and real clips on frames averaged down to 8 x 8 pixels. No network: it sees colours, layout and coarse motion, no detail.</source>
        <translation>将各帧平均缩小到 8 x 8 像素后，生成片段与真实片段之间的 Fréchet 距离。不使用网络：只反映颜色、布局和粗略运动，不反映细节。</translation>
    </message>
    <message>
        <source>squared distance, pixels in [0, 1]</source>
        <translation>平方距离，像素值在 [0, 1] 内</translation>
    </message>
    <message>
        <source>grid</source>
        <translation>网格边长</translation>
    </message>
    <message>
        <source>Height and width that frames are averaged down to</source>
        <translation>各帧平均缩小后的高和宽</translation>
    </message>
    <message>
        <source>floor</source>
        <translation>真实片段下限</translation>
    </message>
    <message>
        <source>Also measure real clips against other real clips, where there are enough</source>
        <translation>真实片段足够时，也测量真实片段与其他真实片段之间的距离</translation>
    </message>
    <message>
        <source>normaliser</source>
        <translation>协方差除数</translation>
    </message>
    <message>
        <source>What the covariances are divided by</source>
        <translation>计算协方差时的除数</translation>
    </message>
    <message>
        <source>Swap consistency</source>
        <translation>交换一致性</translation>
    </message>
    <message>
        <source>Whether appearance stays with the appearance code and motion with the motion code when the other is exchanged, as a judge reads the factors. 1 is perfect.</source>
        <translation>交换其中一个编码时，外观是否仍随外观编码、运动是否仍随运动编码；因素由判读器读出。1 为完美。</translation>
    </message>
    <message>
        <source>harmonic mean of shares</source>
        <translation>各比例的调和平均</translation>
    </message>
    <message>
        <source>factors</source>
        <translation>因素标签</translation>
    </message>
    <message>
        <source>appearance and motion controls</source>
        <translation>外观和运动控制量</translation>
    </message>
    <message>
        <source>pairs</source>
        <translation>编码对数</translation>
    </message>
    <message>
        <source>Pairs of codes; each makes four clips</source>
        <translation>编码对的数量；每对生成四个片段</translation>
    </message>
    <message>
        <source>usable_score</source>
        <translation>可用分数</translation>
    </message>
    <message>
        <source>Factors that the judge reads worse than this above chance are left out</source>
        <translation>判读器的读出结果超出随机水平不足此值的因素不参与计算</translation>
    </message>
    <message>
        <source>judge</source>
        <translation>判读器</translation>
    </message>
    <message>
        <source>File of the judge; empty: the one that is shipped for the dataset&apos;s factors</source>
        <translation>判读器文件；留空则使用随附的、适合该数据集因素的判读器</translation>
    </message>
    <message>
        <source>resamples</source>
        <translation>重采样次数</translation>
    </message>
    <message>
        <source>Bootstrap draws for the intervals</source>
        <translation>计算区间的自助法（bootstrap）抽样次数</translation>
    </message>
    <message>
        <source>Factor variance</source>
        <translation>因素方差</translation>
    </message>
    <message>
        <source>Variance of ground-truth factors along the rows of an appearance x motion matrix over that along its columns, read by a regressor that is trained for the purpose. 0 is perfect, 1 is no separation.</source>
        <translation>外观 x 运动矩阵中真值因素沿行的方差与沿列的方差之比，由专门训练的回归器读出。0 为完美，1 表示没有分离。</translation>
    </message>
    <message>
        <source>ratio of variances</source>
        <translation>方差之比</translation>
    </message>
    <message>
        <source>regressor_steps</source>
        <translation>回归器步数</translation>
    </message>
    <message>
        <source>Training steps of the factor regressor</source>
        <translation>因素回归器的训练步数</translation>
    </message>
    <message>
        <source>regressor_batch</source>
        <translation>回归器批大小</translation>
    </message>
    <message>
        <source>Clips in a step of the regressor</source>
        <translation>回归器每一步使用的片段数</translation>
    </message>
    <message>
        <source>training_clips</source>
        <translation>训练片段数</translation>
    </message>
    <message>
        <source>Clips of the dataset that the regressor learns from</source>
        <translation>供回归器学习的数据集片段数</translation>
    </message>
    <message>
        <source>test_clips</source>
        <translation>测试片段数</translation>
    </message>
    <message>
        <source>Further clips that its score is measured on</source>
        <translation>另用于测定其分数的片段数</translation>
    </message>
    <message>
        <source>Factors that the regressor reads worse than this are left out</source>
        <translation>回归器读出分数低于此值的因素不参与计算</translation>
    </message>
    <message>
        <source>Seed of the regressor and of the matrix&apos;s codes</source>
        <translation>回归器和矩阵编码的随机种子</translation>
    </message>
    <message>
        <source>1p2d</source>
        <comment>choice</comment>
        <translation>1p2d</translation>
    </message>
    <message>
        <source>aligned</source>
        <comment>choice</comment>
        <translation>按论文 (aligned)</translation>
    </message>
    <message>
        <source>n</source>
        <comment>choice</comment>
        <translation>n</translation>
    </message>
    <message>
        <source>2p1d</source>
        <comment>choice</comment>
        <translation>2p1d</translation>
    </message>
    <message>
        <source>3d</source>
        <comment>choice</comment>
        <translation>3d</translation>
    </message>
    <message>
        <source>n-1</source>
        <comment>choice</comment>
        <translation>n-1</translation>
    </message>
    <message>
        <source>official</source>
        <comment>choice</comment>
        <translation>按作者代码 (official)</translation>
    </message>
    <message>
        <source>Clips of each side in a measurement; fewer where the dataset has fewer</source>
        <translation>测量时每一侧的片段数；数据集较小时相应减少</translation>
    </message>
    <message>
        <source>Course of the learning rates over the steps</source>
        <translation>学习率随步数的变化</translation>
    </message>
    <message>
        <source>Decay of the running average of the generator&apos;s weights, which samples and metrics then use; 0: no average</source>
        <translation>生成器权重滑动平均的衰减率，样本和指标将使用平均权重；0：不平均</translation>
    </message>
    <message>
        <source>Free megabytes of memory likewise</source>
        <translation>内存的可用兆字节数，同上</translation>
    </message>
    <message>
        <source>Free megabytes of the run&apos;s disk below which it is nearly full; 0: no alarm</source>
        <translation>运行所在磁盘的可用兆字节数低于此值即视为将满；0：不报警</translation>
    </message>
    <message>
        <source>How often a run goes back before it stops</source>
        <translation>运行停止前最多回退的次数</translation>
    </message>
    <message>
        <source>Longest gradient of an update (2-norm over its parameters); longer ones are scaled down; 0: any</source>
        <translation>一次更新的最大梯度长度（其参数的 2-范数）；更长的会被缩小；0：不限</translation>
    </message>
    <message>
        <source>Mean accuracy on real and on generated clips from which a discriminator is saturated; 1: never</source>
        <translation>判别器在真实和生成片段上的平均准确率达到此值即视为饱和；1：从不</translation>
    </message>
    <message>
        <source>Metrics to measure while training, separated by commas (kinora evaluate --list); empty: none</source>
        <translation>训练时测量的指标，以逗号分隔（kinora evaluate --list）；留空：无</translation>
    </message>
    <message>
        <source>Numbers that a step computes with; tf32 is fp32 with the faster convolutions of a GPU, bf16 and fp16 are mixed precision</source>
        <translation>计算所用的数值格式；tf32 为使用 GPU 快速卷积的 fp32，bf16 和 fp16 为混合精度</translation>
    </message>
    <message>
        <source>One of the metrics: the checkpoint with its best value is kept as the best; empty: the last one is</source>
        <translation>指标之一：其值最佳的检查点作为最佳保留；留空：以最后一个为最佳</translation>
    </message>
    <message>
        <source>Parts that a batch is computed in, one after another, to need less memory</source>
        <translation>将一个批次分为若干部分依次计算，以减少内存需求</translation>
    </message>
    <message>
        <source>Points of the curves that this mean is over</source>
        <translation>此均值所覆盖的曲线点数</translation>
    </message>
    <message>
        <source>Share of the data&apos;s diversity below which the samples have collapsed; 0: never</source>
        <translation>样本多样性低于数据多样性的此比例即视为坍缩；0：从不</translation>
    </message>
    <message>
        <source>Share of the learning rates that it ends with</source>
        <translation>结束时学习率所占的比例</translation>
    </message>
    <message>
        <source>Step at which it has decayed; 0: the run&apos;s last step</source>
        <translation>衰减结束的步；0：运行的最后一步</translation>
    </message>
    <message>
        <source>Step before which samples that are alike raise no alarm: the generator may have learnt nothing yet</source>
        <translation>在此步之前样本相似不报警：生成器可能尚未学到任何东西</translation>
    </message>
    <message>
        <source>Step from which a linear or cosine schedule decays</source>
        <translation>线性或余弦计划开始衰减的步</translation>
    </message>
    <message>
        <source>Steps after which a step schedule multiplies the learning rates once more</source>
        <translation>阶梯计划每隔多少步再次乘以系数</translation>
    </message>
    <message>
        <source>Steps between measurements</source>
        <translation>两次测量之间的步数</translation>
    </message>
    <message>
        <source>Steps between norms of gradients and weights in the curves; 0: never</source>
        <translation>曲线中梯度与权重范数之间的步数；0：从不</translation>
    </message>
    <message>
        <source>Steps in which the learning rates rise from 0 at first</source>
        <translation>开始时学习率从 0 上升所用的步数</translation>
    </message>
    <message>
        <source>Use algorithms alone that give the same bits every time, also on a GPU; slower</source>
        <translation>仅使用每次结果逐位相同的算法，GPU 上亦然；较慢</translation>
    </message>
    <message>
        <source>What going back multiplies the learning rates by</source>
        <translation>回退时学习率乘以的系数</translation>
    </message>
    <message>
        <source>What it multiplies them by</source>
        <translation>所乘的系数</translation>
    </message>
    <message>
        <source>When a discriminator is always right, or the samples have become alike</source>
        <translation>当判别器总是正确，或样本变得雷同时</translation>
    </message>
    <message>
        <source>When something is not a number, or disk or memory are nearly full: stop, go back to the last good checkpoint, or go on</source>
        <translation>当出现非数值，或磁盘、内存将满时：停止、回退到最后一个完好的检查点，或继续</translation>
    </message>
    <message>
        <source>accumulation</source>
        <translation>梯度累积</translation>
    </message>
    <message>
        <source>alarm_policy</source>
        <translation>警报策略</translation>
    </message>
    <message>
        <source>balance_policy</source>
        <translation>失衡策略</translation>
    </message>
    <message>
        <source>best_metric</source>
        <translation>最佳指标</translation>
    </message>
    <message>
        <source>clip_gradient_norm</source>
        <translation>梯度范数裁剪</translation>
    </message>
    <message>
        <source>collapse_ratio</source>
        <translation>坍缩比例</translation>
    </message>
    <message>
        <source>collapse_start</source>
        <translation>坍缩检查起始步</translation>
    </message>
    <message>
        <source>cuda_graph</source>
        <translation>CUDA 图（录制训练步）</translation>
    </message>
    <message>
        <source>decay_end</source>
        <translation>衰减结束步</translation>
    </message>
    <message>
        <source>decay_start</source>
        <translation>衰减起始步</translation>
    </message>
    <message>
        <source>deterministic</source>
        <translation>确定性</translation>
    </message>
    <message>
        <source>disk_reserve_mb</source>
        <translation>磁盘余量 (MB)</translation>
    </message>
    <message>
        <source>ema_decay</source>
        <translation>EMA 衰减率</translation>
    </message>
    <message>
        <source>false: go on when something is not a number, whatever alarm_policy says</source>
        <translation>false：出现非数值时继续，无论 alarm_policy 如何</translation>
    </message>
    <message>
        <source>final_rate</source>
        <translation>最终比例</translation>
    </message>
    <message>
        <source>memory_reserve_mb</source>
        <translation>内存余量 (MB)</translation>
    </message>
    <message>
        <source>metric_clips</source>
        <translation>指标片段数</translation>
    </message>
    <message>
        <source>metric_interval</source>
        <translation>指标间隔</translation>
    </message>
    <message>
        <source>metrics</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>norm_interval</source>
        <translation>范数间隔</translation>
    </message>
    <message>
        <source>precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>roll_back_factor</source>
        <translation>回退系数</translation>
    </message>
    <message>
        <source>roll_backs</source>
        <translation>回退次数</translation>
    </message>
    <message>
        <source>saturation_accuracy</source>
        <translation>饱和准确率</translation>
    </message>
    <message>
        <source>saturation_steps</source>
        <translation>饱和步数</translation>
    </message>
    <message>
        <source>schedule</source>
        <translation>学习率计划</translation>
    </message>
    <message>
        <source>step_every</source>
        <translation>阶梯间隔</translation>
    </message>
    <message>
        <source>step_factor</source>
        <translation>阶梯系数</translation>
    </message>
    <message>
        <source>warmup_steps</source>
        <translation>预热步数</translation>
    </message>
    <message>
        <source>bf16</source>
        <comment>choice</comment>
        <translation>bf16</translation>
    </message>
    <message>
        <source>constant</source>
        <comment>choice</comment>
        <translation>恒定</translation>
    </message>
    <message>
        <source>cosine</source>
        <comment>choice</comment>
        <translation>余弦</translation>
    </message>
    <message>
        <source>fp16</source>
        <comment>choice</comment>
        <translation>fp16</translation>
    </message>
    <message>
        <source>fp32</source>
        <comment>choice</comment>
        <translation>fp32</translation>
    </message>
    <message>
        <source>go_on</source>
        <comment>choice</comment>
        <translation>继续</translation>
    </message>
    <message>
        <source>roll_back</source>
        <comment>choice</comment>
        <translation>回退</translation>
    </message>
    <message>
        <source>step</source>
        <comment>choice</comment>
        <translation>阶梯</translation>
    </message>
    <message>
        <source>stop</source>
        <comment>choice</comment>
        <translation>停止</translation>
    </message>
    <message>
        <source>tf32</source>
        <comment>choice</comment>
        <translation>tf32</translation>
    </message>
    <message>
        <source>A GAN that animates one picture: an encoder keeps who is seen, a class and noise say how it moves, a decoder of transposed (1+2)D convolutions makes all frames at once.</source>
        <translation>让一张图片动起来的 GAN：编码器保留画面中的人，类别和噪声决定如何运动，由转置 (1+2)D 卷积构成的解码器一次生成所有帧。</translation>
    </message>
    <message>
        <source>A GAN that composes a clip of a moving foreground, a mask and a still background, all made of one code at once. A video discriminator trains it.</source>
        <translation>由运动前景、遮罩和静止背景合成片段的 GAN，三者都由同一个编码一次生成。由视频判别器训练。</translation>
    </message>
    <message>
        <source>A GAN that draws a clip frame by frame: a content code stays, a recurrent network turns noise into a path of motion codes. An image and a video discriminator train it.</source>
        <translation>逐帧绘制片段的 GAN：内容编码保持不变，循环网络把噪声变成运动编码的路径。由图像判别器和视频判别器训练。</translation>
    </message>
    <message>
        <source>A variational autoencoder that continues given frames: at every step a recurrent network predicts the next frame from the last one and a random motion code.</source>
        <translation>续写给定帧的变分自编码器：每一步由循环网络根据上一帧和随机运动编码预测下一帧。</translation>
    </message>
    <message>
        <source>Adam step size</source>
        <translation>Adam 步长</translation>
    </message>
    <message>
        <source>Adam step size of the discriminator</source>
        <translation>判别器的 Adam 步长</translation>
    </message>
    <message>
        <source>Added to every motion code after the recurrent cell, m_t + s, kept within 1.5: another pose or place with the same course. 0 leaves it as it is.</source>
        <translation>加到循环单元之后的每个运动编码上，m_t + s，限制在 1.5 以内：走势相同而姿态或位置不同。0 表示不变。</translation>
    </message>
    <message>
        <source>Amount of motion</source>
        <translation>运动幅度</translation>
    </message>
    <message>
        <source>Appearance and motion together: the clip m(z) f(z) + (1 - m(z)) b(z) is made of one code, and the method does not separate the two.</source>
        <translation>外观与运动合在一起：片段 m(z) f(z) + (1 - m(z)) b(z) 由一个编码生成，该方法不区分二者。</translation>
    </message>
    <message>
        <source>Background</source>
        <translation>背景</translation>
    </message>
    <message>
        <source>Channels of the encoder&apos;s last output p</source>
        <translation>编码器最后输出 p 的通道数</translation>
    </message>
    <message>
        <source>Channels of the frames that the networks see: 3, or 1 for the first channel alone (grey)</source>
        <translation>网络所见帧的通道数：3，或 1 表示只取第一个通道（灰度）</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Class label of the dataset that the category stands for; auto: the first of the motion, if there is one; none: no labels</source>
        <translation>类别所代表的数据集类别标签；auto：运动类标签中的第一个（若有）；none：不用标签</translation>
    </message>
    <message>
        <source>Class label of the dataset that the motion is conditioned on; auto: the first of the motion</source>
        <translation>作为运动条件的数据集类别标签；auto：运动类标签中的第一个</translation>
    </message>
    <message>
        <source>Clips of a batch that the video discriminator sees; 0: all. The image discriminator sees as many frames as the batch has clips</source>
        <translation>一批中视频判别器所见的片段数；0：全部。图像判别器所见的帧数等于该批的片段数</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>Codes are</source>
        <translation>编码为</translation>
    </message>
    <message>
        <source>Codes of the given frames</source>
        <translation>给定帧的编码</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Distance between the frames of a training clip</source>
        <translation>训练片段中相邻帧的间隔</translation>
    </message>
    <message>
        <source>Factor of the class, s c: 1 is what training shows.</source>
        <translation>类别的系数 s c：1 与训练时相同。</translation>
    </message>
    <message>
        <source>Foreground</source>
        <translation>前景</translation>
    </message>
    <message>
        <source>Frame encoder and decoder</source>
        <translation>帧编码器与解码器</translation>
    </message>
    <message>
        <source>Frames predicted in training</source>
        <translation>训练时预测的帧数</translation>
    </message>
    <message>
        <source>Generated frames for the image discriminator: one of each clip drawn, or as the authors do, out of 32 clips for each frame</source>
        <translation>供图像判别器使用的生成帧：每个片段抽一帧，或像作者那样，每一帧从 32 个片段中选取</translation>
    </message>
    <message>
        <source>Give each stream a code of its own when generating (ours; training always gives both the same)</source>
        <translation>生成时给每个流各自的编码（本程序所加；训练时二者总是相同）</translation>
    </message>
    <message>
        <source>Given frames</source>
        <translation>给定帧</translation>
    </message>
    <message>
        <source>Given frames; 2 or more</source>
        <translation>给定帧数；至少 2</translation>
    </message>
    <message>
        <source>How far the motion codes leave their mean: mean + a (m_t - mean). 0 freezes the clip, 1 leaves it as it is.</source>
        <translation>运动编码偏离其均值的程度：mean + a (m_t - mean)。0 使片段静止，1 表示不变。</translation>
    </message>
    <message>
        <source>How fast the path of motion codes is walked: frame t shows m at the time v t. 1 leaves it as it is, smaller is slower.</source>
        <translation>沿运动编码路径行进的速度：第 t 帧显示时刻 v t 的 m。1 表示不变，越小越慢。</translation>
    </message>
    <message>
        <source>How it does it: z of D(z, c, E(image)). Training pulls every clip to one true clip (100 times the absolute difference), so expect small changes.</source>
        <translation>如何运动：D(z, c, E(image)) 中的 z。训练把每个片段拉向唯一的真实片段（绝对差的 100 倍），因此变化很小。</translation>
    </message>
    <message>
        <source>How much of the foreground is laid over the background: the mask is min(s m, 1). 0 shows the still background, 1 the clip as it was made.</source>
        <translation>前景覆盖背景的程度：遮罩为 min(s m, 1)。0 只显示静止背景，1 为原样的片段。</translation>
    </message>
    <message>
        <source>How much of the second class there is, frame by frame: the class is (1 - m_t) c + m_t c&apos;. Training shows pure classes for whole clips only. The decoder&apos;s first stage sees the mean over time.</source>
        <translation>逐帧给出第二类别的比例：类别为 (1 - m_t) c + m_t c&apos;。训练中整个片段只出现单一类别。解码器的第一级看到的是时间平均。</translation>
    </message>
    <message>
        <source>Initial weights: as PyTorch 0.2 gave them, or as today&apos;s library does</source>
        <translation>初始权重：按 PyTorch 0.2 的方式，或按现今库的方式</translation>
    </message>
    <message>
        <source>Judge of clips: one logit per clip with the category head, or one per patch without</source>
        <translation>片段判别器：带类别头时每个片段一个 logit，不带时每个图块一个</translation>
    </message>
    <message>
        <source>Judge of frames: one logit per patch, or one per frame</source>
        <translation>帧判别器：每个图块一个 logit，或每帧一个</translation>
    </message>
    <message>
        <source>Judge the generator with the updated discriminator anew; false: with the activations of before its update, as the authors&apos; program does</source>
        <translation>用更新后的判别器重新评判生成器；false：像作者的程序那样，用更新前的激活</translation>
    </message>
    <message>
        <source>LSTM layers of the frame predictor</source>
        <translation>帧预测器的 LSTM 层数</translation>
    </message>
    <message>
        <source>LSTM layers of the learned prior</source>
        <translation>学习先验的 LSTM 层数</translation>
    </message>
    <message>
        <source>LSTM layers of the posterior</source>
        <translation>后验的 LSTM 层数</translation>
    </message>
    <message>
        <source>Lay the skips of the frame seen last into the decoder, also of predicted frames; false: those of the last but one given frame for good</source>
        <translation>把最近所见帧（包括预测帧）的跳跃连接送入解码器；false：始终使用倒数第二个给定帧的跳跃连接</translation>
    </message>
    <message>
        <source>Mask</source>
        <translation>遮罩</translation>
    </message>
    <message>
        <source>Masked foreground</source>
        <translation>遮罩后的前景</translation>
    </message>
    <message>
        <source>Mixture</source>
        <translation>混合</translation>
    </message>
    <message>
        <source>Motion codes</source>
        <translation>运动编码</translation>
    </message>
    <message>
        <source>Motion path</source>
        <translation>运动路径</translation>
    </message>
    <message>
        <source>Moving foreground over a still background; the video stream alone; or both streams made of a first frame</source>
        <translation>静止背景上的运动前景；仅视频流；或由首帧生成两个流</translation>
    </message>
    <message>
        <source>Names of the categories, separated by commas; empty: those of the label</source>
        <translation>类别名称，以逗号分隔；留空：取标签的名称</translation>
    </message>
    <message>
        <source>Names of the classes, separated by commas; empty: those of the label</source>
        <translation>类别名称，以逗号分隔；留空：取标签的名称</translation>
    </message>
    <message>
        <source>Noise</source>
        <translation>噪声</translation>
    </message>
    <message>
        <source>Normalisation</source>
        <translation>归一化</translation>
    </message>
    <message>
        <source>Number of categories where there are no labels; 0: none</source>
        <translation>没有标签时的类别数；0：无</translation>
    </message>
    <message>
        <source>Number of classes where their names are not given</source>
        <translation>未给出名称时的类别数</translation>
    </message>
    <message>
        <source>Numbers in a motion code, which is also the state of the recurrent cell</source>
        <translation>运动编码的维数，也是循环单元状态的维数</translation>
    </message>
    <message>
        <source>Numbers in the code z</source>
        <translation>编码 z 的维数</translation>
    </message>
    <message>
        <source>Numbers in the content code</source>
        <translation>内容编码的维数</translation>
    </message>
    <message>
        <source>Numbers in the motion code of a frame</source>
        <translation>每帧运动编码的维数</translation>
    </message>
    <message>
        <source>Numbers in the noise z</source>
        <translation>噪声 z 的维数</translation>
    </message>
    <message>
        <source>Numbers that a frame is encoded into</source>
        <translation>一帧编码后的维数</translation>
    </message>
    <message>
        <source>Paper: BAIR robot pushing, learned prior (batch 100)</source>
        <translation>论文：BAIR 机器人推物，学习先验（批大小 100）</translation>
    </message>
    <message>
        <source>Paper: KTH actions, fixed prior (batch 100)</source>
        <translation>论文：KTH 动作，固定先验（批大小 100）</translation>
    </message>
    <message>
        <source>Paper: MUG facial expressions (batch 64)</source>
        <translation>论文：MUG 面部表情（批大小 64）</translation>
    </message>
    <message>
        <source>Paper: Stochastic Moving MNIST, learned prior (batch 100)</source>
        <translation>论文：随机移动 MNIST，学习先验（批大小 100）</translation>
    </message>
    <message>
        <source>Paper: from a first frame (batch 32)</source>
        <translation>论文：由首帧生成（批大小 32）</translation>
    </message>
    <message>
        <source>Paper: two streams (batch 64)</source>
        <translation>论文：双流（批大小 64）</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Prior of the motion codes: learned (SVG-LP) or fixed, N(0, 1) (SVG-FP)</source>
        <translation>运动编码的先验：学习得到 (SVG-LP) 或固定为 N(0, 1) (SVG-FP)</translation>
    </message>
    <message>
        <source>Randomness</source>
        <translation>随机性</translation>
    </message>
    <message>
        <source>Second class</source>
        <translation>第二类别</translation>
    </message>
    <message>
        <source>Share of every parameter that is added to its gradient</source>
        <translation>加到每个参数梯度上的该参数的比例</translation>
    </message>
    <message>
        <source>Shift of the path</source>
        <translation>路径的平移</translation>
    </message>
    <message>
        <source>Small, for builtin:puppets on a processor</source>
        <translation>小型，用于在处理器上训练 builtin:puppets</translation>
    </message>
    <message>
        <source>Small, for builtin:puppets?frames=32 on a processor</source>
        <translation>小型，用于在处理器上训练 builtin:puppets?frames=32</translation>
    </message>
    <message>
        <source>Standard deviation of the noise on the inputs of the discriminators&apos; layers; 0: none</source>
        <translation>判别器各层输入上噪声的标准差；0：无</translation>
    </message>
    <message>
        <source>Start of the motion</source>
        <translation>运动的起点</translation>
    </message>
    <message>
        <source>Statistics of batch normalisation: the running ones of training, or those of the clips generated together, with which the authors&apos; numbers for the learned prior were made; a clip then depends on its neighbours.</source>
        <translation>批归一化的统计量：训练时的滑动统计，或一起生成的片段的统计（作者学习先验的数值即由此得到）；后者会使片段依赖于同批的其他片段。</translation>
    </message>
    <message>
        <source>Strength of the class</source>
        <translation>类别强度</translation>
    </message>
    <message>
        <source>Strength of the mask</source>
        <translation>遮罩强度</translation>
    </message>
    <message>
        <source>Tempo</source>
        <translation>节奏</translation>
    </message>
    <message>
        <source>The authors&apos; program as it starts (batch 10, three clips)</source>
        <translation>作者程序的默认启动设置（批大小 10，三个片段）</translation>
    </message>
    <message>
        <source>The authors&apos; recommended settings (batch 32)</source>
        <translation>作者推荐的设置（批大小 32）</translation>
    </message>
    <message>
        <source>The category enters the recurrent cell, as in the paper, instead of the image generator, as in the authors&apos; program</source>
        <translation>类别像论文那样进入循环单元，而不是像作者程序那样进入图像生成器</translation>
    </message>
    <message>
        <source>The class that the mixture leads to. It does nothing while the mixture is 0.</source>
        <translation>混合所趋向的类别。混合为 0 时不起作用。</translation>
    </message>
    <message>
        <source>The generator must show the category that it was given</source>
        <translation>生成器必须表现出给定的类别</translation>
    </message>
    <message>
        <source>The given frames have codes too, of the posterior: its mean, so that a clip can be repeated, or draws from it, as the authors&apos; script for the learned prior does.</source>
        <translation>给定帧也有来自后验的编码：取其均值，使片段可以重现；或像作者学习先验的脚本那样从中抽样。</translation>
    </message>
    <message>
        <source>The still picture behind it</source>
        <translation>后面的静止画面</translation>
    </message>
    <message>
        <source>The video discriminator learns the labels of real clips</source>
        <translation>视频判别器学习真实片段的标签</translation>
    </message>
    <message>
        <source>The video discriminator&apos;s category head also learns from generated clips (ours, for categories without labels)</source>
        <translation>视频判别器的类别头也从生成片段学习（本程序所加，用于无标签的类别）</translation>
    </message>
    <message>
        <source>Weight of the divergence between posterior and prior</source>
        <translation>后验与先验之间散度的权重</translation>
    </message>
    <message>
        <source>Weight of the first frame&apos;s mean absolute difference in the generator&apos;s loss (conditional)</source>
        <translation>生成器损失中首帧平均绝对差的权重（条件生成）</translation>
    </message>
    <message>
        <source>Weight of the mean absolute difference to the real clip</source>
        <translation>与真实片段平均绝对差的权重</translation>
    </message>
    <message>
        <source>Weight of the mean of the mask in the generator&apos;s loss (two streams)</source>
        <translation>生成器损失中遮罩均值的权重（双流）</translation>
    </message>
    <message>
        <source>What drives the motion, frame by frame: e_t of m_t = GRU(e_t, m_(t-1)). A step changes its own frame and later ones, never an earlier one. Moving all steps together gives a different motion; a single step mostly a jerk.</source>
        <translation>逐帧驱动运动：m_t = GRU(e_t, m_(t-1)) 中的 e_t。某一步改变其所在帧及之后的帧，从不影响之前的帧。一起移动所有步得到不同的运动；单独一步多半只是一次抖动。</translation>
    </message>
    <message>
        <source>What happens next, frame by frame: z_t = mu_t + tau sigma_t u_t, with the prior&apos;s mean and deviation at that moment. A change enters at its own frame and acts on all later ones, never on an earlier one.</source>
        <translation>逐帧决定接下来发生什么：z_t = mu_t + tau sigma_t u_t，取该时刻先验的均值和标准差。改变从其所在帧进入并作用于之后所有帧，从不影响之前的帧。</translation>
    </message>
    <message>
        <source>What is continued. There is no code of the appearance: background and texture reach x_t = Dec(h_t, skips) from the last but one of these frames.</source>
        <translation>要续写的帧。没有外观编码：背景和纹理从这些帧的倒数第二帧经 x_t = Dec(h_t, skips) 传入。</translation>
    </message>
    <message>
        <source>What is shown. Every frame is G(content, category, m_t) with the same content; the motion codes m_t do not depend on it, so changing it alone keeps the motion exactly.</source>
        <translation>显示的内容。每一帧都是 G(content, category, m_t)，内容相同；运动编码 m_t 与之无关，因此只改变它时运动完全不变。</translation>
    </message>
    <message>
        <source>What it does: the class c of D(z, c, E(image)), one of those that the system was trained with.</source>
        <translation>做什么：D(z, c, E(image)) 的类别 c，为系统训练时的类别之一。</translation>
    </message>
    <message>
        <source>What of it the mask lets through; elsewhere grey</source>
        <translation>遮罩透过的部分；其余为灰色</translation>
    </message>
    <message>
        <source>What the video stream makes, everywhere</source>
        <translation>视频流在各处生成的内容</translation>
    </message>
    <message>
        <source>Where the motion begins: h_0 of the recurrent cell, m_t = GRU(e_t, m_(t-1)) with m_0 = h_0. Its effect fades with time.</source>
        <translation>运动的起点：循环单元的 h_0，m_t = GRU(e_t, m_(t-1))，m_0 = h_0。其影响随时间减弱。</translation>
    </message>
    <message>
        <source>Whether the motion codes are deviations from the prior, or z_t itself, whatever the given frames are: the same motion for other frames.</source>
        <translation>运动编码是相对先验的偏差，还是 z_t 本身（与给定帧无关）：给别的帧同样的运动。</translation>
    </message>
    <message>
        <source>White where the foreground is shown, black where the background is</source>
        <translation>显示前景处为白色，显示背景处为黑色</translation>
    </message>
    <message>
        <source>Who or what is animated: clip = D(z, c, E(image)), where E gives a code and four maps that are laid into every stage of the decoder. There is no other code of the appearance.</source>
        <translation>要动起来的人或物：clip = D(z, c, E(image))，其中 E 给出一个编码和四张送入解码器各级的特征图。没有其他外观编码。</translation>
    </message>
    <message>
        <source>Width of the encoder&apos;s first layer, the decoder&apos;s last block and the discriminators&apos; first layer</source>
        <translation>编码器第一层、解码器最后一块和判别器第一层的宽度</translation>
    </message>
    <message>
        <source>Width of the encoder&apos;s first stage</source>
        <translation>编码器第一级的宽度</translation>
    </message>
    <message>
        <source>Width of the generator&apos;s last hidden layer and of the discriminator&apos;s first; the conditional generator of the paper has 128</source>
        <translation>生成器最后隐藏层和判别器第一层的宽度；论文的条件生成器为 128</translation>
    </message>
    <message>
        <source>Width of the generator&apos;s last layer and of the discriminators&apos; first</source>
        <translation>生成器最后一层和判别器第一层的宽度</translation>
    </message>
    <message>
        <source>Width of the recurrent layers</source>
        <translation>循环层的宽度</translation>
    </message>
    <message>
        <source>Widths between the temporal and spatial layers of the five decoder blocks, separated by commas; empty: 64, 48, 24 and 12 times the width, and 36</source>
        <translation>五个解码块中时间层与空间层之间的宽度，以逗号分隔；留空：宽度的 64、48、24、12 倍，以及 36</translation>
    </message>
    <message>
        <source>backbone</source>
        <translation>主干网络</translation>
    </message>
    <message>
        <source>batch</source>
        <translation>批统计</translation>
    </message>
    <message>
        <source>beta</source>
        <translation>beta</translation>
    </message>
    <message>
        <source>category_into_gru</source>
        <translation>类别进入 GRU</translation>
    </message>
    <message>
        <source>channels</source>
        <translation>通道数</translation>
    </message>
    <message>
        <source>class 1</source>
        <translation>类别 1</translation>
    </message>
    <message>
        <source>class 2</source>
        <translation>类别 2</translation>
    </message>
    <message>
        <source>class 3</source>
        <translation>类别 3</translation>
    </message>
    <message>
        <source>class 4</source>
        <translation>类别 4</translation>
    </message>
    <message>
        <source>class 5</source>
        <translation>类别 5</translation>
    </message>
    <message>
        <source>class 6</source>
        <translation>类别 6</translation>
    </message>
    <message>
        <source>classes</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>code_dim</source>
        <translation>编码维数</translation>
    </message>
    <message>
        <source>content_dim</source>
        <translation>内容维数</translation>
    </message>
    <message>
        <source>drawn</source>
        <translation>抽样</translation>
    </message>
    <message>
        <source>first_frame_weight</source>
        <translation>首帧权重</translation>
    </message>
    <message>
        <source>g_dim</source>
        <translation>帧编码维数</translation>
    </message>
    <message>
        <source>image_discriminator</source>
        <translation>图像判别器</translation>
    </message>
    <message>
        <source>image_sampling</source>
        <translation>图像抽样</translation>
    </message>
    <message>
        <source>infogan_on_fakes</source>
        <translation>在生成片段上用 InfoGAN</translation>
    </message>
    <message>
        <source>init</source>
        <translation>初始化</translation>
    </message>
    <message>
        <source>label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>last_frame_skip</source>
        <translation>最近帧跳跃连接</translation>
    </message>
    <message>
        <source>mask_weight</source>
        <translation>遮罩权重</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>均值</translation>
    </message>
    <message>
        <source>mid_channels</source>
        <translation>中间通道数</translation>
    </message>
    <message>
        <source>n_future</source>
        <translation>预测帧数</translation>
    </message>
    <message>
        <source>n_past</source>
        <translation>给定帧数</translation>
    </message>
    <message>
        <source>noise_sigma</source>
        <translation>噪声标准差</translation>
    </message>
    <message>
        <source>posterior_layers</source>
        <translation>后验层数</translation>
    </message>
    <message>
        <source>predictor_layers</source>
        <translation>预测器层数</translation>
    </message>
    <message>
        <source>prior_layers</source>
        <translation>先验层数</translation>
    </message>
    <message>
        <source>reconstruction_weight</source>
        <translation>重建权重</translation>
    </message>
    <message>
        <source>refresh_discriminator</source>
        <translation>重新评判</translation>
    </message>
    <message>
        <source>relative to the prior</source>
        <translation>相对先验</translation>
    </message>
    <message>
        <source>rnn_size</source>
        <translation>循环层宽度</translation>
    </message>
    <message>
        <source>running</source>
        <translation>滑动统计</translation>
    </message>
    <message>
        <source>split_codes</source>
        <translation>分开编码</translation>
    </message>
    <message>
        <source>taken as they are</source>
        <translation>原样采用</translation>
    </message>
    <message>
        <source>tau of the motion codes: 0 takes the prior&apos;s mean at every step, 1 is what training shows.</source>
        <translation>运动编码的 tau：0 表示每一步取先验均值，1 与训练时相同。</translation>
    </message>
    <message>
        <source>use_categories</source>
        <translation>使用类别</translation>
    </message>
    <message>
        <source>use_infogan</source>
        <translation>使用 InfoGAN</translation>
    </message>
    <message>
        <source>variant</source>
        <translation>变体</translation>
    </message>
    <message>
        <source>video_clips</source>
        <translation>视频片段数</translation>
    </message>
    <message>
        <source>weight_decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>z_dim</source>
        <translation>z 维数</translation>
    </message>
    <message>
        <source>conditional</source>
        <comment>choice</comment>
        <translation>条件</translation>
    </message>
    <message>
        <source>dcgan</source>
        <comment>choice</comment>
        <translation>DCGAN</translation>
    </message>
    <message>
        <source>fp</source>
        <comment>choice</comment>
        <translation>固定先验 (FP)</translation>
    </message>
    <message>
        <source>frames</source>
        <comment>choice</comment>
        <translation>帧</translation>
    </message>
    <message>
        <source>full</source>
        <comment>choice</comment>
        <translation>完整</translation>
    </message>
    <message>
        <source>lp</source>
        <comment>choice</comment>
        <translation>学习先验 (LP)</translation>
    </message>
    <message>
        <source>modern</source>
        <comment>choice</comment>
        <translation>现今</translation>
    </message>
    <message>
        <source>one_stream</source>
        <comment>choice</comment>
        <translation>单流</translation>
    </message>
    <message>
        <source>original</source>
        <comment>choice</comment>
        <translation>原始</translation>
    </message>
    <message>
        <source>patch</source>
        <comment>choice</comment>
        <translation>图块</translation>
    </message>
    <message>
        <source>two_stream</source>
        <comment>choice</comment>
        <translation>双流</translation>
    </message>
    <message>
        <source>vgg</source>
        <comment>choice</comment>
        <translation>VGG</translation>
    </message>
    <message>
        <source>Clips that are continued together; 0: one on a processor, eight on a GPU. Matters only where a clip depends on its neighbours</source>
        <translation>一起延续的片段数；0：在处理器上为一个，在 GPU 上为八个。仅当一个片段依赖其相邻片段时才有影响</translation>
    </message>
    <message>
        <source>Continuations of every clip (N); papers: 100</source>
        <translation>每个片段的延续次数 (N)；论文为 100</translation>
    </message>
    <message>
        <source>Frames that are given and not scored; 0: as many as the system takes. More: it gets the last of them, so that systems that take fewer can be compared</source>
        <translation>给定且不计分的帧数；0：与系统所需一致。更多时系统取其最后几帧，以便与所需较少的系统比较</translation>
    </message>
    <message>
        <source>Mean square of every channel, or one over all</source>
        <translation>各通道分别计算均方，或合为一个</translation>
    </message>
    <message>
        <source>PSNR of the predicted frames of the best of N continuations of every clip, with SSIM, the mean of all continuations and the last given frame repeated. For systems that are given frames or a picture.</source>
        <translation>每个片段 N 次延续中最佳者的预测帧的 PSNR，以及 SSIM、所有延续的平均值和重复最后给定帧的结果。适用于以帧或图片为输入的系统。</translation>
    </message>
    <message>
        <source>Paper&apos;s figures: KTH actions at 128 px, fixed prior (batch 100)</source>
        <translation>论文插图：128 像素的 KTH 动作，固定先验（批大小 100）</translation>
    </message>
    <message>
        <source>Paper: one stream (batch 64)</source>
        <translation>论文：单流（批大小 64）</translation>
    </message>
    <message>
        <source>Patches in both discriminators, without categories (batch 32)</source>
        <translation>两个判别器均用图块，无类别（批大小 32）</translation>
    </message>
    <message>
        <source>Prediction, best of N</source>
        <translation>预测，N 中最佳</translation>
    </message>
    <message>
        <source>Real clips that are continued</source>
        <translation>被延续的真实片段数</translation>
    </message>
    <message>
        <source>Round predicted frames to bytes before they are compared</source>
        <translation>比较前将预测帧舍入为字节</translation>
    </message>
    <message>
        <source>Two streams, with the authors&apos; order of updates (batch 64)</source>
        <translation>双流，按作者的更新顺序（批大小 64）</translation>
    </message>
    <message>
        <source>Values of the system&apos;s settings, separated by commas: temperature=0.5,past_codes=drawn; others stay neutral</source>
        <translation>系统设置的值，以逗号分隔：temperature=0.5,past_codes=drawn；其余保持中性</translation>
    </message>
    <message>
        <source>Weizmann actions from strips (batch 32)</source>
        <translation>来自条带的 Weizmann 动作（批大小 32）</translation>
    </message>
    <message>
        <source>Weizmann actions from strips, learned prior (batch 16)</source>
        <translation>来自条带的 Weizmann 动作，学习先验（批大小 16）</translation>
    </message>
    <message>
        <source>Weizmann actions from strips: still camera, two streams (batch 32)</source>
        <translation>来自条带的 Weizmann 动作：静止相机，双流（批大小 32）</translation>
    </message>
    <message>
        <source>Weizmann actions from the authors&apos; strips (batch 32)</source>
        <translation>来自作者条带的 Weizmann 动作（批大小 32）</translation>
    </message>
    <message>
        <source>Window 7 with range 1; the same with range 2, as SVG&apos;s authors computed it (higher numbers); Gaussian window 11</source>
        <translation>窗口 7，值域 1；同上但值域为 2，如 SVG 作者的计算（数值更高）；高斯窗口 11</translation>
    </message>
    <message>
        <source>Without categories (batch 32)</source>
        <translation>无类别（批大小 32）</translation>
    </message>
    <message>
        <source>dB (ssim: up to 1)</source>
        <translation>dB（ssim：最大为 1）</translation>
    </message>
    <message>
        <source>eight_bit</source>
        <translation>八位</translation>
    </message>
    <message>
        <source>given</source>
        <translation>给定</translation>
    </message>
    <message>
        <source>given frames</source>
        <translation>给定帧数</translation>
    </message>
    <message>
        <source>psnr</source>
        <translation>PSNR</translation>
    </message>
    <message>
        <source>samples</source>
        <translation>样本数</translation>
    </message>
    <message>
        <source>settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>ssim</source>
        <translation>SSIM</translation>
    </message>
    <message>
        <source>channels</source>
        <comment>choice</comment>
        <translation>各通道 (channels)</translation>
    </message>
    <message>
        <source>skimage</source>
        <comment>choice</comment>
        <translation>skimage</translation>
    </message>
    <message>
        <source>svg</source>
        <comment>choice</comment>
        <translation>svg</translation>
    </message>
    <message>
        <source>wang</source>
        <comment>choice</comment>
        <translation>wang</translation>
    </message>
    <message>
        <source>Appearance and motion together: the whole clip is made of one code, and the method does not separate the two.</source>
        <translation>外观与运动合在一起：整个片段由一个编码生成，该方法不区分二者。</translation>
    </message>
    <message>
        <source>Category</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Code of the background</source>
        <translation>背景编码</translation>
    </message>
    <message>
        <source>Code of the foreground</source>
        <translation>前景编码</translation>
    </message>
    <message>
        <source>First frame</source>
        <translation>首帧</translation>
    </message>
    <message>
        <source>The kind of motion, one for the whole clip.</source>
        <translation>运动的种类，整个片段只有一种。</translation>
    </message>
    <message>
        <source>The picture that the clip begins with. There is no code: one frame gives one clip.</source>
        <translation>片段开头的图片。没有编码：一帧对应一个片段。</translation>
    </message>
    <message>
        <source>The still background b(z_b) of m f + (1 - m) b. In training both streams had the same code, so separate ones never occurred: seams and colours that do not match are to be expected.</source>
        <translation>m f + (1 - m) b 中的静止背景 b(z_b)。训练时两个流使用同一编码，从未出现过不同编码：可能出现接缝和不协调的颜色。</translation>
    </message>
    <message>
        <source>What happens next, frame by frame: z_t = tau u_t. A change enters at its own frame and acts on all later ones, never on an earlier one.</source>
        <translation>逐帧决定接下来发生什么：z_t = tau u_t。改变从其所在帧进入并作用于之后所有帧，从不影响之前的帧。</translation>
    </message>
    <message>
        <source>What moves and its mask, f(z_f) and m(z_f) of m f + (1 - m) b; this holds what the moving thing looks like too. Changing it alone leaves the background picture as it is, bit for bit.</source>
        <translation>运动的部分及其遮罩，即 m f + (1 - m) b 中的 f(z_f) 和 m(z_f)；也包含运动物体的样貌。只改变它时，背景图逐位保持不变。</translation>
    </message>
    <message>
        <source>mask</source>
        <translation>遮罩</translation>
    </message>
</context>
</TS>
