// The console's languages. English is one of them: it carries the plural forms.
#pragma once

#include <QLocale>

namespace signalbox::ui {

// Installs the catalogue of the locale's language, else the English one, and Qt's own for its dialogs. Call it once,
// after the application exists and before the first window.
void installTranslations(const QLocale& locale);

}  // namespace signalbox::ui
