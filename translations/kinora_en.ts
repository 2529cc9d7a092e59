<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
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
        <source>The dataset is ready. %n file(s) were left out:</source>
        <translation>
            <numerusform>The dataset is ready. %n file was left out:</numerusform>
            <numerusform>The dataset is ready. %n files were left out:</numerusform>
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
        <source>Select at most %n clip(s).</source>
        <translation>
            <numerusform>Select at most %n clip.</numerusform>
            <numerusform>Select at most %n clips.</numerusform>
        </translation>
    </message>
</context>
</TS>
