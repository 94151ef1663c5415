// How a field of the configuration is written, where its C++ type alone does not say it. See schema.h.
#pragma once

#include <concepts>
#include <span>
#include <type_traits>
#include <vector>

#include "engine/core/config/names.h"

namespace signalbox::core::schema {

template <class T>
struct Bytes {  // written as 64KiB, 4GiB
    T& value;
};
template <class T>
struct Secret {  // a string or a map of strings that is never shown
    T& value;
};
template <class T>
struct Path {  // a string; a leading ~/ is the home directory
    T& value;
};
template <class T>
struct Word {  // one of a closed list of words
    T& value;
    std::span<const Named<std::remove_const_t<T>>> names;
};
template <class F>
struct Group {  // a mapping that has no struct of its own; `fields` takes the inner visitor
    F fields;
};
template <class List>
struct Items {  // a list whose entries start as `prototype`
    List& value;
    typename std::remove_const_t<List>::value_type prototype;
};
struct Version {};  // the number 1

template <class T>
Bytes(T&) -> Bytes<T>;
template <class T>
Secret(T&) -> Secret<T>;
template <class T>
Path(T&) -> Path<T>;
template <class T, class Names>
Word(T&, const Names&) -> Word<T>;
template <class F>
Group(F) -> Group<F>;
template <class List, class T>
Items(List&, T) -> Items<List>;

template <class T, class Struct>
concept Of = std::same_as<std::remove_const_t<T>, Struct>;

}  // namespace signalbox::core::schema
