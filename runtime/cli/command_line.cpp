#include "runtime/cli/command_line.hpp"

#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/service/process.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

namespace rrdflow {

namespace {

/// What the command line says; each verb looks at its own part.
struct arguments_of_verbs {
  std::string config_file;
  demo_options demo;
  std::string conf;
  convert_options convert;
  std::string topic;
  std::string payload;
  std::string pattern;
  std::string series;
  bool json = false;
  fetch_options fetch;
  forget_options forget;
  bool dry_run = false;
};

/// The file that was named, or the installed one, or that in this folder.
std::string choose_config(const std::string& named) {
  std::error_code error;
  std::string system = "/etc/rrdflow/rrdflow.toml";
  if (!named.empty())
    return named;
  return std::filesystem::exists(system, error) ? system : "rrdflow.toml";
}

class command_line {
public:
  command_line(const service_verbs& verbs, console& terminal)
    : verbs_{verbs}, terminal_{terminal} {
    app_.require_subcommand(1);
    app_.add_option("-c,--config", x_.config_file,
                    "The configuration (default: /etc/rrdflow/rrdflow.toml, "
                    "then ./rrdflow.toml)");
    add_service_verbs();
    add_local_verbs();
    add_reading_verbs();
    add_writing_verbs();
  }

  int run(std::vector<std::string> arguments) {
    if (auto verb = unknown_verb(arguments); !verb.empty())
      return terminal_.fail(EX_USAGE, "there is no verb \"" + verb
                                        + "\"; rrdflow --help lists all");
    // CLI11 takes them from the back.
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::Success& x) {
      return app_.exit(x, terminal_.out, terminal_.err);
    } catch (const CLI::ParseError& x) {
      app_.exit(x, terminal_.out, terminal_.err);
      return EX_USAGE;
    }
    auto result = verb_();
    terminal_.out.flush();
    if (!terminal_.out && result == EX_OK)
      return terminal_.fail(EX_IOERR, "cannot write the output");
    return result;
  }

private:
  // The first argument, if it should be a verb and is none.
  std::string unknown_verb(const std::vector<std::string>& arguments) const {
    if (arguments.empty() || arguments.front().empty()
        || arguments.front().front() == '-')
      return {};
    auto& first = arguments.front();
    auto is_it = [&](const CLI::App* x) { return x->get_name() == first; };
    return app_.get_subcommands(is_it).empty() ? first : std::string{};
  }

  // Adds a verb; what it does is done after parsing.
  CLI::App* add(const char* name, const char* help, std::function<int()> verb) {
    auto result = app_.add_subcommand(name, help);
    // An option of the program may stand behind the verb.
    result->fallthrough();
    result->callback([this, verb] { verb_ = verb; });
    return result;
  }

  void add_service_verbs() {
    add("run", "Runs the service in the foreground", [this] {
      return with_config([this](const loaded_config& x, auto& file) {
        for (auto& issue : x.warnings)
          spdlog::warn("{}", to_string(issue));
        if (!x.values_unread.empty()) {
          terminal_.err << for_terminal(x.values_unread) << '\n';
          return EX_IOERR;
        }
        return verbs_.run(x.value, file);
      });
    });
    auto demo
      = add("demo",
            "Starts the service with a private broker and simulated sensors",
            [this] { return verbs_.demo(x_.demo); });
    auto& x = x_.demo;
    demo->add_option("--sensors", x.sensors, "Number of sensors")
      ->capture_default_str()
      ->check(CLI::Range(size_t{1}, size_t{1000000}));
    demo
      ->add_option("--rate", x.rate,
                   "Messages per second, of all sensors together")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 1e6));
    demo
      ->add_option("--seconds", x.seconds,
                   "End after this many seconds; 0: run until stopped")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
    demo->add_option("--directory", x.directory,
                     "Folder of the store (default: a temporary one)");
    demo->add_option("--port", x.port, "Port of the page; 0: any free one")
      ->capture_default_str();
  }

  void add_local_verbs() {
    add("check", "Reads the configuration and reports every mistake", [this] {
      auto file = choose_config(x_.config_file);
      return verb_check(load_config_in_force(file), file, terminal_);
    });
    add("config", "Prints the annotated configuration, with the defaults",
        [this] {
          terminal_.out << print_config();
          return EX_OK;
        });
    auto what
      = add("explain", "Shows what would be stored of a message", [this] {
          return with_config([this](const loaded_config& x, auto&) {
            return verb_explain(x.value, x_.topic, x_.payload,
                                wall_nanoseconds(), x_.json, terminal_);
          });
        });
    what->add_option("TOPIC", x_.topic, "The topic of a message")->required();
    what->add_option("PAYLOAD", x_.payload, "Its payload")->required();
    what->add_flag("--json", x_.json, "One JSON object");
    auto import = add("import-janitoo",
                      "Prints the TOML for an original .conf, or converts the "
                      "original's files",
                      [this] {
                        return x_.convert.from.empty()
                                 ? verb_import(x_.conf, terminal_)
                                 : verb_convert(x_.convert, terminal_);
                      });
    auto conf
      = import->add_option("FILE", x_.conf, "The .conf of janitoo_datalog_rrd");
    auto convert
      = import
          ->add_option("--convert", x_.convert.from,
                       "An .rrd file, or a folder of them, in local time: "
                       "writes new ones, in UTC")
          ->excludes(conf);
    auto zone = import
                  ->add_option("--timezone", x_.convert.timezone,
                               "In which the original ran, e.g. Europe/Paris")
                  ->needs(convert);
    convert->needs(zone);
    import
      ->add_option("-o,--output", x_.convert.to,
                   "The new file or folder (default: beside the old one, with "
                   ".utc in its name)")
      ->needs(convert);
    import->require_option(1, 3);
    add("version", "Prints the versions of the program and its libraries",
        [this] { return verb_version(terminal_); });
  }

  void add_reading_verbs() {
    auto stats = add_client("stats", "Prints the running service's metrics",
                            [this](service_client& x) {
                              return verb_stats(x, terminal_, x_.json);
                            });
    stats->add_flag("--json", x_.json, "One JSON object");
    auto list = add_client("list", "Lists series with last values and ages",
                           [this](service_client& x) {
                             return verb_list(x, terminal_, x_.pattern);
                           });
    list->add_option("GLOB", x_.pattern,
                     "Only names like this (* and ?), or that contain it");
    auto fetch = add_client("fetch", "Prints rows of a series",
                            [this](service_client& x) {
                              return verb_fetch(x, terminal_, x_.fetch);
                            });
    fetch->add_option("SERIES", x_.fetch.series, "Its name")->required();
    fetch->add_option("--from", x_.fetch.from,
                      "Epoch seconds, ISO 8601, or like -1h (default: one hour "
                      "before the end)");
    fetch->add_option("--to", x_.fetch.to, "The end (default: now)");
    fetch->add_option("--cf", x_.fetch.function,
                      "AVERAGE (the default), MIN, MAX or LAST");
    fetch->add_option("--format", x_.fetch.format, "csv or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"csv", "json"}));
    auto why
      = add_client("why", "Says what of a topic or a series is not stored",
                   [this](service_client& x) {
                     return verb_why(x, terminal_, x_.topic, x_.json);
                   });
    why->add_option("TOPIC", x_.topic,
                    "A topic, or the name of a series (default: the last of "
                    "each reason)");
    why->add_flag("--json", x_.json, "One JSON object");
    add_client("dead", "Lists the last messages that could not be read",
               [this](service_client& x) { return verb_dead(x, terminal_); });
  }

  void add_writing_verbs() {
    auto flush = add_client("flush", "Writes waiting rows to the files",
                            [this](service_client& x) {
                              return verb_flush(x, terminal_, x_.series);
                            });
    flush->add_option("SERIES", x_.series, "Only this series");
    auto forget
      = add_client("forget",
                   "Writes waiting rows, then frees the names of series",
                   [this](service_client& x) {
                     return verb_forget(x, terminal_, x_.forget);
                   });
    forget->add_option("GLOB", x_.forget.pattern, "Which series")->required();
    forget->add_flag("--delete", x_.forget.remove, "Delete their files, too");
    forget->add_flag("--yes", x_.forget.yes, "Do not ask");
    add_client("replay",
               "Decodes the messages once more that could not be decoded",
               [this](service_client& x) { return verb_replay(x, terminal_); });
    auto reshape
      = add_client("reshape",
                   "Gives files the step, archives and sources of their rules",
                   [this](service_client& x) {
                     return verb_reshape(x, terminal_, x_.pattern, x_.dry_run);
                   });
    reshape->add_option("GLOB", x_.pattern, "Which series (* and ?)")
      ->required();
    reshape->add_flag("--dry-run", x_.dry_run, "Only say what would be done");
  }

  // Calls `verb` with a configuration without mistakes.
  template <class Verb>
  int with_config(Verb verb) {
    auto file = choose_config(x_.config_file);
    auto loaded = load_config_in_force(file);
    for (auto& issue : loaded.errors)
      terminal_.err << for_terminal(to_string(issue)) << '\n';
    if (!loaded.errors.empty())
      return EX_CONFIG;
    return verb(loaded, file);
  }

  // Adds a verb that talks to the running service.
  CLI::App* add_client(const char* name, const char* help,
                       std::function<int(service_client&)> verb) {
    return add(name, help, [this, verb] {
      return with_config([&](const loaded_config& x, const std::string&) {
        auto client = service_client::make(x.value.http);
        if (client)
          return verb(*client);
        auto& err = client.error();
        return terminal_.fail(err == ec::bad_config ? EX_CONFIG : EX_IOERR,
                              explain(err));
      });
    });
  }

  const service_verbs& verbs_;
  console& terminal_;
  CLI::App app_{"Takes sensor readings from MQTT and keeps them in RRD files",
                "rrdflow"};
  arguments_of_verbs x_;
  std::function<int()> verb_;
};

} // namespace

int run_command_line(const std::vector<std::string>& arguments,
                     const service_verbs& verbs, console& terminal) {
  try {
    return command_line{verbs, terminal}.run(arguments);
  } catch (const std::exception& x) {
    return terminal.fail(EX_SOFTWARE, x.what());
  }
}

int run_command_line(int argc, char** argv, const service_verbs& verbs) {
  console terminal{std::cout, std::cerr, std::cin, isatty(STDIN_FILENO) != 0};
  return run_command_line(std::vector<std::string>(argv + 1, argv + argc),
                          verbs, terminal);
}

} // namespace rrdflow
