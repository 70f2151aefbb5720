-- The certificate that handshakes get. The file is read each second: another one in it, after a rotation, is taken
-- without a reload, which would close connections that clients are about to use.

local ssl = require "ngx.ssl"

local FILE = "/run/flotilla/edge.pem"       -- key and chain in one PEM; entrypoint.sh makes it or links it
local LOOK_SECONDS = 1

local _M = {}
local seen, chain, key

local function parse(text)
    local found, err = ssl.parse_pem_cert(text)
    if not found then
        return nil, nil, err
    end
    local found_key
    found_key, err = ssl.parse_pem_priv_key(text)
    return found_key and found, found_key, err
end

local function look()
    local file = io.open(FILE, "rb")
    local text = file and file:read("*a")
    if file then
        file:close()
    end
    if not text or text == seen then
        return                              -- none is no news: what is known goes on
    end
    local new_chain, new_key, err = parse(text)
    if new_chain then
        chain, key = new_chain, new_key
    else
        ngx.log(ngx.ERR, "edge: ", FILE, " is no key with its certificates (", err, "); the one before stays")
    end
    seen = text
end

-- In each worker; until it has looked, nginx gives what it read itself when it started.
function _M.start()
    look()
    local started, err = ngx.timer.every(LOOK_SECONDS, look)
    if not started then
        ngx.log(ngx.ERR, "edge: certificates are not followed: ", err)
    end
end

function _M.present()
    if not chain then
        return
    end
    ssl.clear_certs()
    local done, err = ssl.set_cert(chain)
    if done then
        done, err = ssl.set_priv_key(key)
    end
    if not done then
        ngx.log(ngx.ERR, "edge: the certificate cannot be used: ", err)
        ngx.exit(ngx.ERROR)
    end
end

return _M
