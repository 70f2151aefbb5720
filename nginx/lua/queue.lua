-- Requests that wait at the edge for a free slot: bounded in number and age, first come first served.
--
-- Each worker keeps its own line in order; every request has a ticket from one shared sequence, and a worker gives a
-- slot to its first in line only if no other worker's first has been there for longer. A slot that is freed in the same
-- worker is handed over at once; what other workers free, and new replicas, are seen by the pump, every PUMP_SECONDS
-- while anybody waits.

local semaphore = require "ngx.semaphore"
local counts = require "lua.counts"
local replicas = require "lua.replicas"
local state = require "lua.state"

local PUMP_SECONDS = 0.002
local FIRST_EXPIRES_SECONDS = 0.5   -- a worker that hangs does not hold up the others for longer

local dict = ngx.shared.edge_counts
local _M = {}

local lines = {}        -- service name → {first, last, [n] = request or false (left)}
local pumping = false

local function queued_gauge(name)
    return "queued|" .. name
end

local function first_key(name, worker)
    return "first|" .. name .. "|" .. worker
end

local function first_in_line(line)
    while line.first <= line.last and not line[line.first] do
        line[line.first] = nil
        line.first = line.first + 1
    end
    return line[line.first]
end

local function is_our_turn(name, ticket)
    local own = ngx.worker.id()
    for worker = 0, ngx.worker.count() - 1 do
        if worker ~= own then
            local other = dict:get(first_key(name, worker))
            if other and other < ticket then
                return false
            end
        end
    end
    return true
end

local function announce(name, line, request)
    local now = ngx.now()
    local ticket = request and request.ticket
    if ticket ~= line.announced or (ticket and now - line.announced_at > FIRST_EXPIRES_SECONDS / 4) then
        line.announced, line.announced_at = ticket, now
        if ticket then
            dict:set(first_key(name, ngx.worker.id()), ticket, FIRST_EXPIRES_SECONDS)
        else
            dict:delete(first_key(name, ngx.worker.id()))
        end
    end
end

local function leave(request)
    local line = lines[request.service.name]
    line[request.place] = false
    request.place = nil
    counts.add(queued_gauge(request.service.name), -1)
    counts.demand(request.service.name, -1)
end

-- Gives free slots to those who wait in this worker, in order.
local function dispatch(name)
    local line = lines[name]
    local request = line and first_in_line(line)
    while request do
        announce(name, line, request)
        local picture = state.current()
        local service = picture and picture.services[name]
        local address = service and is_our_turn(name, request.ticket) and replicas.acquire(service)
        if not address then
            return
        end
        leave(request)
        request.granted(address)
        request.wake:post(1)
        request = first_in_line(line)
    end
    if line then
        announce(name, line, nil)
    end
end

_M.dispatch = dispatch

local function dispatch_while_any_waits()
    local waiting = true
    while waiting do
        waiting = false
        for name, line in pairs(lines) do
            dispatch(name)
            waiting = waiting or first_in_line(line) ~= nil
        end
        if waiting then
            ngx.sleep(PUMP_SECONDS)
        end
    end
end

local function pump()
    local ended, err = pcall(dispatch_while_any_waits)
    pumping = false
    if not ended then
        ngx.log(ngx.ERR, "edge: the queue's pump broke, the next request starts it again: ", err)
    end
end

local function ensure_pump()
    if pumping then
        return
    end
    -- A delay of zero is allowed in a worker that is shutting down, too.
    local started, err = ngx.timer.at(0, pump)
    pumping = started
    if not started then
        ngx.log(ngx.ERR, "edge: the queue's pump did not start: ", err)
    end
end

-- Whether anybody waits for the service, in any worker: who comes now has to stand in line.
function _M.occupied(name)
    return counts.get(queued_gauge(name)) > 0
end

-- Waits until `request.granted(address)` was called for it. Returns true, or nil and "queue_full" or "queue_timeout".
-- A client that goes away ends the wait; request.lua's log phase then calls `forget`.
function _M.wait(request)
    local service = request.service
    if not counts.acquire(queued_gauge(service.name), service.queue_length) then
        return nil, "queue_full"
    end
    counts.demand(service.name, 1)
    local line = lines[service.name]
    if not line then
        line = { first = 1, last = 0 }
        lines[service.name] = line
    end
    line.last = line.last + 1
    line[line.last] = request
    request.place = line.last
    request.ticket = dict:incr("ticket", 1, 0)
    request.wake = semaphore.new(0)
    dispatch(service.name)
    ensure_pump()
    request.wake:wait(service.queue_seconds)
    if request.place then
        leave(request)
        return nil, "queue_timeout"
    end
    return true
end

-- The request ends while it waits.
function _M.forget(request)
    if request.place then
        leave(request)
    end
end

return _M
