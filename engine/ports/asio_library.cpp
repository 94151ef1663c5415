// Asio's own implementation, compiled once (BOOST_ASIO_SEPARATE_COMPILATION): every other file parses declarations
// only.
#include <boost/asio/impl/src.hpp>
