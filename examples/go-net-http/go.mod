module example.com/api

go 1.24

require (
	connectrpc.com/connect v1.19.1
	example.com/altalune v0.0.0
)

// What buf made of the protos.
replace example.com/altalune => ../../clients/go
