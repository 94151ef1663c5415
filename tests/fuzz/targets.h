// What is fuzzed. Each function takes any bytes and ends the process when a property does not hold.
#pragma once

#include <string_view>

namespace signalbox::fuzz {

void heads(std::string_view input);    // request and response heads
void body(std::string_view input);     // body framing, cut anywhere
void sse(std::string_view input);      // server-sent events, cut anywhere
void scan(std::string_view input);     // request scan, splice and JSON escapes
void answer(std::string_view input);   // chunks, answers and errors of providers
void dialect(std::string_view input);  // chat between dialects
void config(std::string_view input);   // signalbox.yaml
void state(std::string_view input);    // what inference servers tell of themselves
void hints(std::string_view input);    // numbers in heads and configuration
void connect(std::string_view input);  // the control API's messages
void scenario(std::string_view input);
void transcript(std::string_view input);  // streams that another target resumes
void journey(std::string_view input);     // a whole gateway between a client and a provider

// Cuts `input` into the parts a connection might deliver; the same `seed` gives the same cuts.
template <class Feed>
void in_parts(std::string_view input, unsigned seed, Feed feed) {
    while (!input.empty()) {
        seed = seed * 1664525U + 1013904223U;
        const std::string_view part = input.substr(0, 1 + (seed >> 16) % 9);
        input.remove_prefix(part.size());
        feed(part);
    }
}

}  // namespace signalbox::fuzz
