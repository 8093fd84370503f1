-- Asks Altalune about the key of a request: http-request lua.altalune <query of /forward-auth>
local url = os.getenv("ALTALUNE_URL")
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

local function refuse(txn, status, headers, body)
  local reply = txn:reply({ status = status, reason = "Refused" })
  for _, name in ipairs({ "content-type", "www-authenticate", "retry-after", "ratelimit-policy", "ratelimit" }) do
    if headers[name] and headers[name][0] then
      reply:add_header(name, headers[name][0])
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
  local answer = core.httpclient():get({ url = url .. "/forward-auth?" .. query, headers = headers, timeout = 2000 })
  if answer.status == 200 then
    for _, name in ipairs(identity) do
      local values = all(answer.headers, "x-altalune-" .. name)
      txn.http:req_set_header("x-altalune-" .. name, values[1] or "")
    end
    txn:set_var("txn.altalune_passed", true)
  elseif answer.status == 401 or answer.status == 403 or answer.status == 410 or answer.status == 429 then
    refuse(txn, answer.status, answer.headers, answer.body)
  else
    -- No verdict: Altalune is away, or what is configured here is wrong. Its log says which.
    refuse(txn, 503, { ["retry-after"] = { [0] = "1" } })
  end
end, 1)
