// A window on the history: requests, newest first, at most `capacity` of them. It never grows beyond that, never resets
// for live rows, and knows nothing of where the rows come from (RequestFeed brings them).
#pragma once

#include <QAbstractTableModel>

#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "signalbox/v1/control.pb.h"

namespace signalbox::ui {

class RequestModel : public QAbstractTableModel {
    Q_OBJECT
  public:
    static constexpr int capacity = 20'000;

    explicit RequestModel(QObject* parent = nullptr);

    // Which end gives way when the window is full.
    enum class Evict { Oldest, Newest };

    // Starts over: another filter, another gateway.
    void replace(std::vector<v1::Request> requests);
    // Puts each at its place by time; one whose id is here already is updated in place. Order and duplicates do not
    // matter. Returns how many are new.
    int merge(std::vector<v1::Request> requests, Evict evict);

    const v1::Request& at(int row) const { return m_rows[static_cast<std::size_t>(row)]; }
    // -1: not in the window.
    int rowOf(const QString& id) const;
    bool isEmpty() const { return m_rows.empty(); }

    // Whether scrolling to the end may bring more; setting it does not ask for any.
    void setMore(bool more) { m_more = more; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;

  Q_SIGNALS:
    void moreWanted();        // the reader reached the oldest row
    void evicted(Evict end);  // rows left the window at this end

  private:
    int placeOf(const v1::Request& request) const;
    void update(v1::Request request);
    void insert(int row, std::vector<v1::Request> run);
    void shrink(Evict end);

    std::deque<v1::Request> m_rows;
    std::unordered_set<std::string> m_ids;
    bool m_more = false;
};

}  // namespace signalbox::ui
