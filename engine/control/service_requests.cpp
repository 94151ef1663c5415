#include <algorithm>

#include "engine/base/limits.h"
#include "engine/control/failure.h"
#include "engine/control/request_messages.h"
#include "engine/control/service.h"

namespace signalbox::control {
namespace {

constexpr int page_default = 200;

int page_size(int asked) {
    return asked <= 0 ? page_default : std::min(asked, static_cast<int>(limits::history_page_max));
}

v1::AuditEntry to_message(const ports::AuditRow& row) {
    v1::AuditEntry out;
    out.set_id(row.id);
    out.set_time_unix_us(row.time.unix_us);
    out.set_actor(row.actor);
    out.set_source(row.source);
    out.set_action(row.action);
    out.set_object(row.object);
    out.set_before(row.before);
    out.set_after(row.after);
    out.set_reason(row.reason);
    out.set_result(row.result);
    return out;
}

v1::Event to_message(const ports::EventRow& row) {
    v1::Event out;
    out.set_id(row.id);
    out.set_time_unix_us(row.time.unix_us);
    out.set_severity(row.severity);
    out.set_kind(row.kind);
    out.set_object(row.object);
    out.set_text(row.text);
    return out;
}

}  // namespace

api::Answer<v1::QueryRequestsResponse> Service::answer(const v1::QueryRequestsRequest& request, const Caller&) {
    const auto filter = to_filter(request.filter());
    if (!filter) return refuse(filter.error());
    auto page = parts_.store.query(*filter, request.cursor(), page_size(request.limit()));
    if (!page) return refuse(std::move(page.error()));
    v1::QueryRequestsResponse out;
    for (const auto& row : page->rows) *out.add_requests() = control::to_message(row);
    out.set_next_cursor(page->next);
    return out;
}

api::Answer<v1::GetRequestResponse> Service::answer(const v1::GetRequestRequest& request, const Caller&) {
    const auto record = parts_.store.get(request.id());
    if (!record) return refuse(record.error());
    v1::GetRequestResponse out;
    *out.mutable_request() = control::to_message(*record);
    return out;
}

api::Answer<v1::ListAuditResponse> Service::answer(const v1::ListAuditRequest& request, const Caller&) {
    const auto rows = parts_.store.audit(request.before_id(), page_size(request.limit()));
    if (!rows) return refuse(rows.error());
    v1::ListAuditResponse out;
    for (const auto& row : *rows) *out.add_entries() = to_message(row);
    return out;
}

api::Answer<v1::ListEventsResponse> Service::answer(const v1::ListEventsRequest& request, const Caller&) {
    const auto rows = parts_.store.events(request.before_id(), page_size(request.limit()));
    if (!rows) return refuse(rows.error());
    v1::ListEventsResponse out;
    for (const auto& row : *rows) *out.add_events() = to_message(row);
    return out;
}

}  // namespace signalbox::control
