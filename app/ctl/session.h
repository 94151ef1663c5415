// One run of one command: what it was given, where it writes, and how it ends.
#pragma once

#include <QHash>
#include <QStringList>
#include <QTextStream>
#include <functional>
#include <memory>

#include "engine/api/gateway.h"

namespace signalbox::ctl {

namespace v1 = api::v1;

enum ExitCode : int { exit_ok = 0, exit_refused = 1, exit_usage = 2, exit_unreachable = 4 };

// The command's own part of the command line.
struct Arguments {
    QStringList words;                // what stands after the command's name
    QHash<QString, QString> options;  // by long name; a flag's value is empty
    bool json = false;
    int width = 0;  // of the terminal in characters; 0: not a terminal
};

struct Console {
    QTextStream& out;
    QTextStream& err;
};

// Lives until `done`, which it calls once with the exit code. The gateway outlives it.
class Session {
  public:
    Session(api::Gateway& gateway, Arguments arguments, Console console, std::function<void(int)> done);

    [[nodiscard]] const Arguments& arguments() const { return arguments_; }
    [[nodiscard]] QString word(int index) const { return arguments_.words.value(index); }
    [[nodiscard]] QString option(const char* name) const { return arguments_.options.value(QLatin1String(name)); }
    [[nodiscard]] bool has(const char* name) const { return arguments_.options.contains(QLatin1String(name)); }
    // A positive number; `otherwise` where the option is not given. nullopt: it is no such number, and the run is over.
    [[nodiscard]] std::optional<qint64> number(const char* name, qint64 otherwise);
    // The first word as an ID, with or without #. nullopt: it is none (`what` says what one is), and the run is over.
    [[nodiscard]] std::optional<qint64> id(const char* what);
    // Whole seconds of a required time. nullopt: it is no such time, and the run is over.
    [[nodiscard]] std::optional<qint64> seconds(const char* name);
    // --reason. nullopt: it is missing, and the run is over.
    [[nodiscard]] std::optional<std::string> reason();
    // Who changes something: --actor, or user@host.
    [[nodiscard]] QString actor() const;
    // Who did it and with what, the same in every change.
    template <class Request>
    void sign(Request& request) const {
        request.set_actor(actor().toStdString());
        request.set_source("cli");
    }

    QTextStream& out() { return console_.out; }
    QTextStream& err() { return console_.err; }

    // Asks; a refusal ends the run with its code.
    template <class Request>
    void call(const Request& request, std::function<void(const api::ResponseOf<Request>&)> then) {
        gateway_.call(request, [this, then = std::move(then)](api::Answer<api::ResponseOf<Request>> answer) {
            constexpr bool drill = std::is_same_v<Request, v1::StartDrillRequest>;
            if (!answer) return refuse(answer.error(), drill ? "drill stop" : "end");
            then(*answer);
        });
    }
    // Asks, writes the answer as JSON or as `render` does, and ends the run well.
    template <class Request>
    void show(const Request& request, std::function<void(const api::ResponseOf<Request>&)> render) {
        call(request, [this, render = std::move(render)](const api::ResponseOf<Request>& response) {
            if (arguments_.json) {
                print_json(response);
            } else {
                render(response);
            }
            finish(exit_ok);
        });
    }
    // Takes a stream's messages until it ends, which ends the run.
    void follow(const api::MethodInfo& method, const google::protobuf::Message& request,
                std::function<void(const google::protobuf::Message&)> next);

    void print_json(const google::protobuf::Message& message, bool one_line = false);
    // `end`: the command that ends what is in the way.
    void refuse(const api::Failure& failure, const char* end = "end");
    void misuse(const QString& what);  // exit code 2
    void finish(int exit_code);

  private:
    api::Gateway& gateway_;
    Arguments arguments_;
    Console console_;
    std::function<void(int)> done_;
    std::unique_ptr<api::Subscription> subscription_;
};

[[nodiscard]] QString json_of(const google::protobuf::Message& message, bool one_line = false);

}  // namespace signalbox::ctl
