// Boost.Beast's parser recording views instead of building fields, with the strict checks of our own on top.
// Internal to request_head.cpp and response_head.cpp: Beast is slow to compile and must not spread.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>
#include <limits>

#include "engine/protocol/http/header.h"

namespace signalbox::protocol::detail {

namespace http = boost::beast::http;

template <bool is_request, class Head>
class HeadRecorder final : public http::basic_parser<is_request> {
  public:
    using Base = http::basic_parser<is_request>;

    HeadRecorder(std::string_view buffer, std::size_t header_max, Head& out)
        : buffer_(buffer), header_max_(header_max), out_(out) {
        constexpr std::size_t ceiling = std::numeric_limits<std::uint32_t>::max();
        Base::header_limit(static_cast<std::uint32_t>(std::min(header_max, ceiling)));
        Base::body_limit(boost::none);
    }

    // too_large and malformed are the codes this side of the wire reports.
    HeadParse run(ErrorCode malformed, ErrorCode too_large) {
        out_.clear();
        out_.chunked = false;
        out_.content_length.reset();
        boost::beast::error_code ec;
        const std::size_t used = Base::put(boost::asio::const_buffer(buffer_.data(), buffer_.size()), ec);
        if (refusal_ != nullptr) return failed(malformed, refusal_);
        if (too_many_) return failed(too_large, "more than 128 header fields");
        const bool overlong = ec == http::error::need_more && buffer_.size() >= header_max_;
        if (overlong || ec == http::error::header_limit) return failed(too_large, "the header block is too large");
        if (ec == http::error::need_more && plausible_start()) return {};
        if (ec) return failed(malformed, ec.message());
        if (out_.chunked && out_.content_length) {
            return failed(malformed, "both Transfer-Encoding and Content-Length");
        }
        if (out_.chunked && version_ < 11) return failed(malformed, "Transfer-Encoding in HTTP/1.0");
        if (has_folded_line(buffer_.substr(0, used))) return failed(malformed, "folded header line");
        out_.keep_alive = Base::keep_alive();
        return {HeadParse::Status::done, used, {}};
    }

  private:
    static HeadParse failed(ErrorCode code, std::string why) {
        return {HeadParse::Status::failed, 0, {code, std::move(why)}};
    }

    // Beast looks at nothing before the blank line has come; a peer that talks TLS or binary would wait for its
    // deadline instead of being told.
    [[nodiscard]] bool plausible_start() const {
        for (const char c : buffer_) {
            if (c == '\r') return true;
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
        }
        return true;
    }

    // Beast unfolds such a line into a buffer of its own, where no view may point.
    static bool has_folded_line(std::string_view head) {
        return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
    }

    void refuse(const char* why, boost::beast::error_code& ec) {
        refusal_ = why;
        ec = http::error::bad_field;
    }

    void on_request_impl(http::verb, boost::beast::string_view method, boost::beast::string_view target, int version,
                         boost::beast::error_code& ec) override {
        version_ = version;
        if constexpr (is_request) {
            out_.method = {method.data(), method.size()};
            out_.target = {target.data(), target.size()};
            out_.understands_chunks = version >= 11;
            if (out_.target.empty()) refuse("empty request target", ec);
        }
    }

    void on_response_impl(int code, boost::beast::string_view, int version, boost::beast::error_code& ec) override {
        version_ = version;
        if constexpr (!is_request) {
            out_.status = code;
            if (code < 100) refuse("status below 100", ec);
        }
    }

    void on_field_impl(http::field id, boost::beast::string_view name, boost::beast::string_view value,
                       boost::beast::error_code& ec) override {
        const Header header{{name.data(), name.size()}, {value.data(), value.size()}};
        if (id == http::field::content_length) read_length(header.value, ec);
        if (id == http::field::transfer_encoding) read_coding(header.value, ec);
        if (is_request && decides_alone(id, header.name) && names(header.name)) refuse("a field twice", ec);
        if (!out_.add(header)) {
            too_many_ = true;
            ec = http::error::header_limit;
        }
    }

    // Where another server would act on the other of two.
    static bool decides_alone(http::field id, std::string_view name) {
        return id == http::field::host || id == http::field::authorization || equal_ignoring_case(name, "x-api-key");
    }

    [[nodiscard]] bool names(std::string_view name) const {
        return std::ranges::any_of(out_.headers(),
                                   [name](const Header& header) { return equal_ignoring_case(header.name, name); });
    }

    void read_length(std::string_view value, boost::beast::error_code& ec) {
        if (out_.content_length) return refuse("Content-Length twice", ec);
        std::uint64_t length = 0;
        const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), length);
        if (problem != std::errc{} || end != value.data() + value.size()) return refuse("bad Content-Length", ec);
        out_.content_length = length;
    }

    void read_coding(std::string_view value, boost::beast::error_code& ec) {
        if (out_.chunked) return refuse("Transfer-Encoding twice", ec);
        if (!equal_ignoring_case(value, "chunked")) return refuse("Transfer-Encoding other than chunked", ec);
        out_.chunked = true;
    }

    void on_header_impl(boost::beast::error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, boost::beast::error_code&) override {}
    std::size_t on_body_impl(boost::beast::string_view, boost::beast::error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, boost::beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, boost::beast::error_code&) override {
        return 0;
    }
    void on_finish_impl(boost::beast::error_code&) override {}

    std::string_view buffer_;
    std::size_t header_max_;
    Head& out_;
    const char* refusal_ = nullptr;
    bool too_many_ = false;
    int version_ = 0;
};

}  // namespace signalbox::protocol::detail
