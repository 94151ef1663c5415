-- wrk: POST the file named by $BODY as a client library would; one line of JSON at the end. Times in µs.
-- $HEADERS: further ones, a line each, for gateways that ask for them.
local file = io.open(os.getenv("BODY"), "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer sk-test-0123456789abcdef0123456789abcdef"
wrk.headers["User-Agent"] = "OpenAI/Python 1.50.0"
wrk.headers["Accept"] = "application/json"
for name, value in (os.getenv("HEADERS") or ""):gmatch("([^:\n]+): ([^\n]+)") do
  wrk.headers[name] = value
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%f,"errors":%d,"p50":%d,"p99":%d}\n', summary.requests,
    summary.duration / 1e6, e.connect + e.read + e.write + e.timeout + e.status, latency:percentile(50),
    latency:percentile(99)))
end
