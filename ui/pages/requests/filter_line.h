// The one-line filter of the requests page. Text in progress stays in the box; only a valid filter leaves it.
#pragma once

#include <QLineEdit>
#include <QTimer>

#include <functional>

#include "signalbox/v1/control.pb.h"

namespace signalbox::ui {

class FilterLine : public QLineEdit {
    Q_OBJECT
  public:
    static constexpr int debounceMs = 300;

    // `nowUs`: the gateway's clock, for times of day.
    explicit FilterLine(std::function<qint64()> nowUs, QWidget* parent = nullptr);

    // At once, without waiting for the typist.
    void apply(const QString& text);
    // Which word is wrong and why; empty: none is.
    const QString& fault() const { return m_fault; }

  Q_SIGNALS:
    void filterChanged(const signalbox::v1::RequestFilter& filter);
    void faultChanged();

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void read();
    void setFault(const QString& fault);

    std::function<qint64()> m_nowUs;
    QTimer m_debounce;
    QString m_fault;
};

}  // namespace signalbox::ui
