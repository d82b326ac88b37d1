#include "model/encode.hpp"

#include "model/decimal_text.hpp"
#include "model/enum_layout.hpp"
#include "model/float_text.hpp"
#include "model/json_nlohmann.hpp"
#include "model/json_sink.hpp"
#include "model/json_writer.hpp"
#include "model/literal_text.hpp"
#include "model/model_layout.hpp"
#include "model/scalar.hpp"
#include "model/value_path.hpp"

#include <serval/big_integer.hpp>
#include <serval/datetime.hpp>
#include <serval/email.hpp>
#include <serval/timedelta.hpp>
#include <serval/upload_file.hpp>
#include <serval/url.hpp>
#include <serval/uuid.hpp>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace serval::model {
namespace {

using detail::type_kind;
using detail::type_table;

class encoder {
public:
    encoder(std::string& out, bool in_model, std::size_t limit) noexcept
        : out_{out},
          limit_{limit},
          in_model_{in_model}
    {}

    /// Gives the string the last of what was written.
    void finish() { out_.flush(); }

    encode_result result() const noexcept { return result_; }
    /// What JSON cannot express, and where; nothing while the result is ok.
    unwritable const& fault() const noexcept { return fault_; }

    bool write(type_table const& type, void const* value)
    {
        if (!has_room(out_.size(), limit_)) return fail(encode_result::too_long);
        switch (type.kind) {
        case type_kind::boolean: out_.put(*static_cast<bool const*>(value) ? "true" : "false"); return true;
        case type_kind::integer: write_integer(load_integer(type, value)); return true;
        case type_kind::number: return write_number(type, value);
        case type_kind::string: return write_string(*static_cast<std::string const*>(value));
        case type_kind::enumeration: write_enumeration(type, value); return true;
        case type_kind::upload_file: // only in an error's echo: results cannot hold files
            out_.put_string(static_cast<upload_file const*>(value)->raw_filename());
            return true;
        case type_kind::email: out_.put_string(static_cast<email const*>(value)->str()); return true;
        case type_kind::big_integer: out_.put(static_cast<big_integer const*>(value)->str()); return true;
        case type_kind::decimal: write_decimal(*static_cast<decimal const*>(value)); return true;
        case type_kind::url: out_.put_string(static_cast<url const*>(value)->str()); return true;
        case type_kind::literal: out_.put_string(load_literal(type, value)); return true;
        case type_kind::bytes: out_.put("null"); return true; // a parameter's only, which is never written
        case type_kind::uuid:
        case type_kind::date:
        case type_kind::time_of_day:
        case type_kind::datetime:
        case type_kind::sys_time: return write_quoted(type, value);
        case type_kind::duration: return write_duration(type, value);
        case type_kind::timedelta: write_timedelta(*static_cast<timedelta const*>(value)); return true;
        case type_kind::optional: return write_optional(type, value);
        case type_kind::defaulted: {
            auto const& ops = *static_cast<detail::wrapped_ops const*>(type.extra);
            return write(ops.value(), ops.get(value));
        }
        case type_kind::json: return write_json(type, value);
        case type_kind::list:
        case type_kind::map:
        case type_kind::model: break;
        }
        return write_container(type, value);
    }

private:
    bool fail(encode_result why) noexcept
    {
        result_ = why;
        return false;
    }

    bool write_string(std::string const& text)
    {
        if (!has_room(out_.size(), limit_, text.size())) return fail(encode_result::too_long);
        out_.put_string(text);
        return true;
    }

    bool write_json(type_table const& type, void const* value)
    {
        switch (static_cast<detail::json_ops const*>(type.extra)->write(value, out_.flush(), limit_)) {
        case detail::json_written::whole: return true;
        case detail::json_written::too_long: return fail(encode_result::too_long);
        case detail::json_written::not_representable: break;
        }
        fault_ = find_unwritable(*static_cast<nlohmann::ordered_json const*>(value));
        return fail(fault_.what.empty() ? encode_result::too_deep : encode_result::not_finite);
    }

    void write_integer(integer_value value)
    {
        if (value.negative) out_.put('-');
        out_.put_integer(value.magnitude);
    }

    void write_decimal(decimal const& value)
    {
        if (!in_model_) return append_decimal_number(out_.flush(), value);
        out_.put_string(value.str());
    }

    bool write_number(type_table const& type, void const* value)
    {
        double number = load_number(type, value);
        if (type.size == sizeof(float)) number = double_of_digits(static_cast<float>(number));
        if (!std::isfinite(number)) {
            fault_.what = name_of_not_finite(number);
            return fail(encode_result::not_finite);
        }
        out_.put_double(number);
        return true;
    }

    void write_enumeration(type_table const& type, void const* value)
    {
        integer_value const number = load_integer(type, value);
        auto const& layout = enum_layout_of(type);
        auto const* entry = layout.by_value ? nullptr : layout.find(to_int64(number));
        if (entry == nullptr) return write_integer(number);
        out_.put_string(entry->name);
    }

    /// What is written as a string that needs no escapes.
    bool write_quoted(type_table const& type, void const* value)
    {
        utc_style const style = in_model_ ? utc_style::zulu : utc_style::offset;
        out_.put('"');
        std::string& out = out_.flush();
        switch (type.kind) {
        case type_kind::uuid: static_cast<uuid const*>(value)->append_to(out); break;
        case type_kind::date: {
            date const day = *static_cast<date const*>(value);
            if (!day.ok() || !is_representable(std::chrono::sys_days{day}))
                return fail(encode_result::out_of_range);
            append_isoformat(out, day);
            break;
        }
        case type_kind::time_of_day: static_cast<time_of_day const*>(value)->append_to(out, style); break;
        case type_kind::datetime: static_cast<datetime const*>(value)->append_to(out, style); break;
        default: {
            std::int64_t n = 0;
            bool const known = static_cast<detail::duration_ops const*>(type.extra)->load(value, n);
            std::chrono::sys_time<std::chrono::microseconds> const at{std::chrono::microseconds{n}};
            if (!known || !is_representable(at)) return fail(encode_result::out_of_range);
            datetime{at}.append_to(out, style);
            break;
        }
        }
        out_.put('"');
        return true;
    }

    bool write_duration(type_table const& type, void const* value)
    {
        std::int64_t n = 0;
        if (!static_cast<detail::duration_ops const*>(type.extra)->load(value, n))
            return fail(encode_result::out_of_range);
        write_timedelta(timedelta{duration{n}});
        return true;
    }

    void write_timedelta(timedelta value) { out_.put_string(value.isoformat()); }

    bool write_optional(type_table const& type, void const* value)
    {
        auto const& ops = *static_cast<detail::optional_ops const*>(type.extra);
        void const* const held = ops.get(value);
        if (held != nullptr) return write(ops.value(), held);
        out_.put("null");
        return true;
    }

    bool write_container(type_table const& type, void const* value)
    {
        if (++depth_ > max_encode_depth) return fail(encode_result::too_deep);
        bool const ok = type.kind == type_kind::list  ? write_list(type, value)
                        : type.kind == type_kind::map ? write_map(type, value)
                                                      : write_model(type, value);
        --depth_;
        return ok;
    }

    bool write_list(type_table const& type, void const* value)
    {
        auto const& ops = *static_cast<detail::list_ops const*>(type.extra);
        type_table const& element = ops.element();
        std::size_t const n = ops.size(value);
        out_.put('[');
        for (std::size_t i = 0; i != n; ++i) {
            if (i != 0) out_.put(',');
            if (!write(element, ops.at(value, i))) {
                prepend_index(fault_.where, i);
                return false;
            }
        }
        out_.put(']');
        return true;
    }

    struct map_context {
        encoder& self;
        type_table const& type;
        bool first = true;
        bool ok = true;
    };

    bool write_map(type_table const& type, void const* value)
    {
        auto const& ops = *static_cast<detail::map_ops const*>(type.extra);
        map_context context{*this, ops.value()};
        out_.put('{');
        ops.for_each(value, &context, [](void* opaque, std::string const& key, void const* at) {
            auto& c = *static_cast<map_context*>(opaque);
            if (!c.first) c.self.out_.put(',');
            c.first = false;
            c.ok = c.self.write_string(key);
            if (!c.ok) return false;
            c.self.out_.put(':');
            c.ok = c.self.write(c.type, at);
            if (!c.ok) prepend_key(c.self.fault_.where, key);
            return c.ok;
        });
        out_.put('}');
        return context.ok;
    }

    bool write_model(type_table const& type, void const* value)
    {
        bool const outer = in_model_;
        in_model_ = true;
        out_.put('{');
        bool first = true;
        for (detail::member_layout const& member : model_layout_of(type).members) {
            out_.put(member.written_key(std::exchange(first, false)));
            if (!write(*member.type, static_cast<std::byte const*>(value) + member.offset)) {
                prepend_member(fault_.where, member.key);
                return false;
            }
        }
        out_.put('}');
        in_model_ = outer;
        return true;
    }

    json_sink out_;
    std::size_t limit_;
    encode_result result_ = encode_result::ok;
    unwritable fault_; // only set on the way out of a failure
    int depth_ = 0;
    bool in_model_;
};

} // namespace

std::string_view reason_of(encode_result why) noexcept
{
    switch (why) {
    case encode_result::ok: return {};
    case encode_result::not_finite: return "holds a NaN or an infinity, which JSON cannot express";
    case encode_result::out_of_range:
        return "holds a date or time outside of the years 1 to 9999, or a duration of more than 292 000 "
               "years";
    case encode_result::too_long: return "is too long";
    case encode_result::too_deep: break;
    }
    return "is nested too deep for JSON";
}

std::string explain(type_table const& type, void const* value)
{
    std::string out;
    encoder writer{out, false, no_limit};
    if (writer.write(type, value)) return {};
    std::string const reason{reason_of(writer.result())};
    if (writer.result() == encode_result::too_deep) return reason; // whose path would be long
    std::string where = writer.fault().where;
    if (where.starts_with('.')) where.erase(0, 1);
    if (!where.empty()) where.insert(0, " at ");
    if (writer.result() == encode_result::out_of_range) return reason + where;
    return "holds " + writer.fault().what + where + ", which JSON cannot express";
}

encode_result encode(type_table const& type, void const* value, std::string& out, encode_style style,
                     std::size_t limit)
{
    std::size_t const before = out.size();
    encoder writer{out, style == encode_style::model, limit};
    if (writer.write(type, value)) {
        writer.finish();
    } else {
        out.resize(before);
    }
    return writer.result();
}

} // namespace serval::model
