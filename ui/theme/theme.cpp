#include "ui/theme/theme.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QFont>
#include <QFontInfo>

#include "ui/theme/style.h"
#include "ui/theme/tone.h"

namespace signalbox::ui {

namespace {

constexpr int smallestPixels = 13;

struct Shades {
    QRgb window, base, alternate, text, button, tip, tipText, muted, disabled, highlight, link;
};

constexpr Shades lightShades{0xfff3f4f6, 0xffffffff, 0xfff8f9fa, 0xff1b1f24, 0xffffffff, 0xff24292f,
                             0xffffffff, 0xff57606a, 0xff9aa1a9, 0xff0b5cad, 0xff0b5cad};
constexpr Shades darkShades{0xff17191c, 0xff1e1f22, 0xff222428, 0xffe6e8eb, 0xff2a2d32, 0xff3a3f46,
                            0xfff3f4f6, 0xffa0a8b4, 0xff646b75, 0xff2f7fd6, 0xff5aa9ff};

QPalette build(const Shades& s) {
    QPalette palette(QColor::fromRgb(s.button), QColor::fromRgb(s.window));
    const auto set = [&palette](QPalette::ColorRole role, QRgb rgb) { palette.setColor(role, QColor::fromRgb(rgb)); };
    set(QPalette::Window, s.window);
    set(QPalette::Base, s.base);
    set(QPalette::AlternateBase, s.alternate);
    set(QPalette::Button, s.button);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) set(role, s.text);
    set(QPalette::BrightText, 0xffffffff);
    set(QPalette::PlaceholderText, s.muted);
    set(QPalette::ToolTipBase, s.tip);
    set(QPalette::ToolTipText, s.tipText);
    set(QPalette::Highlight, s.highlight);
    set(QPalette::HighlightedText, 0xffffffff);
    set(QPalette::Link, s.link);
    set(QPalette::LinkVisited, s.link);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, QColor::fromRgb(s.disabled));
    }
    return palette;
}

const QString portalService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString portalPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString portalSettings = QStringLiteral("org.freedesktop.portal.Settings");
const QString appearance = QStringLiteral("org.freedesktop.appearance");
const QString colorScheme = QStringLiteral("color-scheme");

// The portal wraps its answer in one variant, old ones in two. 1 asks for dark, everything else for light.
bool wantsDark(QVariant value) {
    while (value.canConvert<QDBusVariant>() && value.userType() == qMetaTypeId<QDBusVariant>()) {
        value = value.value<QDBusVariant>().variant();
    }
    return value.toUInt() == 1;
}

}  // namespace

QPalette lightPalette() {
    return build(lightShades);
}
QPalette darkPalette() {
    return build(darkShades);
}

Theme::Theme(QObject* parent) : QObject(parent), m_systemDark(isDark(QApplication::palette())) {
    QApplication::setStyle(new Style);
    QFont font = QApplication::font();
    if (QFontInfo(font).pixelSize() < smallestPixels) font.setPixelSize(smallestPixels);
    QApplication::setFont(font);
    apply();
    askPortal();
}

void Theme::setMode(ThemeMode mode) {
    if (mode == m_mode) return;
    m_mode = mode;
    apply();
    Q_EMIT modeChanged();
}

void Theme::askPortal() {
    auto bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return;
    bus.connect(portalService, portalPath, portalSettings, QStringLiteral("SettingChanged"), this,
                SLOT(portalSettingChanged(QString, QString, QDBusVariant)));
    auto ask = QDBusMessage::createMethodCall(portalService, portalPath, portalSettings, QStringLiteral("Read"));
    ask << appearance << colorScheme;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(ask), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (reply.isError()) return;
        m_systemDark = wantsDark(reply.value().variant());
        apply();
    });
}

void Theme::portalSettingChanged(const QString& space, const QString& key, const QDBusVariant& value) {
    if (space != appearance || key != colorScheme) return;
    m_systemDark = wantsDark(value.variant());
    apply();
}

void Theme::apply() {
    const bool dark = m_mode == ThemeMode::Dark || (m_mode == ThemeMode::System && m_systemDark);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
}

}  // namespace signalbox::ui
