// Every fixed bound of the engine, with its unit. What an operator may change lives in core/config instead.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/time.h"

namespace signalbox::limits {

// Data plane
inline constexpr std::size_t read_buffer_initial = 16 * 1024;         // bytes, one per busy connection, pooled
inline constexpr std::size_t read_buffer_pooled = 64;                 // buffers kept per loop
inline constexpr std::size_t upstream_header_max = 64 * 1024;         // bytes of a provider's response head
inline constexpr std::size_t error_body_max = 64 * 1024;              // bytes of a provider's error body we keep
inline constexpr std::size_t buffered_answer_max = 64 * 1024 * 1024;  // bytes of a non-streamed answer
inline constexpr std::size_t sse_event_max = 4 * 1024 * 1024;         // bytes of one server-sent event
inline constexpr std::size_t preamble_max = 256 * 1024;               // bytes held back before the commit point
inline constexpr std::size_t upstream_idle_per_target = 512;          // pooled idle connections per loop and provider
inline constexpr Nanos upstream_idle_max = 60s;                       // an idle pooled connection is closed after this
inline constexpr Nanos client_header_max = 30s;                       // first byte to the end of a request's head
inline constexpr Nanos client_body_idle_max = 30s;                    // silence inside a request's body
inline constexpr std::size_t client_body_pace_min = 16 * 1024;        // bytes a second a request's body must come at
inline constexpr Nanos client_keep_alive_max = 3600s;                 // silence between two requests
inline constexpr std::size_t client_write_pace_min = 16 * 1024;       // bytes a second an answer must be taken at
inline constexpr std::size_t client_discard_max = 1024 * 1024;        // bytes read and dropped after an early refusal
inline constexpr Nanos client_discard_time = 1s;                      // and for how long
inline constexpr std::int64_t usage_tokens_max = 1'000'000'000;       // of one answer; more is a provider's mistake
inline constexpr std::int64_t usage_images_max = 1000;                // the same for pictures
inline constexpr std::size_t picture_max = 32 * 1024 * 1024;          // bytes of one picture we fetch for a client
inline constexpr Nanos cooling_max = 5min;                            // a longer Retry-After is asked again after this
inline constexpr Nanos client_write_max = 60s;                        // a reader that takes nothing for so long is gone
inline constexpr Nanos retry_after_max = 60s;                         // largest Retry-After we send (SDKs cap there)

// Decisions
inline constexpr std::size_t targets_per_request = 1024;  // lanes looked at for one request
inline constexpr std::size_t attempts_max = 16;           // hard ceiling over `defaults.attempts`
inline constexpr std::size_t fallbacks_in_body_max = 16;  // names in a request's own `fallbacks`
inline constexpr std::size_t name_length_max = 256;       // bytes of a model, provider, key or account name

inline constexpr std::size_t output_sketches_max = 4096;  // (account, model, shape) whose answers' lengths are kept
inline constexpr Nanos hold_max = 24h;                    // of a breaker held by an operator

// What is known of providers
inline constexpr Nanos free_check_max = 5s;                 // one free check may take so long
inline constexpr Nanos slot_poll_every = 3s;                // pace of reading a server's own state
inline constexpr Nanos slot_poll_max = 2s;                  // one reading may take so long
inline constexpr int slot_polls_missed = 3;                 // then its figures are stale
inline constexpr Nanos heartbeat_every = 5s;                // what we ask providers for
inline constexpr std::size_t slot_state_max = 1024 * 1024;  // bytes of a server's own state
inline constexpr std::size_t heartbeat_models_max = 256;
inline constexpr Nanos capacity_cache = 2s;  // GET /v1/models/capacity is at most so old

// What is remembered of answers
inline constexpr std::size_t cached_request_max = 1024 * 1024;     // bytes of a body whose answer may be kept
inline constexpr std::size_t cached_answer_max = 4 * 1024 * 1024;  // bytes of an answer that may be kept
inline constexpr std::size_t cache_sweep_max = 4096;               // answers freed at a time under the lock
inline constexpr std::size_t response_homes_max = 65536;           // responses whose target is remembered
inline constexpr std::size_t response_id_max = 256;                // bytes of a response's id

// Ledger
inline constexpr Nanos ledger_commit_every = 10ms;      // entries wait at most so long for their group
inline constexpr std::size_t ledger_group_max = 256;    // entries of one group commit
inline constexpr std::size_t ledger_queue_max = 65536;  // entries waiting for the writer
inline constexpr std::size_t ledger_holds_max = 65536;  // live holds of all accounts together

// Store and control
inline constexpr std::size_t journal_queue_max = 65536;           // finished requests waiting for the writer
inline constexpr std::size_t tail_queue_max = 4096;               // rows waiting for one live-tail subscriber
inline constexpr std::size_t history_page_max = 1000;             // rows of one history page
inline constexpr Nanos history_query_max = 250ms;                 // one page may keep the control loop so long
inline constexpr std::size_t subscribers_max = 64;                // concurrent server streams of the control API
inline constexpr std::size_t metered_models_max = 256;            // model names with rates of their own
inline constexpr std::size_t metered_tag_keys_max = 8;            // tag keys with histograms of their own
inline constexpr std::size_t metered_tag_values_max = 32;         // values of one key; the rest is one value
inline constexpr std::size_t control_body_max = 4 * 1024 * 1024;  // bytes of one control request
inline constexpr std::size_t control_header_max = 16 * 1024;      // bytes of a control request's head
inline constexpr std::size_t control_connections_max = 256;       // clients of the control listener at a time
inline constexpr std::size_t overrides_active_max = 256;
inline constexpr std::size_t reason_length_max = 1000;  // bytes of an operator's reason
inline constexpr Nanos override_ttl_max = 24h;
inline constexpr std::size_t drills_active_max = 64;
inline constexpr std::size_t drills_remembered_max = 256;  // of those that are over
inline constexpr Nanos drill_ttl = 10min;                  // where none is asked for
inline constexpr Nanos drill_ttl_max = 1h;
inline constexpr std::size_t secret_file_max = 64 * 1024;  // bytes of a file that holds one secret
inline constexpr Nanos store_commit_every = 250ms;         // a crash loses at most this much history
inline constexpr Nanos snapshot_every = 250ms;             // pace of Watch

static_assert(read_buffer_initial <= upstream_header_max);
static_assert(store_commit_every <= 1s);

}  // namespace signalbox::limits
