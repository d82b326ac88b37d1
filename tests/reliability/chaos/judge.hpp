/// Judges what clients have received; what is wrong goes into the ledger.
#pragma once

#include "answer.hpp"
#include "client.hpp"
#include "plan.hpp"

#include <string>

namespace chaos {

void judge_framing(request_plan const& request, answer_reader const& got, surroundings const& around);
/// An answer with a correct end.
void judge_whole(request_plan const& request, client_plan const& by, answer_reader const& got,
                 surroundings const& around);
/// One without: what has come of it must be right all the same.
void judge_broken(request_plan const& request, client_plan const& by, answer_reader const& got,
                  surroundings const& around);
/// Bytes behind the last answer.
void judge_surplus(request_plan const& request, std::string const& bytes);
/// Whatever garbage is answered with.
void judge_garbage(std::string const& bytes);

} // namespace chaos
