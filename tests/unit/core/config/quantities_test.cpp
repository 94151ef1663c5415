#include "engine/core/config/quantities.h"

#include <gtest/gtest.h>

#include <limits>

namespace signalbox::core {
namespace {

using namespace std::string_literals;

TEST(Quantities, Durations) {
    EXPECT_EQ(parse_duration("250ms"), Nanos(250ms));
    EXPECT_EQ(parse_duration("30s"), Nanos(30s));
    EXPECT_EQ(parse_duration("5m"), Nanos(5min));
    EXPECT_EQ(parse_duration("1h"), Nanos(1h));
    EXPECT_EQ(parse_duration("30d"), Nanos(720h));
    EXPECT_EQ(parse_duration("0"), Nanos(0));
    for (const char* wrong : {"", "s", "30", "-1s", "+1s", "1.5s", "30 s", "30S", "5min", "999999999999d", "1h30m"})
        EXPECT_FALSE(parse_duration(wrong).has_value()) << wrong;
}

TEST(Quantities, DurationsComeBackAsTheyWereWritten) {
    for (const char* text : {"250ms", "30s", "5m", "1h", "30d", "90s", "36h"}) {
        EXPECT_EQ(format_duration(*parse_duration(text)), text);
    }
    EXPECT_EQ(format_duration(600s), "10m");
    EXPECT_EQ(format_duration(Nanos(0)), "0");
}

TEST(Quantities, Sizes) {
    EXPECT_EQ(parse_size("64KiB"), 65536);
    EXPECT_EQ(parse_size("4GiB"), 4LL << 30);
    EXPECT_EQ(parse_size("123"), 123);
    EXPECT_EQ(parse_size("0"), 0);
    for (const char* wrong : {"", "KiB", "64kb", "64 KiB", "-1KiB", "1.5MiB", "9000000000TiB", "9223372036854775808"})
        EXPECT_FALSE(parse_size(wrong).has_value()) << wrong;
    EXPECT_EQ(format_size(64LL << 20), "64MiB");
    EXPECT_EQ(format_size(1000), "1000");
}

TEST(Quantities, MoneyIsExact) {
    EXPECT_EQ(parse_money("0.25")->value, 250'000);
    EXPECT_EQ(parse_money("2.00")->value, 2'000'000);
    EXPECT_EQ(parse_money("0.025")->value, 25'000);
    EXPECT_EQ(parse_money("0.000001")->value, 1);
    EXPECT_EQ(parse_money("50")->value, 50'000'000);
    EXPECT_EQ(parse_money("-1.5")->value, -1'500'000);
    EXPECT_EQ(parse_money("9223372036854.775807")->value, std::numeric_limits<std::int64_t>::max());
    for (const char* wrong :
         {"", ".5", "5.", "-", "1e3", "0.0000001", "1,5", "$1", "9223372036854.775808", "1.2.3", "--1"})
        EXPECT_FALSE(parse_money(wrong).has_value()) << wrong;
}

TEST(Quantities, MoneyShowsCentsAtLeast) {
    EXPECT_EQ(format_money({250'000}), "0.25");
    EXPECT_EQ(format_money({2'000'000}), "2.00");
    EXPECT_EQ(format_money({25'000}), "0.025");
    EXPECT_EQ(format_money({-1}), "-0.000001");
    EXPECT_EQ(format_money({0}), "0.00");
}

TEST(Quantities, HostAndPort) {
    const auto plain = parse_host_port("127.0.0.1:8080");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->host, "127.0.0.1");
    EXPECT_EQ(plain->port, 8080);
    const auto v6 = parse_host_port("[::1]:0");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->host, "::1");
    EXPECT_EQ(v6->port, 0);
    EXPECT_EQ(format_host_port(*v6), "[::1]:0");
    for (const char* wrong : {"", ":8080", "host", "host:", "host:65536", "host:-1", "host:+1", "::1:80", "[::1]",
                              "[::1]80", "[::1", "[host]:1", "a b:1", "host:80:80", "host:99999999999999999999"})
        EXPECT_FALSE(parse_host_port(wrong).has_value()) << wrong;
}

TEST(Quantities, NumbersAndShares) {
    EXPECT_DOUBLE_EQ(*parse_number("0.25"), 0.25);
    EXPECT_DOUBLE_EQ(*parse_number("25%"), 0.25);
    EXPECT_DOUBLE_EQ(*parse_number("-3"), -3);
    for (const char* wrong : {"", "%", "nan", "inf", ".nan", "1e5", "0x10", "1 "})
        EXPECT_FALSE(parse_number(wrong).has_value()) << wrong;
    EXPECT_EQ(parse_integer("-5"), -5);
    for (const char* wrong : {"", "5.0", "1_000", "9223372036854775808", " 1"})
        EXPECT_FALSE(parse_integer(wrong).has_value()) << wrong;
    EXPECT_EQ(parse_bool("true"), true);
    EXPECT_FALSE(parse_bool("yes").has_value());
    EXPECT_EQ(parse_percentile("p95"), 0.95);
    for (const char* wrong : {"95", "p", "p0", "p100", "p-5", "p09", "p9.5", "P95", ""}) {
        EXPECT_FALSE(parse_percentile(wrong).has_value()) << wrong;
    }
}

TEST(Quantities, BaseUrl) {
    const auto url = parse_base_url("https://api.openai.com/v1/");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->host, "api.openai.com");
    EXPECT_EQ(url->port, 443);
    EXPECT_EQ(url->path, "/v1");
    const auto local = parse_base_url("http://[::1]:11434");
    ASSERT_TRUE(local);
    EXPECT_FALSE(local->tls);
    EXPECT_EQ(local->host, "::1");
    EXPECT_EQ(local->port, 11434);
    EXPECT_EQ(local->path, "");
    for (const auto& wrong :
         {""s, "ftp://x"s, "api.openai.com"s, "http://"s, "http:///v1"s, "http://h:0"s, "http://h:x"s, "http://h/a b"s,
          "http://h/?q"s, "http://h/#f"s, "http://u:p@h"s, "http://h/\r\nX: y"s})
        EXPECT_FALSE(parse_base_url(wrong).has_value()) << wrong;
}

TEST(Quantities, ErrorsHaveOneCode) {
    EXPECT_EQ(parse_duration("x").error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(parse_money("0.0000001").error().code, ErrorCode::invalid_argument);
}

TEST(Quantities, LoopbackAndDates) {
    for (const char* host : {"127.0.0.1", "127.8.8.8", "::1", "localhost"}) EXPECT_TRUE(is_loopback(host)) << host;
    for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com", ""})
        EXPECT_FALSE(is_loopback(host)) << host;
    EXPECT_TRUE(is_date("2027-03-01"));
    EXPECT_TRUE(is_date("2028-02-29"));
    for (const char* day : {"2027-02-29", "2027-13-01", "2027-3-1", "01-03-2027", "2027-03-0x", ""})
        EXPECT_FALSE(is_date(day)) << day;
}

}  // namespace
}  // namespace signalbox::core
