// drain, warm: the acts on one deployment.
#include "app/ctl/commands/commands.h"
#include "app/ctl/table.h"
#include "app/ctl/words.h"

namespace signalbox::ctl {
namespace {

void print_deployment(Session& session, const v1::Deployment& deployment) {
    session.out() << printable(deployment.name()) << "  " << slot_word(deployment) << ", " << deployment.in_flight()
                  << " in flight\n";
}

}  // namespace

void run_drain(Session& session) {
    v1::DrainTargetRequest request;
    request.set_target(session.word(0).toStdString());
    request.set_end(session.has("end"));
    if (!request.end()) {
        const auto reason = session.reason();
        if (!reason) return;
        request.set_reason(*reason);
    } else {
        request.set_reason(session.option("reason").toStdString());
    }
    session.sign(request);
    session.show(request, [&session, end = request.end()](const v1::DrainTargetResponse& answer) {
        print_deployment(session, answer.deployment());
        if (!end) session.out() << "undo: signalboxctl drain " << session.word(0) << " --end\n";
    });
}

void run_warm(Session& session) {
    v1::WarmTargetRequest request;
    request.set_target(session.word(0).toStdString());
    const auto reason = session.reason();
    if (!reason) return;
    request.set_reason(*reason);
    session.sign(request);
    session.show(request,
                 [&session](const v1::WarmTargetResponse& answer) { print_deployment(session, answer.deployment()); });
}

}  // namespace signalbox::ctl
