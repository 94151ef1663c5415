// Where a gateway's data plane is, as seen from this machine.
#pragma once

#include <QString>

namespace signalbox::ui {

struct DataAddress {
    QString url;            // to show and copy, "http://127.0.0.1:8080/v1"; empty: unknown
    bool reachable = true;  // false: it listens only on the machine it runs on, which is not this one

    bool operator==(const DataAddress&) const = default;
};

// `announced`: what the gateway says of itself. `gatewayHost`: the host it is watched at; empty: inside this program.
// An address that means "this machine" or "every address" there is shown as the host it is watched at.
[[nodiscard]] DataAddress dataAddress(const QString& announced, const QString& gatewayHost);

// localhost and the loopback addresses.
[[nodiscard]] bool isThisMachine(const QString& host);

}  // namespace signalbox::ui
