-- Which replica gets a request: of two random ones that are ready the one with less in flight, never more than the
-- service's max_in_flight. One that has just failed is left alone for a while if there are others.

local counts = require "lua.counts"

local SUSPECT_SECONDS = 2

local dict = ngx.shared.edge_counts
local random = math.random

local _M = {}

local function gauge(service, address)
    return "replica|" .. service.name .. "|" .. address
end

-- Addresses to choose from: ready and not suspect; else ready; else all that have had the time to start.
local function candidates(service)
    local list = #service.ready > 0 and service.ready or service.usable
    if not dict:get("suspects|" .. service.name) then
        return list
    end
    local trusted = {}
    for _, address in ipairs(list) do
        if not dict:get("suspect|" .. service.name .. "|" .. address) then
            trusted[#trusted + 1] = address
        end
    end
    return #trusted > 0 and trusted or list
end

local function without(list, excluded)
    if not excluded then
        return list
    end
    local rest = {}
    for _, address in ipairs(list) do
        if not excluded[address] then
            rest[#rest + 1] = address
        end
    end
    return #rest > 0 and rest or list
end

local function take(service, address)
    return counts.acquire(gauge(service, address), service.max_in_flight)
end

-- Takes a slot of a replica and returns its address, or nil when all are full or none is known.
function _M.acquire(service, excluded)
    local list = without(candidates(service), excluded)
    local n = #list
    if n == 0 then
        return nil
    end
    local first = random(n)
    if n > 1 then
        local second = random(n - 1)
        if second >= first then
            second = second + 1
        end
        if counts.get(gauge(service, list[second])) < counts.get(gauge(service, list[first])) then
            first = second
        end
    end
    -- The better of the two; when it is full, any that has room: nothing waits while a replica idles.
    for i = 0, n - 1 do
        local address = list[(first - 1 + i) % n + 1]
        if take(service, address) then
            return address
        end
    end
    return nil
end

-- For a retry, which cannot wait: a replica with room, else the least busy one beyond its limit.
function _M.acquire_anyway(service, excluded)
    local address = _M.acquire(service, excluded)
    if address then
        return address
    end
    local least
    for _, candidate in ipairs(without(candidates(service), excluded)) do
        local in_flight = counts.get(gauge(service, candidate))
        if not least or in_flight < least then
            least, address = in_flight, candidate
        end
    end
    if address then
        counts.add(gauge(service, address), 1)
    end
    return address
end

function _M.release(service, address)
    counts.add(gauge(service, address), -1)
end

-- It refused, did not answer or broke off: others are preferred for SUSPECT_SECONDS.
function _M.suspect(service, address)
    dict:set("suspect|" .. service.name .. "|" .. address, true, SUSPECT_SECONDS)
    dict:set("suspects|" .. service.name, true, SUSPECT_SECONDS)
end

return _M
