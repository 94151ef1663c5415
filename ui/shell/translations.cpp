#include "ui/shell/translations.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QTranslator>

namespace signalbox::ui {

using namespace Qt::StringLiterals;

void installTranslations(const QLocale& locale) {
    auto* own = new QTranslator(qApp);
    if (own->load(locale, u"signalbox"_s, u"_"_s, u":/i18n"_s) || own->load(u":/i18n/signalbox_en.qm"_s)) {
        QCoreApplication::installTranslator(own);
    }
    auto* qt = new QTranslator(qApp);
    if (qt->load(locale, u"qtbase"_s, u"_"_s, QLibraryInfo::path(QLibraryInfo::TranslationsPath))) {
        QCoreApplication::installTranslator(qt);
    }
}

}  // namespace signalbox::ui
