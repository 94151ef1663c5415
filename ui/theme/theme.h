// The console's look: two palettes of our own over Fusion, chosen by the user or by the desktop.
#pragma once

#include <QDBusVariant>
#include <QObject>
#include <QPalette>

namespace signalbox::ui {

enum class ThemeMode : unsigned char { System, Light, Dark };

QPalette lightPalette();
QPalette darkPalette();

// One per application, on the UI thread. Asks the desktop's portal without blocking; without one the palette the
// application started with decides what "System" means.
class Theme : public QObject {
    Q_OBJECT
  public:
    explicit Theme(QObject* parent = nullptr);

    ThemeMode mode() const { return m_mode; }
    void setMode(ThemeMode mode);

  Q_SIGNALS:
    void modeChanged();

  private Q_SLOTS:
    void portalSettingChanged(const QString& space, const QString& key, const QDBusVariant& value);

  private:
    void askPortal();
    void apply();

    ThemeMode m_mode = ThemeMode::System;
    bool m_systemDark = false;
};

}  // namespace signalbox::ui
