// What the tests of the command line share: one line is run over a canned gateway, and what it wrote is kept.
#pragma once

#include <QObject>

#include "app/ctl/command_line.h"
#include "tests/ui/canned_gateway.h"

namespace signalbox::ctl {

class CtlTest : public QObject {
  protected:
    ui::CannedGateway m_gateway;
    QString m_out;
    QString m_err;
    int m_exitCode = -1;
    std::unique_ptr<QTextStream> m_outStream;
    std::unique_ptr<QTextStream> m_errStream;
    std::unique_ptr<Session> m_session;

    // Runs a line, words separated by blanks; "~" in a word stands for a blank.
    void run(const char* line, int width = 0) {
        m_out.clear();
        m_err.clear();
        m_exitCode = -1;
        QStringList words = QString::fromUtf8(line).split(u' ');
        for (QString& word : words) word.replace(u'~', u' ');
        auto invocation = read_command_line(words);
        if (!invocation) {
            m_exitCode = invocation.error().exit_code;
            m_err = invocation.error().text;
            return;
        }
        invocation->arguments.width = width;
        m_outStream = std::make_unique<QTextStream>(&m_out);
        m_errStream = std::make_unique<QTextStream>(&m_err);
        m_session = std::make_unique<Session>(m_gateway, invocation->arguments, Console{*m_outStream, *m_errStream},
                                              [this](int code) { m_exitCode = code; });
        invocation->command->run(*m_session);
    }
};

}  // namespace signalbox::ctl
