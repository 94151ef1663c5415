// The two changes every view of an override offers. The answer comes on the UI thread, or never when `context` died.
#pragma once

#include "ui/models/source.h"

namespace signalbox::ui {

using OverrideAnswer = std::function<void(api::Answer<v1::Override>)>;

void endOverride(Source& source, qint64 id, QObject* context, OverrideAnswer answer);
void extendOverride(Source& source, qint64 id, qint64 bySeconds, QObject* context, OverrideAnswer answer);

}  // namespace signalbox::ui
