// Sends a redirect, first ending the one that stands in its way if that is wanted. One at a time; what was asked is
// told exactly once, whatever became of the form it was written in.
#pragma once

#include <QObject>

#include <functional>
#include <string>

#include "ui/models/source.h"

namespace signalbox::ui {

class RedirectOrder : public QObject {
    Q_OBJECT
  public:
    struct Outcome {
        api::Answer<v1::Override> answer;
        qint64 ended = 0;  // the override that was ended for it, also where the redirect itself was refused; 0: none
    };
    using Done = std::function<void(const Outcome&)>;

    explicit RedirectOrder(Source& source, QObject* parent) : QObject(parent), m_source(source) {}

    bool isUnderWay() const { return m_underWay; }
    // Does nothing while one is under way. `replaces`: the override to end first; 0: none. The same request again
    // carries the same idempotency key, until forget(). `done` runs on the UI thread, or never when this died first.
    void send(const v1::CreateOverrideRequest& wanted, qint64 replaces, Done done);
    void forget() { m_sent.clear(); }

  private:
    void create(v1::CreateOverrideRequest wanted, qint64 ended, Done done);
    void finish(const Done& done, const Outcome& outcome);

    Source& m_source;
    bool m_underWay = false;
    std::string m_sent;  // the last request without its key
    std::string m_key;
};

}  // namespace signalbox::ui
