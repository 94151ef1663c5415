// The visitor of schema.h that prints: turns every field into one of three events, with its value as text.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/config/describe.h"
#include "engine/core/config/quantities.h"
#include "engine/core/config/schema.h"

namespace signalbox::core {

// A string as YAML would need it: quoted only where it must be.
[[nodiscard]] std::string quoted(std::string_view text);

class SchemaWalk {
  public:
    virtual ~SchemaWalk() = default;

    // One field, in the order of the schema. An unset optional is not reported.
    template <class T>
    void operator()(std::string_view name, const T& target) {
        walk(name, target);
    }

  protected:
    // A secret's text is its fingerprint already.
    virtual void value(std::string_view name, const std::string& text, bool secret) = 0;
    virtual void begin(std::string_view name) = 0;
    // An entry of a list of mappings. `label` tells it from its neighbours.
    virtual void begin_item(const std::string& label) = 0;
    virtual void end() = 0;

  private:
    static std::string text(bool v) { return v ? "true" : "false"; }
    static std::string text(int v) { return fmt::to_string(v); }
    static std::string text(std::int64_t v) { return fmt::to_string(v); }
    static std::string text(double v) { return fmt::to_string(v); }
    static std::string text(Nanos v) { return format_duration(v); }
    static std::string text(MicroUsd v) { return format_money(v); }
    static std::string text(const HostPort& v) { return quoted(format_host_port(v)); }
    static std::string text(const std::string& v) { return quoted(v); }
    static std::string text(schema::Version) { return "1"; }
    template <class T>
    static std::string text(const schema::Bytes<T>& v) {
        return format_size(v.value);
    }
    template <class T>
    static std::string text(const schema::Path<T>& v) {
        return quoted(v.value);
    }
    template <class T>
    static std::string text(const schema::Word<T>& v) {
        return std::string(word_of<std::remove_const_t<T>>(v.names, v.value));
    }
    static std::string text(const std::vector<std::string>& v) {
        std::vector<std::string> parts;
        for (const std::string& part : v) parts.push_back(quoted(part));
        return fmt::format("[{}]", fmt::join(parts, ", "));
    }

    template <class T>
    void walk(std::string_view name, const T& target) {
        if constexpr (requires { text(target); }) {
            value(name, text(target), false);
        } else {
            begin(name);
            schema::fields(*this, target);
            end();
        }
    }
    template <class T>
    void walk(std::string_view name, const std::optional<T>& target) {
        if (target) walk(name, *target);
    }
    template <class F>
    void walk(std::string_view name, const schema::Group<F>& group) {
        begin(name);
        group.fields(*this);
        end();
    }
    void walk(std::string_view name, const schema::Secret<const std::string>& secret) {
        value(name, quoted(fingerprint(secret.value)), true);
    }
    template <class Map>
    void walk(std::string_view name, const schema::Secret<Map>& secret) {
        begin(name);
        for (const auto& [key, hidden] : secret.value) value(key, quoted(fingerprint(hidden)), true);
        end();
    }
    void walk(std::string_view name, const std::map<std::string, std::string>& map) {
        begin(name);
        for (const auto& [key, shown] : map) value(key, quoted(shown), false);
        end();
    }
    template <class List>
    void walk(std::string_view name, const schema::Items<List>& items) {
        walk(name, items.value);
    }
    template <class T>
        requires(!std::same_as<T, std::string>)
    void walk(std::string_view name, const std::vector<T>& list) {
        begin(name);
        for (const T& entry : list) {
            begin_item(label(entry));
            schema::fields(*this, entry);
            end();
        }
        end();
    }

    template <class T>
    static std::string label(const T& entry) {
        return entry.name;
    }
    static std::string label(const DeploymentConfig& entry) { return entry.provider + '/' + entry.model; }
};

}  // namespace signalbox::core
