// Package latency compares how fast a miner answers with how fast others that serve the same version do.
//
// It is soft evidence: an answer that comes much faster than the fastest can be a cache's or a smaller model's, one that comes
// much slower a relay's; it can also be better hardware, or a bad line. So it never fails an answer, and enters no account: it says whom to
// ask more.
package latency
