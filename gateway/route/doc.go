// Package route decides which miners a call is tried at, and in which order.
//
// What a call names (package-level [ParseModel]) and what its caller wants of providers ([Provider]) leaves some miners of a
// [directory.View]; of those whose circuit is closed two are drawn by weight, and the one with less latency and load goes first, and so on. The weight is the
// chain's incentive times a sample of what this gateway has seen of the miner itself (Thompson sampling): who was asked little is sampled widely, and so is tried
// now and then. What was seen long ago fades.
//
// It sends nothing and knows no HTTP.
package route
