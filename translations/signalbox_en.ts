<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>signalbox::ui::BreakerInspector</name>
    <message numerus="yes">
        <source>%n failure(s)</source>
        <translation>
            <numerusform>%n failure</numerusform>
            <numerusform>%n failures</numerusform>
        </translation>
    </message>
</context>
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
        <source>%n breaker(s) open, %1 half-open</source>
        <translation>
            <numerusform>%n breaker open, %1 half-open</numerusform>
            <numerusform>%n breakers open, %1 half-open</numerusform>
        </translation>
    </message>
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
    <name>Words</name>
    <message numerus="yes">
        <source>%1 request(s)</source>
        <translation>
            <numerusform>%1 request</numerusform>
            <numerusform>%1 requests</numerusform>
        </translation>
    </message>
</context>
</TS>
