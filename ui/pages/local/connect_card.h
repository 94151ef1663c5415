// Where clients point: the base URL and the few lines that use it, ready to copy.
#pragma once

#include <QLabel>
#include <QPlainTextEdit>
#include <QTabBar>
#include <QWidget>

namespace signalbox::ui {

class ConnectCard : public QWidget {
    Q_OBJECT
  public:
    explicit ConnectCard(QWidget* parent = nullptr);
    // An empty URL: nothing listens, so there is nothing to copy.
    void show(const QString& dataUrl, const QString& model);
    QString snippet() const { return m_code->toPlainText(); }

  Q_SIGNALS:
    void told(const QString& sentence);

  private:
    void refresh();

    QString m_url;
    QString m_model;
    QLabel* m_shownUrl;
    QTabBar* m_languages;
    QPlainTextEdit* m_code;
    QList<QWidget*> m_copyButtons;
};

}  // namespace signalbox::ui
