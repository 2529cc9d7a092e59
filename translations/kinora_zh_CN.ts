<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AboutDatasetView</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>File size</source>
        <translation>文件大小</translation>
    </message>
    <message>
        <source>How this file was made</source>
        <translation>此文件的生成方式</translation>
    </message>
</context>
<context>
    <name>AlarmBanner</name>
    <message>
        <source>Open &amp;Log</source>
        <translation>打开日志(&amp;L)</translation>
    </message>
    <message>
        <source>What the trainer wrote</source>
        <translation>训练进程写下的内容</translation>
    </message>
    <message>
        <source>Change Settin&amp;gs…</source>
        <translation>更改设置(&amp;G)…</translation>
    </message>
    <message>
        <source>Lower a learning rate, or change a weight of the loss, while the run goes on</source>
        <translation>在运行继续时降低学习率或更改损失的权重</translation>
    </message>
    <message>
        <source>Cont&amp;inue…</source>
        <translation>继续(&amp;I)…</translation>
    </message>
    <message>
        <source>Start a trainer that goes on from the newest good checkpoint</source>
        <translation>启动训练进程，从最新的完好检查点继续</translation>
    </message>
    <message>
        <source>&amp;Fork…</source>
        <translation>分叉(&amp;F)…</translation>
    </message>
    <message>
        <source>Begin another run with one of its good checkpoints, with other settings</source>
        <translation>以其一个完好的检查点和其他设置开始另一个运行</translation>
    </message>
    <message>
        <source>Close message</source>
        <translation>关闭消息</translation>
    </message>
</context>
<context>
    <name>BarChart</name>
    <message>
        <source>Bar chart</source>
        <translation>条形图</translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>另有 %n 项</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BookmarkList</name>
    <message>
        <source>%1, %2 frames, %3</source>
        <translation>%1，%2 帧，%3</translation>
    </message>
</context>
<context>
    <name>BookmarksPanel</name>
    <message>
        <source>Bookmarks</source>
        <translation>书签</translation>
    </message>
    <message>
        <source>Kept states; a click opens one</source>
        <translation>已保存的状态；单击即可打开</translation>
    </message>
    <message>
        <source>&amp;Bookmark This State</source>
        <translation>将此状态加入书签(&amp;B)</translation>
    </message>
    <message>
        <source>Keeps the codes that are shown, with a picture, under Bookmarks</source>
        <translation>将当前显示的编码连同图片保存到“书签”</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>重命名(&amp;R)</translation>
    </message>
    <message>
        <source>Gives the bookmark another name</source>
        <translation>为书签另起名称</translation>
    </message>
    <message>
        <source>&amp;Delete…</source>
        <translation>删除(&amp;D)…</translation>
    </message>
    <message>
        <source>Deletes the bookmark</source>
        <translation>删除书签</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>导出(&amp;E)…</translation>
    </message>
    <message>
        <source>Writes the bookmark to a JSON file, which &apos;kinora generate --state&apos; takes</source>
        <translation>将书签写入 JSON 文件，可供“kinora generate --state”使用</translation>
    </message>
    <message>
        <source>&amp;Import…</source>
        <translation>导入(&amp;I)…</translation>
    </message>
    <message>
        <source>Takes bookmarks and saved states from JSON files</source>
        <translation>从 JSON 文件读入书签和已保存的状态</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>Kept as %1</source>
        <translation>已保留为 %1</translation>
    </message>
    <message>
        <source>Export Bookmark</source>
        <translation>导出书签</translation>
    </message>
    <message>
        <source>States (*.json)</source>
        <translation>状态 (*.json)</translation>
    </message>
    <message>
        <source>Import Bookmarks</source>
        <translation>导入书签</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Delete Bookmark</source>
        <translation>删除书签</translation>
    </message>
    <message>
        <source>Delete the bookmark &quot;%1&quot;? Its file is removed.</source>
        <translation>删除书签“%1”？其文件将被移除。</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
</context>
<context>
    <name>ChartExportDialog</name>
    <message>
        <source>Export Charts</source>
        <translation>导出图表</translation>
    </message>
    <message>
        <source>All charts in open sections</source>
        <translation>展开分组中的所有图表</translation>
    </message>
    <message>
        <source>Picture (PNG)</source>
        <translation>图片 (PNG)</translation>
    </message>
    <message>
        <source>Vector picture (SVG)</source>
        <translation>矢量图 (SVG)</translation>
    </message>
    <message>
        <source>Document (PDF)</source>
        <translation>文档 (PDF)</translation>
    </message>
    <message>
        <source>Table of all points (CSV)</source>
        <translation>所有数据点的表格 (CSV)</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>One column (3.25 in)</source>
        <translation>单栏（3.25 英寸）</translation>
    </message>
    <message>
        <source>Two columns (6.875 in)</source>
        <translation>双栏（6.875 英寸）</translation>
    </message>
    <message>
        <source>Slide (25 cm)</source>
        <translation>幻灯片（25 厘米）</translation>
    </message>
    <message>
        <source> cm</source>
        <translation> 厘米</translation>
    </message>
    <message>
        <source>Of one row of charts</source>
        <translation>一行图表的高度</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source> pt</source>
        <translation> 磅</translation>
    </message>
    <message>
        <source> dpi</source>
        <translation> dpi</translation>
    </message>
    <message>
        <source>Le&amp;gend</source>
        <translation>图例(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Name above each chart</source>
        <translation>每个图表上方显示名称(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Raw curves behind smoothed ones</source>
        <translation>平滑曲线后显示原始曲线(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Charts:</source>
        <translation>图表(&amp;C)：</translation>
    </message>
    <message>
        <source>&amp;Format:</source>
        <translation>格式(&amp;F)：</translation>
    </message>
    <message>
        <source>&amp;Size:</source>
        <translation>尺寸(&amp;S)：</translation>
    </message>
    <message>
        <source>&amp;Width:</source>
        <translation>宽度(&amp;W)：</translation>
    </message>
    <message>
        <source>&amp;Height:</source>
        <translation>高度(&amp;H)：</translation>
    </message>
    <message>
        <source>C&amp;harts in a row:</source>
        <translation>每行图表数(&amp;H)：</translation>
    </message>
    <message>
        <source>F&amp;ont:</source>
        <translation>字体(&amp;O)：</translation>
    </message>
    <message>
        <source>&amp;Line width:</source>
        <translation>线宽(&amp;L)：</translation>
    </message>
    <message>
        <source>&amp;Resolution:</source>
        <translation>分辨率(&amp;R)：</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>导出(&amp;E)…</translation>
    </message>
</context>
<context>
    <name>ChartPlot</name>
    <message>
        <source>Chart of %1</source>
        <translation>%1 的图表</translation>
    </message>
    <message>
        <source>Plus and minus zoom, the arrow keys move the crosshair, Shift and an arrow key pan, 0 shows everything, Space chooses the step, Enter enlarges, P pins, L makes the values logarithmic</source>
        <translation>加号和减号缩放，方向键移动十字线，Shift 加方向键平移，0 显示全部，空格选择步，回车放大，P 固定，L 使用对数值</translation>
    </message>
    <message>
        <source>Pin to the top (P)</source>
        <translation>固定到顶部 (P)</translation>
    </message>
    <message>
        <source>Show this chart alone (Enter)</source>
        <translation>只显示此图表 (回车)</translation>
    </message>
    <message>
        <source>What can be done with this chart</source>
        <translation>可对此图表执行的操作</translation>
    </message>
    <message>
        <source>Back to its section (P)</source>
        <translation>放回所属分组 (P)</translation>
    </message>
    <message>
        <source>Back to all charts (Escape)</source>
        <translation>返回所有图表 (Esc)</translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>另有 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Back to All Charts</source>
        <translation>返回所有图表(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Enlarge</source>
        <translation>放大(&amp;E)</translation>
    </message>
    <message>
        <source>Un&amp;pin</source>
        <translation>取消固定(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Pin to the Top</source>
        <translation>固定到顶部(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Logarithmic Values</source>
        <translation>对数值(&amp;L)</translation>
    </message>
    <message>
        <source>Show E&amp;verything</source>
        <translation>显示全部(&amp;V)</translation>
    </message>
    <message>
        <source>E&amp;xport…</source>
        <translation>导出(&amp;X)…</translation>
    </message>
</context>
<context>
    <name>ChartsView</name>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Wall time</source>
        <translation>时钟时间</translation>
    </message>
    <message>
        <source>Relative time</source>
        <translation>相对时间</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>&amp;Only This Run</source>
        <translation>仅此运行(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;All Runs</source>
        <translation>所有运行(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Take Out of the Charts</source>
        <translation>从图表中移除(&amp;T)</translation>
    </message>
    <message>
        <source>Show the run %1</source>
        <translation>显示运行 %1</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>Section %1</source>
        <translation>分组 %1</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>There are no events files in %1 or below it.</source>
        <translation>%1 及其下级文件夹中没有事件文件。</translation>
    </message>
    <message>
        <source>Filter charts</source>
        <translation>筛选图表</translation>
    </message>
    <message>
        <source>Filter charts by name</source>
        <translation>按名称筛选图表</translation>
    </message>
    <message>
        <source>The filter is a regular expression</source>
        <translation>筛选条件为正则表达式</translation>
    </message>
    <message>
        <source>Regular expression</source>
        <translation>正则表达式</translation>
    </message>
    <message>
        <source>Horizontal axis</source>
        <translation>横轴</translation>
    </message>
    <message>
        <source>What the horizontal axis is</source>
        <translation>横轴的含义</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Exponential moving average, unbiased from the first point on; the curve itself stays visible behind it</source>
        <translation>指数移动平均，自第一个点起即无偏；曲线本身仍显示在其后</translation>
    </message>
    <message>
        <source>Smoothing as a number</source>
        <translation>以数值设定平滑</translation>
    </message>
    <message>
        <source>S&amp;moothing:</source>
        <translation>平滑(&amp;M)：</translation>
    </message>
    <message>
        <source>&amp;Log</source>
        <translation>对数(&amp;L)</translation>
    </message>
    <message>
        <source>Logarithmic values in all charts. Values that are not positive are marked at the lower edge and counted above the chart.</source>
        <translation>所有图表使用对数值。非正值标记在下边缘，并在图表上方计数。</translation>
    </message>
    <message>
        <source>Cut &amp;outliers</source>
        <translation>截去离群值(&amp;O)</translation>
    </message>
    <message>
        <source>The vertical axis holds the values between the 2nd and the 98th percentile of what is on screen</source>
        <translation>纵轴覆盖屏幕上数值的第 2 至第 98 百分位</translation>
    </message>
    <message>
        <source>Mean of &amp;seeds</source>
        <translation>种子均值(&amp;S)</translation>
    </message>
    <message>
        <source>Runs that differ in nothing but their seed become one curve: their mean, and a band of one standard deviation on each side</source>
        <translation>仅种子不同的运行合为一条曲线：其均值以及两侧各一个标准差的色带</translation>
    </message>
    <message>
        <source>&amp;All</source>
        <translation>全部(&amp;A)</translation>
    </message>
    <message>
        <source>Show everything and follow the newest step (0). Wheel: zoom; drag: pan; Shift and drag: zoom into a range; double click: everything</source>
        <translation>显示全部并跟随最新的步 (0)。滚轮：缩放；拖动：平移；Shift 加拖动：放大到区间；双击：全部</translation>
    </message>
    <message>
        <source>&amp;Add…</source>
        <translation>添加(&amp;A)…</translation>
    </message>
    <message>
        <source>Add a folder with TensorBoard event files of any program, for example of PyTorch; or drop one here</source>
        <translation>添加含任意程序（例如 PyTorch）的 TensorBoard 事件文件的文件夹，或将其拖放到此处</translation>
    </message>
    <message>
        <source>E&amp;xport…</source>
        <translation>导出(&amp;X)…</translation>
    </message>
    <message>
        <source>Save the charts as a figure (PNG, SVG, PDF) or as a table (CSV)</source>
        <translation>将图表保存为图 (PNG、SVG、PDF) 或表格 (CSV)</translation>
    </message>
    <message>
        <source>Add a Folder with Event Files</source>
        <translation>添加含事件文件的文件夹</translation>
    </message>
    <message>
        <source>This is no regular expression: %1</source>
        <translation>这不是正则表达式：%1</translation>
    </message>
    <message>
        <source>Only charts whose name holds all of these words (Ctrl+F)</source>
        <translation>仅显示名称包含所有这些词的图表 (Ctrl+F)</translation>
    </message>
    <message>
        <source>Pinned</source>
        <translation>已固定</translation>
    </message>
    <message>
        <source>Other</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>Choose a run to see its curves, or drop a folder with TensorBoard event files here.</source>
        <translation>选择一个运行以查看其曲线，或将含 TensorBoard 事件文件的文件夹拖放到此处。</translation>
    </message>
    <message>
        <source>All runs are hidden. A click on one above shows it.</source>
        <translation>所有运行都已隐藏。点击上方的运行可显示它。</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Curves appear here as soon as the run reports its first numbers.</source>
        <translation>运行报告首批数值后，曲线将显示在此处。</translation>
    </message>
    <message>
        <source>No chart&apos;s name fits the filter “%1”.</source>
        <translation>没有图表名称符合筛选条件“%1”。</translation>
    </message>
</context>
<context>
    <name>ClipExportDialog</name>
    <message>
        <source>Export Clips</source>
        <translation>导出片段</translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s) of %1</source>
        <translation>
            <numerusform>%1 中的 %n 个片段</numerusform>
        </translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Dataset (HDF5)</source>
        <translation>数据集 (HDF5)</translation>
    </message>
    <message>
        <source>Dataset (safetensors)</source>
        <translation>数据集 (safetensors)</translation>
    </message>
    <message>
        <source>Strip of frames (PNG)</source>
        <translation>帧长条 (PNG)</translation>
    </message>
    <message>
        <source>Sheet that plays (%1)</source>
        <translation>可播放的片段表 (%1)</translation>
    </message>
    <message>
        <source>Folders of frames (PNG)</source>
        <translation>帧文件夹 (PNG)</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>浏览(&amp;B)…</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Only the first so many frames of each clip</source>
        <translation>每个片段只取前若干帧</translation>
    </message>
    <message>
        <source>Frames of each clip</source>
        <translation>每个片段的帧数</translation>
    </message>
    <message>
        <source>as it is</source>
        <translation>保持原样</translation>
    </message>
    <message>
        <source>64 or 96x64 (width x height): clips are resized to cover it and cut</source>
        <translation>64 或 96x64（宽 x 高）：缩放片段以铺满该尺寸，再裁去多余部分</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>Enlarge so many times, without smoothing</source>
        <translation>放大的倍数，不做平滑</translation>
    </message>
    <message>
        <source>Enlargement</source>
        <translation>放大倍数</translation>
    </message>
    <message numerus="yes">
        <source>&amp;Also the %n excluded clip(s)</source>
        <translation>
            <numerusform>同时包括 %n 个已排除的片段(&amp;A)</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Target:</source>
        <translation>目标(&amp;T)：</translation>
    </message>
    <message>
        <source>&amp;Format:</source>
        <translation>格式(&amp;F)：</translation>
    </message>
    <message>
        <source>F&amp;rames:</source>
        <translation>帧数(&amp;R)：</translation>
    </message>
    <message>
        <source>&amp;Size:</source>
        <translation>尺寸(&amp;S)：</translation>
    </message>
    <message>
        <source>&amp;Enlargement:</source>
        <translation>放大倍数(&amp;E)：</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>E&amp;xport</source>
        <translation>导出(&amp;X)</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Cancelled; nothing was kept.</source>
        <translation>已取消；未保留任何内容。</translation>
    </message>
    <message>
        <source>Choose where to write.</source>
        <translation>请选择写入的位置。</translation>
    </message>
    <message>
        <source>There is no such folder: %1</source>
        <translation>没有此文件夹：%1</translation>
    </message>
    <message>
        <source>The list of clips could not be written: %1</source>
        <translation>无法写入片段列表：%1</translation>
    </message>
    <message>
        <source>Over&amp;write</source>
        <translation>覆盖(&amp;W)</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>正在取消…</translation>
    </message>
</context>
<context>
    <name>ClipGrid</name>
    <message>
        <source>Grid of clips</source>
        <translation>视频片段网格</translation>
    </message>
    <message>
        <source>Row %1, column %2</source>
        <translation>第 %1 行，第 %2 列</translation>
    </message>
    <message>
        <source>|%1 − %2| × %3</source>
        <comment>difference of two columns, amplified</comment>
        <translation>|%1 − %2| × %3</translation>
    </message>
    <message>
        <source>%1 | %2</source>
        <comment>left and right of a line</comment>
        <translation>%1 | %2</translation>
    </message>
    <message>
        <source>Header of row %1</source>
        <translation>第 %1 行的表头</translation>
    </message>
    <message>
        <source>Header of column %1</source>
        <translation>第 %1 列的表头</translation>
    </message>
    <message>
        <source>Drop on another row&apos;s header</source>
        <translation>放到另一行的表头上</translation>
    </message>
    <message>
        <source>Drop on another column&apos;s header</source>
        <translation>放到另一列的表头上</translation>
    </message>
    <message>
        <source>Copy %1 over %2</source>
        <translation>用 %1 覆盖 %2</translation>
    </message>
    <message>
        <source>Breed %2 with %1</source>
        <translation>将 %2 与 %1 杂交</translation>
    </message>
    <message>
        <source>Swap %1 and %2</source>
        <translation>交换 %1 与 %2</translation>
    </message>
</context>
<context>
    <name>ClipInspector</name>
    <message>
        <source>%1 × %2 at %3, %4</source>
        <comment>size and place of a crop</comment>
        <translation>%1 × %2，位于 (%3, %4)</translation>
    </message>
    <message>
        <source>Choose a clip to see it large.</source>
        <translation>选择一个片段以放大查看。</translation>
    </message>
    <message>
        <source>Shown picture</source>
        <translation>显示的画面</translation>
    </message>
    <message>
        <source>What the player shows of the clip</source>
        <translation>播放器显示片段的哪种画面</translation>
    </message>
    <message>
        <source>Clip</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>Optical flow over the clip</source>
        <translation>叠加光流的片段</translation>
    </message>
    <message>
        <source>Mean over time</source>
        <translation>时间均值</translation>
    </message>
    <message>
        <source>Deviation over time</source>
        <translation>时间标准差</translation>
    </message>
    <message>
        <source>In the source picture</source>
        <translation>在源画面中</translation>
    </message>
    <message>
        <source>The direction of movement as a hue, its speed as saturation</source>
        <translation>运动方向表示为色调，速度表示为饱和度</translation>
    </message>
    <message>
        <source>Bright where the clip changes</source>
        <translation>片段中变化的位置较亮</translation>
    </message>
    <message>
        <source>The frames put back where they were cut out</source>
        <translation>将各帧放回其裁剪位置</translation>
    </message>
    <message>
        <source>Property</source>
        <translation>属性</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>Properties of the clip</source>
        <translation>片段的属性</translation>
    </message>
    <message>
        <source>&amp;Copy Value</source>
        <translation>复制值(&amp;C)</translation>
    </message>
    <message>
        <source>The optical flow needs a temporary folder, and none can be made: %1</source>
        <translation>光流需要临时文件夹，但无法创建：%1</translation>
    </message>
    <message>
        <source>Computing the optical flow…</source>
        <translation>正在计算光流…</translation>
    </message>
    <message>
        <source>White is a standard deviation of %1 grey levels.</source>
        <translation>白色表示标准差为 %1 个灰度级。</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Excluded</source>
        <translation>已排除</translation>
    </message>
    <message>
        <source>yes: left out of training, evaluation and export</source>
        <translation>是：不参与训练、评估和导出</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>%1 × %2</source>
        <translation>%1 × %2</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>帧数</translation>
    </message>
    <message>
        <source>Frames per second</source>
        <translation>每秒帧数</translation>
    </message>
    <message>
        <source>Split</source>
        <translation>划分</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>受试者</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Frames of the source</source>
        <translation>源中的帧</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 至 %2</translation>
    </message>
    <message>
        <source>%1 to %2, every %3.</source>
        <translation>%1 至 %2，每 %3 帧取一帧</translation>
    </message>
    <message>
        <source>Crop box</source>
        <translation>裁剪框</translation>
    </message>
    <message>
        <source>Flags</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>SHA-256 of the source</source>
        <translation>源文件的 SHA-256</translation>
    </message>
    <message>
        <source>&amp;Save Shown Clip as GIF or Video…</source>
        <translation>将所示片段存为 GIF 或视频(&amp;S)…</translation>
    </message>
    <message>
        <source>Saves what the player shows as a GIF, a video, frames or a sheet</source>
        <translation>将播放器显示的内容存为 GIF、视频、帧或小样张</translation>
    </message>
    <message>
        <source>Copy &amp;Frame</source>
        <translation>复制帧(&amp;F)</translation>
    </message>
    <message>
        <source>Puts the frame that is shown on the clipboard, as a picture</source>
        <translation>将当前显示的帧作为图片放到剪贴板</translation>
    </message>
    <message>
        <source>The frame is on the clipboard.</source>
        <translation>该帧已在剪贴板中。</translation>
    </message>
    <message>
        <source>Copy C&amp;lip as GIF</source>
        <translation>将片段复制为 GIF(&amp;L)</translation>
    </message>
    <message>
        <source>Puts what the player shows on the clipboard, as a GIF file that plays</source>
        <translation>将播放器显示的内容作为可播放的 GIF 文件放到剪贴板</translation>
    </message>
    <message>
        <source>The clip is on the clipboard.</source>
        <translation>该片段已在剪贴板中。</translation>
    </message>
    <message>
        <source>Saving %1 …</source>
        <translation>正在保存 %1……</translation>
    </message>
    <message>
        <source>%1 written, %2.</source>
        <translation>已写入 %1，%2。</translation>
    </message>
</context>
<context>
    <name>ClipListModel</name>
    <message numerus="yes">
        <source>%1
%2 × %3, %n frame(s)</source>
        <translation>
            <numerusform>%1
%2 × %3，%n 帧</numerusform>
        </translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1，%2</translation>
    </message>
    <message>
        <source>Excluded from training, evaluation and export</source>
        <translation>不参与训练、评估和导出</translation>
    </message>
    <message>
        <source>excluded</source>
        <translation>已排除</translation>
    </message>
</context>
<context>
    <name>ClipListView</name>
    <message>
        <source>Clips</source>
        <translation>视频片段</translation>
    </message>
</context>
<context>
    <name>ClipView</name>
    <message>
        <source>Clip</source>
        <translation>视频片段</translation>
    </message>
    <message>
        <source>Plays a clip. Space plays and pauses, the arrow keys step.</source>
        <translation>播放视频片段。空格键播放或暂停，方向键逐帧移动。</translation>
    </message>
    <message>
        <source>Space: play or pause · ←/→: step · drag: a GIF file</source>
        <translation>空格：播放或暂停 · ←/→：逐帧 · 拖出：GIF 文件</translation>
    </message>
    <message>
        <source>Copy &amp;Frame</source>
        <translation>复制帧(&amp;F)</translation>
    </message>
    <message>
        <source>Copy C&amp;lip as GIF</source>
        <translation>将片段复制为 GIF(&amp;L)</translation>
    </message>
    <message>
        <source>Puts the frame that is shown on the clipboard, as a picture</source>
        <translation>将当前显示的帧作为图片放到剪贴板</translation>
    </message>
    <message>
        <source>Puts the clip on the clipboard, as a GIF file that plays</source>
        <translation>将片段作为可播放的 GIF 文件放到剪贴板</translation>
    </message>
</context>
<context>
    <name>ColumnDialog</name>
    <message>
        <source>Columns of the Run Table</source>
        <translation>运行表的列</translation>
    </message>
    <message>
        <source>Find a column</source>
        <translation>查找列</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Columns are moved by dragging their headings.</source>
        <translation>拖动列标题可移动列。</translation>
    </message>
    <message>
        <source>&amp;OK</source>
        <translation>确定(&amp;O)</translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Command Palette</source>
        <translation>命令面板</translation>
    </message>
    <message>
        <source>Type a command, a dataset, a run, a system, or a recent file</source>
        <translation>输入命令、数据集、运行、系统或最近的文件</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>What fits</source>
        <translation>匹配项</translation>
    </message>
    <message>
        <source>Nothing fits. Fewer letters find more.</source>
        <translation>没有匹配项。输入更少的字母可找到更多。</translation>
    </message>
</context>
<context>
    <name>CompareExport</name>
    <message>
        <source>Saving %1 …</source>
        <translation>正在保存 %1 …</translation>
    </message>
    <message>
        <source>Saved %1 (%2)</source>
        <translation>已保存 %1（%2）</translation>
    </message>
    <message>
        <source>Export cancelled; nothing was written.</source>
        <translation>导出已取消；未写入任何内容。</translation>
    </message>
    <message>
        <source>The comparison, %1 clips</source>
        <translation>比较，%1 个片段</translation>
    </message>
    <message>
        <source>Differences from %1, × %2</source>
        <translation>与 %1 的差异，× %2</translation>
    </message>
    <message>
        <source>Flicker: every column and %1 in turn</source>
        <translation>闪烁：每一列与 %1 轮流显示</translation>
    </message>
    <message>
        <source>Wipe: every column left of a line, %1 right of it</source>
        <translation>划变：线左侧为每一列，右侧为 %1</translation>
    </message>
</context>
<context>
    <name>ComparePage</name>
    <message>
        <source>&amp;Add Checkpoints…</source>
        <translation>添加检查点(&amp;A)…</translation>
    </message>
    <message>
        <source>Adds one column for each checkpoint</source>
        <translation>为每个检查点添加一列</translation>
    </message>
    <message>
        <source>Add Newest of a &amp;Run…</source>
        <translation>添加某次运行的最新检查点(&amp;R)…</translation>
    </message>
    <message>
        <source>Adds the newest checkpoint of a run directory</source>
        <translation>添加运行目录中最新的检查点</translation>
    </message>
    <message>
        <source>&amp;Remove All</source>
        <translation>全部移除(&amp;R)</translation>
    </message>
    <message>
        <source>Empties the comparison</source>
        <translation>清空比较</translation>
    </message>
    <message>
        <source>&amp;New Codes</source>
        <translation>新的编码(&amp;N)</translation>
    </message>
    <message>
        <source>Draws other seeds for all columns</source>
        <translation>为所有列抽取新的种子</translation>
    </message>
    <message>
        <source>&amp;Play or Pause</source>
        <translation>播放或暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Starts or stops all clips of the page</source>
        <translation>播放或停止本页的所有片段</translation>
    </message>
    <message>
        <source>Save as &amp;GIF or Video…</source>
        <translation>另存为 GIF 或视频(&amp;G)…</translation>
    </message>
    <message>
        <source>Pixel-&amp;Exact Pictures</source>
        <translation>像素级精确显示(&amp;E)</translation>
    </message>
    <message>
        <source>Enlarges pictures by whole numbers without smoothing</source>
        <translation>按整数倍放大画面，不做平滑</translation>
    </message>
    <message>
        <source>Add Checkpoints…</source>
        <translation>添加检查点…</translation>
    </message>
    <message>
        <source>&amp;Appearance</source>
        <translation>外观(&amp;A)</translation>
    </message>
    <message>
        <source>Appearance seed of the first row</source>
        <translation>第一行的外观种子</translation>
    </message>
    <message>
        <source>&amp;Motion</source>
        <translation>运动(&amp;M)</translation>
    </message>
    <message>
        <source>Motion seed of the first row</source>
        <translation>第一行的运动种子</translation>
    </message>
    <message>
        <source>&amp;Rows</source>
        <translation>行数(&amp;R)</translation>
    </message>
    <message>
        <source>How many pairs of seeds are shown</source>
        <translation>显示多少对种子</translation>
    </message>
    <message>
        <source>Fra&amp;mes</source>
        <translation>帧数(&amp;M)</translation>
    </message>
    <message>
        <source>Clip length; every model takes the nearest that it can do</source>
        <translation>片段长度；每个模型取其能生成的最接近的长度</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Comparison: one column for each checkpoint, one row for each pair of seeds</source>
        <translation>比较：每个检查点一列，每对种子一行</translation>
    </message>
    <message>
        <source>Generating</source>
        <translation>正在生成</translation>
    </message>
    <message>
        <source>Add Checkpoints</source>
        <translation>添加检查点</translation>
    </message>
    <message>
        <source>Checkpoints (*.safetensors)</source>
        <translation>检查点 (*.safetensors)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Choose a Run Directory</source>
        <translation>选择运行目录</translation>
    </message>
    <message>
        <source>%1 · step %2</source>
        <comment>name of a checkpoint</comment>
        <translation>%1 · 第 %2 步</translation>
    </message>
    <message>
        <source>Remove from the comparison</source>
        <translation>从比较中移除</translation>
    </message>
    <message>
        <source>Remove %1</source>
        <translation>移除 %1</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>opening</source>
        <translation>正在打开</translation>
    </message>
    <message>
        <source>A %1 · M %2</source>
        <comment>seeds</comment>
        <translation>外观 %1 · 运动 %2</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Add &amp;Dataset…</source>
        <translation>添加数据集(&amp;D)…</translation>
    </message>
    <message>
        <source>Adds one column with the clips of a dataset</source>
        <translation>添加一列数据集中的片段</translation>
    </message>
    <message>
        <source>&amp;Difference</source>
        <translation>差异(&amp;D)</translation>
    </message>
    <message>
        <source>Shows how every column differs from the one chosen under Against</source>
        <translation>显示每一列与“对照”中所选列的差异</translation>
    </message>
    <message>
        <source>&amp;Flicker</source>
        <translation>闪烁(&amp;F)</translation>
    </message>
    <message>
        <source>Shows every column and the one chosen under Against in turn, in the same place</source>
        <translation>在同一位置交替显示每一列与“对照”中所选的列</translation>
    </message>
    <message>
        <source>&amp;Wipe</source>
        <translation>划变(&amp;W)</translation>
    </message>
    <message>
        <source>Shows every column left of a line and the one chosen under Against right of it</source>
        <translation>分界线左侧显示每一列，右侧显示“对照”中所选的列</translation>
    </message>
    <message>
        <source>Zoom &amp;In</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Enlarges all clips alike; the wheel does so around the pointer</source>
        <translation>同时放大所有片段；滚轮以指针为中心缩放</translation>
    </message>
    <message>
        <source>Zoom &amp;Out</source>
        <translation>缩小(&amp;O)</translation>
    </message>
    <message>
        <source>Shows more of all clips</source>
        <translation>显示所有片段的更多部分</translation>
    </message>
    <message>
        <source>&amp;Whole Clips</source>
        <translation>完整片段(&amp;W)</translation>
    </message>
    <message>
        <source>Ends the enlargement</source>
        <translation>结束放大</translation>
    </message>
    <message>
        <source>&amp;Table</source>
        <translation>表格(&amp;T)</translation>
    </message>
    <message>
        <source>Parameters, speed, memory, training steps and metrics under the clips</source>
        <translation>在片段下方显示参数量、速度、内存、训练步数和指标</translation>
    </message>
    <message>
        <source>&amp;Copy Table for a Spreadsheet</source>
        <translation>复制表格到电子表格(&amp;C)</translation>
    </message>
    <message>
        <source>Copies the table as comma-separated values</source>
        <translation>以逗号分隔值复制表格</translation>
    </message>
    <message>
        <source>Copy Table for &amp;LaTeX</source>
        <translation>复制表格到 LaTeX(&amp;L)</translation>
    </message>
    <message>
        <source>Copies the table as a LaTeX tabular that needs the package booktabs</source>
        <translation>复制为 LaTeX 表格，需要 booktabs 宏包</translation>
    </message>
    <message>
        <source>New &amp;Blind Study…</source>
        <translation>新建盲评研究(&amp;B)…</translation>
    </message>
    <message>
        <source>Lets people say which of two columns they prefer, without names and in random order</source>
        <translation>让评分者在不知名称、随机顺序下选出两列中更喜欢的一列</translation>
    </message>
    <message>
        <source>&amp;Open Study…</source>
        <translation>打开研究(&amp;O)…</translation>
    </message>
    <message>
        <source>Goes on with a preference study, or shows its results</source>
        <translation>继续一项偏好研究，或显示其结果</translation>
    </message>
    <message>
        <source>Clips</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差异</translation>
    </message>
    <message>
        <source>Flicker</source>
        <translation>闪烁</translation>
    </message>
    <message>
        <source>Wipe</source>
        <translation>划变</translation>
    </message>
    <message>
        <source>How columns are shown</source>
        <translation>各列的显示方式</translation>
    </message>
    <message>
        <source>Clips as they are, or every column against one: difference (D), flicker (F), wipe (W)</source>
        <translation>原样显示片段，或将每一列与某一列对照：差异 (D)、闪烁 (F)、划变 (W)</translation>
    </message>
    <message>
        <source>Column that the others are shown against</source>
        <translation>其他列的对照列</translation>
    </message>
    <message>
        <source>How much differences are amplified</source>
        <translation>差异放大的倍数</translation>
    </message>
    <message>
        <source>Where the line stands</source>
        <translation>分界线的位置</translation>
    </message>
    <message>
        <source>Add two or more checkpoints to see them side by side on the same codes.
Checkpoints, run directories and datasets can be dropped here.</source>
        <translation>添加两个或更多检查点，在相同的编码下并排查看。
可以将检查点、运行目录和数据集拖放到这里。</translation>
    </message>
    <message>
        <source>Wheel: zoom into all clips · drag while enlarged: move</source>
        <translation>滚轮：放大所有片段 · 放大后拖动：移动</translation>
    </message>
    <message>
        <source>What is known of the columns</source>
        <translation>各列的已知信息</translation>
    </message>
    <message>
        <source>Making the study: %1 of %2 clips</source>
        <translation>正在制作研究：第 %1 个片段，共 %2 个</translation>
    </message>
    <message>
        <source>The study is in %1</source>
        <translation>研究保存在 %1</translation>
    </message>
    <message>
        <source>The study was not made: %1</source>
        <translation>未能制作研究：%1</translation>
    </message>
    <message>
        <source>Open Study</source>
        <translation>打开研究</translation>
    </message>
    <message>
        <source>Studies (*.study.json)</source>
        <translation>研究 (*.study.json)</translation>
    </message>
    <message>
        <source>A study compares two columns or more: add checkpoints or datasets first.</source>
        <translation>研究需要比较两列或更多列：请先添加检查点或数据集。</translation>
    </message>
    <message>
        <source>The columns have changed meanwhile; make the study again.</source>
        <translation>其间各列已改变；请重新制作研究。</translation>
    </message>
    <message>
        <source>Add Dataset</source>
        <translation>添加数据集</translation>
    </message>
    <message>
        <source>Datasets (*.h5)</source>
        <translation>数据集 (*.h5)</translation>
    </message>
    <message>
        <source>At most %1 columns are compared; remove one before adding &quot;%2&quot;.</source>
        <translation>最多比较 %1 列；添加“%2”之前请先移除一列。</translation>
    </message>
    <message>
        <source>Clip of the first row</source>
        <translation>第一行的片段</translation>
    </message>
    <message>
        <source>Number of the clip in the first row; the next clips follow below</source>
        <translation>第一行片段的编号；其后的片段依次排在下面</translation>
    </message>
    <message>
        <source>This dataset holds no clip.</source>
        <translation>该数据集中没有片段。</translation>
    </message>
    <message>
        <source>real clips, from number</source>
        <comment>followed by a field with the number</comment>
        <translation>真实片段，起始编号</translation>
    </message>
    <message>
        <source>gives the codes</source>
        <translation>提供编码</translation>
    </message>
    <message>
        <source>same codes</source>
        <translation>编码相同</translation>
    </message>
    <message>
        <source>same seeds; other controls</source>
        <translation>种子相同；控制量不同</translation>
    </message>
    <message>
        <source>same codes: %1; same seeds: %2</source>
        <translation>编码相同：%1；种子相同：%2</translation>
    </message>
    <message>
        <source>real clips</source>
        <translation>真实片段</translation>
    </message>
    <message>
        <source>The table was copied as LaTeX.</source>
        <translation>表格已复制为 LaTeX。</translation>
    </message>
    <message>
        <source>The table was copied as comma-separated values.</source>
        <translation>表格已复制为逗号分隔值。</translation>
    </message>
    <message>
        <source>This model needs maps (%1); open it on the Explore page.</source>
        <translation>此模型需要图（%1）；请在“探索”页打开。</translation>
    </message>
    <message>
        <source>This model needs pictures, and what it was trained on cannot be opened: %1</source>
        <translation>此模型需要图片，而它的训练数据无法打开：%1</translation>
    </message>
    <message>
        <source>Saves what is shown: the clips, or their difference, flicker or wipe</source>
        <translation>保存所显示的内容：片段，或它们的差异、闪烁、划变</translation>
    </message>
</context>
<context>
    <name>CompareTableModel</name>
    <message>
        <source>The checkpoint&apos;s run or file, or the dataset</source>
        <translation>检查点所属的运行或文件，或数据集</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>The published system that the checkpoint belongs to</source>
        <translation>检查点所属的已发表系统</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Parameters of the networks that are needed to generate</source>
        <translation>生成所需网络的参数</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数量</translation>
    </message>
    <message>
        <source>Clips that the engine made in a second of computing, at this length and one at a time</source>
        <translation>引擎在此长度下逐个生成时，每秒计算所得的片段数</translation>
    </message>
    <message>
        <source>Clips/s</source>
        <translation>片段/秒</translation>
    </message>
    <message>
        <source>Weights, and the most that tensors took beside them while a clip was made</source>
        <translation>权重，以及生成一个片段时张量额外占用的最大内存</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Training steps of the checkpoint</source>
        <translation>检查点的训练步数</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>%1, as the run measured it at or before the checkpoint&apos;s step</source>
        <translation>%1，由运行在该检查点的步数或之前测得</translation>
    </message>
    <message>
        <source>Not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>%1 M</source>
        <comment>millions of parameters</comment>
        <translation>%1 M</translation>
    </message>
    <message>
        <source>Weights %1; not yet measured while generating</source>
        <translation>权重 %1；生成时的占用尚未测量</translation>
    </message>
    <message>
        <source>Weights %1, %2 more while a clip is made</source>
        <translation>权重 %1，生成片段时另需 %2</translation>
    </message>
    <message>
        <source>Measured at step %1</source>
        <translation>在第 %1 步测得</translation>
    </message>
</context>
<context>
    <name>ConnectDialog</name>
    <message>
        <source>Connect Engine</source>
        <translation>连接引擎</translation>
    </message>
    <message>
        <source>The engine computes the clips. It may run on another machine: any command will do that starts &quot;kinora serve --stdio&quot; there and passes its input and output on. Checkpoints are then paths on that machine.</source>
        <translation>引擎负责计算片段。它可以运行在另一台机器上：任何能在那里启动“kinora serve --stdio”并转接其输入输出的命令都可以。此时检查点是那台机器上的路径。</translation>
    </message>
    <message>
        <source>Engines</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>This computer, and the commands that were saved</source>
        <translation>本机以及已保存的命令</translation>
    </message>
    <message>
        <source>What the status bar calls this engine</source>
        <translation>状态栏中显示的引擎名称</translation>
    </message>
    <message>
        <source>Quotes as in a shell. ssh must get in without asking: use a key or an agent</source>
        <translation>引号用法与 shell 相同。ssh 须无需询问即可登录：请使用密钥或代理</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Command</source>
        <translation>命令(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Test</source>
        <translation>测试(&amp;T)</translation>
    </message>
    <message>
        <source>Starts the command, asks who answers, and ends it</source>
        <translation>启动该命令，询问应答者，然后结束它</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Keeps the command under this name</source>
        <translation>以此名称保存该命令</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>移除(&amp;R)</translation>
    </message>
    <message>
        <source>Forgets the chosen command</source>
        <translation>删除所选命令</translation>
    </message>
    <message>
        <source>C&amp;onnect</source>
        <translation>连接(&amp;O)</translation>
    </message>
    <message>
        <source>Uses this engine from now on; what is open is opened there again</source>
        <translation>从现在起使用此引擎；已打开的内容将在那里重新打开</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Waiting for an answer …</source>
        <translation>正在等待应答……</translation>
    </message>
    <message>
        <source>Kinora %1 answers on %2 (process %3), round trip %4 ms.</source>
        <translation>Kinora %1 在 %2 上应答（进程 %3），往返 %4 毫秒。</translation>
    </message>
    <message>
        <source>This window is version %1.</source>
        <translation>本窗口为版本 %1。</translation>
    </message>
    <message>
        <source>This engine sends frames uncompressed; a newer one would be quicker over a slow link.</source>
        <translation>此引擎发送未压缩的帧；在慢速链路上，较新的引擎会更快。</translation>
    </message>
    <message>
        <source>No engine: %1</source>
        <translation>没有引擎：%1</translation>
    </message>
</context>
<context>
    <name>ContinueDialog</name>
    <message>
        <source>Continue Run</source>
        <translation>继续运行</translation>
    </message>
    <message>
        <source>Steps in all</source>
        <translation>总步数</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Where the dataset is now. It must hold the same clips: the trainer checks that</source>
        <translation>数据集现在的位置。它必须包含相同的片段：训练进程会进行检查</translation>
    </message>
    <message>
        <source>Choose where the dataset is now</source>
        <translation>选择数据集现在的位置</translation>
    </message>
    <message>
        <source>Wait in the &amp;queue until the device is free</source>
        <translation>在队列中等待设备空闲(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Steps in all:</source>
        <translation>总步数(&amp;S)：</translation>
    </message>
    <message>
        <source>&amp;Dataset:</source>
        <translation>数据集(&amp;D)：</translation>
    </message>
    <message>
        <source>A trainer starts from the checkpoint at step %1. Curves and samples after it are put aside.</source>
        <translation>训练进程将从第 %1 步的检查点开始。其后的曲线和样本将移到一旁。</translation>
    </message>
    <message>
        <source>C&amp;ontinue</source>
        <translation>继续(&amp;O)</translation>
    </message>
    <message>
        <source>Where the Dataset Is Now</source>
        <translation>数据集现在的位置</translation>
    </message>
    <message>
        <source>Datasets (*.h5 *.hdf5 *.safetensors)</source>
        <translation>数据集 (*.h5 *.hdf5 *.safetensors)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Steps in all must be a whole number above %1.</source>
        <translation>总步数必须是大于 %1 的整数。</translation>
    </message>
    <message>
        <source>Say where the dataset is.</source>
        <translation>请指明数据集的位置。</translation>
    </message>
    <message>
        <source>The dataset %1 is not there any more. Point to where it is now.</source>
        <translation>数据集 %1 已不在原处。请指出它现在的位置。</translation>
    </message>
    <message>
        <source>%1 does not exist.</source>
        <translation>%1 不存在。</translation>
    </message>
</context>
<context>
    <name>ControlPanel</name>
    <message>
        <source>Controls</source>
        <translation>控件</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Motion</source>
        <translation>运动</translation>
    </message>
    <message>
        <source>Appearance and motion</source>
        <translation>外观与运动</translation>
    </message>
    <message>
        <source>Who and what is seen</source>
        <translation>画面中是谁、是什么</translation>
    </message>
    <message>
        <source>How it moves</source>
        <translation>如何运动</translation>
    </message>
    <message>
        <source>What this system does not separate</source>
        <translation>此系统未分离的部分</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Seed of %1</source>
        <translation>%1的种子</translation>
    </message>
    <message>
        <source>The same seed gives the same codes, here and on the command line</source>
        <translation>相同的种子给出相同的编码，此处与命令行一致</translation>
    </message>
    <message>
        <source>Draw new: %1</source>
        <translation>重新抽取：%1</translation>
    </message>
    <message>
        <source>Draw at random (%1)</source>
        <translation>随机抽取（%1）</translation>
    </message>
    <message>
        <source>Lock: %1</source>
        <translation>锁定：%1</translation>
    </message>
    <message>
        <source>Keep this while others are drawn, also in the matrix</source>
        <translation>抽取其他部分时保持不变，在矩阵中也是如此</translation>
    </message>
    <message>
        <source>Reset: %1</source>
        <translation>重置：%1</translation>
    </message>
    <message>
        <source>Back to what the seed gave</source>
        <translation>恢复为种子给出的值</translation>
    </message>
    <message>
        <source>Mean: %1</source>
        <translation>均值：%1</translation>
    </message>
    <message>
        <source>The mean of the prior: the average clip</source>
        <translation>先验的均值：平均的片段</translation>
    </message>
    <message>
        <source>%1: seed %2</source>
        <translation>%1：种子 %2</translation>
    </message>
    <message>
        <source>Lock %1</source>
        <translation>锁定%1</translation>
    </message>
    <message>
        <source>Unlock %1</source>
        <translation>解锁%1</translation>
    </message>
    <message>
        <source>Reset %1</source>
        <translation>重置%1</translation>
    </message>
    <message>
        <source>Mean of %1</source>
        <translation>%1取均值</translation>
    </message>
    <message>
        <source>Step of %1</source>
        <translation>%1的步</translation>
    </message>
    <message>
        <source>Which step of the sequence the sliders move</source>
        <translation>滑块作用于序列的哪一步</translation>
    </message>
    <message>
        <source>Looking for the principal directions…</source>
        <translation>正在寻找主方向…</translation>
    </message>
    <message numerus="yes">
        <source>All %n number(s)</source>
        <translation>
            <numerusform>全部 %n 个数值</numerusform>
        </translation>
    </message>
    <message>
        <source>The code itself, number by number</source>
        <translation>编码本身，逐个数值</translation>
    </message>
    <message>
        <source>Numbers of %1</source>
        <translation>%1的数值</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 至 %2</translation>
    </message>
    <message>
        <source>%1, number %2</source>
        <translation>%1，第 %2 个数值</translation>
    </message>
    <message>
        <source>%1 · %2%</source>
        <comment>number of a principal direction, share of the variance</comment>
        <translation>%1 · %2%</translation>
    </message>
    <message>
        <source>Principal direction %1: %2% of what varies when codes are drawn at random. In standard deviations.</source>
        <translation>主方向 %1：占随机抽取编码时变化的 %2%。以标准差为单位。</translation>
    </message>
    <message>
        <source>%1, direction %2</source>
        <translation>%1，方向 %2</translation>
    </message>
    <message numerus="yes">
        <source>All %n step(s)</source>
        <translation>
            <numerusform>全部 %n 步</numerusform>
        </translation>
    </message>
    <message>
        <source>Step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>New %1</source>
        <translation>新的%1</translation>
    </message>
    <message>
        <source>Directions of %1</source>
        <translation>%1 的方向</translation>
    </message>
    <message>
        <source>Principal: along which the code&apos;s features vary most. Closed form: which the first layer&apos;s weights enlarge most. Saved: those that you kept</source>
        <translation>主方向：编码的特征变化最大的方向。闭式：第一层权重放大最多的方向。已保存：你保留的方向</translation>
    </message>
    <message>
        <source>Truncation</source>
        <translation>截断</translation>
    </message>
    <message>
        <source>How far the drawn code stays from the prior&apos;s mean: 1 as it was drawn, 0 the average clip, in between nearer to it. Movements of the sliders are added afterwards.</source>
        <translation>抽取的编码离先验均值多远：1 为原样，0 为平均片段，其间则更接近均值。滑块的移动在此之后叠加。</translation>
    </message>
    <message>
        <source>%1, truncation</source>
        <translation>%1，截断</translation>
    </message>
    <message>
        <source>More for %1</source>
        <translation>%1 的更多操作</translation>
    </message>
    <message>
        <source>Draw, lock, copy or keep this code alone</source>
        <translation>单独抽取、锁定、复制或保留此编码</translation>
    </message>
    <message>
        <source>&amp;New Draw</source>
        <translation>重新抽取(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Reset to the Seed&apos;s</source>
        <translation>恢复为种子的值(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Mean of the Prior</source>
        <translation>先验的均值(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Lock</source>
        <translation>锁定(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Copy Code</source>
        <translation>复制编码(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Paste Code</source>
        <translation>粘贴编码(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Save Movement as Direction…</source>
        <translation>将移动保存为方向(&amp;S)…</translation>
    </message>
    <message>
        <source>Saved &amp;Directions…</source>
        <translation>已保存的方向(&amp;D)…</translation>
    </message>
    <message>
        <source>the clipboard holds no code for this control; copy one first</source>
        <translation>剪贴板中没有适用于此控制量的编码；请先复制一个</translation>
    </message>
    <message>
        <source>Paste code</source>
        <translation>粘贴编码</translation>
    </message>
    <message>
        <source>Principal directions</source>
        <translation>主方向</translation>
    </message>
    <message>
        <source>Closed-form directions</source>
        <translation>闭式方向</translation>
    </message>
    <message>
        <source>Saved directions</source>
        <translation>已保存的方向</translation>
    </message>
    <message>
        <source>Closed-form direction %1: %2% of the squared weights of the first layers that take the code. In standard deviations.</source>
        <translation>闭式方向 %1：占接收该编码的首层权重平方和的 %2%。以标准差为单位。</translation>
    </message>
    <message>
        <source>%1, closed form %2</source>
        <translation>%1，闭式 %2</translation>
    </message>
    <message>
        <source>Saved direction &quot;%1&quot;. In standard deviations.</source>
        <translation>已保存的方向“%1”。以标准差为单位。</translation>
    </message>
</context>
<context>
    <name>CreateDatasetDialog</name>
    <message>
        <source>New Built-in Dataset</source>
        <translation>新建内置数据集</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>&amp;Kind:</source>
        <translation>种类(&amp;K)：</translation>
    </message>
    <message>
        <source>&amp;Create</source>
        <translation>创建(&amp;C)</translation>
    </message>
    <message>
        <source>There is no built-in dataset.</source>
        <translation>没有内置数据集。</translation>
    </message>
</context>
<context>
    <name>CurveArea</name>
    <message>
        <source>Curves over the steps</source>
        <translation>随步变化的曲线</translation>
    </message>
    <message>
        <source>Drag a point, or draw over the steps. Double click: zero.
Keys: left and right choose a step, up and down move it (Shift: more, Ctrl: less), page keys choose a curve</source>
        <translation>拖动一个点，或在各步上绘制。双击：归零。
按键：左右键选择步，上下键移动它（Shift：更多，Ctrl：更少），翻页键选择曲线</translation>
    </message>
</context>
<context>
    <name>DataCardView</name>
    <message>
        <source>Citation as BibTeX</source>
        <translation>BibTeX 引文</translation>
    </message>
    <message>
        <source>Copy &amp;BibTeX</source>
        <translation>复制 BibTeX(&amp;B)</translation>
    </message>
    <message>
        <source>Copy the citation for a list of references</source>
        <translation>复制引文，供参考文献列表使用</translation>
    </message>
    <message>
        <source>The citation was copied.</source>
        <translation>引文已复制。</translation>
    </message>
    <message>
        <source>Origin</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可</translation>
    </message>
    <message>
        <source>How to obtain it</source>
        <translation>获取方式</translation>
    </message>
    <message>
        <source>Kinora downloads nothing: it reads what lies on your disk.</source>
        <translation>Kinora 不下载任何数据：它只读取您磁盘上的内容。</translation>
    </message>
</context>
<context>
    <name>DatasetJobDialog</name>
    <message>
        <source>Name of the new dataset</source>
        <translation>新数据集的名称</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Files that were left out</source>
        <translation>被略过的文件</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Cancelled; nothing was kept.</source>
        <translation>已取消；未保留任何内容。</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名称(&amp;N)：</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>The folder %1 cannot be made.</source>
        <translation>无法创建文件夹 %1。</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>C&amp;opy List</source>
        <translation>复制列表(&amp;O)</translation>
    </message>
    <message>
        <source>Copy the files and reasons, one a line</source>
        <translation>复制文件及原因，每行一个</translation>
    </message>
    <message>
        <source>&amp;Discard</source>
        <translation>丢弃(&amp;D)</translation>
    </message>
    <message>
        <source>Throw away the clips that were finished before the interruption</source>
        <translation>丢弃中断前已完成的片段</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Hold the work up, so that the processor is free; it goes on where it was</source>
        <translation>暂停任务以释放处理器；之后从原处继续</translation>
    </message>
    <message>
        <source>&amp;Go On</source>
        <translation>继续(&amp;G)</translation>
    </message>
    <message>
        <source>Discarded; nothing was kept.</source>
        <translation>已丢弃；未保留任何内容。</translation>
    </message>
    <message>
        <source>An interrupted import to this name is there; with the same settings it goes on where it was.</source>
        <translation>此名称下有一次中断的导入；设置相同时将从中断处继续。</translation>
    </message>
    <message>
        <source>&amp;Continue</source>
        <translation>继续(&amp;C)</translation>
    </message>
    <message>
        <source>Interrupted after %1. What was finished is kept: continue with it, or discard it.</source>
        <translation>在 %1 之后中断。已完成的部分已保留：可以继续，也可以丢弃。</translation>
    </message>
    <message>
        <source>Interrupted. What was finished is kept: continue with it, or discard it.</source>
        <translation>已中断。已完成的部分已保留：可以继续，也可以丢弃。</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s)</source>
        <translation>
            <numerusform>%n 个片段</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out</source>
        <translation>
            <numerusform>略过 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>about %1 left</source>
        <translation>大约还需 %1</translation>
    </message>
    <message numerus="yes">
        <source>The dataset is ready: %n clip(s) were imported.</source>
        <translation>
            <numerusform>数据集已就绪：导入了 %n 个片段。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) were left out:</source>
        <translation>
            <numerusform>略过了 %n 个文件：</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DatasetLibrary</name>
    <message>
        <source>%1
The file is not there any more.</source>
        <translation>%1
文件已不存在。</translation>
    </message>
    <message>
        <source>%1
%2</source>
        <translation>%1
%2</translation>
    </message>
    <message>
        <source>%1, missing</source>
        <translation>%1，缺失</translation>
    </message>
</context>
<context>
    <name>DatasetStatisticsView</name>
    <message>
        <source>Split</source>
        <translation>划分</translation>
    </message>
    <message>
        <source>%1 by split</source>
        <translation>按划分统计%1</translation>
    </message>
    <message>
        <source>Length in frames</source>
        <translation>长度（帧）</translation>
    </message>
    <message>
        <source>Frames per second</source>
        <translation>每秒帧数</translation>
    </message>
    <message>
        <source>Size in pixels</source>
        <translation>尺寸（像素）</translation>
    </message>
    <message>
        <source>Clips per subject</source>
        <translation>每位受试者的片段数</translation>
    </message>
    <message>
        <source>Clips that pass the filter</source>
        <translation>通过筛选的片段</translation>
    </message>
    <message>
        <source>All clips</source>
        <translation>所有片段</translation>
    </message>
    <message>
        <source>Counted clips</source>
        <translation>统计的片段</translation>
    </message>
    <message>
        <source>Which clips are counted</source>
        <translation>统计哪些片段</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Charts</source>
        <translation>图表</translation>
    </message>
    <message>
        <source>The most telling charts, or one for every label</source>
        <translation>最有说明力的图表，或每个标签一张</translation>
    </message>
    <message>
        <source>Copy CSV</source>
        <translation>复制 CSV</translation>
    </message>
    <message>
        <source>Copy all tables, comma-separated, for a spreadsheet</source>
        <translation>以逗号分隔复制所有表格，供电子表格使用</translation>
    </message>
    <message>
        <source>The tables were copied.</source>
        <translation>表格已复制。</translation>
    </message>
    <message>
        <source>Save CSV…</source>
        <translation>保存 CSV…</translation>
    </message>
    <message>
        <source>Save all tables, comma-separated</source>
        <translation>以逗号分隔保存所有表格</translation>
    </message>
    <message>
        <source>Save PNG…</source>
        <translation>保存 PNG…</translation>
    </message>
    <message>
        <source>Save the charts as a picture</source>
        <translation>将图表保存为图片</translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s)</source>
        <translation>
            <numerusform>%n 个片段</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 frames</source>
        <translation>%1 帧</translation>
    </message>
    <message>
        <source>%1 of video</source>
        <translation>视频时长 %1</translation>
    </message>
    <message numerus="yes">
        <source>%n subject(s)</source>
        <translation>
            <numerusform>%n 位受试者</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them excluded</source>
        <translation>
            <numerusform>其中 %n 个已排除</numerusform>
        </translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Save Statistics</source>
        <translation>保存统计</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation>图片 (*.png)</translation>
    </message>
    <message>
        <source>%1 written (%2)</source>
        <translation>已写入 %1（%2）</translation>
    </message>
</context>
<context>
    <name>DatasetsPage</name>
    <message>
        <source>&amp;Open Dataset…</source>
        <translation>打开数据集(&amp;O)…</translation>
    </message>
    <message>
        <source>Open a dataset file (.h5)</source>
        <translation>打开数据集文件 (.h5)</translation>
    </message>
    <message>
        <source>&amp;New Built-in Dataset…</source>
        <translation>新建内置数据集(&amp;N)…</translation>
    </message>
    <message>
        <source>Draw a dataset with known factors; nothing is downloaded</source>
        <translation>绘制因子已知的数据集；无需下载</translation>
    </message>
    <message>
        <source>&amp;Import Clips…</source>
        <translation>导入视频片段(&amp;I)…</translation>
    </message>
    <message>
        <source>&amp;Export Selected Clips…</source>
        <translation>导出所选片段(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Train on This Dataset</source>
        <translation>用此数据集训练(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Reload Dataset</source>
        <translation>重新载入数据集(&amp;R)</translation>
    </message>
    <message>
        <source>Remove from &amp;List</source>
        <translation>从列表中移除(&amp;L)</translation>
    </message>
    <message>
        <source>Take the dataset out of the list; the file stays</source>
        <translation>将数据集移出列表；文件保留</translation>
    </message>
    <message>
        <source>Opening %1…</source>
        <translation>正在打开 %1…</translation>
    </message>
    <message>
        <source>%1 written (%2)</source>
        <translation>%1 已写入（%2）</translation>
    </message>
    <message>
        <source>Datasets</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Filter, for example:  smile  frames&gt;16</source>
        <translation>筛选，例如：smile  frames&gt;16</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Split</source>
        <translation>划分</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>排序</translation>
    </message>
    <message>
        <source>What the clips are ordered by</source>
        <translation>片段的排序依据</translation>
    </message>
    <message>
        <source>Descending</source>
        <translation>降序</translation>
    </message>
    <message>
        <source>Turn the order round</source>
        <translation>反转顺序</translation>
    </message>
    <message>
        <source>Play all</source>
        <translation>全部播放</translation>
    </message>
    <message>
        <source>Play under the pointer</source>
        <translation>播放指针所在的片段</translation>
    </message>
    <message>
        <source>Still</source>
        <translation>静止</translation>
    </message>
    <message>
        <source>Playing</source>
        <translation>播放方式</translation>
    </message>
    <message>
        <source>Which clips of the wall play</source>
        <translation>哪些片段播放</translation>
    </message>
    <message>
        <source>Size of the clips</source>
        <translation>片段大小</translation>
    </message>
    <message>
        <source>Size of the clips (Ctrl and wheel)</source>
        <translation>片段大小（Ctrl 加滚轮）</translation>
    </message>
    <message>
        <source>O&amp;rder:</source>
        <translation>排序(&amp;R)：</translation>
    </message>
    <message>
        <source>Open Dataset</source>
        <translation>打开数据集</translation>
    </message>
    <message>
        <source>Datasets (*.h5 *.hdf5)</source>
        <translation>数据集 (*.h5 *.hdf5)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>%1 could not be opened.</source>
        <translation>无法打开 %1。</translation>
    </message>
    <message>
        <source>As in the file</source>
        <translation>按文件中的顺序</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>帧数</translation>
    </message>
    <message numerus="yes">
        <source>%1: %n clip(s)</source>
        <translation>
            <numerusform>%1：%n 个片段</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s)</source>
        <translation>
            <numerusform>%n 个片段</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n clip(s)</source>
        <translation>
            <numerusform>%n 个片段中的 %1 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s) each</source>
        <translation>
            <numerusform>每段 %n 帧</numerusform>
        </translation>
    </message>
    <message>
        <source>%1–%2 frames, %3 in all</source>
        <translation>%1–%2 帧，共 %3 帧</translation>
    </message>
    <message>
        <source>%1 × %2</source>
        <translation>%1 × %2</translation>
    </message>
    <message>
        <source>Frames per second</source>
        <translation>每秒帧数</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Waiting for the list of what can be made</source>
        <translation>正在等待可创建内容的列表</translation>
    </message>
    <message>
        <source>&amp;Datasets</source>
        <translation>数据集(&amp;D)</translation>
    </message>
    <message numerus="yes">
        <source>Exclude %n Clip(s)</source>
        <translation>
            <numerusform>排除 %n 个片段</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Include %n Clip(s)</source>
        <translation>
            <numerusform>重新纳入 %n 个片段</numerusform>
        </translation>
    </message>
    <message>
        <source>Width</source>
        <translation>宽度</translation>
    </message>
    <message>
        <source>Height</source>
        <translation>高度</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>受试者</translation>
    </message>
    <message>
        <source>Save the selected clips as a dataset, a sheet that plays, or frames</source>
        <translation>将所选片段保存为数据集、可播放的片段表或帧</translation>
    </message>
    <message>
        <source>E&amp;xclude Selected Clips</source>
        <translation>排除所选片段(&amp;X)</translation>
    </message>
    <message>
        <source>Select &amp;All Shown Clips</source>
        <translation>选择显示的所有片段(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Clear Filters</source>
        <translation>清除筛选(&amp;C)</translation>
    </message>
    <message>
        <source>Let all clips through again: no facet, no filter line</source>
        <translation>让所有片段重新通过：清除分面和筛选条件</translation>
    </message>
    <message>
        <source>&amp;Filter Clips</source>
        <translation>筛选片段(&amp;F)</translation>
    </message>
    <message>
        <source>The excluded clips could not be saved: %1</source>
        <translation>无法保存已排除的片段：%1</translation>
    </message>
    <message>
        <source>No dataset is open.

Open a dataset file (.h5), drop one here or a folder of clips, or let Kinora draw a built-in dataset: it needs no download.</source>
        <translation>没有打开的数据集。

打开一个数据集文件 (.h5)，将其或片段文件夹拖放到此处，或让 Kinora 绘制内置数据集：无需下载。</translation>
    </message>
    <message>
        <source>&lt;p&gt;Words must occur in the name, the source or a class.&lt;/p&gt;&lt;p&gt;&lt;tt&gt;label:smile&lt;/tt&gt;, &lt;tt&gt;split:train&lt;/tt&gt;, &lt;tt&gt;subject:12&lt;/tt&gt;, &lt;tt&gt;frames&amp;gt;16&lt;/tt&gt;, &lt;tt&gt;fps=25&lt;/tt&gt;, &lt;tt&gt;width&amp;lt;=64&lt;/tt&gt;, &lt;tt&gt;excluded:yes&lt;/tt&gt;, or a label&apos;s name such as &lt;tt&gt;intensity&amp;gt;0.5&lt;/tt&gt;.&lt;/p&gt;&lt;p&gt;All of them must hold; quotes keep words together.&lt;/p&gt;</source>
        <translation>&lt;p&gt;各词须出现在名称、来源或类别中。&lt;/p&gt;&lt;p&gt;&lt;tt&gt;label:smile&lt;/tt&gt;、&lt;tt&gt;split:train&lt;/tt&gt;、&lt;tt&gt;subject:12&lt;/tt&gt;、&lt;tt&gt;frames&amp;gt;16&lt;/tt&gt;、&lt;tt&gt;fps=25&lt;/tt&gt;、&lt;tt&gt;width&amp;lt;=64&lt;/tt&gt;、&lt;tt&gt;excluded:yes&lt;/tt&gt;，或标签名，例如 &lt;tt&gt;intensity&amp;gt;0.5&lt;/tt&gt;。&lt;/p&gt;&lt;p&gt;所有条件须同时成立；引号内的词作为一个整体。&lt;/p&gt;</translation>
    </message>
    <message>
        <source>No clip passes the filter. Clear it or pick other values.</source>
        <translation>没有片段通过筛选。请清除筛选或选择其他值。</translation>
    </message>
    <message>
        <source>Clips</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>Statistics</source>
        <translation>统计</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Import Is Running</source>
        <translation>正在导入</translation>
    </message>
    <message>
        <source>Clips are being imported. If you close the window the import stops; what is finished is kept, and the same import goes on with it later.</source>
        <translation>正在导入片段。若关闭窗口，导入将停止；已完成的部分会保留，以后进行同一导入时将接着进行。</translation>
    </message>
    <message>
        <source>The excluded clips could not be read: %1</source>
        <translation>无法读取已排除的片段：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n excluded</source>
        <translation>
            <numerusform>已排除 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>已选择 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s) excluded; the data itself is not touched.</source>
        <translation>
            <numerusform>已排除 %n 个片段；数据本身不受影响。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s) included again.</source>
        <translation>
            <numerusform>已重新纳入 %n 个片段。</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 written</source>
        <translation>已写入 %1</translation>
    </message>
    <message>
        <source>&amp;Include Selected Clips Again</source>
        <translation>重新纳入所选片段(&amp;I)</translation>
    </message>
    <message>
        <source>Use these clips again</source>
        <translation>重新使用这些片段</translation>
    </message>
    <message>
        <source>Leave these clips out of training, evaluation and export; the data is not touched</source>
        <translation>使这些片段不参与训练、评估和导出；数据本身不受影响</translation>
    </message>
    <message>
        <source>Make a dataset file from videos, pictures or frames, in the layout in which their owners ship them</source>
        <translation>由视频、图片或帧生成数据集文件，直接采用其所有者发布时的目录结构</translation>
    </message>
    <message>
        <source>Find the &amp;Codes of This Clip…</source>
        <translation>寻找此片段的编码(&amp;C)…</translation>
    </message>
    <message>
        <source>Looks in Explore for the codes with which the open model draws the clip, to edit it or to give its motion to another appearance</source>
        <translation>在“探索”中寻找已打开的模型画出此片段的编码，以便编辑，或把它的运动赋予另一外观</translation>
    </message>
    <message>
        <source>Go to the line that filters the clips</source>
        <translation>转到筛选片段的输入行</translation>
    </message>
    <message>
        <source>Select all clips that pass the filters</source>
        <translation>选择通过筛选的所有片段</translation>
    </message>
    <message>
        <source>Fill in the form of a new run with this dataset</source>
        <translation>用此数据集填写新运行的表单</translation>
    </message>
    <message>
        <source>Read the dataset and the list of datasets anew</source>
        <translation>重新读取数据集和数据集列表</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
</context>
<context>
    <name>DiffDialog</name>
    <message numerus="yes">
        <source>Differences of %n Run(s)</source>
        <translation>
            <numerusform>%n 个运行的差异</numerusform>
        </translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>The configurations are the same.</source>
        <translation>配置相同。</translation>
    </message>
    <message numerus="yes">
        <source>%n setting(s) differ.</source>
        <translation>
            <numerusform>有 %n 项设置不同。</numerusform>
        </translation>
    </message>
    <message>
        <source>Settings that differ</source>
        <translation>不同的设置</translation>
    </message>
    <message>
        <source>C&amp;opy as Text</source>
        <translation>复制为文本(&amp;O)</translation>
    </message>
    <message>
        <source>One line a setting, with tabs between: a spreadsheet takes it</source>
        <translation>每项设置一行，以制表符分隔：可粘贴到电子表格</translation>
    </message>
</context>
<context>
    <name>EngineClient</name>
    <message>
        <source>The engine speaks version %1 of the protocol, this window version %2. Use the same release of both.</source>
        <translation>引擎使用协议版本 %1，本窗口使用版本 %2。请使用同一发行版本。</translation>
    </message>
    <message>
        <source>The engine &quot;%1&quot; cannot be started: %2.</source>
        <translation>无法启动引擎“%1”：%2。</translation>
    </message>
    <message>
        <source>The engine ended unexpectedly (%1).</source>
        <translation>引擎意外结束（%1）。</translation>
    </message>
    <message>
        <source>The link to the engine &quot;%1&quot; is silent.</source>
        <translation>与引擎“%1”的链路没有响应。</translation>
    </message>
    <message>
        <source>The link to the engine &quot;%1&quot; was lost (%2).</source>
        <translation>与引擎“%1”的链路已断开（%2）。</translation>
    </message>
</context>
<context>
    <name>EvidencePanel</name>
    <message>
        <source>Difference to the reference</source>
        <translation>与参考的差异</translation>
    </message>
    <message>
        <source>No reference</source>
        <translation>没有参考</translation>
    </message>
    <message>
        <source>× %1</source>
        <translation>× %1</translation>
    </message>
    <message>
        <source>How much the difference is enhanced</source>
        <translation>差异增强的倍数</translation>
    </message>
    <message>
        <source>Enhancement of the difference</source>
        <translation>差异的增强</translation>
    </message>
    <message>
        <source>Row</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Column</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Which line of pixels is followed through time</source>
        <translation>沿时间追踪哪一条像素线</translation>
    </message>
    <message>
        <source>Line of the slice</source>
        <translation>切片的线</translation>
    </message>
    <message>
        <source>Where the line lies</source>
        <translation>该线的位置</translation>
    </message>
    <message>
        <source>Place of the slice</source>
        <translation>切片的位置</translation>
    </message>
    <message>
        <source>Set &amp;Reference</source>
        <translation>设为参考(&amp;R)</translation>
    </message>
    <message>
        <source>Compares from now on with the clip that is shown (F)</source>
        <translation>从现在起与当前显示的片段比较 (F)</translation>
    </message>
    <message>
        <source>Set a reference, then move one code: what moved with it is measured here.</source>
        <translation>设定参考后移动一个编码：随之变化的内容会在这里测量。</translation>
    </message>
    <message>
        <source>The codes are those of the reference.</source>
        <translation>编码与参考相同。</translation>
    </message>
    <message>
        <source>Only the appearance code was moved: motion should stay.</source>
        <translation>只移动了外观编码：运动应保持不变。</translation>
    </message>
    <message>
        <source>Only the motion code was moved: looks should stay.</source>
        <translation>只移动了运动编码：外观应保持不变。</translation>
    </message>
    <message>
        <source>Both codes were moved.</source>
        <translation>两个编码都移动了。</translation>
    </message>
    <message>
        <source>Looks</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>grey levels: mean change of the picture averaged over time</source>
        <translation>灰度级：时间平均画面的平均变化</translation>
    </message>
    <message>
        <source>Still pixels</source>
        <translation>静止像素</translation>
    </message>
    <message>
        <source>grey levels: the same where nothing moves in the reference (%1 % of it)</source>
        <translation>灰度级：同上，仅限参考中静止之处（占 %1 %）</translation>
    </message>
    <message>
        <source>Movement</source>
        <translation>运动</translation>
    </message>
    <message>
        <source>grey levels: mean change of what differs from that average</source>
        <translation>灰度级：偏离该平均的部分的平均变化</translation>
    </message>
    <message>
        <source>Motion energy</source>
        <translation>运动能量</translation>
    </message>
    <message>
        <source>of the reference&apos;s; its course over time correlates by %1</source>
        <translation>相对于参考；随时间变化的相关系数为 %1</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差异</translation>
    </message>
    <message>
        <source>Flow</source>
        <translation>光流</translation>
    </message>
    <message>
        <source>Flow of reference</source>
        <translation>参考的光流</translation>
    </message>
    <message>
        <source>What the picture shows: the difference to the reference, or the optical flow (where every pixel moves to in the next frame) of the clip or of the reference, as hues</source>
        <translation>图片显示的内容：与参考的差异，或以色相表示的片段或参考的光流（每个像素在下一帧移到何处）</translation>
    </message>
    <message>
        <source>What the picture shows</source>
        <translation>图片显示的内容</translation>
    </message>
    <message>
        <source>What the judge reads</source>
        <translation>判别网络读出的内容</translation>
    </message>
    <message>
        <source>Numbers of the evidence</source>
        <translation>证据的数值</translation>
    </message>
    <message>
        <source>Pixels</source>
        <translation>像素</translation>
    </message>
    <message>
        <source>How far looks and movement differ from the reference, in grey levels</source>
        <translation>外观与运动和参考相差多少，以灰度级计</translation>
    </message>
    <message>
        <source>Judge</source>
        <translation>判别网络</translation>
    </message>
    <message>
        <source>Factors of the built-in datasets, as a network reads them off the clip and off the reference</source>
        <translation>内置数据集的因素，由网络从片段和参考中读出</translation>
    </message>
    <message>
        <source>Optical flow</source>
        <translation>光流</translation>
    </message>
    <message>
        <source>Optical flow of the reference</source>
        <translation>参考的光流</translation>
    </message>
    <message>
        <source>Computing the optical flow…</source>
        <translation>正在计算光流…</translation>
    </message>
    <message>
        <source>The judge is asked…</source>
        <translation>正在询问判别网络…</translation>
    </message>
    <message>
        <source>the judge does not know it well</source>
        <translation>判别网络对它不够熟悉</translation>
    </message>
    <message>
        <source>⚠ changed</source>
        <translation>⚠ 已变</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>已变</translation>
    </message>
    <message>
        <source>stayed</source>
        <translation>未变</translation>
    </message>
    <message>
        <source>appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>motion</source>
        <translation>运动</translation>
    </message>
    <message>
        <source>Changed: %1 of %2 appearance factors, %3 of %4 motion factors.</source>
        <translation>已变：%2 个外观因素中的 %1 个，%4 个运动因素中的 %3 个。</translation>
    </message>
    <message>
        <source>Only the appearance code was moved: no motion factor should change.</source>
        <translation>只移动了外观编码：运动因素都不应改变。</translation>
    </message>
    <message>
        <source>Only the motion code was moved: no appearance factor should change.</source>
        <translation>只移动了运动编码：外观因素都不应改变。</translation>
    </message>
    <message>
        <source>Set a reference of this length to see which factors change.</source>
        <translation>设定同样长度的参考，以查看哪些因素改变。</translation>
    </message>
    <message>
        <source>reference</source>
        <translation>参考</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>%1 px</source>
        <translation>%1 像素</translation>
    </message>
    <message>
        <source>a frame on average; the reference %1, and every pixel differs from it by %2</source>
        <translation>每帧平均；参考为 %1，每个像素与其相差 %2</translation>
    </message>
</context>
<context>
    <name>ExplorePage</name>
    <message>
        <source>Saving %1 …</source>
        <translation>正在保存 %1 …</translation>
    </message>
    <message>
        <source>Saved %1 (%2)</source>
        <translation>已保存 %1（%2）</translation>
    </message>
    <message>
        <source>&amp;Open Checkpoint…</source>
        <translation>打开检查点(&amp;O)…</translation>
    </message>
    <message>
        <source>Opens a trained model (.safetensors)</source>
        <translation>打开训练好的模型 (.safetensors)</translation>
    </message>
    <message>
        <source>Save as &amp;GIF or Video…</source>
        <translation>另存为 GIF 或视频(&amp;G)…</translation>
    </message>
    <message>
        <source>Saves the clip or the matrix</source>
        <translation>保存片段或矩阵</translation>
    </message>
    <message>
        <source>Save &amp;State…</source>
        <translation>保存状态(&amp;S)…</translation>
    </message>
    <message>
        <source>Saves the codes as JSON; &apos;kinora generate --state&apos; makes the same clip of it</source>
        <translation>将编码保存为 JSON；“kinora generate --state”由它生成相同的片段</translation>
    </message>
    <message>
        <source>Save State</source>
        <translation>保存状态</translation>
    </message>
    <message>
        <source>States (*.json)</source>
        <translation>状态 (*.json)</translation>
    </message>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>Open S&amp;tate…</source>
        <translation>打开状态(&amp;T)…</translation>
    </message>
    <message>
        <source>Loads codes that were saved as JSON</source>
        <translation>载入保存为 JSON 的编码</translation>
    </message>
    <message>
        <source>Open State</source>
        <translation>打开状态</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>&amp;Copy State</source>
        <translation>复制状态(&amp;C)</translation>
    </message>
    <message>
        <source>Copies the codes as JSON</source>
        <translation>将编码复制为 JSON</translation>
    </message>
    <message>
        <source>&amp;Paste State</source>
        <translation>粘贴状态(&amp;P)</translation>
    </message>
    <message>
        <source>Takes over codes from the clipboard</source>
        <translation>采用剪贴板中的编码</translation>
    </message>
    <message>
        <source>Copy as Command &amp;Line</source>
        <translation>复制为命令行(&amp;L)</translation>
    </message>
    <message>
        <source>Copies the command that makes this clip in a terminal</source>
        <translation>复制在终端中生成此片段的命令</translation>
    </message>
    <message>
        <source>The command is in the clipboard.</source>
        <translation>命令已复制到剪贴板。</translation>
    </message>
    <message>
        <source>Pixel-&amp;Exact Pictures</source>
        <translation>像素级精确显示(&amp;E)</translation>
    </message>
    <message>
        <source>Enlarges pictures by whole numbers without smoothing</source>
        <translation>按整数倍放大画面，不做平滑</translation>
    </message>
    <message>
        <source>Appearance × Motion &amp;Matrix</source>
        <translation>外观 × 运动矩阵(&amp;M)</translation>
    </message>
    <message>
        <source>Shows the matrix beside the clip</source>
        <translation>在片段旁显示矩阵</translation>
    </message>
    <message>
        <source>Open the &amp;Ready Model</source>
        <translation>打开自带模型(&amp;R)</translation>
    </message>
    <message>
        <source>Opens the model that comes with the program</source>
        <translation>打开随程序提供的模型</translation>
    </message>
    <message>
        <source>&amp;About This Model…</source>
        <translation>关于此模型(&amp;A)…</translation>
    </message>
    <message>
        <source>The system, its paper and its controls</source>
        <translation>系统、论文与控件</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>SHA-256</source>
        <translation>SHA-256</translation>
    </message>
    <message>
        <source>Trained on</source>
        <translation>训练数据</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Clips</source>
        <translation>视频片段</translation>
    </message>
    <message>
        <source>%1 × %2 pixels, trained with %3 frames, %4 frames a second</source>
        <translation>%1 × %2 像素，以 %3 帧训练，每秒 %4 帧</translation>
    </message>
    <message>
        <source>About This Model</source>
        <translation>关于此模型</translation>
    </message>
    <message>
        <source>Add to &amp;Comparison</source>
        <translation>加入比较(&amp;C)</translation>
    </message>
    <message>
        <source>Shows this checkpoint on the Compare page</source>
        <translation>在“比较”页显示此检查点</translation>
    </message>
    <message>
        <source>New &amp;Appearance</source>
        <translation>新的外观(&amp;A)</translation>
    </message>
    <message>
        <source>Draws the appearance anew</source>
        <translation>重新抽取外观</translation>
    </message>
    <message>
        <source>New &amp;Motion</source>
        <translation>新的运动(&amp;M)</translation>
    </message>
    <message>
        <source>Draws the motion anew</source>
        <translation>重新抽取运动</translation>
    </message>
    <message>
        <source>New &amp;Both</source>
        <translation>全部重新抽取(&amp;B)</translation>
    </message>
    <message>
        <source>Draws everything that is not locked anew</source>
        <translation>重新抽取所有未锁定的部分</translation>
    </message>
    <message>
        <source>&amp;Reset</source>
        <translation>重置(&amp;R)</translation>
    </message>
    <message>
        <source>Back to what the seeds gave</source>
        <translation>恢复为种子给出的值</translation>
    </message>
    <message>
        <source>New Matri&amp;x</source>
        <translation>新的矩阵(&amp;X)</translation>
    </message>
    <message>
        <source>Draws all rows and columns of the matrix anew</source>
        <translation>重新抽取矩阵的所有行和列</translation>
    </message>
    <message>
        <source>&amp;Play or Pause</source>
        <translation>播放或暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Starts or stops all clips of the page</source>
        <translation>播放或停止本页的所有片段</translation>
    </message>
    <message>
        <source>Open Checkpoint…</source>
        <translation>打开检查点…</translation>
    </message>
    <message>
        <source>Open the Ready Model</source>
        <translation>打开自带模型</translation>
    </message>
    <message>
        <source>New Clip</source>
        <translation>新的片段</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>&amp;Length:</source>
        <translation>长度(&amp;L)：</translation>
    </message>
    <message>
        <source>Clip length in frames</source>
        <translation>片段长度（帧）</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Matrix of clips: rows change the appearance, columns the motion</source>
        <translation>片段矩阵：各行改变外观，各列改变运动</translation>
    </message>
    <message>
        <source>Rows change the appearance, columns the motion.</source>
        <translation>各行改变外观，各列改变运动。</translation>
    </message>
    <message>
        <source>Progress of the matrix</source>
        <translation>矩阵的进度</translation>
    </message>
    <message>
        <source>Rows of the matrix</source>
        <translation>矩阵的行数</translation>
    </message>
    <message>
        <source>Columns of the matrix</source>
        <translation>矩阵的列数</translation>
    </message>
    <message>
        <source>Appearance seed of the first row</source>
        <translation>第一行的外观种子</translation>
    </message>
    <message>
        <source>Motion seed of the first column</source>
        <translation>第一列的运动种子</translation>
    </message>
    <message>
        <source>M</source>
        <translation>运动</translation>
    </message>
    <message>
        <source>New matrix</source>
        <translation>新的矩阵</translation>
    </message>
    <message>
        <source>A</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Open Checkpoint</source>
        <translation>打开检查点</translation>
    </message>
    <message>
        <source>Checkpoints (*.safetensors)</source>
        <translation>检查点 (*.safetensors)</translation>
    </message>
    <message>
        <source>trained: %1</source>
        <translation>训练：%1</translation>
    </message>
    <message>
        <source>The clip length that the model was trained with</source>
        <translation>模型训练时的片段长度</translation>
    </message>
    <message>
        <source>Sheet of clips, one per seed</source>
        <translation>片段表，每个种子一个</translation>
    </message>
    <message>
        <source>No principal directions. %1</source>
        <translation>没有主方向。%1</translation>
    </message>
    <message>
        <source>This code has no principal directions.</source>
        <translation>此编码没有主方向。</translation>
    </message>
    <message>
        <source>Generating…</source>
        <translation>正在生成…</translation>
    </message>
    <message>
        <source>New clip</source>
        <translation>新的片段</translation>
    </message>
    <message>
        <source>Clip length %1</source>
        <translation>片段长度 %1</translation>
    </message>
    <message>
        <source>Cell %1, %2 of the matrix</source>
        <translation>矩阵单元 %1，%2</translation>
    </message>
    <message>
        <source>The clip</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>The matrix, %1 × %2 clips</source>
        <translation>矩阵，%1 × %2 个片段</translation>
    </message>
    <message>
        <source>The state is in the clipboard.</source>
        <translation>状态已复制到剪贴板。</translation>
    </message>
    <message>
        <source>the text is no state of this program (JSON)</source>
        <translation>该文本不是本程序的状态 (JSON)</translation>
    </message>
    <message>
        <source>open the checkpoint first</source>
        <translation>请先打开检查点</translation>
    </message>
    <message>
        <source>Paste state</source>
        <translation>粘贴状态</translation>
    </message>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>Opening %1 …</source>
        <translation>正在打开 %1 …</translation>
    </message>
    <message>
        <source>Starting the engine, then opening %1 …</source>
        <translation>正在启动引擎，随后打开 %1 …</translation>
    </message>
    <message>
        <source>No model is open.
Open a checkpoint, or drop one here. The ready model is not installed in this copy; models are made on the Train page.</source>
        <translation>没有打开的模型。
打开一个检查点，或拖放到这里。此副本未附带自带模型；可在“训练”页训练模型。</translation>
    </message>
    <message>
        <source>No model is open.
Open a checkpoint, or drop one here.</source>
        <translation>没有打开的模型。
打开一个检查点，或拖放到这里。</translation>
    </message>
    <message>
        <source>Explore</source>
        <translation>探索</translation>
    </message>
    <message>
        <source>Export cancelled; nothing was written.</source>
        <translation>导出已取消；未写入任何内容。</translation>
    </message>
    <message>
        <source>&amp;Evidence</source>
        <translation>证据(&amp;E)</translation>
    </message>
    <message>
        <source>Shows beside the clip what changed against a reference: difference, slice through time, and numbers for looks and movement</source>
        <translation>在片段旁显示相对于参考的变化：差异、时间切片，以及外观与运动的数值</translation>
    </message>
    <message>
        <source>Set &amp;Reference</source>
        <translation>设为参考(&amp;R)</translation>
    </message>
    <message>
        <source>Compares from now on with the clip that is shown</source>
        <translation>从现在起与当前显示的片段比较</translation>
    </message>
    <message>
        <source>Codes of a Real &amp;Clip…</source>
        <translation>真实片段的编码(&amp;C)…</translation>
    </message>
    <message>
        <source>Looks for the codes that draw a clip of a dataset, to edit them or to give its motion to another appearance</source>
        <translation>寻找能画出数据集中某个片段的编码，以便编辑，或把它的运动赋予另一外观</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>显示内容</translation>
    </message>
    <message>
        <source>The clip, or one of the further pictures that the system makes on the way to it</source>
        <translation>片段，或系统在生成过程中产生的其他画面</translation>
    </message>
    <message>
        <source>Codes of %1</source>
        <translation>%1 的编码</translation>
    </message>
    <message>
        <source>Clip</source>
        <translation>片段</translation>
    </message>
    <message numerus="yes">
        <source>The way through the key poses, %n frame(s). The next movement of a control shows its clip again.</source>
        <translation>
            <numerusform>经过各关键姿态的过程，%n 帧。下次移动控制量时将重新显示其片段。</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Bookmarks</source>
        <translation>书签(&amp;B)</translation>
    </message>
    <message>
        <source>Shows kept states below the controls</source>
        <translation>在控制量下方显示已保存的状态</translation>
    </message>
    <message>
        <source>About the S&amp;ystem…</source>
        <translation>关于此系统(&amp;Y)…</translation>
    </message>
    <message>
        <source>What this model&apos;s system does, how it differs from the paper, its options</source>
        <translation>此模型所属系统的作用、与论文的差别及其选项</translation>
    </message>
    <message>
        <source>Open a checkpoint first: it is the one whose codes are looked for.</source>
        <translation>请先打开一个检查点：要寻找的正是它的编码。</translation>
    </message>
    <message>
        <source>The codes of another clip are being looked for. Cancel that first.</source>
        <translation>正在寻找另一片段的编码。请先取消。</translation>
    </message>
    <message>
        <source>Pictures of %1</source>
        <translation>%1 的图片</translation>
    </message>
    <message>
        <source>Trained on: %1</source>
        <translation>训练数据：%1</translation>
    </message>
    <message>
        <source>Dataset File…</source>
        <translation>数据集文件…</translation>
    </message>
    <message>
        <source>Take Pictures From</source>
        <translation>图片来源</translation>
    </message>
    <message>
        <source>Datasets (*.h5 *.safetensors)</source>
        <translation>数据集 (*.h5 *.safetensors)</translation>
    </message>
    <message>
        <source>Choose pictures, or a dataset that gives them, for: %1</source>
        <translation>请为以下控制量选择图片或提供图片的数据集：%1</translation>
    </message>
    <message numerus="yes">
        <source>The way through the key poses, %n frame(s)</source>
        <translation>
            <numerusform>经过各关键姿态的过程，%n 帧</numerusform>
        </translation>
    </message>
    <message>
        <source>The bookmark &quot;%1&quot; was made with another checkpoint (%2), which is not there; its codes are shown with the open one.</source>
        <translation>书签“%1”是用另一检查点（%2）制作的，该检查点不存在；其编码以已打开的检查点显示。</translation>
    </message>
    <message>
        <source>The bookmark &quot;%1&quot; belongs to another model (%2, checkpoint &quot;%3&quot;), and there is no such file any more.</source>
        <translation>书签“%1”属于另一模型（%2，检查点“%3”），而该文件已不存在。</translation>
    </message>
    <message>
        <source>The bookmark &quot;%1&quot; belongs to another checkpoint: %2 (%3).</source>
        <translation>书签“%1”属于另一检查点：%2（%3）。</translation>
    </message>
    <message>
        <source>Open That Checkpoint</source>
        <translation>打开该检查点</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>&amp;What:</source>
        <translation>内容(&amp;W)：</translation>
    </message>
    <message>
        <source>&amp;Format:</source>
        <translation>格式(&amp;F)：</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>浏览(&amp;B)…</translation>
    </message>
    <message>
        <source>F&amp;ile:</source>
        <translation>文件(&amp;I)：</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source> frames a second</source>
        <translation> 帧/秒</translation>
    </message>
    <message>
        <source>&amp;Rate:</source>
        <translation>帧率(&amp;R)：</translation>
    </message>
    <message>
        <source>Every pixel becomes a square of so many; colours stay exact</source>
        <translation>每个像素放大为相应边长的方块；颜色保持精确</translation>
    </message>
    <message>
        <source>&amp;Enlarge:</source>
        <translation>放大(&amp;E)：</translation>
    </message>
    <message>
        <source>Round and round</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>To and fro</source>
        <translation>往复</translation>
    </message>
    <message>
        <source>&amp;Plays:</source>
        <translation>播放(&amp;P)：</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Name a file with its folder.</source>
        <translation>请给出带文件夹的文件名。</translation>
    </message>
    <message>
        <source>Files of the type &quot;.%1&quot; cannot be written. Choose a format from the list.</source>
        <translation>无法写入“.%1”类型的文件。请从列表中选择格式。</translation>
    </message>
    <message>
        <source>The folder &quot;%1&quot; does not exist.</source>
        <translation>文件夹“%1”不存在。</translation>
    </message>
    <message>
        <source>This file exists and will be replaced.</source>
        <translation>此文件已存在，将被替换。</translation>
    </message>
    <message>
        <source>&amp;Replace</source>
        <translation>替换(&amp;R)</translation>
    </message>
    <message>
        <source>Save as</source>
        <translation>另存为</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>PNG: one picture, frames side by side</source>
        <translation>PNG：一张图片，各帧并排</translation>
    </message>
    <message>
        <source>Folder of frames (PNG)</source>
        <translation>帧文件夹 (PNG)</translation>
    </message>
    <message>
        <source>As on screen</source>
        <translation>与屏幕一致</translation>
    </message>
    <message>
        <source>Contact sheet: frames along x, samples along y</source>
        <translation>小样张：横向为帧，纵向为样本</translation>
    </message>
    <message>
        <source>Time slice x–t: the middle row over time</source>
        <translation>时间切片 x–t：中间一行随时间变化</translation>
    </message>
    <message>
        <source>Time slice y–t: the middle column over time</source>
        <translation>时间切片 y–t：中间一列随时间变化</translation>
    </message>
    <message>
        <source>&amp;Layout:</source>
        <translation>布局(&amp;L)：</translation>
    </message>
    <message>
        <source>Small file</source>
        <translation>小文件</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Best</source>
        <translation>最佳</translation>
    </message>
    <message>
        <source>Of a GIF: 64 colours, 256 colours, or 256 colours for every frame; of other formats: how much is lost</source>
        <translation>对于 GIF：64 色、256 色，或每帧 256 色；对于其他格式：损失的程度</translation>
    </message>
    <message>
        <source>&amp;Quality:</source>
        <translation>质量(&amp;Q)：</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source> MB</source>
        <translation> MB</translation>
    </message>
    <message>
        <source>The file is made no larger: fewer colours, then fewer frames a second, then a smaller picture</source>
        <translation>文件不超过此大小：依次减少颜色、降低帧率、缩小画面</translation>
    </message>
    <message>
        <source>Size li&amp;mit:</source>
        <translation>大小上限(&amp;M)：</translation>
    </message>
    <message>
        <source>for ever</source>
        <translation>无限次</translation>
    </message>
    <message>
        <source>Repea&amp;ts:</source>
        <translation>重复次数(&amp;T)：</translation>
    </message>
    <message>
        <source>&amp;Names of rows and columns</source>
        <translation>行与列的名称(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Caption:</source>
        <translation>标题(&amp;C)：</translation>
    </message>
    <message>
        <source> px</source>
        <translation> px</translation>
    </message>
    <message>
        <source>white</source>
        <translation>白色</translation>
    </message>
    <message>
        <source>black</source>
        <translation>黑色</translation>
    </message>
    <message>
        <source>Colour of gaps and border</source>
        <translation>间隔与边框的颜色</translation>
    </message>
    <message>
        <source>B&amp;order:</source>
        <translation>边框(&amp;O)：</translation>
    </message>
    <message>
        <source>Estimated size</source>
        <translation>估计大小</translation>
    </message>
    <message>
        <source>Size:</source>
        <translation>大小：</translation>
    </message>
    <message>
        <source>…</source>
        <translation>…</translation>
    </message>
    <message>
        <source>too large to try beforehand</source>
        <translation>太大，无法预先试算</translation>
    </message>
    <message>
        <source>about %1</source>
        <translation>约 %1</translation>
    </message>
    <message>
        <source>This folder exists already. Choose another name.</source>
        <translation>该文件夹已存在。请换一个名称。</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
    <message>
        <source>Saving %1 …</source>
        <translation>正在保存 %1……</translation>
    </message>
</context>
<context>
    <name>FacetModel</name>
    <message>
        <source>%1, filters</source>
        <translation>%1，已筛选</translation>
    </message>
    <message numerus="yes">
        <source>%1: %n clip(s)</source>
        <translation>
            <numerusform>%1：%n 个片段</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FacetPanel</name>
    <message>
        <source>Split</source>
        <translation>划分</translation>
    </message>
    <message>
        <source>Subject</source>
        <translation>受试者</translation>
    </message>
    <message>
        <source>Excluded</source>
        <translation>已排除</translation>
    </message>
    <message>
        <source>in no split</source>
        <translation>不属于任何划分</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>&amp;Filter by</source>
        <translation>筛选条件(&amp;F)</translation>
    </message>
    <message>
        <source>Clear all</source>
        <translation>全部清除</translation>
    </message>
    <message>
        <source>Let all clips through again: no facet, no filter line</source>
        <translation>让所有片段重新通过：清除分面和筛选条件</translation>
    </message>
    <message>
        <source>Facets</source>
        <translation>分面</translation>
    </message>
    <message>
        <source>Values of one facet add up; facets narrow each other down. The numbers say how many clips a value would show.</source>
        <translation>同一分面中的值取并集，不同分面之间取交集。数字表示选择该值时会显示的片段数。</translation>
    </message>
</context>
<context>
    <name>FlowController</name>
    <message>
        <source>it was cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>The optical flow needs a temporary folder, and none can be made: %1</source>
        <translation>光流需要一个临时文件夹，但无法创建：%1</translation>
    </message>
</context>
<context>
    <name>FlowLegend</name>
    <message>
        <source>Colours of the optical flow</source>
        <translation>光流的颜色</translation>
    </message>
    <message>
        <source>Hue: the direction that a pixel moves in. Saturation: how far it moves from one frame to the next; white stands still, the rim moves by the number below or more.</source>
        <translation>色相：像素移动的方向。饱和度：从一帧到下一帧移动的距离；白色为静止，边缘的移动量为下方数字或更多。</translation>
    </message>
    <message>
        <source>%1 px</source>
        <translation>%1 像素</translation>
    </message>
    <message>
        <source>The rim moves by %1 pixels a frame</source>
        <translation>边缘每帧移动 %1 像素</translation>
    </message>
    <message>
        <source>%1 px</source>
        <comment>pixels a frame</comment>
        <translation>%1 像素</translation>
    </message>
</context>
<context>
    <name>ForkDialog</name>
    <message>
        <source>Fork %1</source>
        <translation>分叉 %1</translation>
    </message>
    <message>
        <source>A run of its own begins with a copy of a checkpoint, and goes on with changes. This run stays as it is.</source>
        <translation>新的运行以检查点的副本开始，并按更改后的设置继续。此运行保持不变。</translation>
    </message>
    <message>
        <source>%1, the best by %2</source>
        <translation>%1，按 %2 最佳</translation>
    </message>
    <message>
        <source>%1, the newest</source>
        <translation>%1，最新</translation>
    </message>
    <message>
        <source>The checkpoints that the run has kept</source>
        <translation>运行保留的检查点</translation>
    </message>
    <message>
        <source>From &amp;step:</source>
        <translation>起始步(&amp;S)：</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名称(&amp;N)：</translation>
    </message>
    <message>
        <source>Ste&amp;ps in all:</source>
        <translation>总步数(&amp;P)：</translation>
    </message>
    <message>
        <source>Start at once</source>
        <translation>立即启动</translation>
    </message>
    <message>
        <source>Wait in the queue until the device is free</source>
        <translation>在队列中等待设备空闲</translation>
    </message>
    <message>
        <source>Do not start</source>
        <translation>不启动</translation>
    </message>
    <message>
        <source>&amp;Then:</source>
        <translation>然后(&amp;T)：</translation>
    </message>
    <message>
        <source>&amp;Fork</source>
        <translation>分叉(&amp;F)</translation>
    </message>
    <message>
        <source>The run has no checkpoint yet.</source>
        <translation>运行尚无检查点。</translation>
    </message>
    <message>
        <source>Give the new run a name of its own.</source>
        <translation>请给新的运行取一个自己的名称。</translation>
    </message>
    <message>
        <source>There is a folder %1 already; choose another name.</source>
        <translation>文件夹 %1 已存在；请换一个名称。</translation>
    </message>
    <message>
        <source>Steps in all must be a whole number above %1.</source>
        <translation>总步数必须是大于 %1 的整数。</translation>
    </message>
</context>
<context>
    <name>ImportDatasetDialog</name>
    <message>
        <source>Import Clips</source>
        <translation>导入视频片段</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>Folder with the clips</source>
        <translation>视频片段所在的文件夹</translation>
    </message>
    <message>
        <source>&amp;Kind:</source>
        <translation>种类(&amp;K)：</translation>
    </message>
    <message>
        <source>&amp;Source:</source>
        <translation>来源(&amp;S)：</translation>
    </message>
    <message>
        <source>&amp;Import</source>
        <translation>导入(&amp;I)</translation>
    </message>
    <message>
        <source>Nothing that can be imported is known yet.</source>
        <translation>尚不知道可以导入哪些内容。</translation>
    </message>
    <message>
        <source>Folder or file with the clips, as its owners ship it</source>
        <translation>含片段的文件夹或文件，保持其所有者发布时的样子</translation>
    </message>
    <message>
        <source>Folder or file with the clips</source>
        <translation>含片段的文件夹或文件</translation>
    </message>
    <message>
        <source>&amp;Folder…</source>
        <translation>文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Fil&amp;e…</source>
        <translation>文件(&amp;E)…</translation>
    </message>
    <message>
        <source>How the folder is laid out</source>
        <translation>文件夹的目录结构</translation>
    </message>
    <message>
        <source>Find out</source>
        <translation>自动识别</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Settings that belong together, such as those of a paper; what is set below comes on top</source>
        <translation>一组相互配合的设置，例如某篇论文的设置；下方的设置优先</translation>
    </message>
    <message>
        <source>P&amp;reset:</source>
        <translation>预设(&amp;R)：</translation>
    </message>
    <message>
        <source>Preprocessing</source>
        <translation>预处理</translation>
    </message>
    <message>
        <source>Crop, size, frame step, clip length: what is done to the frames</source>
        <translation>裁剪、尺寸、取帧间隔、片段长度：对帧所做的处理</translation>
    </message>
    <message>
        <source>&amp;Look Again</source>
        <translation>重新查看(&amp;L)</translation>
    </message>
    <message>
        <source>List what would be imported with these settings; nothing is decoded or written</source>
        <translation>列出以这些设置将会导入的内容；不解码，也不写入任何文件</translation>
    </message>
    <message>
        <source>What would be imported</source>
        <translation>将会导入的内容</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>数量</translation>
    </message>
    <message>
        <source>What &amp;Would Be Imported</source>
        <translation>将会导入的内容(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Options</source>
        <translation>选项(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;About the Data</source>
        <translation>关于数据(&amp;A)</translation>
    </message>
    <message>
        <source>The settings have changed since this was listed.</source>
        <translation>列出之后设置已改变。</translation>
    </message>
    <message>
        <source>Looking… %1</source>
        <translation>正在查看… %1</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Read as: %1</source>
        <translation>识别为：%1</translation>
    </message>
    <message>
        <source>Choose a source: Kinora looks what it is.</source>
        <translation>请选择来源：Kinora 会识别其类型。</translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation>推荐设置</translation>
    </message>
    <message>
        <source>File with the clips</source>
        <translation>含片段的文件</translation>
    </message>
    <message>
        <source>Choose the folder or file with the clips.</source>
        <translation>请选择含片段的文件夹或文件。</translation>
    </message>
    <message>
        <source>There is no such folder or file.</source>
        <translation>没有此文件夹或文件。</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>正在查看…</translation>
    </message>
    <message numerus="yes">
        <source>%n recording(s) would be imported.</source>
        <translation>
            <numerusform>将会导入 %n 段录像。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n recording(s) would be imported,</source>
        <translation>
            <numerusform>将会导入 %n 段录像，</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out.</source>
        <translation>
            <numerusform>略过 %n 个。</numerusform>
        </translation>
    </message>
    <message>
        <source>Split</source>
        <translation>划分</translation>
    </message>
    <message>
        <source>Subjects</source>
        <translation>受试者</translation>
    </message>
    <message>
        <source>Sizes</source>
        <translation>尺寸</translation>
    </message>
    <message>
        <source>Formats</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>略过</translation>
    </message>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>……另有 %n 项</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>InversionDialog</name>
    <message>
        <source>Codes of a Real Clip</source>
        <translation>真实片段的编码</translation>
    </message>
    <message>
        <source>Looks for the codes whose clip is nearest to a clip of a dataset. What is found can then be moved like any other clip: given another motion, or another appearance.</source>
        <translation>寻找所生成片段与数据集中某一片段最接近的编码。找到的编码可以像其他片段一样编辑：赋予另一运动，或另一外观。</translation>
    </message>
    <message>
        <source>Choose a dataset</source>
        <translation>选择数据集</translation>
    </message>
    <message>
        <source>&amp;Dataset</source>
        <translation>数据集(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Open File…</source>
        <translation>打开文件(&amp;O)…</translation>
    </message>
    <message>
        <source>Opens another clip file (.h5)</source>
        <translation>打开另一个片段文件 (.h5)</translation>
    </message>
    <message>
        <source>Filter, such as smile or subject:12</source>
        <translation>筛选，例如 smile 或 subject:12</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Clips</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>Choose a dataset, then the clip whose codes are wanted.</source>
        <translation>选择数据集，再选择想要其编码的片段。</translation>
    </message>
    <message>
        <source>Steps of the optimisation: more take longer and come nearer</source>
        <translation>优化的步数：越多越慢，也越接近</translation>
    </message>
    <message>
        <source>Starts that are optimised side by side; the worse ones are dropped on the way</source>
        <translation>并行优化的起点数；较差的会在途中舍弃</translation>
    </message>
    <message>
        <source>Seed of the draws that it starts from</source>
        <translation>起始抽样的种子</translation>
    </message>
    <message>
        <source>&amp;Find Codes</source>
        <translation>寻找编码(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Steps</source>
        <translation>步数(&amp;S)</translation>
    </message>
    <message>
        <source>S&amp;tarts</source>
        <translation>起点数(&amp;T)</translation>
    </message>
    <message>
        <source>S&amp;eed</source>
        <translation>种子(&amp;E)</translation>
    </message>
    <message>
        <source>The clip</source>
        <translation>所选片段</translation>
    </message>
    <message>
        <source>What the codes draw</source>
        <translation>编码所画的片段</translation>
    </message>
    <message>
        <source>No clip chosen</source>
        <translation>未选择片段</translation>
    </message>
    <message>
        <source>Nothing found yet</source>
        <translation>尚未找到</translation>
    </message>
    <message>
        <source>&amp;Use These Codes</source>
        <translation>使用这些编码(&amp;U)</translation>
    </message>
    <message>
        <source>Takes the codes over into Explore; it can be undone</source>
        <translation>将编码带入“探索”页；可以撤销</translation>
    </message>
    <message>
        <source>Opening %1 …</source>
        <translation>正在打开 %1……</translation>
    </message>
    <message>
        <source>Open Dataset</source>
        <translation>打开数据集</translation>
    </message>
    <message>
        <source>Clip files (*.h5 *.hdf5 *.safetensors)</source>
        <translation>片段文件 (*.h5 *.hdf5 *.safetensors)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Drawing clips to start from …</source>
        <translation>正在抽取起始片段……</translation>
    </message>
    <message>
        <source>Step %1 of %2, %3 dB</source>
        <translation>第 %1 步，共 %2 步，%3 dB</translation>
    </message>
    <message numerus="yes">
        <source>%n start(s)</source>
        <translation>
            <numerusform>%n 个起点</numerusform>
        </translation>
    </message>
    <message>
        <source>at most %1 left</source>
        <translation>最多还需 %1</translation>
    </message>
    <message>
        <source>Found after %1: %2 dB, motion energy %3 % of the clip&apos;s.</source>
        <translation>用时 %1：%2 dB，运动能量为所选片段的 %3 %。</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>取消(&amp;C)</translation>
    </message>
</context>
<context>
    <name>JobProcess</name>
    <message>
        <source>%1 could not be started: %2</source>
        <translation>无法启动 %1：%2</translation>
    </message>
    <message>
        <source>%1 ended unexpectedly.</source>
        <translation>%1 意外结束。</translation>
    </message>
    <message>
        <source>%1 failed with exit code %2.</source>
        <translation>%1 失败，退出码 %2。</translation>
    </message>
</context>
<context>
    <name>KeyPosePanel</name>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Motion</source>
        <translation>运动</translation>
    </message>
    <message>
        <source>Appearance and motion</source>
        <translation>外观与运动</translation>
    </message>
    <message>
        <source>Every step is a clip of its own, because a code holds for a whole clip; of step t frame t is shown, and after the last frame the first again.</source>
        <translation>每一步自成一个片段，因为一个编码适用于整个片段；第 t 步显示第 t 帧，最后一帧之后回到第一帧。</translation>
    </message>
    <message>
        <source>Of step t frame t is shown; after the last frame the movement runs backwards, so that nothing jumps.</source>
        <translation>第 t 步显示第 t 帧；最后一帧之后运动倒放，因此不会跳跃。</translation>
    </message>
    <message>
        <source>The whole clip of every step, one after the other: nothing changes inside a clip.</source>
        <translation>依次显示每一步的完整片段：片段内部没有变化。</translation>
    </message>
    <message>
        <source>Move the sliders, then keep the codes as a key pose (K). Two poses make a way.</source>
        <translation>移动滑块，然后将编码保留为关键姿态 (K)。两个姿态构成一段过程。</translation>
    </message>
    <message>
        <source>Way between poses</source>
        <translation>姿态之间的路径</translation>
    </message>
    <message>
        <source>On the sphere</source>
        <translation>沿球面</translation>
    </message>
    <message>
        <source>Straight</source>
        <translation>沿直线</translation>
    </message>
    <message>
        <source>On the sphere: codes between two draws are about as long as draws are, as the model knows them. Straight: the middle of two draws is shorter, nearer to the average clip.</source>
        <translation>沿球面：两次抽取之间的编码长度与抽取的编码相近，正是模型所熟悉的。沿直线：两次抽取的中点较短，更接近平均片段。</translation>
    </message>
    <message>
        <source>Steps between two poses</source>
        <translation>两个姿态之间的步数</translation>
    </message>
    <message>
        <source>Steps between two poses of the longest track; the other track takes as long</source>
        <translation>最长轨道上两个姿态之间的步数；另一条轨道用时相同</translation>
    </message>
    <message>
        <source> between</source>
        <translation> 个中间步</translation>
    </message>
    <message>
        <source>Frames of each step</source>
        <translation>每步的帧</translation>
    </message>
    <message>
        <source>One frame a step</source>
        <translation>每步一帧</translation>
    </message>
    <message>
        <source>One frame, back and forth</source>
        <translation>每步一帧，往返</translation>
    </message>
    <message>
        <source>Whole clips</source>
        <translation>完整片段</translation>
    </message>
    <message>
        <source>Loop</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>From the last pose back to the first</source>
        <translation>从最后一个姿态回到第一个</translation>
    </message>
    <message>
        <source>Make the Clip</source>
        <translation>生成片段</translation>
    </message>
    <message>
        <source>Progress of the clip through the key poses</source>
        <translation>经过关键姿态的片段的进度</translation>
    </message>
    <message>
        <source>Steps between poses</source>
        <translation>姿态之间的步数</translation>
    </message>
    <message>
        <source>Loop of key poses</source>
        <translation>关键姿态的循环</translation>
    </message>
    <message>
        <source>Key poses: %1</source>
        <translation>关键姿态：%1</translation>
    </message>
    <message>
        <source>Drag to reorder, also with Ctrl+Left and Ctrl+Right. Return or double click: back to these codes. Delete: remove</source>
        <translation>拖动以重新排序，也可用 Ctrl+左 和 Ctrl+右。回车或双击：回到这些编码。Delete：移除</translation>
    </message>
    <message>
        <source>Keep the present codes as a key pose: %1</source>
        <translation>将当前编码保留为关键姿态：%1</translation>
    </message>
    <message>
        <source>Remove the chosen key pose: %1</source>
        <translation>移除所选关键姿态：%1</translation>
    </message>
    <message>
        <source>Add key poses</source>
        <translation>添加关键姿态</translation>
    </message>
    <message>
        <source>Add a key pose: %1</source>
        <translation>添加关键姿态：%1</translation>
    </message>
    <message>
        <source>Remove a key pose: %1</source>
        <translation>移除关键姿态：%1</translation>
    </message>
    <message>
        <source>Move a key pose: %1</source>
        <translation>移动关键姿态：%1</translation>
    </message>
    <message>
        <source>Key pose %1%2</source>
        <translation>关键姿态 %1%2</translation>
    </message>
    <message>
        <source>Key pose %1 of %2</source>
        <translation>关键姿态 %1/%2</translation>
    </message>
    <message>
        <source>The clip would have more than %1 frames: put fewer steps between two poses</source>
        <translation>片段将超过 %1 帧：请减少两个姿态之间的步数</translation>
    </message>
    <message>
        <source>Makes the way through the key poses and plays it (Shift+K). It is one of the subjects of Save as GIF or Video</source>
        <translation>生成经过各关键姿态的过程并播放 (Shift+K)。它也是“存为 GIF 或视频”的内容之一</translation>
    </message>
    <message>
        <source>Keep two poses of appearance or of motion first</source>
        <translation>请先保留两个外观或运动的姿态</translation>
    </message>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n 步</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s)</source>
        <translation>
            <numerusform>%n 帧</numerusform>
        </translation>
    </message>
    <message>
        <source>Gaussian codes and motion paths are interpolated step by step of the path; settings go straight; a category, a picture or a map is that of the nearer pose. A track with one pose stays there, one without stays at the present codes.</source>
        <translation>高斯编码与运动路径沿路径逐步插值；设置按直线变化；类别、图片或图取较近姿态的值。只有一个姿态的轨道停在该处，没有姿态的轨道停在当前编码。</translation>
    </message>
</context>
<context>
    <name>LatentPad</name>
    <message>
        <source>Direction to the right</source>
        <translation>向右的方向</translation>
    </message>
    <message>
        <source>What moving to the right changes</source>
        <translation>向右移动改变的内容</translation>
    </message>
    <message>
        <source>Direction upwards</source>
        <translation>向上的方向</translation>
    </message>
    <message>
        <source>What moving up changes</source>
        <translation>向上移动改变的内容</translation>
    </message>
    <message>
        <source>Pad</source>
        <translation>操纵板</translation>
    </message>
    <message>
        <source>No directions yet.</source>
        <translation>尚无方向。</translation>
    </message>
</context>
<context>
    <name>LatentSlider</name>
    <message>
        <source>Double click: back to %1 · right click: type a number · wheel: one step</source>
        <translation>双击：恢复为 %1 · 右键：输入数值 · 滚轮：一步</translation>
    </message>
    <message>
        <source>Set a value</source>
        <translation>设置数值</translation>
    </message>
    <message>
        <source>Type a Number…</source>
        <translation>输入数值…</translation>
    </message>
    <message>
        <source>Back to %1</source>
        <translation>恢复为 %1</translation>
    </message>
</context>
<context>
    <name>LatentTools</name>
    <message>
        <source>2D &amp;Pad</source>
        <translation>二维操纵板(&amp;P)</translation>
    </message>
    <message>
        <source>Moves an appearance direction and a motion direction at once</source>
        <translation>同时移动一个外观方向和一个运动方向</translation>
    </message>
    <message>
        <source>Pad</source>
        <translation>操纵板</translation>
    </message>
    <message>
        <source>&amp;Curves over Time</source>
        <translation>随时间变化的曲线(&amp;C)</translation>
    </message>
    <message>
        <source>Draws how a motion code changes from step to step</source>
        <translation>绘制运动编码如何逐步变化</translation>
    </message>
    <message>
        <source>Curves over time</source>
        <translation>随时间变化的曲线</translation>
    </message>
    <message>
        <source>&amp;Key Poses</source>
        <translation>关键姿态(&amp;K)</translation>
    </message>
    <message>
        <source>Codes that were kept, and the way through them as one clip</source>
        <translation>已保留的编码，以及经过它们的一个片段</translation>
    </message>
    <message>
        <source>Key poses</source>
        <translation>关键姿态</translation>
    </message>
    <message>
        <source>&amp;Keep as Key Pose</source>
        <translation>保留为关键姿态(&amp;K)</translation>
    </message>
    <message>
        <source>Keeps the present codes as a key pose of appearance and of motion</source>
        <translation>将当前编码保留为外观和运动的关键姿态</translation>
    </message>
    <message>
        <source>Clip through the Key &amp;Poses</source>
        <translation>经过关键姿态的片段(&amp;P)</translation>
    </message>
    <message>
        <source>Makes the way through the key poses and plays it</source>
        <translation>生成经过各关键姿态的过程并播放</translation>
    </message>
    <message>
        <source>Saved &amp;Directions…</source>
        <translation>已保存的方向(&amp;D)…</translation>
    </message>
    <message>
        <source>Renames, deletes, imports and exports the directions that you saved</source>
        <translation>重命名、删除、导入和导出你保存的方向</translation>
    </message>
    <message>
        <source>Save Direction</source>
        <translation>保存方向</translation>
    </message>
    <message>
        <source>The way from what the seed gave to the present code becomes a direction of the list. Name:</source>
        <translation>从种子给出的编码到当前编码的变化将成为列表中的一个方向。名称：</translation>
    </message>
    <message>
        <source>This code stands where its seed put it: move it along sliders first, then save that movement.</source>
        <translation>此编码仍在种子给出的位置：请先用滑块移动它，再保存该移动。</translation>
    </message>
    <message>
        <source>Saved the direction &quot;%1&quot;.</source>
        <translation>已保存方向“%1”。</translation>
    </message>
</context>
<context>
    <name>LossStrip</name>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>How far the best clip so far is from the chosen one, on a logarithmic axis</source>
        <translation>目前最好的片段与所选片段的距离（对数轴）</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>From moving a control to its picture</source>
        <translation>从移动控件到画面出现的时间</translation>
    </message>
    <message>
        <source>Restart Engine</source>
        <translation>重启引擎</translation>
    </message>
    <message>
        <source>%1 ms</source>
        <translation>%1 毫秒</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>Open &amp;Recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Preferences…</source>
        <translation>首选项(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>Like the &amp;Desktop</source>
        <translation>跟随桌面(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;System Language</source>
        <translation>系统语言(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Full Screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Data</source>
        <translation>数据(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation>模型(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Latents</source>
        <translation>隐变量(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Train</source>
        <translation>训练(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Compare</source>
        <translation>比较(&amp;C)</translation>
    </message>
    <message>
        <source>Restart &amp;Engine</source>
        <translation>重启引擎(&amp;E)</translation>
    </message>
    <message>
        <source>Stops the engine and starts another; what is open stays open</source>
        <translation>停止引擎并启动新的引擎；已打开的内容保持打开</translation>
    </message>
    <message>
        <source>&amp;Window</source>
        <translation>窗口(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Keyboard Shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;About Kinora</source>
        <translation>关于 Kinora(&amp;A)</translation>
    </message>
    <message>
        <source>About &amp;Qt</source>
        <translation>关于 Qt(&amp;Q)</translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation>暂无</translation>
    </message>
    <message>
        <source>&amp;Clear This List</source>
        <translation>清除此列表(&amp;C)</translation>
    </message>
    <message>
        <source>There is no &quot;%1&quot;.</source>
        <translation>“%1”不存在。</translation>
    </message>
    <message>
        <source>The folder &quot;%1&quot; is no run directory; import it on the Datasets page.</source>
        <translation>文件夹“%1”不是运行目录；请在“数据集”页导入。</translation>
    </message>
    <message>
        <source>No page opens files like &quot;%1&quot;. Datasets (.h5), checkpoints (.safetensors), states (.json) and run directories are opened.</source>
        <translation>没有页面能打开“%1”这样的文件。可打开数据集 (.h5)、检查点 (.safetensors)、状态 (.json) 和运行目录。</translation>
    </message>
    <message>
        <source>Engine off</source>
        <translation>引擎未启动</translation>
    </message>
    <message>
        <source>Engine starting…</source>
        <translation>引擎正在启动…</translation>
    </message>
    <message>
        <source>Engine ready on %1</source>
        <translation>引擎就绪：%1</translation>
    </message>
    <message>
        <source>Version %1, process %2
%3</source>
        <translation>版本 %1，进程 %2
%3</translation>
    </message>
    <message>
        <source>Engine lost, starting another…</source>
        <translation>引擎已丢失，正在启动新的引擎…</translation>
    </message>
    <message>
        <source>The engine was lost; another is being started. What was open stays open.</source>
        <translation>引擎已丢失，正在启动新的引擎。已打开的内容保持打开。</translation>
    </message>
    <message>
        <source>Engine stopped</source>
        <translation>引擎已停止</translation>
    </message>
    <message>
        <source>Keyboard Shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Clips, when they have the focus</source>
        <translation>视频片段（获得焦点时）</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>播放或暂停</translation>
    </message>
    <message>
        <source>One frame back or on</source>
        <translation>后退或前进一帧</translation>
    </message>
    <message>
        <source>Ten frames back or on</source>
        <translation>后退或前进十帧</translation>
    </message>
    <message>
        <source>First frame</source>
        <translation>第一帧</translation>
    </message>
    <message>
        <source>Slower, faster</source>
        <translation>减速、加速</translation>
    </message>
    <message>
        <source>Sliders, when they have the focus</source>
        <translation>滑块（获得焦点时）</translation>
    </message>
    <message>
        <source>One step</source>
        <translation>一步</translation>
    </message>
    <message>
        <source>Five steps</source>
        <translation>五步</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Engine %1 on %2</source>
        <translation>引擎 %1，运行于 %2</translation>
    </message>
    <message>
        <source>The engine is not running</source>
        <translation>引擎未运行</translation>
    </message>
    <message>
        <source>A research workbench for disentangled video generation: appearance and motion, moved apart.</source>
        <translation>解耦视频生成的研究工作台：分别操控外观与运动。</translation>
    </message>
    <message>
        <source>Built from %1</source>
        <translation>构建自 %1</translation>
    </message>
    <message>
        <source>The sources are under the Apache License 2.0. This program is distributed under the GNU General Public License 3.0, because it links Qt Charts and FFmpeg.</source>
        <translation>源代码采用 Apache 许可证 2.0。因链接了 Qt Charts 和 FFmpeg，本程序以 GNU 通用公共许可证 3.0 发布。</translation>
    </message>
    <message>
        <source>About Kinora</source>
        <translation>关于 Kinora</translation>
    </message>
    <message>
        <source>No page opens &quot;%1&quot;.</source>
        <translation>没有页面能打开“%1”。</translation>
    </message>
    <message>
        <source>&amp;Connect Engine…</source>
        <translation>连接引擎(&amp;C)…</translation>
    </message>
    <message>
        <source>Chooses which engine computes: this computer&apos;s, or one on another machine</source>
        <translation>选择由哪个引擎计算：本机的，或另一台机器上的</translation>
    </message>
    <message>
        <source>%1 ready on %2</source>
        <comment>name of an engine, its device</comment>
        <translation>%1 已就绪，运行在 %2 上</translation>
    </message>
    <message>
        <source>%1 received</source>
        <translation>已接收 %1</translation>
    </message>
    <message>
        <source>Link lost, trying again…</source>
        <translation>链路已断开，正在重试……</translation>
    </message>
    <message>
        <source>The link to the engine was lost; it is tried again for as long as it takes. What is open stays open.</source>
        <translation>与引擎的链路已断开；会一直重试。已打开的内容保持打开。</translation>
    </message>
    <message>
        <source>%1 clips/s</source>
        <translation>%1 片段/秒</translation>
    </message>
    <message>
        <source>Ends the program; trainings that run go on</source>
        <translation>退出程序；正在进行的训练会继续</translation>
    </message>
    <message>
        <source>Takes the last change on this page back</source>
        <translation>撤销此页上的最后一次更改</translation>
    </message>
    <message>
        <source>Makes a change that was taken back again</source>
        <translation>重做已撤销的更改</translation>
    </message>
    <message>
        <source>Language, theme and engine</source>
        <translation>语言、主题和引擎</translation>
    </message>
    <message>
        <source>Light or dark, as the desktop is</source>
        <translation>随桌面设置采用浅色或深色</translation>
    </message>
    <message>
        <source>Dark text on a light ground</source>
        <translation>浅色背景上的深色文字</translation>
    </message>
    <message>
        <source>Light text on a dark ground</source>
        <translation>深色背景上的浅色文字</translation>
    </message>
    <message>
        <source>The language of the desktop, if the window speaks it</source>
        <translation>若窗口支持，则使用桌面的语言</translation>
    </message>
    <message>
        <source>The window is built anew in this language; what is open stays open</source>
        <translation>窗口以此语言重新建立；已打开的内容保持打开</translation>
    </message>
    <message>
        <source>The window covers the whole screen, or does so no longer</source>
        <translation>窗口铺满整个屏幕，或恢复原状</translation>
    </message>
    <message>
        <source>&amp;Command Palette…</source>
        <translation>命令面板(&amp;C)…</translation>
    </message>
    <message>
        <source>Finds everything that can be done or opened by a few letters of its name</source>
        <translation>输入名称中的几个字母，即可找到一切可执行或可打开的内容</translation>
    </message>
    <message>
        <source>&amp;Tour of the Window</source>
        <translation>窗口导览(&amp;T)</translation>
    </message>
    <message>
        <source>What the pages are for, in four steps</source>
        <translation>四步了解各页面的用途</translation>
    </message>
    <message>
        <source>All keys of this window and of what has the focus</source>
        <translation>此窗口及当前焦点处的所有按键</translation>
    </message>
    <message>
        <source>Version, engine, and the licences of the parts</source>
        <translation>版本、引擎以及各部分的许可证</translation>
    </message>
    <message>
        <source>The library that this window is made with</source>
        <translation>此窗口所用的程序库</translation>
    </message>
    <message>
        <source>Datasets</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Clips to train on and to compare with. Let Kinora draw a built-in dataset, with known factors and nothing to download, or import your own clips; then look at them, filter them and put the bad ones aside.</source>
        <translation>用于训练和对照的片段。让 Kinora 绘制一个内置数据集（因素已知，无需下载），或导入你自己的片段；然后查看、筛选，并把不好的片段放到一边。</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Choose a system and a dataset and start. Curves, samples and health of the run are shown while it goes on; a training outlives this window and is found again.</source>
        <translation>选择系统和数据集后开始。运行期间会显示曲线、样本和健康状况；训练不随此窗口关闭而结束，之后可再次找到。</translation>
    </message>
    <message>
        <source>Explore</source>
        <translation>探索</translation>
    </message>
    <message>
        <source>Open a checkpoint and move its appearance and motion codes apart from each other. The matrix shows every appearance with every motion, and the evidence measures whether they are disentangled.</source>
        <translation>打开检查点，分别移动其外观编码和运动编码。矩阵显示每种外观与每种运动的组合，证据则衡量两者是否解耦。</translation>
    </message>
    <message>
        <source>Compare and Export</source>
        <translation>比较与导出</translation>
    </message>
    <message>
        <source>Put models and real clips side by side with the same codes, or ask people in a blind study. Every page saves what it shows as GIF, video or figure: look for &quot;Save&quot; in the File menu. %1 finds everything else.</source>
        <translation>用相同的编码并排比较模型和真实片段，或在盲评研究中征询他人。每个页面都能把所示内容存为 GIF、视频或插图：见“文件”菜单中的“保存”。其余功能可用 %1 找到。</translation>
    </message>
</context>
<context>
    <name>MatrixCodes</name>
    <message>
        <source>bred</source>
        <translation>杂交</translation>
    </message>
    <message>
        <source>A %1</source>
        <translation>外观 %1</translation>
    </message>
    <message>
        <source>M %1</source>
        <translation>运动 %1</translation>
    </message>
</context>
<context>
    <name>MatrixHeaders</name>
    <message>
        <source>Put the Clip into the Matri&amp;x</source>
        <translation>将片段放入矩阵(&amp;X)</translation>
    </message>
    <message>
        <source>The row or column whose header is current takes the appearance or motion of the clip; of a current cell both do</source>
        <translation>当前表头所在的行或列采用该片段的外观或运动；若当前为单元格，则两者都采用</translation>
    </message>
    <message>
        <source>Choose a cell or a header of the matrix first.</source>
        <translation>请先选择矩阵的一个单元格或表头。</translation>
    </message>
    <message>
        <source>clip</source>
        <comment>code of the clip beside the matrix</comment>
        <translation>片段</translation>
    </message>
    <message>
        <source>Clip into the matrix</source>
        <translation>片段放入矩阵</translation>
    </message>
    <message>
        <source>Draw the Row or Column A&amp;new</source>
        <translation>重新抽取该行或列(&amp;N)</translation>
    </message>
    <message>
        <source>The row or column whose header is current gets another appearance or motion</source>
        <translation>当前表头所在的行或列换成另一外观或运动</translation>
    </message>
    <message>
        <source>Choose a header of the matrix first.</source>
        <translation>请先选择矩阵的一个表头。</translation>
    </message>
    <message>
        <source>Rows and Columns in &amp;Order</source>
        <translation>行列恢复顺序(&amp;O)</translation>
    </message>
    <message>
        <source>Every row and column draws from its seed again, in their order</source>
        <translation>每一行和每一列按顺序重新由其种子抽取</translation>
    </message>
    <message>
        <source>Rows and columns in order</source>
        <translation>行列恢复顺序</translation>
    </message>
    <message>
        <source>Dragged onto another: they are swapped. With Ctrl its code is copied there; with Shift the other becomes a child of both, each number (over all time) taken from one of the two
at random, which keeps it on the prior&apos;s scale. Ctrl and an arrow key swap with the neighbour; Enter or the right button opens the menu.</source>
        <translation>拖到另一个上：两者交换。按住 Ctrl：把编码复制过去；按住 Shift：另一个成为两者的后代，每个数（贯穿全部时间）随机取自其中之一，
因此仍符合先验的尺度。Ctrl 加方向键与相邻者交换；回车或右键打开菜单。</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>已保留</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>The appearance is locked, so all rows show the same. Unlock it to change rows.</source>
        <translation>外观已锁定，因此所有行显示相同内容。解锁后才能更改行。</translation>
    </message>
    <message>
        <source>The motion is locked, so all columns show the same. Unlock it to change columns.</source>
        <translation>运动已锁定，因此所有列显示相同内容。解锁后才能更改列。</translation>
    </message>
    <message>
        <source>Swap rows</source>
        <translation>交换行</translation>
    </message>
    <message>
        <source>Swap columns</source>
        <translation>交换列</translation>
    </message>
    <message>
        <source>Copy a row&apos;s appearance</source>
        <translation>复制一行的外观</translation>
    </message>
    <message>
        <source>Copy a column&apos;s motion</source>
        <translation>复制一列的运动</translation>
    </message>
    <message>
        <source>Breed appearances</source>
        <translation>杂交外观</translation>
    </message>
    <message>
        <source>Breed motions</source>
        <translation>杂交运动</translation>
    </message>
    <message>
        <source>New appearance of a row</source>
        <translation>一行的新外观</translation>
    </message>
    <message>
        <source>New motion of a column</source>
        <translation>一列的新运动</translation>
    </message>
    <message>
        <source>The clip&apos;s appearance into a row</source>
        <translation>将片段的外观放入一行</translation>
    </message>
    <message>
        <source>The clip&apos;s motion into a column</source>
        <translation>将片段的运动放入一列</translation>
    </message>
    <message>
        <source>Row %1: %2</source>
        <translation>第 %1 行：%2</translation>
    </message>
    <message>
        <source>Column %1: %2</source>
        <translation>第 %1 列：%2</translation>
    </message>
    <message>
        <source>&amp;Swap With</source>
        <translation>与之交换(&amp;S)</translation>
    </message>
    <message>
        <source>The two change places</source>
        <translation>两者互换位置</translation>
    </message>
    <message>
        <source>&amp;Copy Over</source>
        <translation>复制到(&amp;C)</translation>
    </message>
    <message>
        <source>This code is put there as well</source>
        <translation>此编码也放到那里</translation>
    </message>
    <message>
        <source>&amp;Breed With</source>
        <translation>与之杂交(&amp;B)</translation>
    </message>
    <message>
        <source>This one becomes a child of both: each number, over all time, is that of one of the two, at random</source>
        <translation>它成为两者的后代：每个数（贯穿全部时间）随机取自其中之一</translation>
    </message>
    <message>
        <source>Take the Clip&apos;s &amp;Appearance</source>
        <translation>采用片段的外观(&amp;A)</translation>
    </message>
    <message>
        <source>Take the Clip&apos;s &amp;Motion</source>
        <translation>采用片段的运动(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;New Appearance</source>
        <translation>新外观(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;New Motion</source>
        <translation>新运动(&amp;N)</translation>
    </message>
</context>
<context>
    <name>MessageBar</name>
    <message>
        <source>Copy Details</source>
        <translation>复制详情</translation>
    </message>
    <message>
        <source>Close message</source>
        <translation>关闭消息</translation>
    </message>
</context>
<context>
    <name>MetricDialog</name>
    <message>
        <source>Measure Now</source>
        <translation>立即测量</translation>
    </message>
    <message>
        <source>The trainer measures between two steps, and goes on. The values come into the curves, the protocols into the history.</source>
        <translation>训练进程在两步之间测量，然后继续。数值写入曲线，测量规程写入历史。</translation>
    </message>
    <message>
        <source>Metrics</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>&amp;Measure</source>
        <translation>测量(&amp;M)</translation>
    </message>
</context>
<context>
    <name>MotionStrip</name>
    <message>
        <source>Motion energy</source>
        <translation>运动能量</translation>
    </message>
    <message>
        <source>Motion energy: how much each frame differs from the one before it. Click to go there.</source>
        <translation>运动能量：每帧与前一帧的差异大小。点击可跳转到该帧。</translation>
    </message>
    <message>
        <source>Mean difference of neighbouring frames: %1 grey levels</source>
        <translation>相邻帧的平均差异：%1 个灰度级</translation>
    </message>
    <message>
        <source>Frame %1: %2 grey levels
%3</source>
        <translation>第 %1 帧：%2 个灰度级
%3</translation>
    </message>
</context>
<context>
    <name>NotesDialog</name>
    <message>
        <source>Name, Tags and Notes</source>
        <translation>名称、标签和备注</translation>
    </message>
    <message>
        <source>How the run is called in tables and legends; its folder keeps its name</source>
        <translation>运行在表格和图例中的名称；其文件夹名不变</translation>
    </message>
    <message>
        <source>baseline, paper</source>
        <translation>基线, 论文</translation>
    </message>
    <message>
        <source>Apart by commas; the filter finds them with tag:NAME</source>
        <translation>以逗号分隔；筛选时用 tag:名称 查找</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名称(&amp;N)：</translation>
    </message>
    <message>
        <source>&amp;Tags:</source>
        <translation>标签(&amp;T)：</translation>
    </message>
    <message>
        <source>N&amp;otes:</source>
        <translation>备注(&amp;O)：</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
</context>
<context>
    <name>OptionForm</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>one of: %1</source>
        <translation>以下之一：%1</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>yes or no</source>
        <translation>是或否</translation>
    </message>
    <message>
        <source>a whole number from %1 to %2</source>
        <translation>%1 至 %2 的整数</translation>
    </message>
    <message>
        <source>a whole number, at least %1</source>
        <translation>不小于 %1 的整数</translation>
    </message>
    <message>
        <source>a whole number, at most %1</source>
        <translation>不大于 %1 的整数</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>a number from %1 to %2</source>
        <translation>%1 至 %2 的数</translation>
    </message>
    <message>
        <source>a number, at least %1</source>
        <translation>不小于 %1 的数</translation>
    </message>
    <message>
        <source>a number, at most %1</source>
        <translation>不大于 %1 的数</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>数</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>&amp;Preset:</source>
        <translation>预设(&amp;P)：</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Values that belong together; fields that a preset does not name go back to their defaults</source>
        <translation>一组相配的值；预设未指明的字段恢复默认值</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>全部重置</translation>
    </message>
    <message>
        <source>Put every field back to its default</source>
        <translation>将所有字段恢复为默认值</translation>
    </message>
    <message>
        <source>Defaults</source>
        <translation>默认值</translation>
    </message>
    <message>
        <source>%1; default %2</source>
        <translation>%1；默认 %2</translation>
    </message>
    <message>
        <source>Back to %1</source>
        <translation>恢复为 %1</translation>
    </message>
    <message>
        <source>Reset %1</source>
        <translation>重置%1</translation>
    </message>
    <message>
        <source>This must be %1.</source>
        <translation>此处须为%1。</translation>
    </message>
    <message>
        <source>There is no option &apos;%1&apos;; it is left out.</source>
        <translation>没有选项“%1”；已略过。</translation>
    </message>
    <message>
        <source>There is no option &apos;%1&apos; (did you mean &apos;%2&apos;?); it is left out.</source>
        <translation>没有选项“%1”（是否指“%2”？）；已略过。</translation>
    </message>
    <message>
        <source>Find an option</source>
        <translation>查找选项</translation>
    </message>
    <message>
        <source>Shows the options with these words in their name or explanation alone</source>
        <translation>仅显示名称或说明中含有这些词的选项</translation>
    </message>
</context>
<context>
    <name>PadArea</name>
    <message>
        <source>Pad of two directions</source>
        <translation>两个方向的操纵板</translation>
    </message>
    <message>
        <source>Drag anywhere: right and up are +. Double click: back to zero.
Arrow keys: 0.1 · Shift: 0.5 · Ctrl: 0.01 · Delete: zero</source>
        <translation>在任意处拖动：向右和向上为 +。双击：归零。
方向键：0.1 · Shift：0.5 · Ctrl：0.01 · Delete：归零</translation>
    </message>
    <message>
        <source>%1: %2 (locked)</source>
        <translation>%1：%2（已锁定）</translation>
    </message>
    <message>
        <source>Back to &amp;Zero</source>
        <translation>归零(&amp;Z)</translation>
    </message>
    <message>
        <source>&amp;Forget the Trail</source>
        <translation>清除轨迹(&amp;F)</translation>
    </message>
</context>
<context>
    <name>PictureWell</name>
    <message>
        <source>Choose Picture…</source>
        <translation>选择图片…</translation>
    </message>
    <message>
        <source>Choose Pictures…</source>
        <translation>选择图片…</translation>
    </message>
    <message>
        <source>Choose pictures for %1</source>
        <translation>为%1选择图片</translation>
    </message>
    <message>
        <source>Or drop picture files here. They are resized to %1 × %2.</source>
        <translation>也可将图片文件拖放到这里。图片会缩放为 %1 × %2。</translation>
    </message>
    <message>
        <source>Drop a picture</source>
        <translation>拖放图片</translation>
    </message>
    <message>
        <source>Choose Pictures</source>
        <translation>选择图片</translation>
    </message>
    <message>
        <source>Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.ppm *.pgm)</source>
        <translation>图片 (*.png *.jpg *.jpeg *.bmp *.gif *.ppm *.pgm)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>From Dataset…</source>
        <translation>取自数据集…</translation>
    </message>
    <message>
        <source>Take pictures for %1 from a dataset</source>
        <translation>从数据集为 %1 取图片</translation>
    </message>
    <message>
        <source>Take them from the clips of a dataset: every seed another clip</source>
        <translation>取自数据集的片段：每个种子对应另一片段</translation>
    </message>
</context>
<context>
    <name>PlayerBar</name>
    <message>
        <source>Previous frame</source>
        <translation>上一帧</translation>
    </message>
    <message>
        <source>Previous frame (←)</source>
        <translation>上一帧 (←)</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Play or pause (Space)</source>
        <translation>播放或暂停（空格）</translation>
    </message>
    <message>
        <source>Next frame</source>
        <translation>下一帧</translation>
    </message>
    <message>
        <source>Next frame (→)</source>
        <translation>下一帧 (→)</translation>
    </message>
    <message>
        <source>Frame</source>
        <translation>帧</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Speed (&lt; and &gt;)</source>
        <translation>速度（&lt; 和 &gt;）</translation>
    </message>
    <message>
        <source>Loop mode</source>
        <translation>循环方式</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>%1 frames a second asked for, %2 shown</source>
        <translation>要求每秒 %1 帧，实际显示 %2 帧</translation>
    </message>
    <message>
        <source>Plays round and round</source>
        <translation>循环播放</translation>
    </message>
    <message>
        <source>Plays to and fro</source>
        <translation>往复播放</translation>
    </message>
    <message>
        <source>Plays once</source>
        <translation>播放一次</translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>Preferences</source>
        <translation>首选项</translation>
    </message>
    <message>
        <source>System language</source>
        <translation>系统语言</translation>
    </message>
    <message>
        <source>&amp;Language:</source>
        <translation>语言(&amp;L)：</translation>
    </message>
    <message>
        <source>Like the desktop</source>
        <translation>跟随桌面</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>&amp;Theme:</source>
        <translation>主题(&amp;T)：</translation>
    </message>
    <message>
        <source>the engine of this program</source>
        <translation>本程序的引擎</translation>
    </message>
    <message>
        <source>&amp;Engine:</source>
        <translation>引擎(&amp;E)：</translation>
    </message>
    <message>
        <source>The engine computes the clips. It may be on another machine: &quot;ssh host kinora serve --stdio&quot;; then checkpoints are paths on that machine.</source>
        <translation>引擎负责计算视频片段。它可以位于另一台机器上：“ssh host kinora serve --stdio”；此时检查点为该机器上的路径。</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>QueueDialog</name>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Runs that wait start one after another, each as soon as its device is free, also while this window is closed.</source>
        <translation>等待的运行会依次启动，设备一空闲即开始，关闭此窗口也不影响。</translation>
    </message>
    <message>
        <source>Nothing waits. “Add to Queue” in the form of a new run puts it here.</source>
        <translation>没有等待的运行。在新运行表单中点击“加入队列”可将其放到这里。</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>开始时间</translation>
    </message>
    <message>
        <source>Runs in the queue</source>
        <translation>队列中的运行</translation>
    </message>
    <message>
        <source>&amp;Earlier</source>
        <translation>提前(&amp;E)</translation>
    </message>
    <message>
        <source>One place towards the front</source>
        <translation>向前移一位</translation>
    </message>
    <message>
        <source>&amp;Later</source>
        <translation>推后(&amp;L)</translation>
    </message>
    <message>
        <source>One place towards the end</source>
        <translation>向后移一位</translation>
    </message>
    <message>
        <source>&amp;Take Out</source>
        <translation>移出(&amp;T)</translation>
    </message>
    <message>
        <source>It does not start; nothing is deleted</source>
        <translation>它将不会启动；不会删除任何内容</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>waits, %1.</source>
        <translation>等待，第 %1 位</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>已丢失</translation>
    </message>
</context>
<context>
    <name>RunHistoryText</name>
    <message>
        <source>Learning rate of %1</source>
        <translation>%1 的学习率</translation>
    </message>
    <message>
        <source>Weight of the loss %1</source>
        <translation>损失 %1 的权重</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Went on after a pause</source>
        <translation>暂停后继续</translation>
    </message>
    <message>
        <source>Stop asked for</source>
        <translation>请求停止</translation>
    </message>
    <message>
        <source>Checkpoint asked for</source>
        <translation>请求保存检查点</translation>
    </message>
    <message>
        <source>Metrics asked for: %1</source>
        <translation>请求测量指标：%1</translation>
    </message>
    <message>
        <source>%1 set to %2</source>
        <translation>%1 设为 %2</translation>
    </message>
    <message>
        <source>the run stops</source>
        <translation>运行停止</translation>
    </message>
    <message>
        <source>the run goes back to its last good checkpoint</source>
        <translation>运行回退到最后一个完好的检查点</translation>
    </message>
    <message>
        <source>the run goes on</source>
        <translation>运行继续</translation>
    </message>
    <message>
        <source>Started: %1 on %2, %3 steps, seed %4, on %5</source>
        <translation>已启动：%1，数据集 %2，%3 步，种子 %4，设备 %5</translation>
    </message>
    <message>
        <source>, host %1</source>
        <translation>，主机 %1</translation>
    </message>
    <message>
        <source>Resumed, to %1 steps</source>
        <translation>已恢复，至第 %1 步</translation>
    </message>
    <message>
        <source>; %1 later files were put aside</source>
        <translation>；其后的 %1 个文件已移到一旁</translation>
    </message>
    <message>
        <source>Refused: %1 (%2)</source>
        <translation>已拒绝：%1（%2）</translation>
    </message>
    <message>
        <source>A request could not be read: %1</source>
        <translation>无法读取一项请求：%1</translation>
    </message>
    <message>
        <source>Alarm: %1</source>
        <translation>警报：%1</translation>
    </message>
    <message>
        <source>Alarm: %1; %2</source>
        <translation>警报：%1；%2</translation>
    </message>
    <message>
        <source>Alarm over: %1</source>
        <translation>警报解除：%1</translation>
    </message>
    <message>
        <source>Went back from step %1 to this one; learning rates times %2</source>
        <translation>从第 %1 步回退到此步；学习率乘以 %2</translation>
    </message>
    <message>
        <source>%1 = %2</source>
        <translation>%1 = %2</translation>
    </message>
    <message>
        <source>%1 could not be measured: %2</source>
        <translation>无法测量 %1：%2</translation>
    </message>
    <message>
        <source>Forked into %1</source>
        <translation>分叉出 %1</translation>
    </message>
    <message>
        <source>Forked from %1</source>
        <translation>从 %1 分叉</translation>
    </message>
    <message>
        <source>; changed: %1</source>
        <translation>；已更改：%1</translation>
    </message>
    <message>
        <source>The dataset moved from %1 to %2</source>
        <translation>数据集从 %1 移至 %2</translation>
    </message>
    <message>
        <source>Best so far: %1 = %2</source>
        <translation>目前最佳：%1 = %2</translation>
    </message>
    <message>
        <source>%1 is not a number</source>
        <translation>%1 不是数值</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Failed: %1</source>
        <translation>失败：%1</translation>
    </message>
</context>
<context>
    <name>RunListModel</name>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>stale</source>
        <translation>无响应</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分</translation>
    </message>
    <message>
        <source>%1 d %2 h</source>
        <translation>%1 天 %2 小时</translation>
    </message>
    <message>
        <source>%1 / %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1 /s</source>
        <translation>%1 /秒</translation>
    </message>
    <message>
        <source>%1 s each</source>
        <translation>每步 %1 秒</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <translation>%1，%2</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>Remaining</source>
        <translation>剩余时间</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>queued (%1)</source>
        <translation>排队中（%1）</translation>
    </message>
    <message>
        <source>lost in the queue</source>
        <translation>在队列中丢失</translation>
    </message>
    <message>
        <source>curves only</source>
        <translation>仅曲线</translation>
    </message>
    <message>
        <source>%1, archived</source>
        <translation>%1，已归档</translation>
    </message>
    <message>
        <source>not a number</source>
        <translation>非数值</translation>
    </message>
    <message>
        <source>%1 at step %2</source>
        <translation>%1（第 %2 步）</translation>
    </message>
    <message>
        <source>%1 = %2 at step %3</source>
        <translation>%1 = %2（第 %3 步）</translation>
    </message>
    <message>
        <source>%1, %2, needs attention</source>
        <translation>%1，%2，需要关注</translation>
    </message>
    <message>
        <source>The value of the metric by which the run&apos;s best checkpoint is kept</source>
        <translation>用于保留运行最佳检查点的指标的值</translation>
    </message>
    <message>
        <source>Best</source>
        <translation>最佳</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>创建时间</translation>
    </message>
</context>
<context>
    <name>RunMonitor</name>
    <message>
        <source>The trainer ended before its first report.</source>
        <translation>训练进程在首次报告前结束。</translation>
    </message>
    <message>
        <source>The trainer is gone: it was killed, or the machine was restarted.</source>
        <translation>训练进程已消失：被终止，或机器已重启。</translation>
    </message>
    <message>
        <source>The trainer has been silent for more than 30 seconds.</source>
        <translation>训练进程已超过 30 秒没有响应。</translation>
    </message>
    <message>
        <source>What waited for the device is gone: it was killed, or the machine was restarted.</source>
        <translation>等待设备的进程已不存在：它被终止，或计算机已重新启动。</translation>
    </message>
</context>
<context>
    <name>RunTable</name>
    <message>
        <source>Filter: text, tag:x, state:running, key=value</source>
        <translation>筛选：文本、tag:x、state:running、key=value</translation>
    </message>
    <message>
        <source>Filter of the runs</source>
        <translation>运行筛选</translation>
    </message>
    <message>
        <source>&lt;p&gt;Words that a run must have, in its name, tags, notes, system or dataset; a minus before a word means not.&lt;/p&gt;&lt;p&gt;&lt;tt&gt;tag:baseline&lt;/tt&gt;, &lt;tt&gt;state:running&lt;/tt&gt; (also queued, archived, alarm), &lt;tt&gt;batch_size=16&lt;/tt&gt;, &lt;tt&gt;step&amp;gt;1000&lt;/tt&gt;, &lt;tt&gt;motion_energy&amp;lt;0.1&lt;/tt&gt;&lt;/p&gt;</source>
        <translation>&lt;p&gt;运行的名称、标签、备注、系统或数据集中必须包含的词；词前加减号表示不包含。&lt;/p&gt;&lt;p&gt;&lt;tt&gt;tag:baseline&lt;/tt&gt;、&lt;tt&gt;state:running&lt;/tt&gt;（还有 queued、archived、alarm）、&lt;tt&gt;batch_size=16&lt;/tt&gt;、&lt;tt&gt;step&amp;gt;1000&lt;/tt&gt;、&lt;tt&gt;motion_energy&amp;lt;0.1&lt;/tt&gt;&lt;/p&gt;</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Choose &amp;Columns…</source>
        <translation>选择列(&amp;C)…</translation>
    </message>
    <message>
        <source>Sort by &amp;Age</source>
        <translation>按时间排序(&amp;A)</translation>
    </message>
    <message>
        <source>No run passes the filter.</source>
        <translation>没有运行符合筛选条件。</translation>
    </message>
    <message>
        <source>Best %1</source>
        <translation>最佳 %1</translation>
    </message>
    <message>
        <source>%1 (newest point)</source>
        <translation>%1（最新点）</translation>
    </message>
    <message>
        <source>%1 (setting)</source>
        <translation>%1（设置）</translation>
    </message>
</context>
<context>
    <name>RunView</name>
    <message>
        <source>Progress of the run</source>
        <translation>运行的进度</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>Hold the trainer after the step it is in; it keeps its memory</source>
        <translation>当前步完成后暂停训练进程；它保留所占内存</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>停止(&amp;S)</translation>
    </message>
    <message>
        <source>Finish the step, save a checkpoint and end the trainer; the run can be continued later</source>
        <translation>完成当前步，保存检查点并结束训练进程；之后可以继续运行</translation>
    </message>
    <message>
        <source>&amp;Checkpoint Now</source>
        <translation>立即保存检查点(&amp;C)</translation>
    </message>
    <message>
        <source>Save a checkpoint after the step the trainer is in</source>
        <translation>当前步完成后保存检查点</translation>
    </message>
    <message>
        <source>C&amp;ontinue…</source>
        <translation>继续(&amp;O)…</translation>
    </message>
    <message>
        <source>Start a trainer that goes on from the newest checkpoint</source>
        <translation>启动训练进程，从最新检查点继续</translation>
    </message>
    <message>
        <source>&amp;Explore Newest</source>
        <translation>探索最新检查点(&amp;E)</translation>
    </message>
    <message>
        <source>Open the newest checkpoint on the Explore page</source>
        <translation>在“探索”页打开最新检查点</translation>
    </message>
    <message>
        <source>The trainer has not written anything to its log.</source>
        <translation>训练进程尚未写入日志。</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>Settings of the run</source>
        <translation>运行的设置</translation>
    </message>
    <message>
        <source>Curves and samples</source>
        <translation>曲线与样本</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>%1 written</source>
        <translation>已写入 %1</translation>
    </message>
    <message>
        <source>step %1 of %2</source>
        <translation>第 %1 / %2 步</translation>
    </message>
    <message>
        <source>epoch %1</source>
        <translation>第 %1 轮</translation>
    </message>
    <message>
        <source>%1 steps/s</source>
        <translation>%1 步/秒</translation>
    </message>
    <message>
        <source>%1 clips/s</source>
        <translation>%1 片段/秒</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>恢复(&amp;R)</translation>
    </message>
    <message>
        <source>Go on with the next step</source>
        <translation>继续下一步</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Kinora</source>
        <translation>Kinora</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>主机</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>启动时间</translation>
    </message>
    <message>
        <source>The trainer goes on.</source>
        <translation>训练继续。</translation>
    </message>
    <message>
        <source>The trainer pauses after its step.</source>
        <translation>训练进程将在当前步后暂停。</translation>
    </message>
    <message>
        <source>The trainer stops after its step and saves a checkpoint.</source>
        <translation>训练进程将在当前步后停止并保存检查点。</translation>
    </message>
    <message>
        <source>The trainer saves a checkpoint after its step.</source>
        <translation>训练进程将在当前步后保存检查点。</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>设置(&amp;T)…</translation>
    </message>
    <message>
        <source>Change learning rates, weights of the loss, intervals and policies while the run goes on</source>
        <translation>在运行继续时更改学习率、损失权重、间隔和策略</translation>
    </message>
    <message>
        <source>&amp;More</source>
        <translation>更多(&amp;M)</translation>
    </message>
    <message>
        <source>What else can be done with this run</source>
        <translation>可对此运行执行的其他操作</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>History of the run</source>
        <translation>运行的历史</translation>
    </message>
    <message>
        <source>Enter or a double click shows the samples of that step; Ctrl+C copies</source>
        <translation>回车或双击显示该步的样本；Ctrl+C 复制</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>curves of another program</source>
        <translation>其他程序的曲线</translation>
    </message>
    <message>
        <source>waits in the queue, %1.</source>
        <translation>在队列中等待，第 %1 位</translation>
    </message>
    <message>
        <source>The trainer measures %1 after its step.</source>
        <translation>训练进程将在当前步之后测量 %1。</translation>
    </message>
    <message>
        <source>the run stopped</source>
        <translation>运行已停止</translation>
    </message>
    <message>
        <source>the run went back to its last good checkpoint, with lower learning rates</source>
        <translation>运行已回退到最后一个完好的检查点，并降低了学习率</translation>
    </message>
    <message>
        <source>the run goes on</source>
        <translation>运行继续</translation>
    </message>
    <message>
        <source>Step %1: %2 (%3)</source>
        <translation>第 %1 步：%2（%3）</translation>
    </message>
    <message>
        <source>Its dataset %1 is not there any more; Continue… lets you point to where it is now.</source>
        <translation>其数据集 %1 已不在原处；使用“继续…”可指出它现在的位置。</translation>
    </message>
</context>
<context>
    <name>SampleView</name>
    <message>
        <source>%1 a second</source>
        <translation>每秒 %1 个</translation>
    </message>
    <message>
        <source>&amp;Previous Sample</source>
        <translation>上一个样本(&amp;P)</translation>
    </message>
    <message>
        <source>The sample before in training time</source>
        <translation>训练时间上的前一个样本</translation>
    </message>
    <message>
        <source>&amp;Next Sample</source>
        <translation>下一个样本(&amp;N)</translation>
    </message>
    <message>
        <source>The sample after in training time</source>
        <translation>训练时间上的后一个样本</translation>
    </message>
    <message>
        <source>F&amp;irst Sample</source>
        <translation>第一个样本(&amp;I)</translation>
    </message>
    <message>
        <source>The first sample of the run</source>
        <translation>运行的第一个样本</translation>
    </message>
    <message>
        <source>&amp;Last Sample</source>
        <translation>最后的样本(&amp;L)</translation>
    </message>
    <message>
        <source>The newest sample of the run</source>
        <translation>运行的最新样本</translation>
    </message>
    <message>
        <source>Play Through &amp;Training</source>
        <translation>播放训练过程(&amp;T)</translation>
    </message>
    <message>
        <source>Go through every sample step, one after the other</source>
        <translation>依次播放每个样本步</translation>
    </message>
    <message>
        <source>&amp;Follow Newest</source>
        <translation>跟随最新(&amp;F)</translation>
    </message>
    <message>
        <source>Show every new sample matrix as it comes</source>
        <translation>新的样本矩阵一出现即显示</translation>
    </message>
    <message>
        <source>P&amp;ictures</source>
        <translation>画面(&amp;I)</translation>
    </message>
    <message>
        <source>The samples themselves</source>
        <translation>样本本身</translation>
    </message>
    <message>
        <source>&amp;Signed Difference</source>
        <translation>带符号差(&amp;S)</translation>
    </message>
    <message>
        <source>Half the difference to the sample before, or to the pinned one; grey: no change</source>
        <translation>与前一样本或已固定样本之差的一半；灰色：无变化</translation>
    </message>
    <message>
        <source>&amp;Absolute Difference</source>
        <translation>绝对差(&amp;A)</translation>
    </message>
    <message>
        <source>|difference| to the sample before, or to the pinned one; black: no change</source>
        <translation>与前一样本或已固定样本的 |差|；黑色：无变化</translation>
    </message>
    <message>
        <source>Absolute Difference × &amp;4</source>
        <translation>绝对差 × 4(&amp;4)</translation>
    </message>
    <message>
        <source>Four times |difference|, for small changes</source>
        <translation>四倍 |差|，用于观察微小变化</translation>
    </message>
    <message>
        <source>Next Kind of &amp;Difference</source>
        <translation>下一种差异(&amp;D)</translation>
    </message>
    <message>
        <source>Pictures, signed, absolute, amplified difference</source>
        <translation>画面、带符号差、绝对差、放大的差</translation>
    </message>
    <message>
        <source>Pin This Step &amp;Beside</source>
        <translation>将此步固定在旁(&amp;B)</translation>
    </message>
    <message>
        <source>Keep this step on the left while the scrubber moves on; differences are to it</source>
        <translation>将此步保留在左侧，滑块继续移动；差异相对于它计算</translation>
    </message>
    <message>
        <source>Save Samples as &amp;GIF or Video…</source>
        <translation>将样本保存为 GIF 或视频(&amp;G)…</translation>
    </message>
    <message>
        <source>Save the chosen cell, the matrix, or the cell through training time</source>
        <translation>保存所选单元格、整个矩阵，或该单元格随训练的变化</translation>
    </message>
    <message>
        <source>Samples of the pinned step</source>
        <translation>已固定步的样本</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Samples appear here as soon as the run has drawn its first ones.</source>
        <translation>运行生成首批样本后将显示在此处。</translation>
    </message>
    <message>
        <source>Samples at step</source>
        <translation>样本所在步</translation>
    </message>
    <message>
        <source>Every sample matrix of the run, from the first to the newest</source>
        <translation>运行的所有样本矩阵，从最早到最新</translation>
    </message>
    <message>
        <source>Training step of the samples</source>
        <translation>样本的训练步</translation>
    </message>
    <message>
        <source>Type a step to see the sample nearest to it</source>
        <translation>输入步数以查看最接近的样本</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>显示内容</translation>
    </message>
    <message>
        <source>The samples, or what changed since the sample before or the pinned one (%1)</source>
        <translation>样本本身，或相对于前一样本或已固定样本的变化 (%1)</translation>
    </message>
    <message>
        <source>Speed through training</source>
        <translation>播放训练过程的速度</translation>
    </message>
    <message>
        <source>Samples that play through training shows in a second</source>
        <translation>播放训练过程时每秒显示的样本数</translation>
    </message>
    <message>
        <source>&amp;Follow newest</source>
        <translation>跟随最新(&amp;F)</translation>
    </message>
    <message>
        <source>Saving %1 …</source>
        <translation>正在保存 %1 …</translation>
    </message>
    <message>
        <source>%1 written, %2.</source>
        <translation>已写入 %1，%2。</translation>
    </message>
    <message>
        <source>(%1 of %2)</source>
        <translation>（%1 / %2）</translation>
    </message>
    <message>
        <source>No samples yet</source>
        <translation>尚无样本</translation>
    </message>
    <message>
        <source>Step %1 (pinned)</source>
        <translation>第 %1 步（已固定）</translation>
    </message>
    <message>
        <source>Step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>Step %1 against step %2</source>
        <translation>第 %1 步与第 %2 步对比</translation>
    </message>
    <message>
        <source>Step %1: there is no sample before it</source>
        <translation>第 %1 步：之前没有样本</translation>
    </message>
    <message>
        <source>There is no picture in this cell.</source>
        <translation>此单元格中没有画面。</translation>
    </message>
    <message>
        <source>The cell in row %1, column %2</source>
        <translation>第 %1 行第 %2 列的单元格</translation>
    </message>
    <message>
        <source>The matrix, %1 × %2 clips</source>
        <translation>矩阵，%1 × %2 个片段</translation>
    </message>
    <message numerus="yes">
        <source>The cell through training, %n step(s)</source>
        <translation>
            <numerusform>该单元格随训练的变化，%n 步</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Copy Frame</source>
        <translation>复制帧(&amp;C)</translation>
    </message>
    <message>
        <source>Puts the frame of the chosen cell on the clipboard, as a picture</source>
        <translation>将所选单元格的帧作为图片放到剪贴板</translation>
    </message>
    <message>
        <source>C&amp;opy Clip as GIF</source>
        <translation>将片段复制为 GIF(&amp;O)</translation>
    </message>
    <message>
        <source>Puts the chosen cell on the clipboard, as a GIF file that plays</source>
        <translation>将所选单元格作为可播放的 GIF 文件放到剪贴板</translation>
    </message>
    <message>
        <source>The frame is on the clipboard.</source>
        <translation>该帧已在剪贴板中。</translation>
    </message>
    <message>
        <source>The clip is on the clipboard.</source>
        <translation>该片段已在剪贴板中。</translation>
    </message>
</context>
<context>
    <name>SavedDirectionsDialog</name>
    <message>
        <source>Saved Directions</source>
        <translation>已保存的方向</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>Here</source>
        <translation>此处</translation>
    </message>
    <message>
        <source>Saved directions</source>
        <translation>已保存的方向</translation>
    </message>
    <message>
        <source>None yet. Move a code along sliders, then choose &quot;Save Movement as Direction&quot; in the menu beside it.</source>
        <translation>尚无。先用滑块移动编码，再在其旁边的菜单中选择“将移动保存为方向”。</translation>
    </message>
    <message>
        <source>&amp;Rename…</source>
        <translation>重命名(&amp;R)…</translation>
    </message>
    <message>
        <source>Gives the chosen direction another name</source>
        <translation>为所选方向另起名称</translation>
    </message>
    <message>
        <source>Rename Direction</source>
        <translation>重命名方向</translation>
    </message>
    <message>
        <source>Name:</source>
        <translation>名称：</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
    <message>
        <source>Removes the file of the chosen direction; codes that were moved along it stay where they are</source>
        <translation>移除所选方向的文件；已沿它移动的编码保持不变</translation>
    </message>
    <message>
        <source>E&amp;xport…</source>
        <translation>导出(&amp;X)…</translation>
    </message>
    <message>
        <source>Writes the chosen direction to a file to give away</source>
        <translation>将所选方向写入文件，以便分享</translation>
    </message>
    <message>
        <source>Export Direction</source>
        <translation>导出方向</translation>
    </message>
    <message>
        <source>Directions (*.json)</source>
        <translation>方向 (*.json)</translation>
    </message>
    <message>
        <source>&amp;Import…</source>
        <translation>导入(&amp;I)…</translation>
    </message>
    <message>
        <source>Takes a direction from a file</source>
        <translation>从文件读入一个方向</translation>
    </message>
    <message>
        <source>Import Direction</source>
        <translation>导入方向</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>does not fit</source>
        <translation>不适用</translation>
    </message>
    <message>
        <source>of this checkpoint</source>
        <translation>属于此检查点</translation>
    </message>
    <message>
        <source>of another checkpoint</source>
        <translation>属于另一检查点</translation>
    </message>
    <message>
        <source>Its shape fits; in another checkpoint it may mean something else</source>
        <translation>形状相符；在另一检查点中含义可能不同</translation>
    </message>
    <message>
        <source>The open checkpoint has no code of this shape, or none is open</source>
        <translation>已打开的检查点没有这种形状的编码，或尚未打开检查点</translation>
    </message>
</context>
<context>
    <name>SequenceEditor</name>
    <message>
        <source>Sequence</source>
        <translation>序列</translation>
    </message>
    <message>
        <source>Which code&apos;s steps are edited</source>
        <translation>编辑哪个编码的各步</translation>
    </message>
    <message>
        <source>Curves of</source>
        <translation>曲线内容</translation>
    </message>
    <message>
        <source>Directions, or the single numbers of the code</source>
        <translation>方向，或编码的单个数</translation>
    </message>
    <message>
        <source>Curve</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>The curve that is edited; page keys change it too</source>
        <translation>正在编辑的曲线；翻页键也可更换</translation>
    </message>
    <message>
        <source>All curves</source>
        <translation>所有曲线</translation>
    </message>
    <message>
        <source>The buttons change the whole code, not the chosen curve alone</source>
        <translation>按钮更改整个编码，而不只是所选曲线</translation>
    </message>
    <message>
        <source>Factor</source>
        <translation>倍数</translation>
    </message>
    <message>
        <source>How many times as large, or as fast</source>
        <translation>放大或加快的倍数</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Every step moves towards its neighbours: (before + 2 × itself + after) / 4</source>
        <translation>每一步向相邻步靠拢：(前 + 2 × 自身 + 后) / 4</translation>
    </message>
    <message>
        <source>Reverse</source>
        <translation>反转</translation>
    </message>
    <message>
        <source>The last step first</source>
        <translation>最后一步在最前</translation>
    </message>
    <message>
        <source>Loop</source>
        <translation>循环</translation>
    </message>
    <message>
        <source>Bends the curve so that its last step is its first</source>
        <translation>弯曲曲线，使最后一步与第一步相同</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Moves the steps that many times as far from their mean over time: 0 holds still, −1 turns the movement over</source>
        <translation>使各步与其时间平均的距离变为若干倍：0 为静止，−1 使运动翻转</translation>
    </message>
    <message>
        <source>Retime</source>
        <translation>变速</translation>
    </message>
    <message>
        <source>Goes through the steps that many times as fast; at the end it turns back</source>
        <translation>以若干倍的速度走过各步；到末尾折返</translation>
    </message>
    <message>
        <source>%1, step %2</source>
        <translation>%1，第 %2 步</translation>
    </message>
    <message>
        <source>Principal directions</source>
        <translation>主方向</translation>
    </message>
    <message>
        <source>Closed-form directions</source>
        <translation>闭式方向</translation>
    </message>
    <message>
        <source>Saved directions</source>
        <translation>已保存的方向</translation>
    </message>
    <message>
        <source>Numbers %1 to %2</source>
        <translation>第 %1 至 %2 个数</translation>
    </message>
    <message>
        <source>This system has no code with steps over time.</source>
        <translation>此系统没有随时间逐步变化的编码。</translation>
    </message>
    <message>
        <source>Step %1 of %2, about frame %3</source>
        <translation>第 %1/%2 步，约第 %3 帧</translation>
    </message>
    <message>
        <source>Locked. %1</source>
        <translation>已锁定。%1</translation>
    </message>
    <message>
        <source>A clip of this length has one step. Choose a longer one for a path over time.</source>
        <translation>此长度的片段只有一步。请选择更长的片段以得到随时间变化的路径。</translation>
    </message>
</context>
<context>
    <name>SkippedFilesModel</name>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Why it was left out</source>
        <translation>略过的原因</translation>
    </message>
</context>
<context>
    <name>SteeringDialog</name>
    <message>
        <source>Change Settings of the Running Training</source>
        <translation>更改正在进行的训练的设置</translation>
    </message>
    <message>
        <source>A&amp;sked for:</source>
        <translation>已请求(&amp;S)：</translation>
    </message>
    <message>
        <source>What was asked for, and the answers</source>
        <translation>请求及其答复</translation>
    </message>
    <message>
        <source>&amp;Apply</source>
        <translation>应用(&amp;A)</translation>
    </message>
    <message>
        <source>%1, at step %2. Changes hold from the next step on and stand in the run&apos;s history.</source>
        <translation>%1，第 %2 步。更改从下一步起生效，并记入运行的历史。</translation>
    </message>
    <message>
        <source>%1 does not run: there is nobody to ask. A fork or a continued run can have other settings.</source>
        <translation>%1 未在运行：无从请求。分叉或继续的运行可以使用其他设置。</translation>
    </message>
    <message>
        <source>%1 = %2</source>
        <translation>%1 = %2</translation>
    </message>
    <message>
        <source>✓ %1 since step %2</source>
        <translation>✓ %1，自第 %2 步起</translation>
    </message>
    <message>
        <source>⚠ %1 refused: %2</source>
        <translation>⚠ %1 被拒绝：%2</translation>
    </message>
    <message>
        <source>… %1 waits for the trainer</source>
        <translation>… %1 正在等待训练进程</translation>
    </message>
</context>
<context>
    <name>StudyDialog</name>
    <message>
        <source>New Blind Preference Study</source>
        <translation>新建盲评偏好研究</translation>
    </message>
    <message>
        <source>Raters see two clips without names, in random order and on random sides, and say which they prefer.
Taking part: %1</source>
        <translation>评分者看到两个不带名称的片段，顺序与左右均随机，并说出更喜欢哪一个。
参与比较：%1</translation>
    </message>
    <message>
        <source>Which clip looks more realistic?</source>
        <translation>哪个片段看起来更真实？</translation>
    </message>
    <message>
        <source>Which clip moves more naturally?</source>
        <translation>哪个片段的运动更自然？</translation>
    </message>
    <message>
        <source>Which clip do you prefer?</source>
        <translation>您更喜欢哪个片段？</translation>
    </message>
    <message>
        <source>What raters read over the clips. Ask one thing: two questions at once become one</source>
        <translation>评分者在片段上方读到的问题。只问一件事：同时问两个问题会混为一谈</translation>
    </message>
    <message>
        <source>&amp;Question</source>
        <translation>问题(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Clips of each</source>
        <translation>每方片段数(&amp;C)</translation>
    </message>
    <message>
        <source>Clip number k of one is shown beside clip number k of another: from the same codes or seeds</source>
        <translation>一方的第 k 个片段与另一方的第 k 个片段并列：来自相同的编码或种子</translation>
    </message>
    <message>
        <source>&amp;Repeated pairs</source>
        <translation>重复的对数(&amp;R)</translation>
    </message>
    <message>
        <source>So many pairs come a second time with the sides changed; they show how steady a rater is and count in nothing else</source>
        <translation>这些对会左右对调再出现一次；用来检验评分者是否稳定，不计入其他结果</translation>
    </message>
    <message>
        <source>&amp;Plays before an answer</source>
        <translation>作答前的播放次数(&amp;P)</translation>
    </message>
    <message>
        <source>How often both clips must have played before a rater can answer</source>
        <translation>作答之前两个片段须播放的次数</translation>
    </message>
    <message>
        <source>&quot;No &amp;difference&quot; is an answer</source>
        <translation>允许回答“没有差别”(&amp;D)</translation>
    </message>
    <message>
        <source>Ties count as half a preference for each</source>
        <translation>平局对双方各计半次偏好</translation>
    </message>
    <message>
        <source>File of the study</source>
        <translation>研究文件</translation>
    </message>
    <message>
        <source>Every answer is written into this file at once; the clips go beside it. Raters do not see its name</source>
        <translation>每个回答立即写入此文件；片段放在它旁边。评分者看不到文件名</translation>
    </message>
    <message>
        <source>&amp;Browse…</source>
        <translation>浏览(&amp;B)…</translation>
    </message>
    <message>
        <source>Chooses where the study is written</source>
        <translation>选择研究的保存位置</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>Make Study</source>
        <translation>制作研究</translation>
    </message>
    <message>
        <source>Generates the clips and opens the study</source>
        <translation>生成片段并打开研究</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>File of the Study</source>
        <translation>研究文件</translation>
    </message>
    <message>
        <source>Studies (*.study.json)</source>
        <translation>研究 (*.study.json)</translation>
    </message>
    <message>
        <source>Write the question that raters answer.</source>
        <translation>请写下评分者要回答的问题。</translation>
    </message>
    <message>
        <source>There are only %1 pairs to repeat.</source>
        <translation>只有 %1 对可供重复。</translation>
    </message>
    <message>
        <source>Say where the study is to be written.</source>
        <translation>请指定研究的保存位置。</translation>
    </message>
    <message>
        <source>There is no folder &quot;%1&quot;.</source>
        <translation>没有文件夹“%1”。</translation>
    </message>
    <message>
        <source>There is a study of this name. Choose another: answers are never written over.</source>
        <translation>已有同名研究。请另选名称：回答绝不会被覆盖。</translation>
    </message>
    <message numerus="yes">
        <source>%n question(s) to each rater</source>
        <translation>
            <numerusform>每位评分者 %n 个问题</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, about %n minute(s).</source>
        <translation>
            <numerusform>，约 %n 分钟。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StudyWindow</name>
    <message>
        <source>Preference Study</source>
        <translation>偏好研究</translation>
    </message>
    <message>
        <source>Two clips play side by side. Say which one you prefer, with the keys ← and →.</source>
        <translation>两个片段并排播放。请用 ← 和 → 键选出您更喜欢的一个。</translation>
    </message>
    <message>
        <source>If you see no difference, press ↓.</source>
        <translation>如果看不出差别，请按 ↓。</translation>
    </message>
    <message>
        <source>You can stop at any time and go on later under the same name.</source>
        <translation>您可以随时停止，之后以同一名字继续。</translation>
    </message>
    <message>
        <source>Your &amp;name or number</source>
        <translation>您的名字或编号(&amp;N)</translation>
    </message>
    <message>
        <source>Answers are kept under this name; a number does as well</source>
        <translation>回答以此名字保存；用编号也可以</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>开始(&amp;S)</translation>
    </message>
    <message>
        <source>Shows the first question that you have not answered</source>
        <translation>显示您尚未回答的第一个问题</translation>
    </message>
    <message>
        <source>Raters so far</source>
        <translation>目前的评分者</translation>
    </message>
    <message>
        <source>Raters so far; choose one to go on</source>
        <translation>目前的评分者；选择一位以继续</translation>
    </message>
    <message>
        <source>&amp;Results…</source>
        <translation>结果(&amp;R)…</translation>
    </message>
    <message>
        <source>For whoever runs the study: this page names the systems</source>
        <translation>供研究的主持者使用：此页会显示系统名称</translation>
    </message>
    <message>
        <source>clip</source>
        <translation>片段</translation>
    </message>
    <message>
        <source>Left clip</source>
        <translation>左侧片段</translation>
    </message>
    <message>
        <source>Right clip</source>
        <translation>右侧片段</translation>
    </message>
    <message>
        <source>← Left</source>
        <translation>← 左</translation>
    </message>
    <message>
        <source>Prefer the left clip (←)</source>
        <translation>更喜欢左侧片段 (←)</translation>
    </message>
    <message>
        <source>↓ No difference</source>
        <translation>↓ 没有差别</translation>
    </message>
    <message>
        <source>Neither is better (↓)</source>
        <translation>两者不分上下 (↓)</translation>
    </message>
    <message>
        <source>Right →</source>
        <translation>右 →</translation>
    </message>
    <message>
        <source>Prefer the right clip (→)</source>
        <translation>更喜欢右侧片段 (→)</translation>
    </message>
    <message>
        <source>Take Back</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Asks the latest question again (Backspace)</source>
        <translation>重新提问上一个问题 (Backspace)</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Leaves; all answers are kept, and you can go on later (Esc)</source>
        <translation>离开；所有回答都会保留，之后可以继续 (Esc)</translation>
    </message>
    <message>
        <source>A</source>
        <translation>A</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答数</translation>
    </message>
    <message>
        <source>A better</source>
        <translation>A 更好</translation>
    </message>
    <message>
        <source>No difference</source>
        <translation>没有差别</translation>
    </message>
    <message>
        <source>B better</source>
        <translation>B 更好</translation>
    </message>
    <message>
        <source>A preferred [%]</source>
        <translation>偏好 A [%]</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95 % 区间</translation>
    </message>
    <message>
        <source>p</source>
        <translation>p</translation>
    </message>
    <message>
        <source>Results of every two systems</source>
        <translation>每两个系统的结果</translation>
    </message>
    <message>
        <source>(A better + half of no difference) / answers</source>
        <translation>(A 更好 + 没有差别的一半) / 回答数</translation>
    </message>
    <message>
        <source>Wilson&apos;s score interval</source>
        <translation>Wilson 得分区间</translation>
    </message>
    <message>
        <source>Two-sided exact binomial test of A better against B better</source>
        <translation>A 更好与 B 更好的双侧精确二项检验</translation>
    </message>
    <message>
        <source>Rater</source>
        <translation>评分者</translation>
    </message>
    <message>
        <source>Answered</source>
        <translation>已回答</translation>
    </message>
    <message>
        <source>Chose left [%]</source>
        <translation>选左 [%]</translation>
    </message>
    <message>
        <source>Same answer twice</source>
        <translation>两次回答相同</translation>
    </message>
    <message>
        <source>Seconds an answer</source>
        <translation>每次回答秒数</translation>
    </message>
    <message>
        <source>Raters</source>
        <translation>评分者</translation>
    </message>
    <message>
        <source>Far from 50: a habit of the rater, not of the clips</source>
        <translation>远离 50：是评分者的习惯，而非片段所致</translation>
    </message>
    <message>
        <source>Of the pairs that were asked twice</source>
        <translation>指问过两次的对</translation>
    </message>
    <message>
        <source>The median</source>
        <translation>中位数</translation>
    </message>
    <message>
        <source>Save &amp;Table…</source>
        <translation>保存表格(&amp;T)…</translation>
    </message>
    <message>
        <source>Writes the results as comma-separated values</source>
        <translation>将结果写为逗号分隔值</translation>
    </message>
    <message>
        <source>Comma-separated values (*.csv)</source>
        <translation>逗号分隔值 (*.csv)</translation>
    </message>
    <message>
        <source>Save A&amp;nswers…</source>
        <translation>保存回答(&amp;N)…</translation>
    </message>
    <message>
        <source>Writes every single answer as comma-separated values</source>
        <translation>将每一个回答写为逗号分隔值</translation>
    </message>
    <message>
        <source>Save &amp;LaTeX…</source>
        <translation>保存 LaTeX(&amp;L)…</translation>
    </message>
    <message>
        <source>Writes a table for a paper; it needs the package booktabs</source>
        <translation>写出论文用表格；需要 booktabs 宏包</translation>
    </message>
    <message>
        <source>LaTeX (*.tex)</source>
        <translation>LaTeX (*.tex)</translation>
    </message>
    <message>
        <source>&amp;Copy LaTeX</source>
        <translation>复制 LaTeX(&amp;C)</translation>
    </message>
    <message>
        <source>Copies the table for a paper</source>
        <translation>复制论文用表格</translation>
    </message>
    <message>
        <source>&amp;Add Answers…</source>
        <translation>添加回答(&amp;A)…</translation>
    </message>
    <message>
        <source>Takes the raters of another copy of this study&apos;s file</source>
        <translation>并入该研究文件另一副本中的评分者</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>返回(&amp;B)</translation>
    </message>
    <message>
        <source>Back to the raters&apos; page, which names nothing (Esc)</source>
        <translation>返回不显示名称的评分页 (Esc)</translation>
    </message>
    <message>
        <source>%1: %2 of %3 answered</source>
        <translation>%1：已回答 %2，共 %3</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>All questions are answered, %1. Thank you!</source>
        <translation>%1，所有问题都已回答。谢谢！</translation>
    </message>
    <message>
        <source>Space: pause · R: from the beginning · Backspace: take back · Esc: stop</source>
        <translation>空格：暂停 · R：从头播放 · Backspace：撤回 · Esc：停止</translation>
    </message>
    <message>
        <source>Watch both clips first …</source>
        <translation>请先看完两个片段……</translation>
    </message>
    <message>
        <source>not defined</source>
        <translation>未定义</translation>
    </message>
    <message>
        <source>%1
%2 answers by %3 raters. Agreement over %4 pairs that several raters judged: Krippendorff&apos;s alpha %5, Fleiss&apos; kappa %6.</source>
        <translation>%1
%3 位评分者的 %2 个回答。对多位评分者评过的 %4 对的一致性：Krippendorff α %5，Fleiss κ %6。</translation>
    </message>
    <message>
        <source>Bradley-Terry strengths: %1</source>
        <translation>Bradley-Terry 强度：%1</translation>
    </message>
    <message>
        <source>Nobody has answered yet: go back, and let raters begin.</source>
        <translation>还没有人作答：请返回，让评分者开始。</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Add Answers</source>
        <translation>添加回答</translation>
    </message>
    <message>
        <source>Studies (*.study.json)</source>
        <translation>研究 (*.study.json)</translation>
    </message>
    <message numerus="yes">
        <source>%n answer(s) came in.</source>
        <translation>
            <numerusform>并入了 %n 个回答。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SystemPage</name>
    <message>
        <source>About %1</source>
        <translation>关于 %1</translation>
    </message>
</context>
<context>
    <name>Texts</name>
    <message>
        <source>Not possible</source>
        <translation>无法执行</translation>
    </message>
    <message>
        <source>Not found</source>
        <translation>未找到</translation>
    </message>
    <message>
        <source>Damaged or foreign file</source>
        <translation>文件损坏或格式不符</translation>
    </message>
    <message>
        <source>Cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>Cannot be written</source>
        <translation>无法写入</translation>
    </message>
    <message>
        <source>The disk is full</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>正在使用</translation>
    </message>
    <message>
        <source>Cannot be decoded</source>
        <translation>无法解码</translation>
    </message>
    <message>
        <source>Does not fit</source>
        <translation>不匹配</translation>
    </message>
    <message>
        <source>Not compatible</source>
        <translation>不兼容</translation>
    </message>
    <message>
        <source>Numerical failure</source>
        <translation>数值错误</translation>
    </message>
    <message>
        <source>Out of memory</source>
        <translation>内存不足</translation>
    </message>
    <message>
        <source>Device not available</source>
        <translation>设备不可用</translation>
    </message>
    <message>
        <source>Check failed</source>
        <translation>检查未通过</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>The engine was lost</source>
        <translation>引擎已丢失</translation>
    </message>
    <message>
        <source>Internal error</source>
        <translation>内部错误</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <comment>kind of error: detail</comment>
        <translation>%1：%2</translation>
    </message>
</context>
<context>
    <name>TimeSliceView</name>
    <message>
        <source>Slice through time</source>
        <translation>时间切片</translation>
    </message>
    <message>
        <source>One line of pixels over time, downwards: the clip on the left, the reference on the right</source>
        <translation>一条像素线随时间向下展开：左为片段，右为参考</translation>
    </message>
</context>
<context>
    <name>Tour</name>
    <message>
        <source>&amp;Skip</source>
        <translation>跳过(&amp;S)</translation>
    </message>
    <message>
        <source>End the tour (Esc); the Help menu starts it again</source>
        <translation>结束导览 (Esc)；可从“帮助”菜单再次开始</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>上一步(&amp;B)</translation>
    </message>
    <message>
        <source>The step before (Left)</source>
        <translation>上一步（左键）</translation>
    </message>
    <message>
        <source>The next step (Right)</source>
        <translation>下一步（右键）</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1/%2</translation>
    </message>
    <message>
        <source>&amp;Done</source>
        <translation>完成(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Next</source>
        <translation>下一步(&amp;N)</translation>
    </message>
</context>
<context>
    <name>TrainForm</name>
    <message>
        <source>New run</source>
        <translation>新的运行</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统</translation>
    </message>
    <message>
        <source>The published method that is trained</source>
        <translation>要训练的已发表方法</translation>
    </message>
    <message>
        <source>Waiting for the engine&apos;s list of systems…</source>
        <translation>正在等待引擎的系统列表…</translation>
    </message>
    <message>
        <source>Dataset</source>
        <translation>数据集</translation>
    </message>
    <message>
        <source>A built-in dataset, with changes if you like (?size=64&amp;frames=16&amp;clips=512&amp;seed=1), or a dataset file</source>
        <translation>内置数据集（可附加更改，如 ?size=64&amp;frames=16&amp;clips=512&amp;seed=1），或数据集文件</translation>
    </message>
    <message>
        <source>A built-in dataset or a file</source>
        <translation>内置数据集或文件</translation>
    </message>
    <message>
        <source>Choose a dataset file</source>
        <translation>选择数据集文件</translation>
    </message>
    <message>
        <source>Name of the run</source>
        <translation>运行的名称</translation>
    </message>
    <message>
        <source>Choose where the run&apos;s folder is made</source>
        <translation>选择运行文件夹的位置</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Steps in all; a run can be continued later to more</source>
        <translation>总步数；之后可以继续运行更多步</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Every random number of the run follows from it</source>
        <translation>运行的所有随机数都由它决定</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>CPU</source>
        <translation>CPU</translation>
    </message>
    <message>
        <source>S&amp;ystem:</source>
        <translation>系统(&amp;Y)：</translation>
    </message>
    <message>
        <source>D&amp;ataset:</source>
        <translation>数据集(&amp;A)：</translation>
    </message>
    <message>
        <source>&amp;Name:</source>
        <translation>名称(&amp;N)：</translation>
    </message>
    <message>
        <source>Ste&amp;ps:</source>
        <translation>步数(&amp;P)：</translation>
    </message>
    <message>
        <source>See&amp;d:</source>
        <translation>种子(&amp;D)：</translation>
    </message>
    <message>
        <source>D&amp;evice:</source>
        <translation>设备(&amp;E)：</translation>
    </message>
    <message>
        <source>The same as a command</source>
        <translation>等效命令</translation>
    </message>
    <message>
        <source>The same as a command for a shell</source>
        <translation>等效的终端命令</translation>
    </message>
    <message>
        <source>&amp;Copy Command</source>
        <translation>复制命令(&amp;C)</translation>
    </message>
    <message>
        <source>Copy the command that starts this run from a shell</source>
        <translation>复制在终端中启动此运行的命令</translation>
    </message>
    <message>
        <source>&amp;Start Training</source>
        <translation>开始训练(&amp;S)</translation>
    </message>
    <message>
        <source>Its dataset must have: %1</source>
        <translation>其数据集须包含：%1</translation>
    </message>
    <message>
        <source>, </source>
        <translation>、</translation>
    </message>
    <message>
        <source>The engine has not said yet what it can train.</source>
        <translation>引擎尚未给出可训练的系统。</translation>
    </message>
    <message>
        <source>Choose a dataset.</source>
        <translation>请选择数据集。</translation>
    </message>
    <message>
        <source>The dataset %1 does not exist.</source>
        <translation>数据集 %1 不存在。</translation>
    </message>
    <message>
        <source>Give the run a name.</source>
        <translation>请给运行命名。</translation>
    </message>
    <message>
        <source>A name is no path: choose the place with the button beside it.</source>
        <translation>名称不是路径：请用旁边的按钮选择位置。</translation>
    </message>
    <message>
        <source>There is a folder %1 already; choose another name.</source>
        <translation>文件夹 %1 已存在；请换一个名称。</translation>
    </message>
    <message>
        <source>%1 must be %2.</source>
        <translation>%1须为%2。</translation>
    </message>
    <message>
        <source>Start a trainer of its own: it goes on when the window is closed</source>
        <translation>启动独立的训练进程：关闭窗口后仍会继续</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>Choose Dataset</source>
        <translation>选择数据集</translation>
    </message>
    <message>
        <source>Datasets (*.h5 *.hdf5)</source>
        <translation>数据集 (*.h5 *.hdf5)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Where to Make the Run&apos;s Folder</source>
        <translation>运行文件夹的位置</translation>
    </message>
    <message>
        <source>Add to &amp;Queue</source>
        <translation>加入队列(&amp;Q)</translation>
    </message>
    <message>
        <source>A run in the queue will make the folder %1; choose another name.</source>
        <translation>队列中的一个运行将创建文件夹 %1；请换一个名称。</translation>
    </message>
    <message>
        <source>It starts as soon as the runs before it have left its device, also while this window is closed</source>
        <translation>前面的运行释放设备后即启动，关闭此窗口也不影响</translation>
    </message>
    <message>
        <source>About this system: what it does, its paper, its controls and options</source>
        <translation>关于此系统：作用、论文、控制量和选项</translation>
    </message>
</context>
<context>
    <name>TrainLauncher</name>
    <message>
        <source>%1 could not be started: %2</source>
        <translation>无法启动 %1：%2</translation>
    </message>
    <message>
        <source>The trainer ended at once without a word.</source>
        <translation>训练进程立即结束，没有任何输出。</translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message>
        <source>&amp;New Run…</source>
        <translation>新的运行(&amp;N)…</translation>
    </message>
    <message>
        <source>Fill in the form for a new run</source>
        <translation>填写新运行的表单</translation>
    </message>
    <message>
        <source>&amp;Open Run Directory…</source>
        <translation>打开运行目录(&amp;O)…</translation>
    </message>
    <message>
        <source>Watch a run that was started elsewhere</source>
        <translation>查看在别处启动的运行</translation>
    </message>
    <message>
        <source>&amp;Pause</source>
        <translation>暂停(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>停止(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Checkpoint Now</source>
        <translation>立即保存检查点(&amp;C)</translation>
    </message>
    <message>
        <source>C&amp;ontinue…</source>
        <translation>继续(&amp;O)…</translation>
    </message>
    <message>
        <source>&amp;Explore Newest Checkpoint</source>
        <translation>探索最新检查点(&amp;E)</translation>
    </message>
    <message>
        <source>New Run &amp;Like This…</source>
        <translation>以此为模板新建运行(&amp;L)…</translation>
    </message>
    <message>
        <source>Remove from &amp;List</source>
        <translation>从列表中移除(&amp;L)</translation>
    </message>
    <message>
        <source>Take the run out of the list; its folder stays</source>
        <translation>将运行移出列表；其文件夹保留</translation>
    </message>
    <message>
        <source>No runs yet. Start one with the form, or open the directory of a run that was started from a shell.</source>
        <translation>尚无运行。请用表单启动，或打开从终端启动的运行的目录。</translation>
    </message>
    <message>
        <source>Starting %1…</source>
        <translation>正在启动 %1…</translation>
    </message>
    <message>
        <source>%1 has started.</source>
        <translation>%1 已启动。</translation>
    </message>
    <message>
        <source>%1 could not be started: %2</source>
        <translation>无法启动 %1：%2</translation>
    </message>
    <message>
        <source>%1 is no run directory: there is no run.toml in it.</source>
        <translation>%1 不是运行目录：其中没有 run.toml。</translation>
    </message>
    <message>
        <source>Open Run Directory</source>
        <translation>打开运行目录</translation>
    </message>
    <message>
        <source>&amp;Resume</source>
        <translation>恢复(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Train</source>
        <translation>训练(&amp;T)</translation>
    </message>
    <message>
        <source>Hold the trainer after its step, or let it go on</source>
        <translation>在当前步后暂停训练进程，或让其继续</translation>
    </message>
    <message>
        <source>Finish the step, save a checkpoint and end the trainer</source>
        <translation>完成当前步，保存检查点并结束训练进程</translation>
    </message>
    <message>
        <source>Save a checkpoint after the step the trainer is in</source>
        <translation>在训练进程当前步之后保存检查点</translation>
    </message>
    <message>
        <source>Change Se&amp;ttings…</source>
        <translation>更改设置(&amp;T)…</translation>
    </message>
    <message>
        <source>Change learning rates, weights of the loss, intervals and policies while the run goes on</source>
        <translation>在运行继续时更改学习率、损失权重、间隔和策略</translation>
    </message>
    <message>
        <source>&amp;Measure Now…</source>
        <translation>立即测量(&amp;M)…</translation>
    </message>
    <message>
        <source>Let the trainer measure metrics after its step</source>
        <translation>让训练进程在当前步后测量指标</translation>
    </message>
    <message>
        <source>Start a trainer that goes on from the newest checkpoint</source>
        <translation>启动训练进程，从最新的检查点继续</translation>
    </message>
    <message>
        <source>Open the newest checkpoint on the Explore page</source>
        <translation>在探索页打开最新的检查点</translation>
    </message>
    <message>
        <source>&amp;Fork from Checkpoint…</source>
        <translation>从检查点分叉(&amp;F)…</translation>
    </message>
    <message>
        <source>Begin another run with a checkpoint of this one, with changes</source>
        <translation>以此运行的检查点并作更改开始另一个运行</translation>
    </message>
    <message>
        <source>Duplicate: fill the form with the settings of this run, to change some and start from step 0</source>
        <translation>复制：用此运行的设置填写表单，更改部分后从第 0 步开始</translation>
    </message>
    <message>
        <source>Compare Sett&amp;ings</source>
        <translation>比较设置(&amp;I)</translation>
    </message>
    <message>
        <source>In which settings the chosen runs differ; choose two or more in the table</source>
        <translation>所选运行在哪些设置上不同；请在表中选择两个或更多</translation>
    </message>
    <message>
        <source>Name, Ta&amp;gs and Notes…</source>
        <translation>名称、标签和备注(&amp;G)…</translation>
    </message>
    <message>
        <source>Your own words about the run, kept in its notes.json</source>
        <translation>您对此运行的说明，保存在其 notes.json 中</translation>
    </message>
    <message>
        <source>Show Fol&amp;der</source>
        <translation>显示文件夹(&amp;D)</translation>
    </message>
    <message>
        <source>Show the run&apos;s folder in the file manager</source>
        <translation>在文件管理器中显示运行的文件夹</translation>
    </message>
    <message>
        <source>&amp;Archive</source>
        <translation>归档(&amp;A)</translation>
    </message>
    <message>
        <source>Move the chosen runs into the folder &quot;archive&quot; beside them</source>
        <translation>将所选运行移入旁边的“archive”文件夹</translation>
    </message>
    <message>
        <source>&amp;Restore from Archive</source>
        <translation>从归档恢复(&amp;R)</translation>
    </message>
    <message>
        <source>Move the chosen runs back out of the archive</source>
        <translation>将所选运行移出归档</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message>
        <source>Delete the chosen runs with all their files, after a question</source>
        <translation>确认后删除所选运行及其所有文件</translation>
    </message>
    <message>
        <source>&amp;Queue…</source>
        <translation>队列(&amp;Q)…</translation>
    </message>
    <message>
        <source>Runs that wait for a device: their order, and taking them out</source>
        <translation>等待设备的运行：调整顺序或移出</translation>
    </message>
    <message>
        <source>Show Arc&amp;hived Runs</source>
        <translation>显示已归档的运行(&amp;H)</translation>
    </message>
    <message>
        <source>List the runs in the archive too</source>
        <translation>同时列出归档中的运行</translation>
    </message>
    <message>
        <source>Choose Col&amp;umns…</source>
        <translation>选择列(&amp;U)…</translation>
    </message>
    <message>
        <source>Metrics, curves and settings as columns of the table</source>
        <translation>将指标、曲线和设置作为表格的列</translation>
    </message>
    <message>
        <source>&amp;Filter Runs</source>
        <translation>筛选运行(&amp;F)</translation>
    </message>
    <message>
        <source>Go to the line that filters the table</source>
        <translation>转到筛选表格的输入行</translation>
    </message>
    <message>
        <source>Table &amp;Only</source>
        <translation>仅显示表格(&amp;O)</translation>
    </message>
    <message>
        <source>The table of runs over the whole page, and back</source>
        <translation>让运行表占满整页，或恢复</translation>
    </message>
    <message>
        <source>Sa&amp;mples</source>
        <translation>样本(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Open…</source>
        <translation>打开(&amp;O)…</translation>
    </message>
    <message>
        <source>%1 waits in the queue.</source>
        <translation>%1 正在队列中等待。</translation>
    </message>
    <message>
        <source>Ta&amp;ble of Runs</source>
        <translation>运行表(&amp;B)</translation>
    </message>
    <message>
        <source>%1: noted</source>
        <translation>%1：已记录</translation>
    </message>
    <message>
        <source>Choose two runs or more in the table to compare their settings.</source>
        <translation>在表中选择两个或更多运行以比较其设置。</translation>
    </message>
    <message>
        <source>%1 was forked.</source>
        <translation>%1 已分叉。</translation>
    </message>
    <message>
        <source>%1 is in the archive.</source>
        <translation>%1 已归档。</translation>
    </message>
    <message>
        <source>%1 is back from the archive.</source>
        <translation>%1 已从归档中恢复。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete the run %1 for good?</source>
        <translation>永久删除运行 %1？</translation>
    </message>
    <message numerus="yes">
        <source>Delete %n run(s) for good?</source>
        <translation>
            <numerusform>永久删除 %n 个运行？</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 in %2 files: %3 checkpoints and %4 sample matrices, all curves and the history. This cannot be undone; archiving keeps them.</source>
        <translation>%1，共 %2 个文件：%3 个检查点和 %4 个样本矩阵，以及所有曲线和历史。此操作无法撤消；归档则会保留它们。</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
    <message>
        <source>%1 was deleted.</source>
        <translation>%1 已删除。</translation>
    </message>
    <message>
        <source>About the S&amp;ystem…</source>
        <translation>关于此系统(&amp;Y)…</translation>
    </message>
    <message>
        <source>What the system of the form does, its paper, its controls and options</source>
        <translation>表单中所选系统的作用、论文、控制量和选项</translation>
    </message>
    <message>
        <source>Run</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>New run of a system</source>
        <translation>某系统的新运行</translation>
    </message>
</context>
<context>
    <name>directions</name>
    <message>
        <source>principal %1</source>
        <translation>主方向 %1</translation>
    </message>
    <message>
        <source>closed form %1</source>
        <translation>闭式方向 %1</translation>
    </message>
</context>
</TS>
