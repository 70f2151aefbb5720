-- The agent's picture (routes, services, replicas) as every worker sees it: one JSON document in shared memory,
-- decoded once per worker and version.

local cjson = require "cjson.safe"

local dict = ngx.shared.edge_state

local _M = {}

local version = 0
local snapshot

local function prepare(document)
    local exact, wildcard = {}, {}
    for _, route in ipairs(document.routes) do
        if route.host:sub(1, 2) == "*." then
            wildcard[route.host:sub(3)] = route
        else
            exact[route.host] = route
        end
    end
    local services = {}
    for _, service in ipairs(document.services) do
        local before = snapshot and snapshot.services[service.name]
        local known, ready, usable = {}, {}, {}
        if service.replicas ~= cjson.null then
            for _, replica in ipairs(service.replicas) do
                known[#known + 1] = replica.address
                if replica.ready then
                    ready[#ready + 1] = replica.address
                end
                if not replica.starting then
                    usable[#usable + 1] = replica.address
                end
            end
        elseif before then      -- a new agent that DNS has not answered yet: the last list stays
            known, ready, usable = before.known, before.ready, before.usable
        end
        service.known, service.ready, service.usable = known, ready, usable
        services[service.name] = service
    end
    local redirects = {}
    for _, redirect in ipairs(document.redirects) do
        redirects[redirect.host] = redirect.to
    end
    return { domain = document.domain, exact = exact, wildcard = wildcard, redirects = redirects,
             services = services, names = document.services, certificates = document.certificates }
end

-- The latest picture, or nil before the agent's first push.
function _M.current()
    local latest = dict:get("version")
    if latest ~= version and latest then
        local document, err = cjson.decode(dict:get("document"))
        if document then
            snapshot, version = prepare(document), latest
        else
            ngx.log(ngx.ERR, "edge: the stored state cannot be read: ", err)
        end
    end
    return snapshot
end

-- Stores what the agent pushed; an unchanged document only renews the agent's age. Returns true, or nil and why not.
function _M.store(text)
    if text ~= dict:get("document") then
        local document, err = cjson.decode(text)
        if not document then
            return nil, err
        end
        if type(document.routes) ~= "table" or type(document.services) ~= "table"
            or type(document.redirects) ~= "table" then
            return nil, "routes, redirects and services are needed"
        end
        local stored, reason = dict:safe_set("document", text)
        if not stored then
            return nil, reason
        end
        dict:incr("version", 1, 0)
    end
    dict:set("pushed_at", ngx.now())
    return true
end

-- The document as the agent pushed it, or nil.
function _M.document()
    return dict:get("document")
end

-- Seconds since the agent last pushed, or nil if it never did.
function _M.age_seconds()
    local pushed_at = dict:get("pushed_at")
    return pushed_at and math.max(0, ngx.now() - pushed_at)
end

-- The route of a host (lower case, no port): the exact one, else the longest wildcard, else nil.
function _M.route(picture, host)
    local route = picture.exact[host]
    local rest = host
    while not route do
        rest = rest:match("^[^.]*%.(.+)$")
        if not rest then
            return nil
        end
        route = picture.wildcard[rest]
    end
    return route
end

return _M
