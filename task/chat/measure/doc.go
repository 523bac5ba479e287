// Package measure asks a model's server seeded questions and finds what deviation of it is honest: a calibration of the engine, precision and
// settings that serve a pinned version, by the reference that validators verify it with.
//
// Answers come by the expert that a miner serves the same server with, so that what is measured is what validators will see. Several
// questions are under way at once, as arithmetic depends on what a server computes together.
//
// A server that no profile could be fair to is refused: one that gives no log-probabilities or useless ones, reads text as other
// tokens, ignores seeds, draws otherwise than it is asked to, bills otherwise, or runs another model. What is left is samples for package
// verify/calibrate. Whether the server draws by the protocol's sampler or by one of its own is found out: see sequential.Profile.
package measure
