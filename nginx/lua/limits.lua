-- What one client address may ask for: so many requests per second, so many under way, a share of each service, so
-- many bytes of bodies being received. What exceeds it never becomes demand: it is refused, or waits uncounted.
--
-- What is counted over all workers is in shared memory under an epoch that a worker moves on which takes the place of
-- another: what a crashed worker held is forgotten with it, and a request gives back what it took under the name by
-- which it took it. The first workers do not: one that began a moment later would forget what the others just counted.

local semaphore = require "ngx.semaphore"

local dict = ngx.shared.edge_clients
local metrics = ngx.shared.edge_metrics

local RATE = tonumber(os.getenv("FLOTILLA_EDGE_RATE"))
local BURST_SECONDS = tonumber(os.getenv("FLOTILLA_EDGE_BURST")) / RATE
local SHARE = tonumber(os.getenv("FLOTILLA_EDGE_SHARE"))
local MOST_REQUESTS = tonumber(os.getenv("FLOTILLA_EDGE_REQUESTS"))
local BODY_BYTES = tonumber(os.getenv("FLOTILLA_EDGE_BODY_MB")) * 2^20

local REFUSED_COST = 0.1        -- a refused request counts as a tenth: ten times the rate gets nothing at all
local LEAST_SHARE = 4           -- requests of one address that a service takes at a time, however few its replicas
local SMALL_BODY_BYTES = 64 * 2^10      -- client_body_buffer_size: smaller bodies never reach /tmp, which is memory
local ADDRESS_BODIES = 2 * BODY_BYTES
local ALL_BODIES = 5 * BODY_BYTES
local BODY_WAIT_SECONDS = 10
local FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.01, 0.1

local _M = {}

_M.REASONS = { "rate", "requests", "share", "bodies", "body_size", "connections", "slow", "malformed",
               "passwords" }

function _M.count(reason, times)
    metrics:incr("limited|" .. reason, times or 1, 0)
end

local epoch = "0"               -- this worker's knowledge of it
local under_way = {}            -- key → requests of that address in this worker
local most_under_way = MOST_REQUESTS

-- Called every second.
function _M.refresh()
    epoch = tostring(dict:get("epoch") or 0)
end

-- Once in every new worker.
function _M.start()
    -- In the zone that forgets nothing.
    local is_first, err = metrics:safe_add("started|" .. ngx.worker.id(), true)
    if not is_first and err == "exists" then
        dict:incr("epoch", 1, 0)
    end
    most_under_way = math.ceil(MOST_REQUESTS / ngx.worker.count())
    _M.refresh()
end

local function take(request, name, amount, most)
    local total, err = dict:incr(name, amount, 0)
    if not total then
        ngx.log(ngx.ERR, "edge: cannot count ", name:match("^%d+|%w+"), ": ", err)
        return true     -- uncounted rather than refused
    end
    if total > most then
        dict:incr(name, -amount)
        return false
    end
    request.taken[name] = (request.taken[name] or 0) + amount
    return true
end

local wakes = setmetatable({}, { __mode = "v" })    -- name → semaphore of those who wait for it in this worker

local function give_back(request, name)
    local amount = name and request.taken[name]
    if amount then
        request.taken[name] = nil
        dict:incr(name, -amount)    -- "not found": evicted meanwhile, and so forgotten
        local wake = wakes[name]
        if wake and wake:count() < 0 then
            wake:post(1)
        end
    end
end

-- Tries again and again until there is room under `name` or the time is up: at once when this worker gives some back,
-- after a pause for what others do. A client that goes away ends this, too.
local function wait_for(name, seconds, attempt)
    if attempt() then
        return true
    end
    local deadline, pause = ngx.now() + seconds, FIRST_PAUSE_SECONDS
    local wake = wakes[name] or semaphore.new(0)
    wakes[name] = wake
    while not attempt() do
        if ngx.now() >= deadline then
            return false
        end
        wake:wait(pause)
        pause = math.min(LONGEST_PAUSE_SECONDS, pause * 1.5)
    end
    return true
end

-- One more request of an address within its rate? A bucket that holds BURST and leaks RATE per second, kept as the
-- time at which it will be empty. Two workers may read it at once, which lets a request too many through, no more.
-- Returns true, or false and after how many seconds there is room.
function _M.within_rate(key)
    local now = ngx.now()
    local name = "rate|" .. key
    local empty_at = dict:get(name)
    if not empty_at or empty_at < now then
        empty_at = now
    end
    local over = empty_at + 1 / RATE - now - BURST_SECONDS
    local within = over <= 1e-6
    empty_at = empty_at + (within and 1 or REFUSED_COST) / RATE
    -- What was refused adds at most a few seconds to the time after which all is forgotten.
    empty_at = math.min(empty_at, now + BURST_SECONDS + 5)
    dict:set(name, empty_at, BURST_SECONDS + 6)
    return within, over
end

-- One more request under way, whatever it waits for or does? `key` nil: its address has no limits.
function _M.begin(request, key)
    request.client, request.taken = key, {}
    if not key then
        return true
    end
    local number = (under_way[key] or 0) + 1
    if number > most_under_way then
        return false
    end
    under_way[key] = number
    request.counted = true
    return true
end

-- Waits until a body of `bytes` (nil: unknown) may be received. Without this, a few clients who send slowly would
-- fill the memory in which bodies are kept. Returns true, or false.
function _M.await_body(request, bytes)
    bytes = math.min(bytes or BODY_BYTES, BODY_BYTES)
    if bytes <= SMALL_BODY_BYTES then
        return true
    end
    local own = request.client and epoch .. "|bodies|" .. request.client
    local all = epoch .. "|all_bodies"
    request.bodies = { own or all, all }
    return wait_for(all, BODY_WAIT_SECONDS, function()
        if own and not take(request, own, bytes, ADDRESS_BODIES) then
            return false
        end
        if not take(request, all, bytes, ALL_BODIES) then
            give_back(request, own)
            return false
        end
        return true
    end)
end

-- The body turned out to be small: it is not in /tmp.
function _M.leave_bodies(request)
    for _, name in ipairs(request.bodies or {}) do
        give_back(request, name)
    end
end

-- Waits for a place in the address's share of a service: a part of what its ready replicas take at a time.
function _M.await_share(request, service)
    if not request.client then
        return true
    end
    local name = epoch .. "|share|" .. service.name .. "|" .. request.client
    request.share = name
    local capacity = math.max(1, #service.ready) * service.max_in_flight
    local most = math.max(math.min(LEAST_SHARE, capacity), math.floor(SHARE * capacity))
    return wait_for(name, service.queue_seconds, function() return take(request, name, 1, most) end)
end

-- The replica has done its part: the client's next request may have its place.
function _M.leave_share(request)
    give_back(request, request.share)
end

-- A stream is held back by the limit on connections alone.
function _M.leave_requests(request)
    if request.counted then
        request.counted = false
        local key = request.client
        local number = under_way[key] - 1
        under_way[key] = number > 0 and number or nil
    end
end

-- The request has ended.
function _M.finish(request)
    _M.leave_requests(request)
    for name in pairs(request.taken) do
        give_back(request, name)
    end
end

return _M
