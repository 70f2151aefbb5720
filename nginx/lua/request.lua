-- A request's way through the phases. Whatever happens, its slot, its place in the queue and its stream are given
-- back exactly once, at the latest in the log phase.

local balancer = require "ngx.balancer"
local clients = require "lua.clients"
local counts = require "lua.counts"
local limits = require "lua.limits"
local metrics = require "lua.metrics"
local pages = require "lua.pages"
local passwords = require "lua.passwords"
local queue = require "lua.queue"
local replicas = require "lua.replicas"
local state = require "lua.state"

local MAX_TRIES = 3
local NO_PEER = -3                  -- NGX_BUSY: what nginx itself says when no peer is left; it answers 502
local FIRST_STATE_SECONDS = 5       -- a fresh edge waits for its agent's first push
local REFUSALS_WRITTEN = 10         -- per second and worker
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

-- Requests of this worker that have begun and not ended, by number.
function _M.under_way()
    return requests
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
    limits.leave_share(request)
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

-- Is there a body, and of how many bytes (nil: unknown)? HTTP/2 may send one without announcing it. From a GET nobody
-- expects that: no room is kept for it, and the size of /tmp in stack.yml is what bounds it.
local function body_of_request()
    local length = tonumber(ngx.var.http_content_length)
    if length or ngx.req.http_version() < 2 then
        return (length and length > 0) or ngx.var.http_transfer_encoding, length
    end
    local method = ngx.req.get_method()
    return true, (method == "GET" or method == "HEAD") and 0 or nil
end

-- One name, said twice: what the request line asks for (an absolute address) is what the Host header says.
local function host_is_clear()
    local said, host = ngx.var.http_host, ngx.var.host
    return not said or said == host or said:lower():gsub(":%d*$", ""):gsub("%.$", "") == host
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

-- Within its address's limits, the body complete? Until then it is no demand, and nothing counts it as such: an abuser
-- must not buy replicas. A slow upload occupies no replica either. Returns true, or nil and what to answer.
local function admitted(request)
    local has_body, length = body_of_request()
    if has_body then
        if not limits.await_body(request, length) then
            return nil, "bodies"
        end
        request.receiving_since = ngx.now()
        ngx.req.read_body()
        request.receiving_since = nil
        if not ngx.req.get_body_file() then
            limits.leave_bodies(request)
        end
    end
    if not limits.await_share(request, request.service) then
        return nil, "share"
    end
    return true
end

-- Of a flood of refusals a few a second are written down; all are counted.
local written_second, written

local function write_few()
    local second = ngx.time()
    written = second == written_second and written + 1 or 1
    written_second = second
    if written > REFUSALS_WRITTEN then
        ngx.var.edge_unwritten = "1"
    end
end

local function refuse(reason, seconds)
    limits.count(reason)
    write_few()
    return pages.limited(reason, seconds)
end

local function within_rate()
    local client = clients.key(ngx.var.binary_remote_addr)
    if not client then
        return true
    end
    local within, seconds = limits.within_rate(client)
    return within, client, seconds
end

-- What nginx could not read, or will not: a page, as long as that is not all that its address sends.
function _M.malformed()
    write_few()
    if not within_rate() then
        return ngx.exit(444)        -- closes without an answer
    end
    return pages.bad_request(ngx.status)
end

function _M.access()
    local within, client, seconds = within_rate()
    if not within then
        return refuse("rate", seconds)
    end
    if not host_is_clear() then
        return pages.bad_request()
    end
    local picture = first_picture()
    if not picture then
        return pages.unavailable(503, "starting")
    end
    local elsewhere = picture.redirects[ngx.var.host]
    if elsewhere then       -- method and body go along
        local path = ngx.var.request_uri:match("^/.*") or "/"
        return ngx.redirect(ngx.var.scheme .. "://" .. elsewhere .. ngx.var.edge_port .. path, 308)
    end
    local route = state.route(picture, ngx.var.host)
    if not route then
        return pages.unknown_host(picture.domain)
    end
    if route.auth then
        local let_in, again_in = passwords.admit(route.auth)
        if let_in == nil then
            return refuse("passwords", again_in)
        elseif not let_in then
            return pages.unauthorized()
        end
    end
    local service = picture.services[route.service]
    local request = { service = service, port = route.port, tries = 0,
                      peer = ngx.var.binary_remote_addr .. ngx.var.remote_port }
    register(request)
    if not limits.begin(request, client) then
        return refuse("requests")
    end
    strip_hop_by_hop()
    local let_in, reason = admitted(request)
    if not let_in then
        return refuse(reason)
    end
    request.admitted = true
    ngx.var.edge_service = service.name
    metrics.arrived(service.name)

    local replica = not queue.occupied(service.name) and replicas.acquire(service)
    if replica then
        hold(request, replica)
        return
    end
    local since = ngx.now()
    request.granted = function(granted) hold(request, granted) end
    local granted, why = queue.wait(request)
    ngx.update_time()
    ngx.var.edge_queued_seconds = string.format("%.3f", ngx.now() - since)
    if not granted then
        metrics.rejected(service.name, why)
        return pages.unavailable(503, why)
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
    request.sending_since = ngx.now()
    local type = ngx.header.content_type
    if ngx.status == 101 or (type and type:find("text/event-stream", 1, true) == 1) then
        request.stream = true
        counts.add("streams|" .. request.service.name, 1)
        limits.leave_requests(request)
        release(request)
    end
end

-- The replica has sent everything: what is left is between the edge and the client, who may be slow.
function _M.answered()
    if ngx.arg[2] then
        local request = ngx.ctx.request
        if request and not request.stream then
            release(request)
        end
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

-- What nginx itself refused before there was a request to speak of, by the status that it logs.
local REFUSED = { [400] = "malformed", [405] = "malformed", [408] = "slow", [413] = "body_size", [414] = "malformed",
                  [431] = "malformed", [494] = "malformed", [501] = "malformed", [505] = "malformed" }

function _M.log()
    local request = current_request()
    if not request or not request.admitted then
        local reason = not ngx.var.upstream_addr and REFUSED[ngx.status]
        if reason then
            limits.count(reason)
        end
    end
    if not request then
        return
    end
    requests[request.number] = nil
    queue.forget(request)
    release(request)
    limits.finish(request)
    if request.stream then
        counts.add("streams|" .. request.service.name, -1)
    end
    if not request.admitted then
        return
    end
    local seconds = not request.stream and ngx.now() - ngx.req.start_time() or nil
    metrics.ended(request.service.name, ngx.status, tonumber(ngx.var.bytes_sent) or 0,
        tonumber(ngx.var.request_length) or 0, seconds)
end

return _M
