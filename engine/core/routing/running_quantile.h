// A quantile of a stream of samples, followed in small steps: one number, no memory of the samples. Pure.
//
// The estimate looks only at whether a sample is above it, so what is known to have taken longer than that counts as
// well as what was measured.
#pragma once

namespace signalbox::core {

class RunningQuantile {
  public:
    explicit RunningQuantile(double quantile) : quantile_(quantile) {}

    void follow(double quantile) { quantile_ = quantile; }  // another one from now on
    void begin_at(double value) { value_ = value; }
    void add(double sample) {
        if (value_ == 0) {
            value_ = sample;
        } else {
            move(sample > value_);
        }
    }
    // A sample of at least so much, that was not waited for.
    void add_at_least(double sample) {
        if (value_ > 0 && sample > value_) move(true);
    }
    [[nodiscard]] double value() const { return value_; }  // 0: no sample yet

  private:
    static constexpr double step = 0.05;  // relative

    // Where the share `quantile` of the samples is below, the steps up and down balance.
    void move(bool up) { value_ *= 1 + step * (up ? quantile_ : quantile_ - 1); }

    double quantile_;
    double value_ = 0;
};

}  // namespace signalbox::core
