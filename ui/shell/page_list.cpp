#include "ui/shell/page_list.h"

#include <QCoreApplication>

#include "ui/pages/breakers/breakers_page.h"
#include "ui/pages/fleet/fleet_page.h"
#include "ui/pages/local/local_page.h"
#include "ui/pages/models/models_page.h"
#include "ui/pages/overrides/overrides_page.h"
#include "ui/pages/requests/requests_page.h"

namespace signalbox::ui {

using namespace Qt::StringLiterals;

namespace {

struct PageList {
    Q_DECLARE_TR_FUNCTIONS(PageList)
};

template <class P>
Page* make(Source& source, QWidget* parent) {
    return new P(source, parent);
}

}  // namespace

std::vector<PageEntry> pageList(LocalGatewayControl* local) {
    const auto makeLocal = [local](Source& source, QWidget* parent) { return new LocalPage(source, local, parent); };
    return {
        {u"fleet"_s, PageList::tr("Fleet"), u"fleet"_s, 1, make<FleetPage>},
        {u"models"_s, PageList::tr("Models"), u"models"_s, 2, make<ModelsPage>},
        {u"breakers"_s, PageList::tr("Breakers"), u"breakers"_s, 3, make<BreakersPage>},
        {u"requests"_s, PageList::tr("Requests"), u"requests"_s, 5, make<RequestsPage>},
        {u"overrides"_s, PageList::tr("Overrides"), u"overrides"_s, 6, make<OverridesPage>},
        {u"local"_s, PageList::tr("Local"), u"local"_s, 7, makeLocal},
    };
}

}  // namespace signalbox::ui
