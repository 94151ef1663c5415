// The visitor of core/config/schema.h that fills a Config from a YAML tree: one function per kind of value.
#pragma once

#include <fmt/format.h>

#include <array>
#include <set>

#include "engine/adapters/yaml/place.h"
#include "engine/core/config/quantities.h"
#include "engine/core/config/schema.h"
#include "engine/core/config/suggest.h"

namespace signalbox::adapters {

template <class T>
void read(const Place& place, T& into);

// Takes what `parse` makes of the text, or says what was expected.
template <class T>
void read_scalar(const Place& place, T& into, Result<T> (*parse)(std::string_view), std::string_view remedy) {
    const auto text = place.text();
    if (!text) return;
    auto value = parse(*text);
    if (value) {
        into = *std::move(value);
    } else {
        place.fault(fmt::format("\"{}\" {}", place.raw(), value.error().detail), std::string(remedy));
    }
}

inline void read(const Place& place, bool& into) {
    read_scalar(place, into, core::parse_bool, "write true or false");
}
inline void read(const Place& place, std::int64_t& into) {
    read_scalar(place, into, core::parse_integer, "write digits only");
}
inline void read(const Place& place, int& into) {
    std::int64_t wide = into;
    read(place, wide);
    into = static_cast<int>(wide);
    if (into != wide) place.fault(fmt::format("\"{}\" is too large", place.raw()));
}
inline void read(const Place& place, double& into) {
    read_scalar(place, into, core::parse_number, "write a decimal number such as 0.25, or 25%");
}
inline void read(const Place& place, Nanos& into) {
    read_scalar(place, into, core::parse_duration, "write a duration such as 250ms, 30s, 5m, 1h or 30d");
}
inline void read(const Place& place, MicroUsd& into) {
    read_scalar(place, into, core::parse_money, "write US dollars such as 0.25");
}
inline void read(const Place& place, core::HostPort& into) {
    read_scalar(place, into, core::parse_host_port, "write HOST:PORT such as 127.0.0.1:8080 or [::1]:8080");
}
inline void read(const Place& place, std::string& into) {
    if (auto text = place.text()) into = *std::move(text);
}
inline void read(const Place& place, core::schema::Path<std::string> into) {
    if (auto text = place.path_text()) into.value = *std::move(text);
}
inline void read(const Place& place, core::schema::Bytes<std::int64_t> into) {
    read_scalar(place, into.value, core::parse_size, "write a size such as 64KiB, 8MiB or 4GiB");
}
inline void read(const Place& place, core::schema::Version) {
    const auto text = place.text();
    if (text && *text != "1") place.fault(fmt::format("\"{}\" is not a known version", place.raw()), "write 1");
}

// "did you mean a or b", or all choices when nothing is near.
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string> choices);

template <class T>
void read(const Place& place, core::schema::Word<T> into) {
    const auto text = place.text();
    if (!text) return;
    if (const auto value = core::value_of<T>(into.names, *text)) {
        into.value = *value;
        return;
    }
    std::vector<std::string> words;
    for (const auto& row : into.names) words.emplace_back(row.word);
    place.fault(fmt::format("\"{}\" is not one of its words", place.raw()), suggestion(*text, words));
}

template <class T>
void read(const Place& place, core::schema::Secret<T> into) {
    read(place, into.value);
}
template <class T>
void read(const Place& place, std::optional<T>& into) {
    T value{};
    const auto faults = place.reading().faults.size();
    read(place, value);
    if (place.reading().faults.size() == faults) into = std::move(value);
}

template <class T>
void read_items(const Place& place, std::vector<T>& into, const T& prototype) {
    if (!place.is_list()) return;
    into.clear();
    for (const auto& value : place.node()) {
        into.push_back(prototype);
        read(place.item(into.size() - 1, value), into.back());
    }
}
template <class T>
void read(const Place& place, std::vector<T>& into) {
    read_items(place, into, T{});
}
template <class List>
void read(const Place& place, core::schema::Items<List> into) {
    read_items(place, into.value, into.prototype);
}

// Calls visit(name, key, value) for every entry with a plain name; faults the others and repeated names.
template <class F>
void for_each_member(const Place& place, F visit) {
    std::set<std::string, std::less<>> seen;
    for (const auto& entry : place.node()) {
        const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
        if (name.empty()) {
            place.fault("has an entry without a plain name");
        } else if (!seen.insert(name).second) {
            place.member(name, entry.first, entry.second).fault("is given twice", "keep one of them");
        } else {
            visit(name, entry.first, entry.second);
        }
    }
}

inline void read(const Place& place, std::map<std::string, std::string>& into) {
    if (!place.is_mapping()) return;
    for_each_member(place, [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
        read(place.member(name, key, value), into[name]);
    });
}

// Reads the fields the schema names out of one mapping; what is left over in the end is unknown.
class Mapping {
  public:
    explicit Mapping(const Place& place) : place_(place) {
        for_each_member(place, [&](const std::string& name, const YAML::Node& key, const YAML::Node& value) {
            entries_.emplace(name, Entry{key, value});
        });
    }

    template <class T>
    void operator()(std::string_view name, T&& target) {
        known_.emplace_back(name);
        const auto entry = entries_.extract(std::string(name));
        if (entry.empty() || entry.mapped().value.IsNull()) return;  // `name:` with nothing keeps the default
        read(place_.member(name, entry.mapped().key, entry.mapped().value), target);
    }

    void finish() const {
        for (const auto& [name, entry] : entries_)
            place_.member(name, entry.key, entry.value).fault("is not a known field", suggestion(name, known_));
    }

  private:
    struct Entry {
        YAML::Node key, value;
    };
    const Place& place_;
    std::map<std::string, Entry> entries_;
    std::vector<std::string> known_;
};

template <class F>
void read(const Place& place, core::schema::Group<F>& into) {
    if (!place.is_mapping()) return;
    Mapping mapping(place);
    into.fields(mapping);
    mapping.finish();
}

// Everything else is a struct the schema knows.
template <class T>
void read(const Place& place, T& into) {
    if (!place.is_mapping()) return;
    Mapping mapping(place);
    core::schema::fields(mapping, into);
    mapping.finish();
}

}  // namespace signalbox::adapters
