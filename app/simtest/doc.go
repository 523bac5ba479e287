// Package simtest runs random messages against the whole application and checks after each of them, and after each block,
// what has to hold whatever people do. It is tests alone.
//
// Messages come from x/<module>/simulation. A new message gets a generator there; TestEveryMessageHasAGenerator says so.
// What has to hold beyond the modules' own invariants is in properties_test.go. A run that fails prints its seed and the
// shortest sequence found that fails the same way:
//
//	go test ./app/simtest -run TestProperties -seed 7
//
// simulator_test.go sends the same messages as signed transactions with the SDK's simulator.
//
// `make test-properties` plays 100,000 messages; `make test` plays few.
package simtest
