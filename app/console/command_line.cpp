#include "app/console/command_line.h"

#include <QCommandLineParser>
#include <QFile>

namespace signalbox::console {

using namespace Qt::StringLiterals;

namespace {

constexpr int usageError = 2;

void addOptions(QCommandLineParser& parser) {
    parser.setApplicationDescription(u"Signalbox: watch, explain and steer LLM traffic."_s);
    parser.addOptions({
        {u"config"_s, u"Configuration of the gateway inside (default: the standard places; none: the demo)."_s,
         u"file"_s},
        {u"data-dir"_s, u"Where history and overrides are kept."_s, u"dir"_s},
        {u"demo"_s, u"The built-in simulated fleet, even where a configuration exists."_s},
        {u"connect"_s, u"Show the gateway at this control address instead of running one."_s, u"url"_s},
        {u"token-file"_s, u"File with the token for --connect (default: $SIGNALBOX_TOKEN)."_s, u"file"_s},
        {u"open"_s, u"Open an object: console://local/breakers?id=…"_s, u"link"_s},
        {u"minimized"_s, u"Start minimized."_s},
        {u"version"_s, u"Print the version."_s},
        {{u"h"_s, u"help"_s}, u"Print this help."_s},
    });
}

std::unexpected<Ending> mistake(const QString& what) {
    return std::unexpected(Ending{usageError, u"signalbox: %1\nTry 'signalbox --help'.\n"_s.arg(what)});
}

}  // namespace

std::expected<CommandLine, Ending> readCommandLine(const QStringList& arguments) {
    QCommandLineParser parser;
    addOptions(parser);
    if (!parser.parse(arguments)) return mistake(parser.errorText());
    if (parser.isSet(u"help"_s))
        return std::unexpected(Ending{0, parser.helpText().replace(u"<executable_name>"_s, u"signalbox"_s)});
    if (parser.isSet(u"version"_s)) return std::unexpected(Ending{0, u"signalbox " SIGNALBOX_VERSION "\n"_s});
    if (!parser.positionalArguments().isEmpty()) {
        return mistake(u"unexpected '%1'"_s.arg(parser.positionalArguments().first()));
    }
    CommandLine line;
    if (parser.isSet(u"connect"_s)) {
        line.connect = QUrl(parser.value(u"connect"_s), QUrl::StrictMode);
        const auto scheme = line.connect.scheme();
        if (line.connect.host().isEmpty() || (scheme != u"http" && scheme != u"https")) {
            return mistake(u"--connect wants http://HOST:PORT, not '%1'"_s.arg(parser.value(u"connect"_s)));
        }
    }
    line.token = qgetenv("SIGNALBOX_TOKEN");
    if (parser.isSet(u"token-file"_s)) {
        QFile file(parser.value(u"token-file"_s));
        if (!file.open(QIODevice::ReadOnly))
            return mistake(u"cannot read %1: %2"_s.arg(file.fileName(), file.errorString()));
        line.token = file.readAll().trimmed();
    }
    if (parser.isSet(u"config"_s)) line.config = parser.value(u"config"_s);
    line.dataDir = parser.value(u"data-dir"_s);
    line.demo = parser.isSet(u"demo"_s);
    line.minimized = parser.isSet(u"minimized"_s);
    line.open = QUrl(parser.value(u"open"_s));
    return line;
}

}  // namespace signalbox::console
