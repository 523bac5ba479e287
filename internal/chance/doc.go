// Package chance makes random messages for tests: a Dice turns a stream of numbers into choices that look for trouble
// (dust, whole positions, bounds, one too many), and a Message says how to make one kind of message from the state at hand.
//
// Each module keeps its own list of Messages in x/<module>/simulation. The property test of app/simtest and the SDK's
// simulator draw from the same lists. Nothing here is part of the chain; no program imports it.
package chance
