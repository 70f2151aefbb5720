-- Once a second each worker looks at its clients' connections: an address with too many loses those on which no
-- request is under way, and a request whose bytes have all but stopped ends with its connection.

local clients = require "lua.clients"
local limits = require "lua.limits"
local sockets = require "lua.sockets"

local EVERY_SECONDS = 1
local PUBLISHED_SECONDS = 3         -- a worker that hangs or died is forgotten
local PATIENCE_SECONDS = 30         -- for a body or an answer in which too little moves
local FIRST_LOOK_SECONDS = PATIENCE_SECONDS / 3     -- most have ended by then, and to look means to ask the kernel
local LEAST_BYTES_PER_SECOND = 4096

local dict = ngx.shared.edge_clients
local MOST = tonumber(os.getenv("FLOTILLA_EDGE_CONNECTIONS"))

local _M = {}

local open_requests     -- function: the requests under way in this worker, by number

-- Of `total` connections `own` are in this worker: how many of them are too many. Pure.
function _M.surplus(own, total, most)
    return math.max(0, math.min(own, math.ceil((total - most) * own / total)))
end

-- Over a window of PATIENCE_SECONDS: did too little move, with something there to move? Pure.
function _M.is_slow(receiving, before, now, seconds)
    local moved = receiving and now.received - before.received or now.acknowledged - before.acknowledged
    return (receiving or now.unsent > 0) and moved < LEAST_BYTES_PER_SECOND * seconds
end

local function published(worker, key)
    return "connections|" .. worker .. "|" .. key
end

local function elsewhere(key)
    local sum = 0
    for worker = 0, ngx.worker.count() - 1 do
        if worker ~= ngx.worker.id() then
            sum = sum + (dict:get(published(worker, key)) or 0)
        end
    end
    return sum
end

-- Requests that have been receiving or sending for so long that their pace is measured; a stream may be silent.
local function late(requests, now)
    local found
    for _, request in pairs(requests) do
        local since = request.receiving_since or request.sending_since
        if since and now - since > FIRST_LOOK_SECONDS and not request.stream then
            found = found or {}
            found[request.peer] = request
        end
    end
    return found
end

local function end_if_slow(fd, request, now)
    local progress = sockets.progress(fd)
    local before = request.progress
    if not progress then
        return
    end
    if not before then
        request.progress, request.progress_at = progress, now
    elseif now - request.progress_at >= PATIENCE_SECONDS then
        if _M.is_slow(request.receiving_since ~= nil, before, progress, now - request.progress_at) then
            limits.count("slow")
            sockets.close(fd)
        end
        request.progress, request.progress_at = progress, now
    end
end

local function close_surplus(by_key, busy)
    for key, found in pairs(by_key) do
        local own = #found
        if own > MOST / ngx.worker.count() / 2 then
            dict:set(published(ngx.worker.id(), key), own, PUBLISHED_SECONDS)
        end
        local surplus = _M.surplus(own, own + elsewhere(key), MOST)
        local closed = 0
        for _, connection in ipairs(found) do
            if closed == surplus then
                break
            end
            if not busy[connection.peer] and sockets.close(connection.fd) then
                closed = closed + 1
            end
        end
        if closed > 0 then
            limits.count("connections", closed)
            dict:set(published(ngx.worker.id(), key), own - closed, PUBLISHED_SECONDS)
        end
    end
end

local function look()
    limits.refresh()
    local now, requests = ngx.now(), open_requests()
    local slow = late(requests, now)
    local crowded = sockets.active() > MOST
    if not slow and not crowded then
        return
    end
    local by_key, busy = {}, {}
    for _, request in pairs(requests) do
        busy[request.peer] = true
    end
    sockets.each_client(function(fd, address, peer)
        if slow and slow[peer] then
            end_if_slow(fd, slow[peer], now)
        end
        local key = crowded and clients.key(address)
        if key then
            local found = by_key[key] or {}
            by_key[key] = found
            found[#found + 1] = { fd = fd, peer = peer }
        end
    end)
    close_surplus(by_key, busy)
end

-- Once in every worker; `requests` returns those under way, each with its `peer`.
function _M.start(requests)
    open_requests = requests
    local started, err = ngx.timer.every(EVERY_SECONDS, look)
    if not started then
        ngx.log(ngx.ERR, "edge: connections are not limited: ", err)
    end
end

return _M
