// Statements with a time:
//
//   at T client NAME chat|embedding|image [stream] model=M tokens=20 text=BYTES fallbacks=a,b deadline=1s patience=5s
//        vanish=1s read_pause=10ms count=64 every=10ms   count: NAME.1, NAME.2, …
//   at T provider NAME kill|restore, or knobs of setup.h
//   at T network PROVIDER delay=5ms connect=refused|hang|dns|tls|none stalled=yes partial=yes loss=10%
//   at T zone NAME …as network, for every provider of the zone
//   at T redirect FROM TO ttl=30s share=50
//   at T end FROM
//   at T drain                                           the gateway is told to stop
//   [at T] expect [N..M of] CLIENT terms…             without a range: all of that name
//   [at T] expect provider NAME | breaker PROVIDER/MODEL[#KEY] | gateway  terms…
#include "engine/replay/play.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "engine/replay/bodies.h"
#include "engine/replay/checkers.h"
#include "engine/replay/facts.h"
#include "engine/replay/observer.h"
#include "engine/replay/setup.h"

namespace signalbox::replay {
namespace {

constexpr Nanos time_to_notice = 5s;  // that a client left, or what is left of a provider's answer

class Play {
  public:
    Play(const FlowFile& file, Scenario scenario, std::uint64_t seed)
        : file_(file),
          scripts_(scenario.setup.scripts),
          scenario_(std::move(scenario)),
          rig_(std::move(scenario_.setup), seed),
          observer_(rig_, scenario_.loads, scenario_.windows),
          loads_({rig_.loop, rig_.network, Rig::gateway(),
                  [this](const LoadSpec& load, const Visit& visit) { observer_.visited(load, visit); },
                  [this] { rig_.count_sent(); }},
                 scenario_.loads, seed + 4) {}

    PlayResult run();

  private:
    Result<void> execute(const Statement& s);
    Result<void> client(const Statement& s);
    Result<void> provider(const Statement& s);
    Result<void> network(const Statement& s, const std::vector<std::string>& providers);
    Result<void> zone(const Statement& s);
    Result<void> measure();
    void check();
    Result<void> redirect(const Statement& s);
    Result<void> expect(const Statement& s);
    Result<void> expect_clients(const Statement& s, std::vector<std::string> words);
    Result<void> expect_all(const Statement& s, const std::string& subject, const std::vector<Facts>& rows);

    void advance(Instant until);
    void run_to(const std::function<bool()>& done);
    void complain(std::string what) { result_.complaints.push_back(std::move(what)); }
    void keep(Result<void> done) {
        if (!done) complain(std::move(done.error().detail));
    }

    const FlowFile& file_;
    std::map<std::string, sim::ProviderScript> scripts_;
    PlayResult result_;
    Scenario scenario_;  // without its setup
    Rig rig_;
    Observer observer_;
    Loads loads_;
    bool sound_ = true;
    Nanos next_check_{};
};

PlayResult Play::run() {
    std::multimap<Nanos, const Statement*> timed;  // the file's order within an instant
    for (const Statement& s : file_.statements) {
        if (s.at) timed.emplace(*s.at, &s);
    }
    loads_.start();
    for (const auto& [when, s] : timed) {
        advance(Instant{} + when);
        keep(execute(*s));
    }
    run_to([this] { return rig_.all_ended() && loads_.done(); });
    advance(rig_.loop.now() + time_to_notice);
    keep(measure());
    for (const Statement& s : file_.statements) {
        if (!s.at && s.verb() == "expect") keep(expect(s));
    }
    for (std::string& what : broken_at_rest(rig_)) complain(std::move(what));
    result_.trace = rig_.loop.trace();
    return std::move(result_);
}

Result<void> Play::measure() {
    result_.seen = observer_.finish();
    result_.report = scenario_.report;
    for (const std::string& figure : scenario_.report) {
        if (const auto value = result_.seen.find(figure); !value) return std::unexpected(value.error());
    }
    for (const Bar& bar : scenario_.bars) {
        Result<BarResult> done = evaluate(bar, result_.seen);
        if (!done) return std::unexpected(std::move(done.error()));
        result_.bars.push_back(*std::move(done));
    }
    return {};
}

void Play::advance(Instant until) {
    rig_.loop.at(until, [] {});
    run_to([&] { return rig_.loop.now() >= until; });
}

void Play::run_to(const std::function<bool()>& done) {
    rig_.loop.run_to([&] {
        observer_.look();
        check();
        return done();
    });
}

// The invariants are looked at after every instant, under load once a second; the first breach says enough.
void Play::check() {
    const Nanos now = rig_.loop.now().time_since_epoch();
    if (!sound_ || now < next_check_) return;
    if (!scenario_.loads.empty()) next_check_ = now + 1s;
    for (std::string& what : broken_now(rig_)) {
        complain(fmt::format("at {} ms: {}", to_ms(now), what));
        sound_ = false;
    }
}

Result<void> Play::execute(const Statement& s) {
    const std::string& verb = s.verb();
    if (verb == "client") return client(s);
    if (verb == "expect") return expect(s);
    if (verb == "drain") return rig_.drain(), Result<void>{};
    if (s.words.size() < 2) return fail_at(s.line, verb + " of what?");
    if (verb == "redirect") return redirect(s);
    if (verb == "end") return rig_.end_redirects(s.words[1]), Result<void>{};
    if (verb == "zone") return zone(s);
    if (verb != "provider" && verb != "network") return fail_at(s.line, "no such statement: " + verb);
    if (!rig_.has_provider(s.words[1])) return fail_at(s.line, "there is no provider " + s.words[1]);
    return verb == "provider" ? provider(s) : network(s, {s.words[1]});
}

Result<void> Play::client(const Statement& s) {
    const std::string& kind = s.words.size() > 2 ? s.words[2] : s.verb();
    core::Shape shape{};
    const bool stream = s.words.size() == 4 && s.words[3] == "stream";
    if (!read(kind, shape) || (s.words.size() > 3 && !stream)) return fail_at(s.line, "client NAME KIND [stream]");
    sim::ClientRequest request;
    request.path = path_of(shape);
    RequestText body;
    body.stream = stream;
    Ask ask{.name = s.words[1]};
    Nanos every{};
    int count = 0;
    Options options(s);
    const Result<void> taken = options.take("model", body.model)
                                   .take("tokens", body.tokens)
                                   .take("text", body.text_bytes)
                                   .take("fallbacks", body.fallbacks)
                                   .take("deadline", ask.deadline)
                                   .take("patience", request.patience)
                                   .take("vanish", request.vanish_at)
                                   .take("read_pause", request.read_pause)
                                   .take("count", count)
                                   .take("every", every)
                                   .finish();
    if (!taken) return taken;
    request.body = body_of(shape, body);
    if (count == 0) rig_.ask(ask, request);
    for (int i = 1; i <= count; ++i) {
        ask.name = fmt::format("{}.{}", s.words[1], i);
        rig_.ask(ask, request, every * (i - 1));
    }
    return {};
}

Result<void> Play::provider(const Statement& s) {
    const std::string& name = s.words[1];
    const std::string act = s.words.size() > 2 ? s.words[2] : "";
    if (act == "kill")
        rig_.kill(name);
    else if (act == "restore")
        rig_.restore(name);
    else if (!act.empty())
        return fail_at(s.line, "a provider is not told to " + act);
    Options options(s);
    const bool was_faulty = scripts_[name].fault != sim::ProviderFault::none;
    const Result<void> taken = take_knobs(options, s.line, scripts_[name]);
    rig_.provider(name).set_script(scripts_[name]);
    if (was_faulty && scripts_[name].fault == sim::ProviderFault::none) observer_.repaired(name);
    return taken;
}

Result<void> Play::network(const Statement& s, const std::vector<std::string>& providers) {
    for (const std::string& provider : providers) {
        const ports::Address address = rig_.address(provider);
        sim::Link link = rig_.network.link(address);
        const bool was_cut = link.is_cut();
        Options options(s);
        const Result<void> taken = options.take("delay", link.delay)
                                       .take("connect", link.connect)
                                       .take("stalled", link.stalled)
                                       .take("partial", link.partial_reads)
                                       .take("loss", link.loss)
                                       .finish();
        if (!taken) return taken;
        rig_.network.set_link(address, link);
        if (was_cut && !link.is_cut()) observer_.repaired(provider);
    }
    return {};
}

Result<void> Play::zone(const Statement& s) {
    std::vector<std::string> providers;
    for (const core::ProviderConfig& provider : rig_.config().providers) {
        if (provider.zone == s.words[1]) providers.push_back(provider.name);
    }
    return providers.empty() ? fail_at(s.line, "there is no zone " + s.words[1]) : network(s, providers);
}

Result<void> Play::redirect(const Statement& s) {
    if (s.words.size() != 3) return fail_at(s.line, "redirect FROM TO");
    core::ActiveOverride row;
    row.from = s.words[1];
    row.to = s.words[2];
    Nanos ttl = 30min;
    Options options(s);
    const Result<void> taken = options.take("ttl", ttl).take("share", row.share_percent).finish();
    row.expires = rig_.loop.now() + ttl;
    rig_.redirect(std::move(row));
    return taken;
}

Result<void> Play::expect(const Statement& s) {
    std::vector<std::string> words(s.words.begin() + 1, s.words.end());
    if (words.empty()) return fail_at(s.line, "expect what?");
    const std::string name = words.back();
    if (words.front() == "gateway") return expect_all(s, "gateway", {gateway_facts(rig_)});
    if (words.front() == "breaker") return expect_all(s, name, breaker_facts(rig_.router.view(), name));
    if (words.front() != "provider") return expect_clients(s, std::move(words));
    if (!rig_.has_provider(name)) return fail_at(s.line, "there is no provider " + name);
    return expect_all(s, name, {provider_facts(rig_.provider(name).counters())});
}

Result<void> Play::expect_all(const Statement& s, const std::string& subject, const std::vector<Facts>& rows) {
    if (rows.empty()) return fail_at(s.line, "there is no " + subject);
    for (const Facts& facts : rows) {
        for (const Term& term : s.terms) {
            const Result<bool> ok = holds(facts, term);
            if (!ok) return fail_at(s.line, subject + ": " + ok.error().detail);
            if (!*ok) {
                return fail_at(s.line, fmt::format("{}: expected {}, is {}", subject, to_string(term),
                                                   to_string(facts.find(term.key)->second)));
            }
        }
    }
    return {};
}

Result<void> Play::expect_clients(const Statement& s, std::vector<std::string> words) {
    const std::string& name = words.back();
    std::size_t matching = 0;
    std::size_t all = 0;
    Result<void> first_miss;
    for (const auto& ask : rig_.asks()) {
        if (ask->name != name && !ask->name.starts_with(name + ".")) continue;
        ++all;
        const Result<void> ok = expect_all(s, ask->name, {client_facts(rig_, *ask)});
        if (ok)
            ++matching;
        else if (first_miss)
            first_miss = ok;
    }
    if (all == 0) return fail_at(s.line, "there is no client " + name);
    if (words.size() == 1) return first_miss;
    std::size_t least = 0;
    std::size_t most = 0;
    const auto dots = words[0].find("..");
    const bool range = words.size() == 3 && words[1] == "of" && read(words[0].substr(0, dots), least) &&
                       read(dots == std::string::npos ? words[0] : words[0].substr(dots + 2), most);
    if (!range) return fail_at(s.line, "expect [N..M of] CLIENT");
    if (matching >= least && matching <= most) return {};
    return fail_at(s.line, fmt::format("{} of {} {} do, not {}; {}", matching, all, name, words[0],
                                       first_miss ? "" : first_miss.error().detail));
}

}  // namespace

PlayResult play(const FlowFile& file, std::uint64_t seed) {
    Result<Scenario> scenario = make_scenario(file);
    if (!scenario) {
        PlayResult result;
        result.complaints.push_back(std::move(scenario.error().detail));
        return result;
    }
    return Play(file, std::move(*scenario), seed).run();
}

}  // namespace signalbox::replay
