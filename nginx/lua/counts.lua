-- Gauges in shared memory that survive a worker's crash, and the exact integral of demand.
--
-- Invariant: a gauge is the sum of what the living workers added to it. Each worker keeps its own part beside the
-- total ("w|<pid>|<gauge>"); the worker that starts in a dead one's place takes the dead one's part back.

local ffi = require "ffi"

ffi.cdef [[ int kill(int pid, int sig); ]]

local dict = ngx.shared.edge_counts
local metrics = ngx.shared.edge_metrics
local ESRCH = 3

local _M = {}

local prefix            -- "w|<pid>|"
local part_names = {}   -- gauge → the name of this worker's part (strings are made once)
local demand = {}       -- service → {level, integral, since}: this worker's own part of in flight + queued

local function add(gauge, delta)
    local part = part_names[gauge]
    if not part then
        part = prefix .. gauge
        part_names[gauge] = part
    end
    local total, err = dict:incr(gauge, delta, 0)
    if not total then
        ngx.log(ngx.ERR, "edge: cannot count ", gauge, ": ", err)
        return 0
    end
    dict:incr(part, delta, 0)
    return total
end

-- Adds `delta` and returns the new total over all workers.
_M.add = add

function _M.get(gauge)
    return dict:get(gauge) or 0
end

-- Takes one of at most `limit`. Race-free between workers: counted first, then checked, given back when too many.
function _M.acquire(gauge, limit)
    if add(gauge, 1) > limit then
        add(gauge, -1)
        return false
    end
    return true
end

local function integrate(entry, now)
    entry.integral = entry.integral + entry.level * (now - entry.since)
    entry.since = now
end

-- Every change of in flight or queued of a service; a worker's changes are in order, so that the integral is exact.
function _M.demand(service, delta)
    local entry = demand[service]
    local now = ngx.now()
    if not entry then
        entry = { level = 0, integral = 0, since = now }
        demand[service] = entry
    end
    integrate(entry, now)
    entry.level = entry.level + delta
    if ngx.worker.exiting() then
        _M.publish_demand()     -- the timer has ended, the last requests have not
    end
end

-- Adds this worker's integral since the last call to the shared counter; a timer calls it every 100 ms.
function _M.publish_demand()
    ngx.update_time()
    local now = ngx.now()
    for service, entry in pairs(demand) do
        integrate(entry, now)
        if entry.integral > 0 then
            metrics:incr("demand_seconds|" .. service, entry.integral, 0)
            entry.integral = 0
        end
    end
end

-- Called once in every new worker: gives back what crashed workers still hold.
function _M.start()
    prefix = "w|" .. ngx.worker.pid() .. "|"
    for _, key in ipairs(dict:get_keys(0)) do
        local pid, gauge = key:match("^w|(%d+)|(.+)$")
        if pid and ffi.C.kill(tonumber(pid), 0) ~= 0 and ffi.errno() == ESRCH then
            -- Two workers may start at once: whoever takes the part's claim subtracts it.
            local held = dict:get(key)
            if dict:add("claim|" .. key, true, 60) and held then
                dict:incr(gauge, -held, 0)
                dict:delete(key)
            end
        end
    end
end

return _M
