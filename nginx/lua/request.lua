-- A request's way through the phases. Whatever happens, its slot, its place in the queue and its stream are given
-- back exactly once, at the latest in the log phase.

local balancer = require "ngx.balancer"
local counts = require "lua.counts"
local metrics = require "lua.metrics"
local pages = require "lua.pages"
local queue = require "lua.queue"
local replicas = require "lua.replicas"
local state = require "lua.state"

local MAX_TRIES = 3
local NO_PEER = -3                  -- NGX_BUSY: what nginx itself says when no peer is left; it answers 502
local FIRST_STATE_SECONDS = 5       -- a fresh edge waits for its agent's first push
local IDEMPOTENT = { GET = true, HEAD = true, PUT = true, DELETE = true, OPTIONS = true }

local _M = {}

local requests = {}     -- number → request: ngx.ctx is lost on internal redirects, this is not
local last_number = 0

local function register(request)
    last_number = last_number + 1
    request.number = tostring(last_number)
    requests[request.number] = request
    ngx.var.edge_request = request.number
    ngx.ctx.request = request
end

local function current_request()
    return ngx.ctx.request or requests[ngx.var.edge_request]
end

local function hold(request, address)
    request.replica = address
    request.demand = true
    counts.add("in_flight|" .. request.service.name, 1)
    counts.demand(request.service.name, 1)
end

-- Ends what counts as demand. The replica's slot goes to who waits.
local function release(request)
    if not request.demand then
        return
    end
    request.demand = false
    local name = request.service.name
    counts.add("in_flight|" .. name, -1)
    counts.demand(name, -1)
    if request.replica then
        replicas.release(request.service, request.replica)
    end
    queue.dispatch(name)
end

local function first_picture()
    local picture = state.current()
    local deadline = ngx.now() + FIRST_STATE_SECONDS
    while not picture and ngx.now() < deadline do
        ngx.sleep(0.05)
        picture = state.current()
    end
    return picture
end

-- The body is read before a slot is taken: a slow upload occupies no replica.
local function read_body()
    local length = tonumber(ngx.var.http_content_length)
    if (length and length > 0) or ngx.var.http_transfer_encoding then
        ngx.req.read_body()
    end
end

-- Headers that the client's Connection header names are for this hop only.
local function strip_hop_by_hop()
    local nominated = ngx.var.http_connection
    if not nominated or not nominated:find(",", 1, true) and #nominated <= 10 then
        return      -- absent, close, keep-alive, upgrade
    end
    for name in nominated:gmatch("[^,%s]+") do
        local lower = name:lower()
        if lower ~= "upgrade" and lower ~= "content-length" and lower ~= "host" and lower ~= "transfer-encoding" then
            ngx.req.clear_header(name)
        end
    end
end

function _M.access()
    local picture = first_picture()
    if not picture then
        return pages.unavailable(503, "starting")
    end
    local route = state.route(picture, ngx.var.host)
    if not route then
        return pages.unknown_host(picture.domain)
    end
    local service = picture.services[route.service]
    local request = { service = service, port = route.port, tries = 0 }
    ngx.var.edge_service = service.name
    register(request)
    metrics.arrived(service.name)
    strip_hop_by_hop()
    read_body()

    local address = not queue.occupied(service.name) and replicas.acquire(service)
    if address then
        hold(request, address)
        return
    end
    local since = ngx.now()
    request.granted = function(granted) hold(request, granted) end
    local granted, reason = queue.wait(request)
    ngx.update_time()
    ngx.var.edge_queued_seconds = string.format("%.3f", ngx.now() - since)
    if not granted then
        metrics.rejected(service.name, reason)
        return pages.unavailable(503, reason)
    end
end

-- How many bytes of the request went out in each try, the one that begins included: "512, 0"; after an internal
-- redirect "512 : 0".
local function bytes_sent(number)
    local try = 0
    for sent in (ngx.var.upstream_bytes_sent or ""):gmatch("%d+") do
        try = try + 1
        if try == number then
            return tonumber(sent)
        end
    end
    return nil
end

-- May what failed be tried elsewhere? nginx has already refused POST, PATCH and LOCK that were sent.
local function may_repeat(request)
    if request.tries >= MAX_TRIES then
        return false
    end
    return IDEMPOTENT[ngx.req.get_method()] or bytes_sent(request.tries) == 0
end

-- Nobody knows whether it was done, and doing it again is not harmless. Only the last try can have been sent.
local function outcome_is_unknown(request)
    return request ~= nil and request.tries > 0 and not IDEMPOTENT[ngx.req.get_method()]
        and bytes_sent(request.tries) ~= 0
end

local function move_on(request)
    request.tried = request.tried or {}
    request.tried[request.replica] = true
    replicas.suspect(request.service, request.replica)
    replicas.release(request.service, request.replica)
    request.replica = nil
    if not may_repeat(request) then
        return false
    end
    local picture = state.current()
    local service = picture.services[request.service.name] or request.service
    request.replica = replicas.acquire_anyway(service, request.tried)
    return request.replica ~= nil
end

function _M.balance()
    local request = ngx.ctx.request
    if request.tries == 0 then
        balancer.set_more_tries(MAX_TRIES - 1)
    elseif not move_on(request) then
        return ngx.exit(NO_PEER)
    end
    request.tries = request.tries + 1
    local set, err = balancer.set_current_peer(request.replica, request.port)
    if not set then
        ngx.log(ngx.ERR, "edge: ", request.replica, " is no address: ", err)
        return ngx.exit(NO_PEER)
    end
end

-- A websocket or an event stream is no demand: it gives its slot back as soon as it is recognised.
function _M.headers()
    local request = ngx.ctx.request
    if not request or not request.demand or request.stream then
        return
    end
    local type = ngx.header.content_type
    if ngx.status == 101 or (type and type:find("text/event-stream", 1, true) == 1) then
        request.stream = true
        counts.add("streams|" .. request.service.name, 1)
        release(request)
    end
end

-- nginx gave up: no replica could be reached, or the one that was broke off or was late.
function _M.unavailable()
    local request = current_request()
    if request and request.replica and ngx.status == 502 then
        replicas.suspect(request.service, request.replica)
    end
    return pages.unavailable(ngx.status, outcome_is_unknown(request) and "outcome_unknown" or nil)
end

function _M.log()
    local request = current_request()
    if not request then
        return
    end
    requests[request.number] = nil
    queue.forget(request)
    release(request)
    if request.stream then
        counts.add("streams|" .. request.service.name, -1)
    end
    local seconds = not request.stream and ngx.now() - ngx.req.start_time() or nil
    metrics.ended(request.service.name, ngx.status, tonumber(ngx.var.bytes_sent) or 0,
        tonumber(ngx.var.request_length) or 0, seconds)
end

return _M
