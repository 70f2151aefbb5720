-- Answers of the edge's own: a page for people, JSON for programs.

local cjson = require "cjson.safe"

local RETRY_AFTER_SECONDS = 2

local TEXTS = {
    queue_full = { "Very busy right now", "More visitors than places. Your request was not started; try again in a moment." },
    queue_timeout = { "Very busy right now", "Your request waited for a free place and got none. It was not started; try again in a moment." },
    starting = { "Starting up", "This server is starting and will answer in a moment." },
    bad_gateway = { "No answer", "The application did not answer. It may be restarting; try again in a moment." },
    gateway_timeout = { "No answer in time", "The application took too long to answer. What you asked for may still be under way." },
    outcome_unknown = { "Nobody knows", "The connection to the application broke after your request was sent. It may have been done or not; look before you send it again." },
    content_too_large = { "Too large", "What you sent is larger than this server accepts. Send at most " .. os.getenv("FLOTILLA_EDGE_BODY_MB") .. " MB at a time." },
    bad_request = { "Not understood", "This is not a request that can be answered. Your browser or program sent something malformed." },
    headers_too_large = { "Headers too large", "The address or the headers of this request are too long. Deleting this site's cookies may help." },
    rate = { "Too many requests", "Your address sends more requests than one address may. Wait a moment, then go on more slowly." },
    requests = { "Too many requests at once", "Your address has too many requests under way. Wait until some are answered." },
    share = { "Too many requests at once", "Your address has too many requests under way, and this one waited in vain. It was not started." },
    bodies = { "Too many uploads at once", "Too many uploads are under way, from your address or in all. Wait until some of them have arrived." },
    passwords = { "Too many wrong passwords", "Your address sent wrong passwords too often. Wait a minute, then try again." },
    unauthorized = { "Who are you?", "This address asks for a user and a password." },
    not_found = { "Nothing here", "This address leads to no page." },
    unknown_host = { "No site at this address", "" },
}
local REASON_OF_STATUS = { [413] = "content_too_large", [414] = "headers_too_large", [431] = "headers_too_large",
                           [502] = "bad_gateway", [503] = "queue_full", [504] = "gateway_timeout" }

local function read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read("*a")
    file:close()
    return text
end

local template = read("/srv/nginx/pages/page.html")

local _M = {}

local function escape(text)
    return (text:gsub("[&<>\"']", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }))
end

-- JSON for the API, and for who accepts JSON and did not ask for a page.
local function wants_json()
    if (ngx.var.request_uri or ""):sub(1, 5) == "/api/" then
        return true
    end
    local accept = ngx.var.http_accept or ""
    return accept:find("json", 1, true) ~= nil and accept:find("text/html", 1, true) == nil
end

local function send(status, code, message, link)
    local title = TEXTS[code][1]
    ngx.status = status
    ngx.header.cache_control = "no-store"
    if wants_json() then
        -- As the platform's own are (app/errors.py): a problem of RFC 9457.
        ngx.header.content_type = "application/problem+json"
        ngx.print(cjson.encode({
            type = "/problems/" .. code, title = (code:gsub("_", " "):gsub("^%l", string.upper)), status = status,
            detail = message, code = code, instance = "/requests/" .. (ngx.var.request_id or ""),
        }))
    else
        ngx.header.content_type = "text/html; charset=utf-8"
        local values = { status = tostring(status), title = escape(title), message = escape(message),
                         link = link or "", request_id = ngx.var.request_id }
        ngx.print((template:gsub("{{(%w+_?%w*)}}", values)))
    end
    return ngx.exit(status)
end

-- 502, 503, 504 and 413. `code` says why, if the status alone does not. With Retry-After where sending it again is
-- harmless and may help.
function _M.unavailable(status, code)
    code = code or REASON_OF_STATUS[status] or "bad_gateway"
    if status ~= 413 and code ~= "outcome_unknown" then
        ngx.header.retry_after = RETRY_AFTER_SECONDS
    end
    return send(status, code, TEXTS[code][2])
end

-- 429: an address is beyond one of its limits; `seconds` until it is within it again, if that is known.
function _M.limited(reason, seconds)
    ngx.header.retry_after = math.max(1, math.ceil(seconds or RETRY_AFTER_SECONDS))
    return send(429, reason, TEXTS[reason][2])
end

-- 400, 414 and 431: what cannot be read, or says two things at once. Nothing more is taken from this connection.
function _M.bad_request(status)
    status = status or 400
    local code = REASON_OF_STATUS[status] or "bad_request"
    return send(status, code, TEXTS[code][2])
end

-- 401: an app that only some may reach.
function _M.unauthorized()
    ngx.header.www_authenticate = 'Basic realm="' .. ngx.var.host .. '", charset="UTF-8"'
    return send(401, "unauthorized", TEXTS.unauthorized[2])
end

function _M.not_found()
    return send(404, "not_found", TEXTS.not_found[2])
end

function _M.unknown_host(domain)
    local port = ngx.var.edge_port
    local address = ngx.var.scheme .. "://" .. domain .. port .. "/"
    local message = "Nothing is served for " .. ngx.var.host .. ". This server answers to " .. domain .. "."
    return send(404, "unknown_host", message, '<a class="go" href="' .. escape(address) .. '">Go to ' .. escape(domain) .. "</a>")
end

return _M
