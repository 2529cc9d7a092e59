<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>BarChart</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ChartPlot</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ClipExportDialog</name>
    <message numerus="yes">
        <source>%n clip(s) of %1</source>
        <translation>
            <numerusform>%n clip of %1</numerusform>
            <numerusform>%n clips of %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Also the %n excluded clip(s)</source>
        <translation>
            <numerusform>&amp;Also the %n excluded clip</numerusform>
            <numerusform>&amp;Also the %n excluded clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ClipListModel</name>
    <message numerus="yes">
        <source>%1
%2 × %3, %n frame(s)</source>
        <translation>
            <numerusform>%1
%2 × %3, %n frame</numerusform>
            <numerusform>%1
%2 × %3, %n frames</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ControlPanel</name>
    <message numerus="yes">
        <source>All %n number(s)</source>
        <translation>
            <numerusform>All %n number</numerusform>
            <numerusform>All %n numbers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %n step(s)</source>
        <translation>
            <numerusform>All %n step</numerusform>
            <numerusform>All %n steps</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DatasetJobDialog</name>
    <message numerus="yes">
        <source>%n clip(s)</source>
        <translation>
            <numerusform>%n clip</numerusform>
            <numerusform>%n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out</source>
        <translation>
            <numerusform>%n left out</numerusform>
            <numerusform>%n left out</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The dataset is ready: %n clip(s) were imported.</source>
        <translation>
            <numerusform>The dataset is ready: %n clip was imported.</numerusform>
            <numerusform>The dataset is ready: %n clips were imported.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) were left out:</source>
        <translation>
            <numerusform>%n file was left out:</numerusform>
            <numerusform>%n files were left out:</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DatasetStatisticsView</name>
    <message numerus="yes">
        <source>%n clip(s)</source>
        <translation>
            <numerusform>%n clip</numerusform>
            <numerusform>%n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n subject(s)</source>
        <translation>
            <numerusform>%n subject</numerusform>
            <numerusform>%n subjects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them excluded</source>
        <translation>
            <numerusform>%n of them excluded</numerusform>
            <numerusform>%n of them excluded</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DatasetsPage</name>
    <message numerus="yes">
        <source>%1: %n clip(s)</source>
        <translation>
            <numerusform>%1: %n clip</numerusform>
            <numerusform>%1: %n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s)</source>
        <translation>
            <numerusform>%n clip</numerusform>
            <numerusform>%n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n clip(s)</source>
        <translation>
            <numerusform>%1 of %n clip</numerusform>
            <numerusform>%1 of %n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s) each</source>
        <translation>
            <numerusform>%n frame each</numerusform>
            <numerusform>%n frames each</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Exclude %n Clip(s)</source>
        <translation>
            <numerusform>Exclude %n Clip</numerusform>
            <numerusform>Exclude %n Clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Include %n Clip(s)</source>
        <translation>
            <numerusform>Include %n Clip</numerusform>
            <numerusform>Include %n Clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n excluded</source>
        <translation>
            <numerusform>%n excluded</numerusform>
            <numerusform>%n excluded</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s) excluded; the data itself is not touched.</source>
        <translation>
            <numerusform>%n clip excluded; the data itself is not touched.</numerusform>
            <numerusform>%n clips excluded; the data itself is not touched.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clip(s) included again.</source>
        <translation>
            <numerusform>%n clip included again.</numerusform>
            <numerusform>%n clips included again.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DiffDialog</name>
    <message numerus="yes">
        <source>Differences of %n Run(s)</source>
        <translation>
            <numerusform>Differences of %n Run</numerusform>
            <numerusform>Differences of %n Runs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n setting(s) differ.</source>
        <translation>
            <numerusform>%n setting differs.</numerusform>
            <numerusform>%n settings differ.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExplorePage</name>
    <message numerus="yes">
        <source>The way through the key poses, %n frame(s). The next movement of a control shows its clip again.</source>
        <translation>
            <numerusform>The way through the key poses, %n frame. The next movement of a control shows its clip again.</numerusform>
            <numerusform>The way through the key poses, %n frames. The next movement of a control shows its clip again.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The way through the key poses, %n frame(s)</source>
        <translation>
            <numerusform>The way through the key poses, %n frame</numerusform>
            <numerusform>The way through the key poses, %n frames</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FacetModel</name>
    <message numerus="yes">
        <source>%1: %n clip(s)</source>
        <translation>
            <numerusform>%1: %n clip</numerusform>
            <numerusform>%1: %n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportDatasetDialog</name>
    <message numerus="yes">
        <source>%n recording(s) would be imported.</source>
        <translation>
            <numerusform>%n recording would be imported.</numerusform>
            <numerusform>%n recordings would be imported.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n recording(s) would be imported,</source>
        <translation>
            <numerusform>%n recording would be imported,</numerusform>
            <numerusform>%n recordings would be imported,</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out.</source>
        <translation>
            <numerusform>%n left out.</numerusform>
            <numerusform>%n left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>… and %n more</source>
        <translation>
            <numerusform>… and %n more</numerusform>
            <numerusform>… and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>InversionDialog</name>
    <message numerus="yes">
        <source>%n start(s)</source>
        <translation>
            <numerusform>%n start</numerusform>
            <numerusform>%n starts</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>KeyPosePanel</name>
    <message numerus="yes">
        <source>%n step(s)</source>
        <translation>
            <numerusform>%n step</numerusform>
            <numerusform>%n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s)</source>
        <translation>
            <numerusform>%n frame</numerusform>
            <numerusform>%n frames</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SampleView</name>
    <message numerus="yes">
        <source>The cell through training, %n step(s)</source>
        <translation>
            <numerusform>The cell through training, %n step</numerusform>
            <numerusform>The cell through training, %n steps</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StudyDialog</name>
    <message numerus="yes">
        <source>%n question(s) to each rater</source>
        <translation>
            <numerusform>%n question to each rater</numerusform>
            <numerusform>%n questions to each rater</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, about %n minute(s).</source>
        <translation>
            <numerusform>, about %n minute.</numerusform>
            <numerusform>, about %n minutes.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StudyWindow</name>
    <message numerus="yes">
        <source>%n answer(s) came in.</source>
        <translation>
            <numerusform>%n answer came in.</numerusform>
            <numerusform>%n answers came in.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message numerus="yes">
        <source>Delete %n run(s) for good?</source>
        <translation>
            <numerusform>Delete %n run for good?</numerusform>
            <numerusform>Delete %n runs for good?</numerusform>
        </translation>
    </message>
</context>
</TS>
