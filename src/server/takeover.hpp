// A connection that has changed its protocol, as what took it over uses it.
#pragma once

#include "http/upgrade.hpp"

#include <string_view>

namespace serval::server_impl {

class exchange;

/// Reads and writes bytes by an exchange's carrier, which has answered 101. Lives in that exchange's
/// coroutine.
class takeover final : public http::upgraded_stream {
public:
    explicit takeover(exchange& of) noexcept : of_{of} {}

    task<std::string_view> read() override;
    task<void> write(std::string_view bytes) override;

private:
    void check() const;

    exchange& of_;
};

} // namespace serval::server_impl
