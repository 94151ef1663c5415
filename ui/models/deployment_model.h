// One row per deployment: what it has in memory, how that is known, and what it can still take.
#pragma once

#include <QMap>

#include "ui/models/row_model.h"
#include "ui/models/source.h"

namespace signalbox::ui {

class DeploymentModel : public RowModel {
    Q_OBJECT
  public:
    explicit DeploymentModel(QObject* parent = nullptr);
    // Takes effect with the next update(): only what serves that model; empty: all. A deployment of several models is
    // one row.
    void setServing(const QString& model) { m_serving = model; }
    // Shows only rows that have this in one of their names; empty: all.
    void setFilter(const QString& filter) { m_filter = filter.trimmed(); }
    void update(const Source& source);
    // How many of the rows are in which slot state.
    const QMap<State, int>& counts() const { return m_counts; }

  private:
    QString m_serving;
    QString m_filter;
    QMap<State, int> m_counts;
};

}  // namespace signalbox::ui
