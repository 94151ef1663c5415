// Code a person pastes somewhere else. Never holds a key: it names the variable the key is in.
#pragma once

#include <QString>

#include "signalbox/v1/control.pb.h"

namespace signalbox::ui {

enum class SnippetLanguage : unsigned char { Curl, Python, JavaScript };

// Asks `model` through the gateway whose data plane is `dataUrl` ("http://127.0.0.1:8080/v1").
[[nodiscard]] QString chatSnippet(SnippetLanguage language, const QString& dataUrl, const QString& model);

// The call that made this request, with "…" for the body, which is not kept.
[[nodiscard]] QString curlOf(const v1::Request& request, const QString& dataUrl);

// For a POSIX shell, in single quotes.
[[nodiscard]] QString shellQuoted(const QString& text);

}  // namespace signalbox::ui
