// "May this caller enter, and what will it need?": every account's rates and retries, and what answers and prompts turn
// out to be.
//
// Pure and single-threaded: the caller brings the lock and the time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/admission/account_limits.h"
#include "engine/core/admission/expected_output.h"
#include "engine/core/admission/retry_budget.h"
#include "engine/core/admission/token_estimate.h"
#include "engine/core/admission/wait_queue.h"

namespace signalbox::core {

struct Config;

// Dense, survives reloads. 0: callers without an account.
using AccountId = int;

// One request's claims on its account; made by describe(), ended by leave().
struct Ask {
    AccountId account = 0;
    OutputKey key{};
    std::int64_t text_bytes = 0;
    std::int64_t input_tokens = 0;  // estimated
    std::int64_t cap = 1;           // the most the answer can have, tokens
    OutputEstimate output{};
    AccountCharge charge{};
    bool entered = false;
    bool client_retry = false;
    RetryKind retry = RetryKind::none;  // taken from the account's budget for a try that has not begun
};

// What became of a request, for leave().
struct AskEnd {
    bool answered = false;                             // usage is known or counted
    bool well = false;                                 // the client has the whole answer
    bool whole = false;                                // the answer ended by itself: its length says something
    bool text_only = true;                             // no pictures: the prompt's length says something
    std::int64_t input_tokens = 0, output_tokens = 0;  // as reported or counted
    std::int64_t broken_input = 0, broken_output = 0;  // what attempts that broke off had used besides
    int deployment = -1;                               // DeploymentId that answered
    int upstream_calls = 0;
    int hedges = 0;                          // of them
    RetryKind last_retry = RetryKind::none;  // of our own
    std::uint64_t intent = 0;                // hash of account and body where somebody retried; 0: nobody did
};

// For x-ratelimit-*. Without an account there is no limit.
struct RatesLeft {
    BucketLevel requests;
    BucketLevel tokens;  // of input and output the one that has less left of its burst
};

// For the console.
struct AccountFigures {
    std::string name;  // empty: callers without an account
    std::string tier, priority;
    BucketLevel requests, input, output;
    AccountCounts counts;
    std::int64_t shed_while_idle_total = 0;
    double retry_budget = 1;  // share left, 0…1
};

class Admission {
  public:
    Admission();
    void adopt(const Config& config, Instant now);
    // 0 for the empty name and for names that are not configured.
    [[nodiscard]] AccountId account_id(std::string_view name) const;
    [[nodiscard]] int accounts() const { return static_cast<int>(accounts_.size()); }

    struct Description {
        std::string_view account, model;  // model: the entry's name
        AnswerKind kind = AnswerKind::plain;
        std::int64_t text_bytes = 0;
        std::int64_t asked_output = 0;             // 0: the client gave no maximum
        std::int64_t context = 0, max_output = 0;  // of the first target; 0: unknown
        int deployment = -1;                       // DeploymentId of the first target
        bool client_retry = false;
        bool answers_with_text = true;  // embeddings and images have no output tokens
    };
    [[nodiscard]] Ask describe(const Description& request, Instant now);

    // Rates; all or nothing. Precondition: !ask.entered.
    [[nodiscard]] AccountEntry enter(Ask& ask, Instant now);
    // `emitted` output tokens so far.
    void top_up(Ask& ask, std::int64_t emitted, Instant now);
    // Settles what was charged, learns from the answer, and counts. Returns whether client and gateway both retried.
    bool leave(Ask& ask, const AskEnd& end, Instant now);
    void refused(const Ask& ask, bool idle_slot_existed, Instant now);

    // May this request be tried once more after such a failure? Takes it from the account's budget; leave() gives it
    // back unless the retry began.
    [[nodiscard]] bool take_retry(Ask& ask, RetryKind kind);
    static void retry_begins(Ask& ask) { ask.retry = RetryKind::none; }
    // Would a retry be allowed if the next attempt failed?
    [[nodiscard]] bool may_retry(const Ask& ask) const {
        return at(ask.account).retries.may_retry(RetryKind::transient);
    }
    [[nodiscard]] Priority priority(AccountId account) const { return at(account).priority; }
    [[nodiscard]] RatesLeft rates_left(AccountId account, Instant now) const;
    [[nodiscard]] AccountFigures figures(AccountId account, Instant now) const;
    [[nodiscard]] const TokenCalibration* calibration(int deployment) const;  // nullptr: nothing learned
    // What a request without history of its own would be charged for this model.
    [[nodiscard]] std::int64_t expected_output(std::string_view model, std::int64_t cap) const;

  private:
    struct Account {
        std::string name, tier, priority_word;
        Priority priority = Priority::normal;
        AccountMeter meter;
        RetryBudget retries;
        std::int64_t shed_while_idle = 0;
    };
    [[nodiscard]] Account& at(AccountId id) { return accounts_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const Account& at(AccountId id) const { return accounts_[static_cast<std::size_t>(id)]; }

    std::map<std::string, AccountId, std::less<>> ids_;  // configured now
    std::map<std::string, AccountId, std::less<>> ever_;
    std::vector<Account> accounts_;
    ExpectedOutput outputs_;
    std::vector<TokenCalibration> calibrations_;  // by deployment
};

}  // namespace signalbox::core
