#include "runtime/cli/janitoo_import.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace rrdflow {

int verb_import(const std::string& file, console& terminal) {
  std::string text;
  errno = 0;
  std::unique_ptr<FILE, int (*)(FILE*)> in{fopen(file.c_str(), "re"), fclose};
  if (in) {
    char block[65536];
    while (auto n = fread(block, 1, sizeof block, in.get()))
      text.append(block, n);
  }
  if (!in || ferror(in.get())) {
    terminal.err << "rrdflow: " << for_terminal(file) << ": "
                 << std::strerror(errno) << '\n';
    return exit_io;
  }
  auto translated = import_janitoo(text, file);
  for (auto& x : translated.errors)
    terminal.err << for_terminal(to_string(x)) << '\n';
  if (!translated.errors.empty())
    return exit_config;
  terminal.out << translated.toml;
  return exit_ok;
}

} // namespace rrdflow
