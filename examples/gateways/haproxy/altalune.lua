-- Asks Altalune about the key of a request: http-request lua.altalune <query of /forward-auth>
local address = os.getenv("ALTALUNE_ADDRESS")
local root_key = os.getenv("GATEWAY_KEY")
local identity = { "project-id", "key-id", "key-name", "owner-id", "scopes", "tier" }

-- Of all the headers of a name, in their order; HAProxy counts them from 0.
local function all(headers, name)
  local values = {}
  local i = 0
  while headers[name] and headers[name][i] do
    table.insert(values, headers[name][i])
    i = i + 1
  end
  return values
end

-- Asks once, in seconds of patience: core.httpclient asks again where no answer comes, and each time may spend from a limit.
-- Nil: no answer, or not all of it.
local function ask(query, sent)
  local socket = core.tcp()
  socket:settimeout(2)
  local lines = { "GET /forward-auth?" .. query .. " HTTP/1.1", "host: " .. address, "connection: close" }
  for name, values in pairs(sent) do
    for _, value in ipairs(values) do
      table.insert(lines, name .. ": " .. value)
    end
  end
  local asked = socket:connect(address) and socket:send(table.concat(lines, "\r\n") .. "\r\n\r\n")
  local status = asked and string.match(socket:receive("*l") or "", "^HTTP/1%.1 (%d%d%d)")
  local headers = {}
  local line = status and socket:receive("*l")
  while line and line ~= "" do
    local name, value = string.match(line, "^([^:]+):%s*(.-)%s*$")
    if name then
      headers[string.lower(name)] = value
    end
    line = socket:receive("*l")
  end
  local body = line and socket:receive("*a")
  socket:close()
  return line and { status = tonumber(status), headers = headers, body = body }
end

local function refuse(txn, status, headers, body)
  local reply = txn:reply({ status = status, reason = "Refused" })
  for _, name in ipairs({ "content-type", "www-authenticate", "retry-after", "ratelimit-policy", "ratelimit" }) do
    if headers[name] then
      reply:add_header(name, headers[name])
    end
  end
  reply:set_body(body or "")
  txn:done(reply)
end

core.register_action("altalune", { "http-req" }, function(txn, query)
  local sent = txn.http:req_get_headers()
  local headers = {
    ["x-altalune-root-key"] = { root_key },
    ["x-forwarded-for"] = { txn.f:src() },
    ["x-forwarded-method"] = { txn.f:method() },
    ["x-forwarded-uri"] = { txn.f:pathq() },
  }
  for _, name in ipairs({ "x-api-key", "authorization" }) do
    local values = all(sent, name)
    if #values > 0 then
      headers[name] = values
    end
  end
  local answer = ask(query, headers)
  local status = answer and answer.status
  if status == 200 then
    for _, name in ipairs(identity) do
      txn.http:req_set_header("x-altalune-" .. name, answer.headers["x-altalune-" .. name] or "")
    end
    txn:set_var("txn.altalune_passed", true)
  elseif status == 401 or status == 403 or status == 410 or status == 429 then
    refuse(txn, status, answer.headers, answer.body)
  else
    -- No verdict: Altalune is away, or what is configured here is wrong. Its log says which.
    refuse(txn, 503, { ["retry-after"] = "1" })
  end
end, 1)
