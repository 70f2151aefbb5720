-- The clients' connections of this worker as the kernel knows them: nginx itself counts a connection only once the
-- headers of a request are complete, and says of none how fast it moves.

local ffi = require "ffi"

ffi.cdef [[
int getsockname(int fd, void *address, unsigned int *length);
int getpeername(int fd, void *address, unsigned int *length);
int getsockopt(int fd, int level, int name, void *value, unsigned int *length);
int shutdown(int fd, int how);
int ioctl(int fd, unsigned long request, ...);
extern unsigned long *ngx_stat_active;
]]

local MOST_FDS = 16384 + 512        -- worker_connections, and what nginx opened before them
local PORTS = { [8080] = true, [8443] = true, [5000] = true }     -- the registry's is open to everybody, too
local AF_INET, AF_INET6 = 2, 10
local IPPROTO_TCP, TCP_INFO, TIOCOUTQ, SHUT_RDWR = 6, 11, 0x5411, 2
local ACKED_AT, RECEIVED_AT = 120, 128      -- tcpi_bytes_acked, tcpi_bytes_received; Linux 4.1

local C = ffi.C
local name = ffi.new("uint8_t[128]")
local length = ffi.new("unsigned int[1]")
local info = ffi.new("uint8_t[256]")
local number = ffi.new("int[1]")

local _M = {}

local function port()
    return name[2] * 256 + name[3]
end

-- Connections to the public ports of all workers together.
function _M.active()
    return tonumber(C.ngx_stat_active[0])
end

-- Calls `each(fd, address, peer)` for every client of this worker: its address as 4 or 16 bytes, and with the port.
function _M.each_client(each)
    for fd = 3, MOST_FDS do
        length[0] = 128
        if C.getsockname(fd, name, length) == 0 then
            local family = name[0] + name[1] * 256
            if (family == AF_INET or family == AF_INET6) and PORTS[port()] then
                length[0] = 128
                if C.getpeername(fd, name, length) == 0 then    -- not so for the listening ones
                    local address = family == AF_INET and ffi.string(name + 4, 4) or ffi.string(name + 8, 16)
                    each(fd, address, address .. port())
                end
            end
        end
    end
end

local function u64(at)
    return tonumber(ffi.cast("uint64_t *", info + at)[0])
end

-- {received, acknowledged, unsent} in bytes, or nil where the kernel does not say.
function _M.progress(fd)
    length[0] = 256
    if C.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, length) ~= 0 or length[0] < RECEIVED_AT + 8 then
        return nil
    end
    local unsent = C.ioctl(fd, ffi.cast("unsigned long", TIOCOUTQ), number) == 0 and number[0] or 0
    return { received = u64(RECEIVED_AT), acknowledged = u64(ACKED_AT), unsent = unsent }
end

-- Ends a connection for both sides; nginx then sees that its client has gone.
function _M.close(fd)
    return C.shutdown(fd, SHUT_RDWR) == 0
end

return _M
