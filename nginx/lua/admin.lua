-- The inner ports: the agent's pushes, what was pushed, metrics, health.

local metrics = require "lua.metrics"
local state = require "lua.state"

local _M = {}

-- PUT /state: the whole picture as one JSON document (nginx/agent/push.py).
function _M.receive()
    ngx.req.read_body()
    local text = ngx.req.get_body_data()
    local stored, err
    if text then
        stored, err = state.store(text)
    else
        err = "there is no body, or it is larger than 4 MB"
    end
    if not stored then
        ngx.status = 400
        return ngx.say("the state was not taken: ", err)
    end
    ngx.status = 204
    return ngx.exit(204)
end

-- GET /picture: the document as it was pushed. Captain looks here whether a release is routed to.
function _M.picture()
    ngx.header.content_type = "application/json"
    ngx.print(state.document() or "null")
end

function _M.metrics()
    ngx.header.content_type = "text/plain; version=0.0.4; charset=utf-8"
    ngx.print(metrics.render())
end

-- Healthy once the routes are known; afterwards for as long as nginx answers, with the agent or without.
function _M.health()
    ngx.header.content_type = "text/plain; charset=utf-8"
    if not state.current() then
        ngx.status = 503
        return ngx.say("no routes yet: the agent has not read the routes file; its message is in the log")
    end
    return ngx.say("ok")
end

return _M
