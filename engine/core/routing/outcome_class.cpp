#include "engine/core/routing/outcome_class.h"

namespace signalbox::core {

OutcomeClass classify(ErrorCode code) {
    switch (code) {
        case ErrorCode::ok:
            return OutcomeClass::success;
        case ErrorCode::upstream_unauthorized:
        case ErrorCode::upstream_not_found:
        case ErrorCode::tls_failed:
        case ErrorCode::dns_failed:
            return OutcomeClass::structural;
        case ErrorCode::connect_refused:
        case ErrorCode::connect_timeout:
        case ErrorCode::upstream_reset:
        case ErrorCode::header_timeout:
        case ErrorCode::first_token_timeout:
        case ErrorCode::upstream_malformed:
        case ErrorCode::upstream_empty:
        case ErrorCode::upstream_server_error:
        case ErrorCode::stream_cut:
        case ErrorCode::stream_idle_timeout:
        case ErrorCode::stream_error_event:
            return OutcomeClass::fault;
        case ErrorCode::upstream_rate_limited:
        case ErrorCode::upstream_quota_exhausted:
        case ErrorCode::upstream_overloaded:
            return OutcomeClass::capacity;
        default:
            return OutcomeClass::client;
    }
}

bool worth_another_target(ErrorCode code, bool content_filter_fallback) {
    switch (classify(code)) {
        case OutcomeClass::structural:
        case OutcomeClass::fault:
        case OutcomeClass::capacity:
            return true;
        case OutcomeClass::success:
            return false;
        case OutcomeClass::client:
            return code == ErrorCode::upstream_content_filter && content_filter_fallback;
    }
    return false;
}

bool is_unreachable(ErrorCode code) {
    return code == ErrorCode::dns_failed || code == ErrorCode::tls_failed || code == ErrorCode::connect_refused ||
           code == ErrorCode::connect_timeout;
}

bool worth_same_target(ErrorCode code) {
    // A refused connection will be refused again within any backoff worth waiting for; a silence has already used up
    // what the client is willing to wait.
    const bool silent = code == ErrorCode::header_timeout || code == ErrorCode::first_token_timeout ||
                        code == ErrorCode::stream_idle_timeout;
    // Nobody pays a bill within a request.
    if (classify(code) == OutcomeClass::capacity) return code != ErrorCode::upstream_quota_exhausted;
    return classify(code) == OutcomeClass::fault && !is_unreachable(code) && !silent;
}

}  // namespace signalbox::core
