-- A workload for wrk: METHOD PATH PIPELINE [BODY], given after "--". Prints the responses counted, for benchmarks/run.
local batch

function init(arguments)
    wrk.method = arguments[1]
    wrk.path = arguments[2]
    if arguments[4] then
        wrk.body = arguments[4]
        wrk.headers["Content-Type"] = "application/json"
    end
    local depth = tonumber(arguments[3])
    local one = wrk.format()
    batch = string.rep(one, depth)
end

function request()
    return batch
end

function done(summary)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("responses=%d microseconds=%d errors=%d\n", summary.requests, summary.duration, failed))
end
