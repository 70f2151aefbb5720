-- Basic auth of an app: a user and a password of which only the hash is known (crypt(3): SHA-256 or SHA-512).
--
-- A hash takes milliseconds, in which a worker does nothing else: what was right is remembered for a minute, and an
-- address that is wrong again and again is not listened to for the rest of the minute.

local clients = require "lua.clients"
local ffi = require "ffi"

ffi.cdef[[ char *crypt_r(const char *phrase, const char *setting, void *data); ]]

local DATA_BYTES = 32768            -- struct crypt_data of libxcrypt
local RIGHT_SECONDS = 60
local WRONG_SECONDS = 60
local WRONG_MOST = 20               -- by one address, whatever the app
local LONGEST = 1024

local dict = ngx.shared.edge_clients
local data = ffi.new("char[?]", DATA_BYTES)

local _M = {}

local function fits(password, hash)
    local made = ffi.C.crypt_r(password, hash, data)
    return made ~= nil and ffi.string(made) == hash
end

local function is_right(auth, said)
    local credentials = #said <= LONGEST and ngx.decode_base64(said:match("^[Bb][Aa][Ss][Ii][Cc] +(%S+)$") or "")
    local user, password = (credentials or ""):match("^([^:]*):(%Z*)$")
    return user == auth.user and fits(password, auth.hash)
end

-- May the request come in? Returns true; or false; or nil and after how many seconds its address is listened to again.
function _M.admit(auth)
    local said = ngx.var.http_authorization
    if not said then
        return false
    end
    local right = "right|" .. ngx.sha1_bin(auth.user .. "\0" .. auth.hash .. "\0" .. said)
    if dict:get(right) then
        return true
    end
    local client = clients.key(ngx.var.binary_remote_addr)
    local wrong = client and "wrong|" .. client
    if wrong and (dict:get(wrong) or 0) >= WRONG_MOST then
        return nil, dict:ttl(wrong)
    end
    if is_right(auth, said) then
        dict:set(right, true, RIGHT_SECONDS)
        return true
    end
    if wrong then
        dict:incr(wrong, 1, 0, WRONG_SECONDS)
    end
    return false
end

return _M
