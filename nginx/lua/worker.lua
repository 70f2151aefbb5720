-- What every nginx worker starts with.

local certificate = require "lua.certificate"
local connections = require "lua.connections"
local counts = require "lua.counts"
local limits = require "lua.limits"
local request = require "lua.request"

local DEMAND_SECONDS = 0.1

local _M = {}

function _M.start()
    math.randomseed(ngx.time() * 1000 + ngx.worker.pid())   -- else all workers choose alike
    counts.start()
    limits.start()
    connections.start(request.under_way)
    certificate.start()
    local started, err = ngx.timer.every(DEMAND_SECONDS, counts.publish_demand)
    if not started then
        ngx.log(ngx.ERR, "edge: demand is not published: ", err)
    end
end

return _M
