#include "ui/models/snippets.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

QString json(const QJsonObject& object) {
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

// A JSON string is a string in Python and JavaScript, too.
QString literal(const QString& text) {
    const QByteArray array = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(array.mid(1, array.size() - 2));
}

QJsonObject chatBody(const QString& model, const QString& content) {
    return {{u"model"_s, model},
            {u"messages"_s, QJsonArray{QJsonObject{{u"role"_s, u"user"_s}, {u"content"_s, content}}}}};
}

QString curl(const QString& url, const QStringList& headers, const QString& body) {
    QStringList lines{u"curl "_s + shellQuoted(url)};
    for (const QString& header : headers) lines << u"  -H "_s + header;
    lines << u"  -d "_s + shellQuoted(body);
    return lines.join(u" \\\n"_s);
}

QStringList usualHeaders() {
    return {u"\"Authorization: Bearer $SIGNALBOX_KEY\""_s, u"'Content-Type: application/json'"_s};
}

}  // namespace

QString shellQuoted(const QString& text) {
    QString quoted = text;
    return u'\'' + quoted.replace(u'\'', u"'\\''"_s) + u'\'';
}

QString chatSnippet(SnippetLanguage language, const QString& dataUrl, const QString& model) {
    switch (language) {
        case SnippetLanguage::Curl:
            return curl(dataUrl + u"/chat/completions"_s, usualHeaders(), json(chatBody(model, u"Say hi"_s)));
        case SnippetLanguage::Python:
            return u"import os\n\nfrom openai import OpenAI\n\n"
                   "client = OpenAI(base_url=%1, api_key=os.environ.get(\"SIGNALBOX_KEY\", \"unused\"))\n"
                   "answer = client.chat.completions.create(\n"
                   "    model=%2, messages=[{\"role\": \"user\", \"content\": \"Say hi\"}])\n"
                   "print(answer.choices[0].message.content)"_s.arg(literal(dataUrl), literal(model));
        case SnippetLanguage::JavaScript:
            return u"import OpenAI from \"openai\";\n\n"
                   "const client = new OpenAI({ baseURL: %1, apiKey: process.env.SIGNALBOX_KEY ?? \"unused\" });\n"
                   "const answer = await client.chat.completions.create({\n"
                   "  model: %2, messages: [{ role: \"user\", content: \"Say hi\" }] });\n"
                   "console.log(answer.choices[0].message.content);"_s.arg(literal(dataUrl), literal(model));
    }
    return {};
}

QString curlOf(const v1::Request& request, const QString& dataUrl) {
    const QString root = dataUrl.endsWith(u"/v1"_s) ? dataUrl.chopped(3) : dataUrl;
    QStringList headers = usualHeaders();
    if (!request.tags().empty()) {
        headers << shellQuoted(u"x-signalbox-tags: "_s + QString::fromStdString(request.tags()));
    }
    QJsonObject body = chatBody(QString::fromStdString(request.requested_model()), u"…"_s);
    if (request.streamed()) body.insert(u"stream"_s, true);
    return curl(root + QString::fromStdString(request.endpoint()), headers, json(body));
}

}  // namespace signalbox::ui
