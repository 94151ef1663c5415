<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>signalbox::ui::BreakersPage</name>
    <message numerus="yes">
        <source>order held · %n row(s) would move</source>
        <translation>
            <numerusform>order held · %n row would move</numerusform>
            <numerusform>order held · %n rows would move</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>signalbox::ui::FleetModel</name>
    <message numerus="yes">
        <source>%1, of %n request(s) in the last minute</source>
        <translation>
            <numerusform>%1, of %n request in the last minute</numerusform>
            <numerusform>%1, of %n requests in the last minute</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>signalbox::ui::FleetPage</name>
    <message numerus="yes">
        <source>Last minute, %n request(s)</source>
        <translation>
            <numerusform>Last minute, %n request</numerusform>
            <numerusform>Last minute, %n requests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>signalbox::ui::OverrideStrip</name>
    <message numerus="yes">
        <source>%1 %n override(s) active</source>
        <translation>
            <numerusform>%1 %n override active</numerusform>
            <numerusform>%1 %n overrides active</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>signalbox::ui::RailButton</name>
    <message numerus="yes">
        <source>%1, %n open</source>
        <translation>
            <numerusform>%1, %n open</numerusform>
            <numerusform>%1, %n open</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>signalbox::ui::RedirectReceipt</name>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n request</numerusform>
            <numerusform>%n requests</numerusform>
        </translation>
    </message>
</context>
</TS>
