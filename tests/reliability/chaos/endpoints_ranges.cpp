#include "content.hpp"
#include "endpoints.hpp"

#include <chrono>
#include <cstddef>
#include <iterator>
#include <ranges>
#include <thread>
#include <utility>

namespace chaos {

namespace {

/// A range that makes its elements when it is iterated, on the pool, with a dependency that must be there.
class elements {
public:
    elements(std::uint64_t id, std::size_t n, int nap, int fail, producer_scope scope)
        : id_{id},
          n_{n},
          nap_{nap},
          fail_{fail},
          scope_{std::move(scope)}
    {}

    class iterator {
    public:
        using value_type = std::string;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;

        explicit iterator(elements& of) : of_{&of} { of_->make(); }
        std::string const& operator*() const noexcept { return of_->now_; }
        iterator& operator++()
        {
            ++of_->k_;
            of_->make();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const noexcept { return of_->k_ == of_->n_; }

    private:
        elements* of_;
    };

    iterator begin() { return iterator{*this}; }
    static std::default_sentinel_t end() noexcept { return {}; }

private:
    void make()
    {
        if (k_ == n_) return scope_.done();
        scope_.step();
        if (fail_ != 0 && k_ + 1 == static_cast<std::size_t>(fail_)) {
            scope_.done();
            fail_as_asked(fail_);
        }
        if (nap_ > 0 && k_ % 3 == 1) std::this_thread::sleep_for(std::chrono::microseconds{nap_ * 300});
        now_ = content(id_, k_, element_size(id_, k_, true));
    }

    std::uint64_t id_;
    std::size_t n_;
    int nap_;
    int fail_;
    std::size_t k_ = 0;
    std::string now_;
    producer_scope scope_; // ends first
};

serval::response range(id_parameter id, n_parameter n, nap_parameter nap, fail_parameter fail, transaction t,
                       serval::request& r)
{
    handler_scope scope(*id);
    producer_scope producer(*id, r.stop_token(), {&*t});
    scope.done();
    return serval::streaming_response(elements{*id, *n, *nap, *fail, std::move(producer)});
}

} // namespace

void add_ranges(serval::app& app)
{
    app.get("/range/{id}/{n}", range);
}

} // namespace chaos
