-- Counters and histograms in shared memory, and their text for Prometheus.

local counts = require "lua.counts"
local limits = require "lua.limits"
local state = require "lua.state"

local dict = ngx.shared.edge_metrics
local BOUNDS = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10 }
local CLASSES = { "1xx", "2xx", "3xx", "4xx", "5xx" }
local REASONS = { "queue_full", "queue_timeout" }

local _M = {}

local names = {}    -- service → the keys of its counters, made once

local function keys(service)
    local made = names[service]
    if not made then
        made = { requests = "requests|" .. service, sent = "sent|" .. service, received = "received|" .. service,
                 sum = "duration_sum|" .. service, classes = {}, buckets = {} }
        for i = 1, 5 do
            made.classes[i] = "responses|" .. service .. "|" .. CLASSES[i]
        end
        for i = 1, #BOUNDS + 1 do
            made.buckets[i] = "duration|" .. service .. "|" .. i
        end
        names[service] = made
    end
    return made
end

function _M.arrived(service)
    dict:incr(keys(service).requests, 1, 0)
end

function _M.rejected(service, reason)
    dict:incr("rejected|" .. service .. "|" .. reason, 1, 0)
end

-- A request has ended. `seconds` from its arrival to the last byte, nil for streams, which last as long as they like.
function _M.ended(service, status, sent_bytes, received_bytes, seconds)
    local k = keys(service)
    dict:incr(k.classes[math.min(5, math.max(1, math.floor(status / 100)))], 1, 0)
    dict:incr(k.sent, sent_bytes, 0)
    dict:incr(k.received, received_bytes, 0)
    if seconds then
        local i = 1
        while BOUNDS[i] and seconds > BOUNDS[i] do
            i = i + 1
        end
        dict:incr(k.buckets[i], 1, 0)
        dict:incr(k.sum, seconds, 0)
    end
end

local function number(value)
    return string.format("%.17g", value)
end

local function seconds(value)
    return string.format("%.6f", value)
end

local function counter(key)
    return number(dict:get(key) or 0)
end

-- family: {name, type, help, function(service, emit)}; emit(labels, value[, suffix])
local FAMILIES = {
    { "requests_total", "counter", "Requests that arrived.", function(service, emit)
        emit("", counter("requests|" .. service.name))
    end },
    { "in_flight", "gauge", "Requests given to a replica and not answered; without streams.", function(service, emit)
        emit("", number(counts.get("in_flight|" .. service.name)))
    end },
    { "queued", "gauge", "Requests that wait at the edge for a free replica.", function(service, emit)
        emit("", number(counts.get("queued|" .. service.name)))
    end },
    { "demand_seconds_total", "counter", "Integral over time of requests in flight and queued; its rate is the mean concurrency.",
      function(service, emit)
        emit("", seconds(dict:get("demand_seconds|" .. service.name) or 0))
    end },
    { "responses_total", "counter", "Answers by class of status.", function(service, emit)
        for _, class in ipairs(CLASSES) do
            emit(',class="' .. class .. '"', counter("responses|" .. service.name .. "|" .. class))
        end
    end },
    { "sent_bytes_total", "counter", "Bytes sent to clients.", function(service, emit)
        emit("", counter("sent|" .. service.name))
    end },
    { "received_bytes_total", "counter", "Bytes received from clients.", function(service, emit)
        emit("", counter("received|" .. service.name))
    end },
    { "request_duration_seconds", "histogram", "From arrival to the last byte, time in the queue included; without streams.",
      function(service, emit)
        local total = 0
        for i = 1, #BOUNDS + 1 do
            total = total + (dict:get("duration|" .. service.name .. "|" .. i) or 0)
            emit(',le="' .. (BOUNDS[i] or "+Inf") .. '"', number(total), "_bucket")
        end
        emit("", seconds(dict:get("duration_sum|" .. service.name) or 0), "_sum")
        emit("", number(total), "_count")
    end },
    { "rejected_total", "counter", "Requests answered 503 by the queue.", function(service, emit)
        for _, reason in ipairs(REASONS) do
            emit(',reason="' .. reason .. '"', counter("rejected|" .. service.name .. "|" .. reason))
        end
    end },
    { "streams", "gauge", "Open websockets and event streams; they are no demand.", function(service, emit)
        emit("", number(counts.get("streams|" .. service.name)))
    end },
    { "replicas", "gauge", "Replicas in the agent's list, by state.", function(service, emit)
        emit(',state="known"', number(#service.known))
        emit(',state="ready"', number(#service.ready))
    end },
}

-- Everything, in Prometheus' text format.
function _M.render()
    local out = {}
    local picture = state.current()
    for _, family in ipairs(FAMILIES) do
        local name = "flotilla_edge_" .. family[1]
        out[#out + 1] = "# HELP " .. name .. " " .. family[3]
        out[#out + 1] = "# TYPE " .. name .. " " .. family[2]
        for _, service in ipairs(picture and picture.names or {}) do
            local label = '{service="' .. service.name .. '"'
            family[4](service, function(labels, value, suffix)
                out[#out + 1] = name .. (suffix or "") .. label .. labels .. "} " .. value
            end)
        end
    end
    out[#out + 1] = "# HELP flotilla_edge_limited_total Refused for the limits of an address, or for the form."
    out[#out + 1] = "# TYPE flotilla_edge_limited_total counter"
    for _, reason in ipairs(limits.REASONS) do
        out[#out + 1] = 'flotilla_edge_limited_total{reason="' .. reason .. '"} ' .. counter("limited|" .. reason)
    end
    out[#out + 1] = "# HELP flotilla_edge_agent_age_seconds Since the agent last pushed its lists."
    out[#out + 1] = "# TYPE flotilla_edge_agent_age_seconds gauge"
    out[#out + 1] = "flotilla_edge_agent_age_seconds " .. seconds(state.age_seconds() or ngx.now())
    out[#out + 1] = "# HELP flotilla_edge_certificate_expires_timestamp_seconds When the certificate ends, in Unix time."
    out[#out + 1] = "# TYPE flotilla_edge_certificate_expires_timestamp_seconds gauge"
    for _, certificate in ipairs(picture and picture.certificates or {}) do
        local name = certificate.name:gsub('[%c"\\]', "?")
        out[#out + 1] = 'flotilla_edge_certificate_expires_timestamp_seconds{name="' .. name .. '"} '
            .. number(certificate.expires)
    end
    return table.concat(out, "\n") .. "\n"
end

return _M
