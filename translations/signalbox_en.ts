<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>signalbox::ui::DeploymentModel</name>
    <message numerus="yes">
        <source>The provider retires it in %n day(s)</source>
        <translation>
            <numerusform>The provider retires it in %n day</numerusform>
            <numerusform>The provider retires it in %n days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>signalbox::ui::BreakerInspector</name>
    <message numerus="yes">
        <source>%n failure(s)</source>
        <translation>
            <numerusform>%n failure</numerusform>
            <numerusform>%n failures</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n outcome(s)</source>
        <translation>
            <numerusform>%n outcome</numerusform>
            <numerusform>%n outcomes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n structural</source>
        <translation>
            <numerusform>%n structural</numerusform>
            <numerusform>%n structural</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n call(s) since the outage began</source>
        <translation>
            <numerusform>%n call since the outage began</numerusform>
            <numerusform>%n calls since the outage began</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>signalbox::ui::BreakerModel</name>
    <message numerus="yes">
        <source>%n outcome(s): too few to call it good or bad</source>
        <translation>
            <numerusform>%n outcome: too few to call it good or bad</numerusform>
            <numerusform>%n outcomes: too few to call it good or bad</numerusform>
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
    <name>FleetWords</name>
    <message numerus="yes">
        <source>%1 of %n outcome(s); it opens at %2</source>
        <translation>
            <numerusform>%1 of %n outcome; it opens at %2</numerusform>
            <numerusform>%1 of %n outcomes; it opens at %2</numerusform>
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
