#pragma once

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <mutex>
#include <string>

namespace rrdflow::test {

/// Collects the messages of the log instead of showing them.
class log_capture {
public:
  log_capture() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("", lines_));
  }

  std::string text() const {
    return lines_->text();
  }

  void clear() {
    lines_->clear();
  }

  bool has(const std::string& what) const {
    return text().find(what) != std::string::npos;
  }

private:
  class lines : public spdlog::sinks::base_sink<std::mutex> {
  public:
    std::string text() {
      std::lock_guard<std::mutex> guard{mutex_};
      return text_;
    }

    void clear() {
      std::lock_guard<std::mutex> guard{mutex_};
      text_.clear();
    }

  private:
    void sink_it_(const spdlog::details::log_msg& x) override {
      text_.append(x.payload.data(), x.payload.size());
      text_ += '\n';
    }

    void flush_() override {
      // nop
    }

    std::string text_;
  };

  std::shared_ptr<lines> lines_ = std::make_shared<lines>();
};

} // namespace rrdflow::test
