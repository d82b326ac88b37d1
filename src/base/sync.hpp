// The names under which threads are kept apart, so that tests can explore every order of their steps.
#pragma once

#ifdef SERVAL_EXPLORE
#include "interleaving/explored_sync.hpp"
#else
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#endif

namespace serval::base {

// What hands something from thread to thread uses these names: in every build the standard library's types,
// but in tests/interleaving stand-ins, whose steps a scheduler of the test's own puts in order.
#ifdef SERVAL_EXPLORE
using mutex = explored::mutex;
using condition_variable = explored::condition_variable;
using thread = explored::thread;
template <class T>
using atomic = explored::atomic<T>;
#else
using mutex = std::mutex;
using condition_variable = std::condition_variable;
using thread = std::thread;
template <class T>
using atomic = std::atomic<T>;
#endif

} // namespace serval::base
