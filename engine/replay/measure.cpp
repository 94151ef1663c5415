#include "engine/replay/measure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <fmt/format.h>

namespace signalbox::replay {
namespace {

using Maybe = std::optional<Value>;
using Visits = std::vector<const Visit*>;

Maybe count(auto n) {
    return Value{static_cast<double>(n), Unit::count};
}
Maybe seconds(Nanos duration) {
    if (duration < 0ns) return std::nullopt;
    return Value{std::chrono::duration<double>(duration).count(), Unit::seconds};
}
Maybe since(Nanos then, Nanos from) {
    return then < 0ns || from < 0ns ? std::nullopt : seconds(then - from);
}
Maybe ratio(double a, double b, Unit unit) {
    if (b <= 0) return std::nullopt;
    return Value{a / b, unit};
}

// Nearest rank.
template <class T>
std::optional<T> percentile(std::vector<T> all, double share) {
    if (all.empty()) return std::nullopt;
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(all.size())));
    const auto place = all.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::ranges::nth_element(all, place);
    return *place;
}

// ---- of loads

struct LoadView {
    Visits visits;
    std::int64_t calls = 0;
    Window window;
};

std::int64_t sends(const LoadView& load) {
    std::int64_t all = 0;
    for (const Visit* visit : load.visits) all += visit->sends;
    return all;
}

Maybe time_of_served(const LoadView& load, Nanos Visit::* which, double share) {
    std::vector<Nanos> times;
    for (const Visit* visit : load.visits) {
        if (visit->served && visit->*which >= 0ns) times.push_back(visit->*which);
    }
    return seconds(percentile(std::move(times), share).value_or(-1ns));
}

template <int percent>
Maybe total(const LoadView& load) {
    return time_of_served(load, &Visit::total, percent / 100.0);
}
// Of what is not streamed the first word is the whole answer.
template <int percent>
Maybe ttft(const LoadView& load) {
    const bool streamed = std::ranges::any_of(load.visits, [](const Visit* visit) { return visit->first >= 0ns; });
    return streamed ? time_of_served(load, &Visit::first, percent / 100.0) : total<percent>(load);
}

Maybe longest_gap(const LoadView& load) {
    std::vector<Nanos> ends;
    for (const Visit* visit : load.visits) {
        if (visit->served) ends.push_back(visit->ended());
    }
    if (ends.empty()) return seconds(load.window.to - load.window.from);
    std::ranges::sort(ends);
    Nanos longest{};
    for (std::size_t i = 1; i < ends.size(); ++i) longest = std::max(longest, ends[i] - ends[i - 1]);
    return seconds(longest);
}

std::int64_t served(const LoadView& load) {
    return std::ranges::count_if(load.visits, [](const Visit* visit) { return visit->served; });
}

std::int64_t rejected(const LoadView& load) {
    return std::ranges::count_if(load.visits, [](const Visit* visit) {
        const auto code = error_code_from(visit->code);
        return !visit->served && code && stage_of(*code) < Stage::attempt;
    });
}

Maybe longest_retry_after(const LoadView& load) {
    Nanos longest{-1};
    for (const Visit* visit : load.visits) longest = std::max(longest, visit->retry_after);
    return seconds(longest);
}

struct LoadFigure {
    std::string_view word;
    Maybe (*of)(const LoadView&);
};

constexpr auto load_figures = std::to_array<LoadFigure>({
    {"requests", [](const LoadView& l) { return count(l.visits.size()); }},
    {"served", [](const LoadView& l) { return count(served(l)); }},
    {"failures", [](const LoadView& l) { return count(static_cast<std::int64_t>(l.visits.size()) - served(l)); }},
    {"rejections", [](const LoadView& l) { return count(rejected(l)); }},
    {"error_share",
     [](const LoadView& l) {
         const auto all = static_cast<double>(l.visits.size());
         return ratio(all - static_cast<double>(served(l)), all, Unit::share);
     }},
    {"sends", [](const LoadView& l) { return count(sends(l)); }},
    {"retries", [](const LoadView& l) { return count(sends(l) - static_cast<std::int64_t>(l.visits.size())); }},
    {"calls", [](const LoadView& l) { return count(l.calls); }},
    {"calls_per_request",
     [](const LoadView& l) {
         return ratio(static_cast<double>(l.calls), static_cast<double>(l.visits.size()), Unit::count);
     }},
    {"longest_gap", longest_gap},
    {"retry_after_max", longest_retry_after},
    {"total_p50", total<50>},
    {"total_p95", total<95>},
    {"total_p99", total<99>},
    {"ttft_p50", ttft<50>},
    {"ttft_p95", ttft<95>},
    {"ttft_p99", ttft<99>},
});

// ---- of providers

struct ProviderView {
    std::vector<const ProviderLog*> logs;
    std::string_view subject;
    Window window;
    const Measurements& all;
};

template <class T>
Maybe sum(const ProviderView& view, T ProviderLog::* which) {
    T all{};
    for (const ProviderLog* log : view.logs) all += log->*which;
    return count(all);
}

template <class T>
T largest(const ProviderView& view, T ProviderLog::* which) {
    T most = std::numeric_limits<T>::lowest();
    for (const ProviderLog* log : view.logs) most = std::max(most, log->*which);
    return most;
}

std::int64_t attempts(const ProviderView& view, bool only_failed) {
    std::int64_t all = 0;
    for (const ProviderLog* log : view.logs) {
        all += std::ranges::count_if(log->attempts, [&](const ProviderLog::Attempt& attempt) {
            return view.window.holds(attempt.ended) && (attempt.failed || !only_failed);
        });
    }
    return all;
}

const ProviderLog& the_one(const ProviderView& view) {
    return *view.logs.front();
}

Nanos first_failure(const ProviderLog& log) {
    const auto failed = std::ranges::find_if(log.attempts, &ProviderLog::Attempt::failed);
    return failed == log.attempts.end() ? -1ns : failed->ended;
}

Maybe failures_to_open(const ProviderView& view) {
    const ProviderLog& log = the_one(view);
    if (log.opened < 0ns) return std::nullopt;
    return count(std::ranges::count_if(log.attempts, [&](const ProviderLog::Attempt& attempt) {
        return attempt.failed && attempt.ended <= log.opened;
    }));
}

Maybe share_of_calls(const ProviderView& view) {
    ProviderView everybody{{}, {}, view.window, view.all};
    for (const auto& [name, log] : view.all.providers) everybody.logs.push_back(&log);
    return ratio(static_cast<double>(attempts(view, false)), static_cast<double>(attempts(everybody, false)),
                 Unit::share);
}

Maybe warm(const ProviderView& view, double share) {
    std::vector<int> counts;
    for (const FleetSample& sample : view.all.samples) {
        int all = 0;
        for (const auto& [fleet, machines] : sample.warm) all += belongs_to(fleet, view.subject) ? machines : 0;
        counts.push_back(all);
    }
    const std::optional<int> middle = percentile(std::move(counts), share);
    return middle ? count(*middle) : std::nullopt;
}

Maybe tokens_per_second(const ProviderView& view) {
    return ratio(sum(view, &ProviderLog::tokens)->number, std::chrono::duration<double>(view.all.length).count(),
                 Unit::per_second);
}

struct ProviderFigure {
    std::string_view word;
    Maybe (*of)(const ProviderView&);
};

constexpr auto provider_figures = std::to_array<ProviderFigure>({
    {"attempts", [](const ProviderView& v) { return count(attempts(v, false)); }},
    {"wasted", [](const ProviderView& v) { return count(attempts(v, true)); }},
    {"checks", [](const ProviderView& v) { return sum(v, &ProviderLog::checks); }},
    {"trips", [](const ProviderView& v) { return sum(v, &ProviderLog::trips); }},
    {"share", share_of_calls},
    {"failures_to_open", failures_to_open},
    {"open_after", [](const ProviderView& v) { return since(the_one(v).opened, first_failure(the_one(v))); }},
    {"alert_after", [](const ProviderView& v) { return since(the_one(v).alerted, first_failure(the_one(v))); }},
    {"back_after", [](const ProviderView& v) { return since(the_one(v).back, the_one(v).repaired); }},
    {"full_after", [](const ProviderView& v) { return since(the_one(v).full, the_one(v).repaired); }},
    {"recovery_excess", [](const ProviderView& v) { return count(largest(v, &ProviderLog::excess)); }},
    {"in_flight_max", [](const ProviderView& v) { return count(largest(v, &ProviderLog::in_flight_max)); }},
    {"load_refusals", [](const ProviderView& v) { return sum(v, &ProviderLog::load_refusals); }},
    {"kv_refusals", [](const ProviderView& v) { return sum(v, &ProviderLog::kv_refusals); }},
    {"loads", [](const ProviderView& v) { return sum(v, &ProviderLog::loads); }},
    {"kv_peak", [](const ProviderView& v) { return Maybe(Value{largest(v, &ProviderLog::kv_peak), Unit::share}); }},
    {"warm_min", [](const ProviderView& v) { return warm(v, 0); }},
    {"warm_p50", [](const ProviderView& v) { return warm(v, 0.5); }},
    {"warm_max", [](const ProviderView& v) { return warm(v, 1); }},
    {"tokens", [](const ProviderView& v) { return sum(v, &ProviderLog::tokens); }},
    {"tokens_per_second", tokens_per_second},
});

// ---- of the gateway

struct GatewayFigure {
    std::string_view word;
    Maybe (*of)(const Measurements&);
};

Maybe optional_count(const std::optional<std::int64_t>& n, Unit unit) {
    if (!n) return std::nullopt;
    return Value{static_cast<double>(*n), unit};
}

constexpr auto gateway_figures = std::to_array<GatewayFigure>({
    {"requests",
     [](const Measurements& m) {
         std::int64_t all = 0;
         for (const auto& [load, visits] : m.visits) all += static_cast<std::int64_t>(visits.size());
         return count(all);
     }},
    {"rejections",
     [](const Measurements& m) {
         std::int64_t all = 0;
         for (const auto& [code, times] : m.refusals) all += times;
         return count(all);
     }},
    {"rejections_while_idle", [](const Measurements& m) { return count(m.rejections_while_idle); }},
    {"bypassed", [](const Measurements& m) { return count(m.bypassed); }},
    {"ledger_error", [](const Measurements& m) { return optional_count(m.ledger_error, Unit::micro_usd); }},
    {"held", [](const Measurements& m) { return optional_count(m.held, Unit::micro_usd); }},
});

template <class View, class Figures>
Result<Maybe> figure(const Figures& figures, const View& view, std::string_view word) {
    const auto found = std::ranges::find_if(figures, [&](const auto& row) { return row.word == word; });
    if (found == figures.end()) return fail(ErrorCode::invalid_argument, "there is no figure " + std::string(word));
    return found->of(view);
}

}  // namespace

bool belongs_to(std::string_view name, std::string_view subject) {
    if (subject == "all" || name == subject) return true;
    return name.starts_with(subject) && name.substr(subject.size()).starts_with('.');
}

Result<Maybe> Measurements::find(std::string_view name) const {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) return fail(ErrorCode::invalid_argument, "a figure is SUBJECT.NAME");
    const std::string_view word = name.substr(dot + 1);
    std::string_view subject = name.substr(0, dot);
    if (subject == "gateway") return figure(gateway_figures, *this, word);
    Window window{"", 0ns, Nanos::max()};
    if (const auto at = subject.find('@'); at != std::string_view::npos) {
        const auto known = std::ranges::find(windows, subject.substr(at + 1), &Window::name);
        if (known == windows.end()) return fail(ErrorCode::invalid_argument, "there is no such window");
        window = *known;
        subject = subject.substr(0, at);
    }
    LoadView load{{}, 0, window};
    ProviderView provider{{}, subject, window, *this};
    bool is_load = false;
    for (const auto& [each, seen] : visits) {
        if (!belongs_to(each, subject)) continue;
        is_load = true;
        for (const Visit& visit : seen) {
            if (window.holds(visit.began)) load.visits.push_back(&visit);
        }
        if (const auto made = calls.find(each); made != calls.end()) load.calls += made->second;
    }
    for (const auto& [each, log] : providers) {
        if (belongs_to(each, subject)) provider.logs.push_back(&log);
    }
    const bool of_loads = std::ranges::find(load_figures, word, &LoadFigure::word) != load_figures.end();
    if (is_load && (of_loads || provider.logs.empty())) return figure(load_figures, load, word);
    if (!provider.logs.empty()) return figure(provider_figures, provider, word);
    return fail(ErrorCode::invalid_argument, "there is neither a load nor a provider " + std::string(subject));
}

std::map<std::string, std::int64_t> Measurements::failures() const {
    std::map<std::string, std::int64_t> out;
    for (const auto& [load, seen] : visits) {
        for (const Visit& visit : seen) {
            if (!visit.served) ++out[visit.code];
        }
    }
    return out;
}

std::string to_string(const Value& value) {
    switch (value.unit) {
        case Unit::count:
            return fmt::format("{:.{}f}", value.number, value.number == std::floor(value.number) ? 0 : 2);
        case Unit::seconds:
            if (value.number < 1) return fmt::format("{:.0f} ms", value.number * 1000);
            if (value.number < 120) return fmt::format("{:.1f} s", value.number);
            return value.number < 7200 ? fmt::format("{:.1f} min", value.number / 60)
                                       : fmt::format("{:.1f} h", value.number / 3600);
        case Unit::share:
            return fmt::format("{:.1f} %", value.number * 100);
        case Unit::per_second:
            return fmt::format("{:.0f}/s", value.number);
        case Unit::micro_usd:
            return fmt::format("{:.0f} µ$", value.number);
    }
    return {};
}

}  // namespace signalbox::replay
