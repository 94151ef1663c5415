// Statements with a time:
//
//   at T client NAME chat|embedding|image [stream] model=M tokens=20 text=BYTES fallbacks=a,b deadline=1s patience=5s
//        vanish=1s read_pause=10ms count=64 every=10ms   count: NAME.1, NAME.2, …
//   at T provider NAME kill|restore, or knobs of setup.h
//   at T network PROVIDER delay=5ms connect=refused|hang|dns|tls|none stalled=yes partial=yes
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

#include "engine/replay/checkers.h"
#include "engine/replay/facts.h"
#include "engine/replay/setup.h"

namespace signalbox::replay {
namespace {

constexpr Nanos time_to_notice = 5s;  // that a client left, or what is left of a provider's answer

class Play {
  public:
    Play(const FlowFile& file, Setup setup, std::uint64_t seed)
        : file_(file), scripts_(setup.scripts), rig_(std::move(setup), seed) {}

    PlayResult run();

  private:
    Result<void> execute(const Statement& s);
    Result<void> client(const Statement& s);
    Result<void> provider(const Statement& s);
    Result<void> network(const Statement& s);
    Result<void> redirect(const Statement& s);
    Result<void> expect(const Statement& s);
    Result<void> expect_clients(const Statement& s, std::vector<std::string> words);
    Result<void> expect_all(const Statement& s, const std::string& subject, const std::vector<Facts>& rows);

    void advance(Instant until);
    void complain(std::string what) { result_.complaints.push_back(std::move(what)); }
    void keep(Result<void> done) {
        if (!done) complain(std::move(done.error().detail));
    }

    const FlowFile& file_;
    std::map<std::string, sim::ProviderScript> scripts_;
    PlayResult result_;
    Rig rig_;
};

PlayResult Play::run() {
    std::multimap<Nanos, const Statement*> timed;  // the file's order within an instant
    for (const Statement& s : file_.statements) {
        if (s.at) timed.emplace(*s.at, &s);
    }
    for (const auto& [when, s] : timed) {
        advance(Instant{} + when);
        keep(execute(*s));
    }
    rig_.loop.run_to([this] { return rig_.all_ended(); });
    advance(rig_.loop.now() + time_to_notice);
    for (const Statement& s : file_.statements) {
        if (!s.at && s.verb() == "expect") keep(expect(s));
    }
    for (std::string& what : broken_at_rest(rig_)) complain(std::move(what));
    result_.trace = rig_.loop.trace();
    return std::move(result_);
}

// The invariants are looked at after every instant; the first breach says enough.
void Play::advance(Instant until) {
    bool sound = true;
    rig_.loop.at(until, [] {});
    rig_.loop.run_to([&] {
        for (std::string& what : sound ? broken_now(rig_) : std::vector<std::string>{}) {
            complain(fmt::format("at {} ms: {}", to_ms(rig_.loop.now().time_since_epoch()), what));
            sound = false;
        }
        return rig_.loop.now() >= until;
    });
}

Result<void> Play::execute(const Statement& s) {
    const std::string& verb = s.verb();
    if (verb == "client") return client(s);
    if (verb == "expect") return expect(s);
    if (verb == "drain") return rig_.drain(), Result<void>{};
    if (s.words.size() < 2) return fail_at(s.line, verb + " of what?");
    if (verb == "redirect") return redirect(s);
    if (verb == "end") return rig_.end_redirects(s.words[1]), Result<void>{};
    if (verb != "provider" && verb != "network") return fail_at(s.line, "no such statement: " + verb);
    if (!rig_.has_provider(s.words[1])) return fail_at(s.line, "there is no provider " + s.words[1]);
    return verb == "provider" ? provider(s) : network(s);
}

Result<void> Play::client(const Statement& s) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kinds = {
        {{"chat", "/v1/chat/completions"}, {"embedding", "/v1/embeddings"}, {"image", "/v1/images/generations"}}};
    const std::string& kind = s.words.size() > 2 ? s.words[2] : s.verb();
    const auto path = std::ranges::find(kinds, kind, &std::pair<std::string_view, std::string_view>::first);
    const bool stream = s.words.size() == 4 && s.words[3] == "stream";
    if (path == kinds.end() || (s.words.size() > 3 && !stream)) return fail_at(s.line, "client NAME KIND [stream]");
    sim::ClientRequest request;
    request.path = path->second;
    ChatRequest body;
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
    request.body = kind == "chat" ? chat_body(body) : input_body(body.model, kind == "image" ? "prompt" : "input");
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
    const Result<void> taken = take_knobs(options, s.line, scripts_[name]);
    rig_.provider(name).set_script(scripts_[name]);
    return taken;
}

Result<void> Play::network(const Statement& s) {
    const ports::Address address = rig_.address(s.words[1]);
    sim::Link link = rig_.network.link(address);
    Options options(s);
    const Result<void> taken = options.take("delay", link.delay)
                                   .take("connect", link.connect)
                                   .take("stalled", link.stalled)
                                   .take("partial", link.partial_reads)
                                   .finish();
    rig_.network.set_link(address, link);
    return taken;
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
    Result<Setup> setup = make_setup(file);
    if (!setup) return {{std::move(setup.error().detail)}, 0};
    return Play(file, std::move(*setup), seed).run();
}

}  // namespace signalbox::replay
