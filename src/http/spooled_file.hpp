// The temporary file of an upload.
#pragma once

#include "base/temp_file.hpp"
#include "base/thread_pool.hpp"

#include <memory>
#include <string>

namespace serval::http {

/// A temporary file that is closed on the pool for files: the system takes long enough to free the blocks of
/// a large one that a loop would stall.
class spooled_file final : public base::thread_pool::job {
public:
    /// Hands the file to its pool; closes it at once when that is gone or has stopped.
    struct closer {
        void operator()(spooled_file* file) const noexcept;
    };

    /// As base::temp_file.
    spooled_file(std::string const& directory, std::weak_ptr<base::thread_pool> closed_on);

    base::temp_file content;

private:
    void run() noexcept override;
    void dropped() noexcept override { run(); }

    std::weak_ptr<base::thread_pool> pool_;
};

using spooled_file_pointer = std::unique_ptr<spooled_file, spooled_file::closer>;

} // namespace serval::http
