#include "app/ctl/command_line.h"

#include <QCommandLineParser>
#include <algorithm>

namespace signalbox::ctl {
namespace {

std::unexpected<Notice> misuse(const QString& what) {
    return std::unexpected(Notice{exit_usage, QStringLiteral("signalboxctl: %1\n").arg(what)});
}

QString call_of(const Command& command) {
    return QStringLiteral("%1 %2").arg(QLatin1String(command.name), QString::fromUtf8(command.arguments)).trimmed();
}

QString help() {
    QString text = QStringLiteral(
        "signalboxctl [--gateway URL] [--token-env NAME] [--json] COMMAND …\n\n"
        "  --gateway URL      the control API; $SIGNALBOX_GATEWAY or http://127.0.0.1:8081 otherwise\n"
        "  --token-env NAME   the environment variable that holds the token\n"
        "  --json             one JSON document; JSON lines with --follow\n\n");
    for (const Command& command : commands()) {
        text += QStringLiteral("  %1\n      %2\n").arg(call_of(command), QLatin1String(command.summary));
    }
    return text + QStringLiteral(
                      "\nExit codes: 0 done, 1 the gateway refused, a replay or drill failed, or the doctor found more "
                      "than hints, 2 usage, 4 cannot connect\n");
}

void add_options(QCommandLineParser& parser) {
    const auto add = [&](const char* name, const char* value, const char* summary) {
        parser.addOption({QLatin1String(name), QLatin1String(summary), QLatin1String(value)});
    };
    add("gateway", "URL", "");
    add("token-env", "NAME", "");
    add("json", "", "");
    add("help", "", "");
    add("version", "", "");
    for (const Option& option : command_options()) add(option.name, option.value, option.summary);
}

// Takes the command's name off the words.
const Command* take_command(QStringList& words) {
    for (const qsizetype length : {2, 1}) {
        const QString name = words.mid(0, length).join(u' ');
        const auto found = std::ranges::find_if(
            commands(), [&](const Command& command) { return name == QLatin1String(command.name); });
        if (found == commands().end()) continue;
        words = words.mid(length);
        return &*found;
    }
    return nullptr;
}

// What the command was given; an option of another command is a fault.
std::expected<QHash<QString, QString>, Notice> own_options(const Command& command, const QCommandLineParser& parser) {
    const QStringList taken = QString::fromLatin1(command.options).split(u' ', Qt::SkipEmptyParts);
    QHash<QString, QString> options;
    for (const Option& option : command_options()) {
        const QString name = QLatin1String(option.name);
        if (!parser.isSet(name)) continue;
        if (!taken.contains(name)) {
            return misuse(QStringLiteral("%1 takes no --%2").arg(QLatin1String(command.name), name));
        }
        options.insert(name, parser.value(name));
    }
    return options;
}

std::expected<QByteArray, Notice> read_token(const QCommandLineParser& parser) {
    if (!parser.isSet(QStringLiteral("token-env"))) return QByteArray();
    const QString name = parser.value(QStringLiteral("token-env"));
    const QByteArray token = qgetenv(name.toLocal8Bit().constData());
    if (token.isEmpty()) return misuse(QStringLiteral("the environment variable %1 is not set").arg(name));
    return token;
}

std::expected<QUrl, Notice> read_gateway(const QCommandLineParser& parser) {
    const QString fallback = qEnvironmentVariable("SIGNALBOX_GATEWAY", QStringLiteral("http://127.0.0.1:8081"));
    const bool given = parser.isSet(QStringLiteral("gateway"));
    const QUrl url(given ? parser.value(QStringLiteral("gateway")) : fallback, QUrl::StrictMode);
    const bool usable = url.isValid() && !url.host().isEmpty() && (url.scheme() == u"http" || url.scheme() == u"https");
    if (!usable) return misuse(QStringLiteral("--gateway takes a URL such as http://127.0.0.1:8081"));
    return url;
}

}  // namespace

std::expected<Invocation, Notice> read_command_line(const QStringList& line) {
    QCommandLineParser parser;
    add_options(parser);
    if (!parser.parse(QStringList(QStringLiteral("signalboxctl")) + line)) return misuse(parser.errorText());
    if (parser.isSet(QStringLiteral("help"))) return std::unexpected(Notice{exit_ok, help()});
    if (parser.isSet(QStringLiteral("version"))) {
        return std::unexpected(Notice{exit_ok, QCoreApplication::applicationVersion() + u'\n'});
    }
    QStringList words = parser.positionalArguments();
    if (words.isEmpty()) return std::unexpected(Notice{exit_usage, help()});
    const Command* command = take_command(words);
    if (!command) return misuse(QStringLiteral("no command “%1”; see signalboxctl --help").arg(words.first()));
    if (words.size() < command->words_min || words.size() > command->words_max) {
        return misuse(QStringLiteral("write: signalboxctl %1").arg(call_of(*command)));
    }
    auto options = own_options(*command, parser);
    if (!options) return std::unexpected(options.error());
    const auto token = read_token(parser);
    if (!token) return std::unexpected(token.error());
    const auto gateway = read_gateway(parser);
    if (!gateway) return std::unexpected(gateway.error());
    return Invocation{command, {words, std::move(*options), parser.isSet(QStringLiteral("json")), 0}, *gateway, *token};
}

}  // namespace signalbox::ctl
