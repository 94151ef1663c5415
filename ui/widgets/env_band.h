// Which world a window acts on: a coloured band and the word. Its colours are never those of a state.
#pragma once

#include <QLabel>
#include <QWidget>

namespace signalbox::ui {

enum class Environment : unsigned char { Local, Remote, Demo };

QString environmentWord(Environment environment);
QColor environmentColor(Environment environment, const QPalette& palette);

// 4 px, for the top of the window and of every sheet that writes.
class EnvBand : public QWidget {
    Q_OBJECT
  public:
    explicit EnvBand(QWidget* parent = nullptr);
    void setEnvironment(Environment environment);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    Environment m_environment = Environment::Local;
};

// The word, on a chip of the band's colour.
class EnvChip : public QWidget {
    Q_OBJECT
  public:
    explicit EnvChip(QWidget* parent = nullptr);
    void setEnvironment(Environment environment, const QString& scope);
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QString words() const;
    Environment m_environment = Environment::Local;
    QString m_scope;
};

}  // namespace signalbox::ui
