// The one coroutine type of the engine. Rules: `co_await` stands alone in its statement; a coroutine that is spawned
// takes values, one that is awaited directly may take references; no mutex is held across an await; coroutines always
// run to their natural end (streams are aborted, alarms are rung, nothing is cancelled from outside).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace signalbox::ports {

template <class T>
using Task = boost::asio::awaitable<T, boost::asio::any_io_executor>;

}  // namespace signalbox::ports
