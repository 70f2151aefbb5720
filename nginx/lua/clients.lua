-- Who a request is from, as far as limits go: an IPv4 address, or the /64 of an IPv6 one, which is one household.

local MOST_BITS = { [4] = 32, [16] = 64 }

local _M = {}

local networks = {}     -- {bytes, whole, rest, mask}: addresses without limits, from entrypoint.sh as hex/bits

for hex, bits in (os.getenv("FLOTILLA_EDGE_UNLIMITED") or ""):gmatch("(%x+)/(%d+)") do
    local bytes = hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)
    local whole, rest = math.floor(bits / 8), bits % 8
    networks[#networks + 1] = { size = #bytes, prefix = bytes:sub(1, whole), whole = whole,
                                step = 2 ^ (8 - rest), last = rest > 0 and bytes:byte(whole + 1) }
end

local function within(address, network)
    if #address ~= network.size or address:sub(1, network.whole) ~= network.prefix then
        return false
    end
    local last = network.last
    return not last or math.floor(address:byte(network.whole + 1) / network.step) == math.floor(last / network.step)
end

-- `address` as 4 or 16 bytes → the key that limits are counted by, or nil where there are none.
function _M.key(address)
    for i = 1, #networks do
        if within(address, networks[i]) then
            return nil
        end
    end
    return address:sub(1, MOST_BITS[#address] / 8)
end

return _M
