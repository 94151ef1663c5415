// A full disk, played by the limit the system sets on a file's size: no file grows beyond `bytes` while this lives.
#pragma once

#include <signal.h>
#include <sys/resource.h>

namespace signalbox::test {

class FullDisk {
  public:
    explicit FullDisk(rlim_t bytes) {
        old_handler_ = signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &old_limit_);
        const rlimit limit{bytes, old_limit_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        setrlimit(RLIMIT_FSIZE, &old_limit_);
        signal(SIGXFSZ, old_handler_);
    }

  private:
    rlimit old_limit_{};
    sighandler_t old_handler_ = nullptr;
};

}  // namespace signalbox::test
