#include "tests/faults/watched_child.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>

namespace rrdflow::test {

namespace {

constexpr size_t max_figures = 40;
constexpr uint64_t shown_losses = 10;

/// What parent and child share.
struct shared {
  struct figure {
    char name[48];
    uint64_t count;
  };

  figure figures[max_figures];

  /// The case that runs.
  uint64_t at;
  uint64_t losses;
};

void lose(shared& x, uint64_t i, const std::string& text) {
  if (x.losses++ < shown_losses)
    std::printf("loss case %llu: %s\n", static_cast<unsigned long long>(i),
                text.c_str());
  std::fflush(stdout);
}

void work(shared& x, uint64_t n, uint64_t memory, unsigned patience,
          const std::function<watched_children::one_case()>& prepare) {
  auto run = prepare();
  rlimit limit{memory, memory};
  ::setrlimit(RLIMIT_AS, &limit);
  limit = {0, 0};
  ::setrlimit(RLIMIT_CORE, &limit);
  child_figures figures{&x};
  for (; x.at < n; ++x.at) {
    ::alarm(patience);
    std::string text;
    try {
      text = run(x.at, figures);
    } catch (const std::exception& e) {
      text = std::string{"an exception: "} + e.what();
    }
    if (!text.empty())
      lose(x, x.at, text);
  }
  ::alarm(0);
}

} // namespace

void child_figures::add(const char* name, uint64_t n) {
  auto& x = *static_cast<shared*>(memory_);
  for (auto& figure : x.figures) {
    if (figure.name[0] == '\0')
      std::strncpy(figure.name, name, sizeof(figure.name) - 1);
    if (std::strcmp(figure.name, name) == 0) {
      figure.count += n;
      return;
    }
  }
}

void child_figures::print() const {
  auto& x = *static_cast<shared*>(memory_);
  for (auto& figure : x.figures)
    if (figure.name[0] != '\0')
      std::printf("figure %s %llu\n", figure.name,
                  static_cast<unsigned long long>(figure.count));
  std::printf("figure losses %llu\n",
              static_cast<unsigned long long>(x.losses));
}

int watched_children::run(uint64_t n,
                          const std::function<one_case()>& prepare) {
  auto* memory = ::mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return 1;
  auto& x = *new (memory) shared{};
  child_figures figures{&x};
  figures.add("signals", 0);
  while (x.at < n) {
    auto child = ::fork();
    if (child < 0)
      return 1;
    if (child == 0) {
      work(x, n, memory_, patience_, prepare);
      ::_exit(0);
    }
    auto status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
      figures.add("signals");
      lose(x, x.at, std::string{"signal "} + ::strsignal(WTERMSIG(status)));
    } else if (status != 0) {
      std::fprintf(stderr, "a child ended with %d\n", WEXITSTATUS(status));
      return 1;
    }
    // A child that ended early goes on behind the case that ended it.
    ++x.at;
  }
  figures.print();
  return 0;
}

} // namespace rrdflow::test
