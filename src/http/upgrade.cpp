#include "http/upgrade.hpp"

#include "http/body_producer.hpp"

#include <stdexcept>
#include <utility>

namespace serval::http {

namespace {

class upgrade_producer final : public detail::body_producer {
public:
    explicit upgrade_producer(std::shared_ptr<http::upgrade> taken) noexcept : taken_{std::move(taken)} {}

    http::upgrade* upgrade() noexcept override { return taken_.get(); }
    task<void> produce(body_sink&) override { throw std::logic_error("an upgrade is not a body"); }

private:
    std::shared_ptr<http::upgrade> taken_;
};

} // namespace

void switch_protocols(response& answer, std::shared_ptr<upgrade> taken)
{
    answer.producer(std::make_shared<upgrade_producer>(std::move(taken)));
}

} // namespace serval::http
