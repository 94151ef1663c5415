#include "ui/theme/icon.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

// A resource in a static library must be asked for, or the linker drops it; the macro wants no namespace.
static void loadIcons() {
    Q_INIT_RESOURCE(console);
}

namespace signalbox::ui {

namespace {

class TintedEngine : public QIconEngine {
  public:
    explicit TintedEngine(QString name) : m_name(std::move(name)) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
        const auto ratio = painter->device()->devicePixelRatioF();
        painter->drawPixmap(rect, scaledPixmap(rect.size() * ratio, mode, state, ratio));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        return scaledPixmap(size, mode, state, 1);
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal ratio) override {
        Q_UNUSED(state)
        Q_UNUSED(ratio)
        QPixmap result(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        QSvgRenderer(QStringLiteral(":/icons/%1.svg").arg(m_name)).render(&painter);
        painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        painter.fillRect(result.rect(), QGuiApplication::palette().color(group, QPalette::ButtonText));
        return result;
    }

    QIconEngine* clone() const override { return new TintedEngine(m_name); }

  private:
    QString m_name;
};

}  // namespace

QIcon icon(const QString& name) {
    static const bool loaded = (loadIcons(), true);
    Q_UNUSED(loaded)
    return QIcon(new TintedEngine(name));
}

}  // namespace signalbox::ui
