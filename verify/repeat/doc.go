// Package repeat compares answers that must agree: the same request under other identities, and requests that ask for less of the
// same.
//
// With one seed, or at temperature 0, a model's answer is a function of the request. So the same request must give the same
// tokens whoever asks, in one piece or streamed, and a request for fewer tokens, or with a stop string, the first of what a request for more gives. A miner that answers some callers
// by another model differs, as does one that knows a body again. What one engine says twice is one thing; how often an honest one
// differs from itself is measured by calibration.
package repeat
