/// What is written by one thread and read by another, under ThreadSanitizer.
/// CAF is not built with it, hence no actor is here: messages between them are
/// CAF's affair.
///
///   races [SECONDS]    at least one round of each
///   races control      a race, which must be found

#include "actors/base/file_names.hpp"
#include "messages/decode_progress.hpp"
#include "tests/journal/journal_race.hpp"
#include "tests/races/intake_race.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace rrdflow;

namespace {

/// The CATALOG adds names; another thread reads those that a message named.
std::string race_names(unsigned seed) {
  constexpr file_id count = 40000;
  file_names names;
  std::atomic<file_id> added{0};
  std::string failure;
  auto name_of = [seed](file_id id) {
    return std::to_string(seed) + '/' + std::to_string(id);
  };
  std::thread adds{[&] {
    for (file_id i = 0; i < count; ++i) {
      names.add(name_of(i));
      added.store(i + 1, std::memory_order_release);
    }
  }};
  for (file_id i = 0; i < count && failure.empty();) {
    auto end = added.load(std::memory_order_acquire);
    if (i == end)
      std::this_thread::yield();
    for (; i < end; ++i)
      if (names.path(i) != name_of(i) || names.size() < end)
        failure = "wrong name";
  }
  adds.join();
  return failure;
}

/// The DECODER says what it does; the SUPERVISOR asks at any time.
std::string race_progress() {
  constexpr position count = 20000;
  decode_progress progress;
  progress.begin(0);
  std::atomic<bool> over{false};
  std::thread decodes{[&] {
    for (position i = 1; i <= count; ++i) {
      progress.take(i, "topic/" + std::to_string(i));
      progress.put_down();
      progress.answered = i;
    }
    over = true;
  }};
  std::string failure;
  position last = 0;
  while (!over && failure.empty()) {
    auto answered = progress.answered.load();
    auto topic = progress.topic();
    progress.at_hand();
    if (answered < last || (!topic.empty() && topic.rfind("topic/", 0) != 0))
      failure = "wrong progress";
    last = answered;
  }
  decodes.join();
  return failure;
}

/// Two threads write, and nothing orders them.
void race_freely() {
  auto number = 0;
  std::thread other{[&] { ++number; }};
  ++number;
  other.join();
  std::printf("%d\n", number);
}

} // namespace

int main(int argc, char** argv) {
  using clock = std::chrono::steady_clock;
  if (argc > 1 && std::string{argv[1]} == "control") {
    race_freely();
    return 0;
  }
  auto seconds = argc > 1 ? std::atoi(argv[1]) : 0;
  auto deadline = clock::now() + std::chrono::seconds{seconds};
  auto rounds = 0u;
  do {
    ++rounds;
    for (auto& failure : {test::race(rounds, 10000), race_names(rounds),
                          race_progress(), test::intake_race{}.run()})
      if (!failure.empty()) {
        std::fprintf(stderr, "round %u: %s\n", rounds, failure.c_str());
        return 1;
      }
  } while (clock::now() < deadline);
  std::printf("%u rounds, no race\n", rounds);
  return 0;
}
