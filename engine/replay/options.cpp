#include "engine/replay/options.h"

#include <array>
#include <utility>

#include "engine/core/config/quantities.h"

namespace signalbox::replay {
namespace {

template <class T>
bool keep(Result<T> value, T& into) {
    if (value) into = *std::move(value);
    return value.has_value();
}

template <class T, std::size_t n>
bool pick(const std::array<std::pair<std::string_view, T>, n>& words, const std::string& text, T& into) {
    for (const auto& [word, value] : words) {
        if (word != text) continue;
        into = value;
        return true;
    }
    return false;
}

}  // namespace

bool read(const std::string& text, std::string& into) {
    into = text;
    return true;
}

bool read(const std::string& text, std::vector<std::string>& into) {
    into.clear();
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        into.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return true;
}

bool read(const std::string& text, bool& into) {
    return pick<bool, 2>({{{"yes", true}, {"no", false}}}, text, into);
}

bool read(const std::string& text, double& into) {
    return keep(core::parse_number(text), into);
}
bool read(const std::string& text, Nanos& into) {
    return keep(core::parse_duration(text), into);
}
bool read_integer(const std::string& text, std::int64_t& into) {
    return keep(core::parse_integer(text), into);
}

bool read(const std::string& text, MicroUsd& into) {
    return keep(core::parse_money(text), into);
}
bool read(const std::string& text, Size& into) {
    return keep(core::parse_size(text), into.bytes);
}

bool read(const std::string& text, Rate& into) {
    const auto slash = std::min(text.find('/'), text.size());
    double seconds = 0;
    return pick<double, 3>({{{"/s", 1}, {"/m", 60}, {"/h", 3600}}}, text.substr(slash), seconds) &&
           keep(core::parse_number(text.substr(0, slash)), into.per_second) && (into.per_second /= seconds) >= 0;
}

bool read(const std::string& text, Range& into) {
    const auto dots = text.find("..");
    const bool one = dots == std::string::npos;
    return read(text.substr(0, dots), into.least) && read(one ? text : text.substr(dots + 2), into.most) &&
           into.least <= into.most;
}

bool read(const std::string& text, core::Strategy& into) {
    using enum core::Strategy;
    return pick<core::Strategy, 5>({{{"latency", latency},
                                     {"weighted", weighted},
                                     {"least_busy", least_busy},
                                     {"headroom", headroom},
                                     {"cost", cost}}},
                                   text, into);
}

bool read(const std::string& text, core::Shape& into) {
    using enum core::Shape;
    return pick<core::Shape, 3>({{{"chat", chat}, {"embedding", embedding}, {"image", image}}}, text, into);
}

bool read(const std::string& text, sim::ConnectFault& into) {
    using enum sim::ConnectFault;
    return pick<sim::ConnectFault, 5>(
        {{{"none", none}, {"refused", refused}, {"hang", hang}, {"dns", dns_failure}, {"tls", tls_failure}}}, text,
        into);
}

Result<void> Options::finish() const {
    if (!problem_.empty()) return fail_at(statement_.line, problem_);
    for (std::size_t i = 0; i < known_.size(); ++i) {
        if (known_[i]) continue;
        return fail_at(statement_.line, "`" + statement_.verb() + "` knows no " + to_string(statement_.terms[i]));
    }
    return {};
}

}  // namespace signalbox::replay
